"""Whether a Machine's VM and the template that it was cloned from may virtualize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clients.vcenter import inventory
from lab import marker
from lab.readiness import Origin

if TYPE_CHECKING:
    from clients.vcenter.session import VCenter

NESTED, NOTES = "config.nestedHVEnabled", "config.annotation"


def origin(vcenter: VCenter, machine: dict[str, Any]) -> Origin:
    """What vCenter says of the Machine's VM, which has its name, and of the template that the Machine names."""
    spec = machine["spec"]["providerSpec"]["value"]
    folder, name = spec["workspace"]["folder"], spec["template"]
    template = _read(vcenter, name, folder)
    return Origin(
        template=name if name.startswith("/") else f"{folder}/{name}",
        template_nested=_nested(template),
        template_marked=marker.read((template or {}).get(NOTES)) is not None,
        vm_nested=_nested(_read(vcenter, machine["metadata"]["name"], folder)),
    )


def _read(vcenter: VCenter, name: str, folder: str) -> dict[str, Any] | None:
    vm = inventory.find_vm(vcenter, name, folder)
    return None if vm is None else vcenter.read(vm, NESTED, NOTES)


def _nested(facts: dict[str, Any] | None) -> bool | None:
    return None if facts is None else bool(facts.get(NESTED))
