"""What preflight asks of vCenter: counted in this process, at the last door before the wire."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyVmomi import vim
from pyVmomi.SoapAdapter import SoapStubAdapter

from bench import labs
from clients.credentials import Logins
from clients.preflight import Recorded, preflight
from lab.names import PROJECT
from sandbox import inventory, project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.instance import Instance

# What a session costs however little it asks for.
OF_THE_SESSION = frozenset({"RetrieveServiceContent", "Login", "Logout"})
# Tasks that vCenter works on at the same time.
AT_ONCE = 100


def asked(instance: Instance, stack_file: str) -> list[str]:
    """The calls of a preflight of this stack file, but for the session's own: method, and kind of what is read."""
    environment = project.environment(instance, instance.load())
    # Read from the environment by TLS itself.
    os.environ["SSL_CERT_FILE"] = environment["SSL_CERT_FILE"]
    logins = Logins(get=lambda _: None, environ=environment)
    with _counted() as calls:
        wanted = labs.parsed(labs.raw(stack_file))
        preflight(wanted, stack=f"{PROJECT}.bench", where="bench", logins=logins, recorded=Recorded())
    return [call for call in calls if call not in OF_THE_SESSION]


@contextmanager
def _counted() -> Iterator[list[str]]:
    calls: list[str] = []
    invoke = SoapStubAdapter.InvokeMethod

    def spy(adapter: Any, target: Any, method: Any, arguments: Any, outer: Any = None) -> Any:
        calls.append(" ".join([method.wsdlName, *_kinds(arguments)]))
        return invoke(adapter, target, method, arguments, outer)

    SoapStubAdapter.InvokeMethod = spy
    try:
        yield calls
    finally:
        SoapStubAdapter.InvokeMethod = invoke


def _kinds(arguments: Any) -> list[str]:
    """Of the objects whose properties are asked for; other calls take lists, too."""
    specs = arguments[0] if arguments and isinstance(arguments[0], list) else []
    return [item.type._wsdlName for spec in specs for item in getattr(spec, "propSet", ())]  # noqa: SLF001


def crowd(instance: Instance, first: int, last: int) -> None:
    """Makes VMs beside the installer's template, with these numbers."""
    with inventory.session(instance, instance.load()) as content:
        (folder,) = (item for item in inventory.all_of(content, vim.Folder) if item.name == inventory.FOLDER)
        (cluster,) = inventory.all_of(content, vim.ClusterComputeResource)
        pool, host = cluster.resourcePool, cluster.host[0]
        for begin in range(first, last + 1, AT_ONCE):
            numbers = range(begin, min(begin + AT_ONCE, last + 1))
            for task in [folder.CreateVM_Task(_vm(number), pool=pool, host=host) for number in numbers]:
                inventory.result(task)


def _vm(number: int) -> Any:
    files = vim.vm.FileInfo(vmPathName=f"[{inventory.DATASTORE}]")
    return vim.vm.ConfigSpec(name=f"crowd-{number}", guestId="otherGuest", numCPUs=1, memoryMB=32, files=files)
