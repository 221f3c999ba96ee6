"""What somebody has made by hand of what a stack file means, and how it comes into Pulumi's state.

The next `up` would make these; they stand already. Into the state they go as they are, not as they are wanted: then
that `up` shows, and makes, what differs, and nothing else. It is what `recover` does for a run that died
(lab/recovery.py), and the same parts look for them; docs/decisions/adopt.md has why this is no `pulumi import`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import names, recovery, resources
from lab.report.leaves import UNKNOWN, differing
from lab.report.preview import STACK
from lab.template import Copy, Features, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lab.marker import Marker
    from lab.recovery import Live, Wanted
    from lab.resources import Deployment, Resource

# Set for the program by `python -m lab adopt`, never by a person: what stands and has no owner counts as the stack's.
SWITCH = "CNV_LAB_ADOPTING"
# What cannot be changed where it stands, by the part of a type after its last colon; Pulumi would make it anew.
FINAL = {
    "HostPortGroup": ("virtualSwitchName",),
    "MachineSet": ("spec.selector",),
    "ClusterUserDefinedNetwork": ("spec.network",),
}
# Written by API servers and controllers where nobody has (openshift/api, machine/v1beta1).
SERVERS = {"authoritativeAPI", "deletePolicy", "minReadySeconds", "lifecycleHooks"}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One thing that the next `up` would make and that stands already.

    ``planned`` is the resource as Pulumi has planned it, ``live`` its inputs as they are. ``final`` are the paths that
    differ and cannot be changed, ``beyond`` those of which the stack file has no word. ``owner`` is another stack that
    has its label on it, or "". ``is_recorded``: it comes into the state; dynamic resources cannot, and find what is
    theirs when they are made.
    """

    planned: Resource
    identity: str
    live: Mapping[str, Any]
    final: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    owner: str = ""
    is_recorded: bool = True

    @property
    def urn(self) -> str:
        """Its URN."""
        return str(self.planned["urn"])


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template at the stack's path without a mark: it gets one, and the next `up` finds it by that.

    ``lost`` are words on what is put right in it; ``anew`` why it is exchanged for a new clone, or "".
    """

    path: str
    planned: Resource
    lost: tuple[str, ...] = ()
    anew: str = ""


def wanted(planned: Iterable[Resource]) -> Wanted:
    """What to look for, of the resources that the next `up` would make."""
    return recovery.wanted({"pending_operations": [{"type": recovery.CREATING, "resource": item} for item in planned]})


def standing(planned: Iterable[Resource], live: Live) -> list[Standing]:
    """Those that stand, in the order in which they are planned."""
    return [found for item in planned if (found := _standing(item, live)) is not None]


def _standing(planned: Resource, live: Live) -> Standing | None:
    kind, inputs = planned["type"], planned.get("inputs") or {}
    owner = ""
    more: tuple[str, ...] = ()
    if kind == resources.PORT_GROUP:
        key = resources.port_group(planned)
        if key not in live.port_groups:
            return None
        vlan, switch = live.port_groups[key]
        identity = resources.port_group_id(key)
        found: Mapping[str, Any] = {
            **inputs,
            "vlanId": vlan,
            "virtualSwitchName": switch,
            **live.security.get(key, {}),
        }
    elif kind == resources.DISTRIBUTED_PORT_GROUP:
        moid = live.distributed.get(resources.distributed(planned))
        if moid is None:
            return None
        # What it carries and lets through is another resource's, which sets it whatever it was.
        identity, found = moid, inputs
    elif resources.is_object(planned):
        name = resources.object_key(planned)
        item = live.objects.get(name)
        if item is None:
            return None
        identity, found = resources.object_id(name), as_given(item, inputs)
        owner = (item["metadata"].get("labels") or {}).get(names.STACK_LABEL, "")
        more = tuple(beyond(item.get("spec") or {}, inputs["spec"], "spec")) if "spec" in inputs else ()
    else:
        return None
    final = FINAL.get(kind.rpartition(":")[2], ())
    paths = tuple(leaf.path for leaf in differing(found, inputs) if leaf.path.startswith(final)) if final else ()
    mine = resources.stack(planned["urn"])
    return Standing(
        planned=planned,
        identity=identity,
        live=found,
        final=paths,
        beyond=more,
        owner="" if owner == mine else owner,
    )


def settings(planned: Iterable[Resource], live: Mapping[str, Any]) -> list[Standing]:
    """What a distributed port group that stands carries and lets through, which is a resource of its own."""
    return [
        Standing(planned=item, identity="", live={**item["inputs"], **live}, is_recorded=False)
        for item in planned
        if item["type"] == resources.PORT_GROUP_SETTINGS
    ]


def as_given(live: Any, given: Any) -> Any:
    """The live values of what the stack file has a word for; what others add to an object is no change of ours.

    Lists are whole: server-side apply replaces them whole, with all that a person has written into an entry.
    """
    if isinstance(live, dict) and isinstance(given, dict):
        return {key: as_given(live[key], value) for key, value in given.items() if key in live}
    return live


def beyond(live: Mapping[str, Any], given: Mapping[str, Any], path: str) -> Iterator[str]:
    """The paths of what only somebody by hand, or a server, has given a value: it stays."""
    for key, value in live.items():
        at = f"{path}.{key}"
        if key not in given:
            if value not in ({}, [], "", None) and key not in SERVERS:
                yield at
        elif isinstance(value, dict) and isinstance(given[key], dict):
            yield from beyond(value, given[key], at)


def template(planned: Resource, copy: Copy | None, mark: Marker | None) -> Template | None:
    """The template at the stack's path, if it is nobody's; ``mark`` is what it would get."""
    if copy is None or mark is None or copy.marker is not None:
        return None
    inputs = planned["inputs"]
    features = Features(
        nested_virtualization=inputs["nestedVirtualization"],
        performance_counters=inputs["performanceCounters"],
        iommu=inputs["iommu"],
        trunk_nic=inputs["trunkNic"],
    )
    anew = ""
    if not copy.is_template:
        anew = "it is a VM, and may have been started"
    elif copy.datastore != inputs["datastore"].rpartition("/")[2]:
        anew = f"it is on datastore {copy.datastore}, and the stack file says {inputs['datastore']}"
    elif mark.identity != inputs["sourceIdentity"]:
        anew = f"it is {mark.identity}, and the installer's template is {inputs['sourceIdentity']} (followSource)"
    return Template(
        path=resources.template_path(planned),
        planned=planned,
        lost=tuple(differences(features, copy.features)),
        anew=anew,
    )


def origin(copy: Copy, source_uuid: str, source_version: str) -> tuple[str, str]:
    """From what a template was cloned that carries no mark: instance UUID and RHCOS version.

    A clone does not tell, but keeps the version. Of the same one it is taken to be of the installer's template as it is
    today; else nobody knows from which.
    """
    if source_uuid and copy.version in {"", source_version}:
        return source_uuid, source_version
    return "", copy.version


def missing_providers(planned: Iterable[Resource]) -> list[str]:
    """The URNs of the providers that the state has not yet: what is taken into it needs them."""
    return [item["urn"] for item in planned if item["type"].startswith(resources.PROVIDERS)]


def written(deployment: Deployment, planned: Sequence[Resource], found: Sequence[Standing]) -> Deployment:
    """The state with these in it, and with the components that they are parts of.

    Raises:
        KeyError: a provider is not in the state.
    """
    there = [_known(item) for item in deployment.get("resources") or []]
    known = {item["urn"] for item in there}
    providers = {item["type"]: f"{item['urn']}::{item['id']}" for item in there if _is_provider(item)}
    by_urn = {item["urn"]: item for item in planned}
    taken = {item.urn: item for item in found if item.is_recorded}
    needed = {urn for item in taken.values() for urn in _parents(item.urn, by_urn)}
    for item in planned:
        urn = item["urn"]
        if urn in known or urn not in {*taken, *needed}:
            continue
        own = taken.get(urn)
        there.append(_component(item) if own is None else _resource(own, providers, known))
        known.add(urn)
    return {**deployment, "resources": there}


def _known(item: Resource) -> Resource:
    """The stack without outputs that nobody knows yet: an `up` of its providers alone writes them down as unknown."""
    if "outputs" not in item or item["type"] != STACK:
        return item
    return {**item, "outputs": {key: value for key, value in item["outputs"].items() if value != UNKNOWN}}


def _is_provider(item: Resource) -> bool:
    return str(item["type"]).startswith(resources.PROVIDERS)


def _parents(urn: str, by_urn: Mapping[str, Resource]) -> Iterator[str]:
    while (urn := by_urn.get(urn, {}).get("parent", "")) in by_urn:
        yield urn


def _component(item: Resource) -> Resource:
    return {key: item[key] for key in ("urn", "custom", "type", "parent") if key in item}


def _resource(own: Standing, providers: Mapping[str, str], known: set[str]) -> Resource:
    """As the engine would have written it: what it waits for that is not there yet, the next `up` writes down."""
    item = own.planned
    package = item["type"].partition(":")[0]
    live = dict(own.live)
    return {
        **_component(item),
        "id": own.identity,
        "inputs": live,
        "outputs": live,
        "provider": providers[f"{resources.PROVIDERS}{package}"],
        "dependencies": [urn for urn in item.get("dependencies") or [] if urn in known],
    }
