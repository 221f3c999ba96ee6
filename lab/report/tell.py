"""What a step means to a person who runs the network: the resource's name for it, and what changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lab import names
from lab.report import vlans as policy_vlans
from lab.report.leaves import differing
from lab.report.preview import REPLACE, UPDATE
from lab.report.words import Name, Words, listed, vlans

if TYPE_CHECKING:
    from lab.report.preview import Step

# Leaves told of an update in one cell. The folded diff has all.
LEAVES_MOST = 6
# Letters of a value in a cell.
VALUE_MOST = 80
MACHINE = "spec.template.spec.providerSpec.value"
# What people call the keys of a MachineSet.
PLAIN = {
    "spec.replicas": "replicas",
    f"{MACHINE}.numCPUs": "CPUs",
    f"{MACHINE}.numCoresPerSocket": "cores per socket",
    f"{MACHINE}.memoryMiB": "memory, MiB",
    f"{MACHINE}.diskGiB": "disk, GiB",
    f"{MACHINE}.template": "template",
}
FEATURES = {
    "nestedVirtualization": "nested virtualization",
    "performanceCounters": "performance counters",
    "iommu": "IOMMU",
}
# What repeats elsewhere or is only Pulumi's: not told in the table.
ASIDE = ("metadata.annotations", "condition")


def of_update(step: Step, aside: tuple[str, ...] = ASIDE) -> Words:
    """What changes, place by place; of a new resource nothing."""
    if step.op not in {UPDATE, REPLACE}:
        return ()
    leaves = [leaf for leaf in differing(step.old, step.new) if not leaf.path.startswith(aside)]
    # A name stands in several places; where else it stands, the diff tells.
    told = {(leaf.old, leaf.new): leaf for leaf in reversed(leaves) if leaf.path not in PLAIN}
    shown = [leaf for leaf in leaves if leaf.path in PLAIN or told[leaf.old, leaf.new] is leaf]
    words: list[str] = []
    for leaf in shown[:LEAVES_MOST]:
        words += ["; "] if words else []
        words += [PLAIN.get(leaf.path) or Name(leaf.path), " ", *_value(leaf.old), " → ", *_value(leaf.new)]
    more = len(leaves) - len(shown[:LEAVES_MOST])
    return (*words, f"; and {more} more") if more else tuple(words)


def _value(text: str | None) -> Words:
    if text is None:
        return ("nothing",)
    return (Name(text if len(text) <= VALUE_MOST else f"{text[:VALUE_MOST]}…"),) if text else ("empty",)


def name_of(step: Step) -> str:
    """The object's own name, or the resource's in Pulumi; of one that is replaced the name that it has today."""
    inputs = step.old or step.new
    metadata = inputs.get("metadata")
    found = metadata.get("name") if isinstance(metadata, Mapping) else inputs.get("name")
    return str(found or step.name)


def _spec(side: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = side.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def port_group(step: Step) -> Words:
    """On standard switches, a host each."""
    vlan = step.inputs.get("vlanId")
    if step.old and step.new:
        return of_update(step)
    return ("every VLAN, with its tag",) if vlan == names.STANDARD_TRUNK_VLAN_ID else ("VLAN ", Name(str(vlan)))


def distributed(step: Step) -> Words:
    """VLANs as ranges: of the port group that the provider makes."""
    told = [f"{item.get('minVlan')}-{item.get('maxVlan')}" for item in step.inputs.get("vlanRanges") or []]
    return of_update(step) or (("VLANs ", *listed(told)) if told else ())


def settings(step: Step) -> Words:
    """What a distributed port group carries and lets through."""
    return of_update(step, ("portGroup",)) or ("carries VLANs ", Name(str(step.inputs.get("vlans"))))


def template(step: Step) -> Words:
    """The copy of the installer's template."""
    if step.op in {UPDATE, REPLACE}:
        return of_update(step)
    inputs = step.inputs
    has = [told for key, told in FEATURES.items() if inputs.get(key) is True]
    words: list[str] = ["a copy of ", Name(str(inputs.get("source")))]
    words += [" with ", ", ".join(has)] if has else []
    words += ["; second NIC on ", Name(str(inputs["trunkNic"]))] if inputs.get("trunkNic") else []
    return tuple(words)


def machine_set(step: Step) -> Words:
    """How many hypervisors, and of what size."""
    if step.op in {UPDATE, REPLACE}:
        return of_update(step)
    spec = _spec(step.inputs)
    value: Any = spec.get("template", {}).get("spec", {}).get("providerSpec", {}).get("value", {})
    devices = [str(item.get("networkName")) for item in value.get("network", {}).get("devices") or []]
    size = f"{value.get('numCPUs')} CPUs, {value.get('memoryMiB')} MiB, {value.get('diskGiB')} GiB of disk"
    return (
        *("replicas ", Name(str(spec.get("replicas"))), " of ", Name(size)),
        *(", from ", Name(str(value.get("template"))), ", NICs on ", *listed(devices)),
    )


def policy(step: Step) -> Words:
    """Which VLANs join and which leave; and what else changes, but for the interfaces that this comes down to."""
    before, after = _spec(step.old), _spec(step.new)
    found = policy_vlans.change(before, after)
    verbs = (
        (found.join, "join", "joins"),
        (found.leave, "leave", "leaves"),
        (found.move, "move to another bridge", "moves to another bridge"),
    )
    parts: list[Words] = [(*vlans(ids), " ", several if len(ids) > 1 else one) for ids, several, one in verbs if ids]
    shared_old, shared_new = policy_vlans.shared(before), policy_vlans.shared(after)
    if shared_new - shared_old:
        parts.append(("bridge ", *listed(sorted(shared_new - shared_old)), " comes"))
    if shared_old - shared_new:
        parts.append(("bridge ", *listed(sorted(shared_old - shared_new)), " goes"))
    rest = of_update(step, (*ASIDE, "spec.desiredState") if parts else ASIDE)
    return tuple(word for part in [*parts, rest] if part for word in ("; ", *part))[1:]


def attachment(step: Step) -> Words:
    """What VMs plug into; its description is the VLAN's name, which a stack file may change."""
    called = (_description(step.old), _description(step.new))
    renamed: Words = ()
    if step.op == UPDATE and called[0] != called[1]:
        renamed = ("description ", *_value(called[0]), " → ", *_value(called[1]))
    rest = of_update(step)
    return (*renamed, "; ", *rest) if renamed and rest else renamed or rest


def _description(side: Mapping[str, Any]) -> str | None:
    found = (side.get("metadata") or {}).get("annotations") or {}
    return found.get("description")


def nothing(_step: Step) -> Words:
    """Where the name says it all."""
    return ()


Teller = Callable[["Step"], Words]
