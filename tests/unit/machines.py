"""Machines, nodes and what explains them, as an API server gives them, for the tests of the verdicts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lab.readiness import Facts

Object = dict[str, Any]

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
SPEC: Object = {
    "credentialsSecret": {"name": "vsphere-cloud-credentials"},
    "template": "rhcos-cnv",
    "workspace": {"server": "vcenter.lab", "datacenter": "Garden", "folder": "/Garden/vm/hub"},
}


def conditions(**told: tuple[str, str]) -> list[Object]:
    return [{"type": kind, "status": status, "message": message} for kind, (status, message) in told.items()]


def machine(name: str = "m-1", *, node: str | None = None, leaving: bool = False, **status: Any) -> Object:
    metadata = {"name": name, **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {})}
    reference = {"nodeRef": {"name": node}} if node else {}
    status = {"phase": "Provisioning", **reference, **status}
    return {"metadata": metadata, "spec": {"providerSpec": {"value": SPEC}}, "status": status}


def running(name: str = "m-1", **more: Any) -> Object:
    return machine(name, node=name, phase="Running", **more)


def node(name: str = "m-1", *, ready: str = "True", message: str = "", kvm: str | None = "1k") -> Object:
    allocatable = {} if kvm is None else {"devices.kubevirt.io/kvm": kvm}
    told = conditions(MemoryPressure=("False", ""), Ready=(ready, message))
    return {"metadata": {"name": name}, "spec": {}, "status": {"conditions": told, "allocatable": allocatable}}


def nodes(*there: Object) -> dict[str, Object]:
    return {item["metadata"]["name"]: item for item in there}


def facts(machines: list[Object], there: dict[str, Object] | None = None, **more: Any) -> Facts:
    return Facts(machines=machines, nodes=there or {}, **{"now": NOW, **more})


def event(message: str, *, of: str = "m-1", at: str = "2026-01-01T11:00:00Z", reason: str = "FailedCreate") -> Object:
    return {
        "metadata": {},
        "involvedObject": {"kind": "Machine", "name": of},
        "reason": reason,
        "message": message,
        "lastTimestamp": at,
    }
