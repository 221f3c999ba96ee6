"""One login to vCenter, with errors that a person can act on."""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import faults
from clients.vcenter.calls import Calls
from lab.names import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clients.credentials import VCenterAccess

# Seconds until a vCenter that does not answer counts as down.
CONNECT_TIMEOUT = 30
# flags.vvtdEnabled came with 6.7; what the server is too old for, pyVmomi leaves out in silence.
API_VERSION_LEAST = (6, 7)


class UnreachableError(LabError):
    """vCenter does not answer, or not as a vCenter does."""


class UntrustedError(LabError):
    """It answers with a certificate that nobody vouches for."""


class LoginError(LabError):
    """It refuses this user, or this password."""


def silent(_line: str) -> None:
    """Nobody is told."""


@contextmanager
def connect(
    access: VCenterAccess, report: Callable[[str], None] = silent, pause: Callable[[float], None] = time.sleep
) -> Iterator[VCenter]:
    """Logs in, and out again at the end.

    Args:
        access: where and as whom.
        report: is told what the session waits for.
        pause: lets seconds pass.

    Raises:
        LabError: when vCenter cannot be reached or trusted, or refuses the login. A refused login is not tried again:
            repeats lock accounts. Also for a fault that nothing inside has explained.
    """
    # Always an explicit context: for loopback addresses pyVmomi would otherwise turn verification off.
    context = ssl.create_default_context()
    if not access.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        instance = SmartConnect(
            host=access.host,
            port=access.port,
            user=access.user,
            pwd=access.password,
            sslContext=context,
            httpConnectionTimeout=CONNECT_TIMEOUT,
            customHeaders={"User-Agent": USER_AGENT},
        )
    except vim.fault.InvalidLogin:
        raise _refused(access) from None
    except ssl.SSLCertVerificationError as error:
        raise UntrustedError(
            f"vCenter {access.endpoint} shows a certificate that is not trusted: {error.verify_message}. "
            "Point SSL_CERT_FILE to vCenter's CA (https://<vcenter>/certs/download.zip has it), or set "
            "vsphere:allowUnverifiedSsl true in a lab that has none."
        ) from None
    except (TimeoutError, OSError, vmodl.MethodFault) as error:
        raise UnreachableError(
            f"vCenter {access.endpoint} cannot be reached: {faults.words(error)}. "
            "Check vsphere:vsphereServer (or cnv-lab:vcenter.server), and that this machine reaches it."
        ) from None
    try:
        yield VCenter(instance, access, report, pause)
    except vmodl.MethodFault as error:
        raise faults.explain(error, "finish what was under way") from None
    finally:
        with suppress(OSError, HTTPException, vmodl.MethodFault):
            Disconnect(instance)


def _log_in_again(access: VCenterAccess, wire: Any) -> None:
    try:
        content: Any = vim.ServiceInstance("ServiceInstance", wire).RetrieveContent()
        content.sessionManager.Login(access.user, access.password, None)
    except vim.fault.InvalidLogin:
        raise _refused(access) from None
    except vmodl.MethodFault as error:
        raise faults.explain(error, f"log {access.user} in again") from None


def _refused(access: VCenterAccess) -> LoginError:
    return LoginError(
        f"vCenter {access.endpoint} refuses the login of {access.user}: wrong user or password. "
        "Check VSPHERE_USER and VSPHERE_PASSWORD (or vsphere:user and the secret vsphere:password)."
    )


# Properties by their paths.
Facts = dict[str, Any]


class VCenter:
    """A logged-in session."""

    def __init__(
        self,
        instance: Any,
        access: VCenterAccess,
        report: Callable[[str], None] = silent,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        calls = Calls(instance._stub, access.endpoint, partial(_log_in_again, access))  # noqa: SLF001, as pyVim does
        self.content: Any = vim.ServiceInstance("ServiceInstance", calls).RetrieveContent()
        self.endpoint = access.endpoint
        self.report = report
        self.pause = pause

    @property
    def api_version(self) -> tuple[int, ...]:
        """The API's version, such as (8, 0, 3, 0)."""
        return tuple(int(part) for part in self.content.about.apiVersion.split("."))

    def find(self, inventory_path: str) -> Any | None:
        """The object at this path (/Garden/vm/…), or None: one request, however many VMs there are."""
        with faults.explained(f"look up {inventory_path}"):
            return self.content.searchIndex.FindByInventoryPath(inventory_path.lstrip("/"))

    def properties(self, objects: Sequence[Any], paths: Sequence[str]) -> list[Facts]:
        """These properties of objects of one type, by one request; what is unset is left out.

        By leaf path: whole structures can hold values that pyVmomi does not know, and cost more.
        """
        if not objects:
            return []
        query = vmodl.query.PropertyCollector
        spec = query.FilterSpec(
            objectSet=[query.ObjectSpec(obj=item, skip=False) for item in objects],
            propSet=[query.PropertySpec(type=type(objects[0]), pathSet=list(paths), all=False)],
        )
        doing = f"read {', '.join(paths)} of {', '.join(item._GetMoId() for item in objects)}"  # noqa: SLF001
        found = {item._GetMoId(): facts for item, facts in self._collect(spec, doing)}  # noqa: SLF001
        return [found.get(item._GetMoId(), {}) for item in objects]  # noqa: SLF001

    def around(self, item: Any, ways: Sequence[str], wanted: Mapping[Any, Sequence[str]]) -> list[tuple[Any, Facts]]:
        """Properties of what these references of an object lead to, by one request.

        Args:
            item: the object.
            ways: its properties that refer to others.
            wanted: for each type among them the leaf paths; one that is of two of these types gets what it has of both.
        """
        query = vmodl.query.PropertyCollector
        steps = [query.TraversalSpec(type=type(item), path=way, skip=False) for way in ways]
        spec = query.FilterSpec(
            objectSet=[query.ObjectSpec(obj=item, skip=True, selectSet=steps)],
            propSet=[query.PropertySpec(type=kind, pathSet=list(paths), all=False) for kind, paths in wanted.items()],
        )
        return self._collect(spec, f"read {', '.join(ways)} of {item._GetMoId()}")  # noqa: SLF001

    def _collect(self, spec: Any, doing: str) -> list[tuple[Any, Facts]]:
        collector = self.content.propertyCollector
        found: list[tuple[Any, Facts]] = []
        with faults.explained(doing):
            result = collector.RetrievePropertiesEx([spec], vmodl.query.PropertyCollector.RetrieveOptions())
            while result is not None:
                found += [(item.obj, {prop.name: prop.val for prop in item.propSet}) for item in result.objects]
                result = collector.ContinueRetrievePropertiesEx(result.token) if result.token else None
        return found

    def read(self, item: Any, *paths: str) -> Facts:
        """These properties of one object."""
        return self.properties([item], paths)[0]
