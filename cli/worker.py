"""Reads a worker MachineSet from a file, for what a stack file leaves to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli import stack_file
from clients.errors import LabError

if TYPE_CHECKING:
    from pathlib import Path

WHERE = "spec.template.spec.providerSpec.value"


class _Part(BaseModel):
    """Of openshift/api's types_vsphereprovider.go: the fields that lab/plan.py takes values from, and their types."""

    model_config = ConfigDict(strict=True)


class _Workspace(_Part):
    server: str | None = None
    datacenter: str | None = None
    datastore: str | None = None
    folder: str | None = None
    resource_pool: str | None = Field(None, alias="resourcePool")


class _Device(_Part):
    network_name: str | None = Field(None, alias="networkName")


class _Network(_Part):
    devices: list[_Device] | None = None


class _ProviderSpec(_Part):
    template: str | None = None
    cpus: int | None = Field(None, alias="numCPUs")
    cores_per_socket: int | None = Field(None, alias="numCoresPerSocket")
    memory_mib: int | None = Field(None, alias="memoryMiB")
    disk_gib: int | None = Field(None, alias="diskGiB")
    workspace: _Workspace | None = None
    network: _Network | None = None


def read(path: Path) -> dict[str, Any]:
    """The MachineSet as it stands in the file.

    Raises:
        LabError: it is another object, is not for vSphere, or has a value of a wrong type.
    """
    document = stack_file.read_yaml(path)
    if not isinstance(document, dict) or document.get("kind") != "MachineSet":
        kind = document.get("kind") if isinstance(document, dict) else type(document).__name__
        raise LabError(f"{path.name} is no MachineSet ({kind}). Write one to it: oc get machineset NAME -o yaml.")
    try:
        value = document["spec"]["template"]["spec"]["providerSpec"]["value"]
    except (KeyError, TypeError):
        value = None
    if not isinstance(value, dict) or value.get("kind") != "VSphereMachineProviderSpec":
        raise LabError(f"{path.name} is a MachineSet, but not one for vSphere ({WHERE}).")
    try:
        _ProviderSpec.model_validate(value)
    except ValidationError as error:
        wrong = [
            f"{path.name}: {WHERE}.{'.'.join(str(step) for step in detail['loc'])}: "
            f"{detail['msg'][:1].lower()}{detail['msg'][1:]}. Write the file anew: oc get machineset NAME -o yaml."
            for detail in error.errors()
        ]
        raise LabError("\n".join(wrong)) from None
    return document
