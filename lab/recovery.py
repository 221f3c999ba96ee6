"""What a run that died left in Pulumi's state, and what it takes to go on from there.

An engine that is killed leaves *pending operations*: what it had begun and never heard the end of. A deletion or a
change can be begun again, but something half made can be there or not. Pulumi cannot tell, and makes it a second time;
these are looked for, by name and by our own mark, and what is there is taken into the state as if the run had lived.

The engine's own way, ``pulumi refresh --import-pending-creates URN ID``, is not used: up to 3.259 it marks the
operation as an import (pkg/cmd/pulumi/operations/refresh.go), which nothing carries out, and the refresh then drops
it, with a success.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab import names, resources
from lab.resources import DISTRIBUTED_PORT_GROUP, PORT_GROUP, TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lab.marker import Marker
    from lab.resources import Deployment, DistributedKey, ObjectKey, PortGroupKey, Resource

# Not asked: each makes what it can of what is there in the next run.
ROLLOUTS = ("pulumi-python:dynamic/cnvlab:HypervisorRollout", "pulumi-python:dynamic/cnvlab:PolicyRollout")
CREATING, DELETING = "creating", "deleting"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What must be looked for before anything can be decided.

    ``templates`` are inventory paths, each with the path of what it is cloned from.
    """

    port_groups: frozenset[PortGroupKey] = frozenset()
    distributed: frozenset[DistributedKey] = frozenset()
    objects: frozenset[ObjectKey] = frozenset()
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Live:
    """What of it is there. ``port_groups`` are (VLAN, switch), distributed ones their managed objects' ids.

    Templates without a mark of ours are left out.
    """

    port_groups: Mapping[PortGroupKey, tuple[int, str]] = field(default_factory=dict)
    distributed: Mapping[DistributedKey, str] = field(default_factory=dict)
    # What a standard port group lets through, by the names that Pulumi's provider has for it; of its own.
    security: Mapping[PortGroupKey, Mapping[str, bool]] = field(default_factory=dict)
    objects: Mapping[ObjectKey, Mapping[str, Any]] = field(default_factory=dict)
    templates: Mapping[str, Marker] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Adopt:
    """It was made: into the state, with this id."""

    urn: str
    identity: str
    told: str
    outputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Clear:
    """Nothing of the state is wrong, but that it says "pending". ``reread``: the provider is asked how it is now."""

    urn: str
    told: str
    reread: bool = False


@dataclass(frozen=True, kw_only=True)
class Forget:
    """It is gone, and its provider fails on what is gone: out of the state."""

    urn: str
    told: str


Step = Adopt | Clear | Forget


def wanted(deployment: Deployment) -> Wanted:
    """What to look for: all port groups, and what was being made."""
    made = [operation["resource"] for operation in _pending(deployment) if operation["type"] == CREATING]
    known = [*_resources(deployment), *made]
    return Wanted(
        port_groups=frozenset(resources.port_group(item) for item in known if item["type"] == PORT_GROUP),
        distributed=frozenset(resources.distributed(item) for item in known if item["type"] == DISTRIBUTED_PORT_GROUP),
        objects=frozenset(resources.object_key(resource) for resource in made if resources.is_object(resource)),
        templates={
            resources.template_path(resource): resources.source_path(resource)
            for resource in made
            if resource["type"] == TEMPLATE
        },
    )


def plan(deployment: Deployment, live: Live) -> list[Step]:
    """What to do for each pending operation, and for each port group that has vanished."""
    steps: list[Step] = []
    ids = {resource["urn"]: resource.get("id") for resource in _resources(deployment)}
    # By URN: the engine writes a creation that nobody cleared down again with each run.
    for operation in {item["resource"]["urn"]: item for item in _pending(deployment)}.values():
        resource = operation["resource"]
        if operation["type"] == CREATING:
            made = _made(resource, live)
            if isinstance(made, Adopt) and ids.get(made.urn) == made.identity:
                made = Clear(urn=made.urn, told=f"{_name(made.urn)} was made by a later run: nothing is pending")
            steps.append(made)
        elif not _vanished(resource, live):
            steps.append(_begun(resource, operation["type"]))
    for resource in _resources(deployment):
        if where := _vanished(resource, live):
            told = f"port group {resource['inputs']['name']} is gone from {where}: taken out of the state"
            steps.append(Forget(urn=resource["urn"], told=told))
    return steps


def _vanished(resource: Resource, live: Live) -> str:
    """From where, if it is a port group that is gone: its provider fails on one; else ""."""
    if resource["type"] == PORT_GROUP and resources.port_group(resource) not in live.port_groups:
        return f"host {resources.port_group(resource)[0]}"
    if resource["type"] == DISTRIBUTED_PORT_GROUP and resources.distributed(resource) not in live.distributed:
        return "its distributed switch"
    return ""


def _made(resource: Resource, live: Live) -> Step:
    """What became of something that was being made."""
    kind, urn = resource["type"], resource["urn"]
    if kind in {PORT_GROUP, DISTRIBUTED_PORT_GROUP}:
        return _port_group_made(resource, live)
    if kind == TEMPLATE:
        mark = live.templates.get(resources.template_path(resource))
        if mark is not None and (mark.stack, mark.name) == (resource["inputs"]["stack"], resource["inputs"]["label"]):
            told = f"template {resources.template_path(resource)} was made: taken into the state"
            return Adopt(urn=urn, identity=mark.id, told=told)
        return Clear(urn=urn, told=f"template {resources.template_path(resource)} was not made: the next up makes it")
    if resources.is_object(resource):
        return _object_made(resource, live)
    return Clear(urn=urn, told=f"{_name(urn)} was not ready yet: the next up begins it anew")


def _port_group_made(resource: Resource, live: Live) -> Step:
    urn, inputs = resource["urn"], resource["inputs"]
    name = inputs["name"]
    if resource["type"] == DISTRIBUTED_PORT_GROUP:
        # Preflight has seen that the name was free.
        moid = live.distributed.get(resources.distributed(resource))
        if moid is not None:
            return Adopt(urn=urn, identity=moid, told=f"port group {name} was made: taken into the state")
        return Clear(urn=urn, told=f"port group {name} was not made: the next up makes it")
    host, _ = key = resources.port_group(resource)
    if live.port_groups.get(key) == (inputs["vlanId"], inputs["virtualSwitchName"]):
        told = f"port group {name} was made on host {host}: taken into the state"
        return Adopt(urn=urn, identity=resources.port_group_id(key), told=told)
    return Clear(urn=urn, told=f"port group {name} was not made on host {host}: the next up makes it")


def _object_made(resource: Resource, live: Live) -> Step:
    _, kind, *_ = key = resources.object_key(resource)
    found, identity = live.objects.get(key), resources.object_id(key)
    if found is None:
        return Clear(urn=resource["urn"], told=f"{kind} {identity} was not made: the next up makes it")
    labels = found["metadata"].get("labels") or {}
    if labels.get(names.STACK_LABEL) != resources.stack(resource["urn"]):
        return Clear(urn=resource["urn"], told=f"{kind} {identity} is there, and not by this stack: left alone")
    # By which name the provider wrote the fields; a new name would be another owner, and a conflict at each change.
    managers = [
        entry["manager"]
        for entry in found["metadata"].get("managedFields") or []
        if entry["manager"].startswith("pulumi-kubernetes") and not entry.get("subresource")
    ]
    return Adopt(
        urn=resource["urn"],
        identity=identity,
        told=f"{kind} {identity} was made: taken into the state",
        outputs={"__fieldManager": managers[0]} if managers else {},
    )


def _begun(resource: Resource, doing: str) -> Step:
    """What was being changed or deleted: it is still in the state, to be done again."""
    again = "the next destroy deletes it" if doing == DELETING else "the next up does it again"
    told = f"{_name(resource['urn'])} was interrupted while {doing}: {again}"
    return Clear(urn=resource["urn"], told=told, reread=resource["type"] not in ROLLOUTS)


def carry_out(deployment: Deployment, steps: Sequence[Step]) -> Deployment:
    """The state as it is after the steps; nothing is pending in it."""
    after = deepcopy(deployment)
    made = {operation["resource"]["urn"]: operation["resource"] for operation in after.pop("pending_operations", [])}
    there = _resources(after)
    for step in steps:
        if isinstance(step, Adopt):
            there = [*_replaced(there, step.urn)]
            new = made[step.urn]
            there.append({**new, "id": step.identity, "outputs": {**new.get("inputs", {}), **step.outputs}})
        elif isinstance(step, Forget):
            there = [_without(item, step.urn) for item in there if item["urn"] != step.urn]
    after["resources"] = there
    return after


def _replaced(there: Sequence[Resource], urn: str) -> Iterator[Resource]:
    """The resources, when this URN is another one's: what it was before is still to be deleted, or a mere reminder."""
    for item in there:
        if item["urn"] != urn:
            yield item
        elif not item.get("pendingReplacement"):
            yield {**item, "delete": True}


def _without(item: Resource, urn: str) -> Resource:
    """The resource, waiting for one less."""
    kept = {**item, "dependencies": [one for one in item.get("dependencies") or [] if one != urn]}
    by_property = item.get("propertyDependencies") or {}
    kept["propertyDependencies"] = {key: [one for one in of or [] if one != urn] for key, of in by_property.items()}
    return kept


def to_reread(deployment: Deployment, steps: Sequence[Step]) -> list[str]:
    """The URNs whose providers are to be asked how they are: what is there, or gone, is then in the state as it is."""
    there = {resource["urn"] for resource in _resources(carry_out(deployment, steps))}
    asked = [step.urn for step in steps if isinstance(step, Adopt) or (isinstance(step, Clear) and step.reread)]
    return [urn for urn in dict.fromkeys(asked) if urn in there]


def server(deployment: Deployment) -> str | None:
    """The vCenter that the stack was made in, for a stack file that leaves it to the worker MachineSet."""
    known = (resource.get("inputs", {}).get("server") for resource in _resources(deployment))
    return next((name for name in known if name), None)


def _resources(deployment: Deployment) -> list[Resource]:
    return list(deployment.get("resources") or [])


def _pending(deployment: Deployment) -> list[dict[str, Any]]:
    return list(deployment.get("pending_operations") or [])


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
