"""What OpenShift does to the templates that MachineSets name, when its RHCOS gets newer.

machine-config-operator, pkg/controller/bootimage/vsphere_helpers.go: a template is replaced whose
``summary.config.product.version`` is not the release's. The OVA is imported beside it, the old one renamed away, the
new one renamed to its name, the old one destroyed; notes and CPU features are not taken along.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pyVmomi import vim

from lab import names
from sandbox import cluster, inventory
from sandbox.command_line import Name, running
from sandbox.errors import Refusal

if TYPE_CHECKING:
    from sandbox.instance import Instance

NEWER = "9.6.20260112-0"
MACHINE_SETS = f"/apis/machine.openshift.io/v1beta1/namespaces/{names.MACHINE_API_NAMESPACE}/machinesets"

Version = Annotated[str, typer.Argument(metavar="VERSION", help="The release's RHCOS.")]


def upgrade(version: Version = NEWER, name: Name = "lab") -> None:
    """Replace the installer's template by a newer RHCOS of the same name, as an upgrade of OpenShift does."""
    _replace(running(name), [inventory.TEMPLATE], version)


def boot_images(version: Version = NEWER, name: Name = "lab") -> None:
    """Replace the templates of this program's MachineSets by plain RHCOS, as OpenShift's boot-image management does."""
    instance = running(name)
    found = cluster.log_in(instance).request("GET", MACHINE_SETS, query={"labelSelector": names.STACK_LABEL})["items"]
    templates = [item["spec"]["template"]["spec"]["providerSpec"]["value"]["template"] for item in found]
    if not templates:
        raise Refusal("no stack has a MachineSet here: pulumi up first.")
    _replace(instance, templates, version)


def _replace(instance: Instance, templates: list[str], version: str) -> None:
    with inventory.session(instance, instance.load()) as content:
        (host_cluster,) = inventory.all_of(content, vim.ClusterComputeResource)
        for template in templates:
            there = next((vm for vm in inventory.all_of(content, vim.VirtualMachine) if vm.name == template), None)
            if there is None:
                raise Refusal(f"there is no template {template}.")
            was = _version(there)
            _swap(there, host_cluster, template, version)
            print(
                f"{template} was RHCOS {was}, and is RHCOS {version} now: another template, without notes and features"
            )


def _version(vm: Any) -> str:
    config = vm.config.vAppConfig
    return config.product[0].version if config and config.product else "of an unknown version"


def _swap(there: Any, host_cluster: Any, name: str, version: str) -> None:
    imported = inventory.import_rhcos(there.parent, host_cluster, _temporary("mco-tmp", name), version)
    inventory.result(there.Rename_Task(_temporary("mco-old", name)))
    inventory.result(imported.Rename_Task(name))
    inventory.result(there.Destroy_Task())


def _temporary(prefix: str, name: str) -> str:
    """The operator's own names: short, and the same for each try."""
    return f"{prefix}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
