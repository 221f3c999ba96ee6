"""What the hypervisors and their network come from, as it really stands: template, MachineSet, nodes, policy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lab import manifests, names, readiness
from lab.manifests.node_network import read_ledger
from lab.parts import Kind, Part, State
from lab.report.leaves import differing
from lab.template import Features, differences
from lab.topology.live.marks import is_of, lacking, noted, owner
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lab.plan import Lab
    from lab.template import Copy
    from lab.topology.live.facts import Found

Object = dict[str, Any]


def beside(lab: Lab, found: Found) -> tuple[Part, ...]:
    """Each as it stands, and policies of others for the same NIC."""
    made = [_machine_set(lab, found.machine_set)] if lab.existing is None else []
    if found.vcenter is not None:
        made.insert(0, _template(lab, found.vcenter.template))
    return (*made, _nodes(lab, found), _policy(lab, found), *_rivals(lab, found))


def _missing(part: Part) -> Part:
    return replace(part, state=State.MISSING, notes=("missing",))


def _template(lab: Lab, there: Copy | None) -> Part:
    part = Part(kind=Kind.TEMPLATE, name=lab.template_name)
    if there is None:
        return _missing(part)
    if not there.is_template:
        return noted(part, State.DIFFERS, ("is a VM, no template",))
    wanted = Features(
        nested_virtualization=lab.nested_virtualization,
        performance_counters=lab.performance_counters,
        iommu=lab.iommu,
        trunk_nic=lab.port_group if lab.trunk_nic else "",
    )
    part = replace(part, details=(f"RHCOS {there.version}",) if there.version else ())
    if told := differences(wanted, there.features):
        return noted(part, State.DIFFERS, told)
    if there.marker is None:
        return noted(part, State.FOREIGN, ("not made by this stack: it carries no mark",))
    if there.marker.stack != lab.stack:
        return noted(part, State.FOREIGN, (f"of stack {there.marker.stack}",))
    return part


def _machine_set(lab: Lab, live: Object | None) -> Part:
    part = Part(kind=Kind.MACHINE_SET, name=lab.machine_set)
    if live is None:
        return _missing(part)
    part = replace(part, details=(f"replicas {live['spec'].get('replicas', 1)}",))
    if told := lacking(manifests.machine_set(lab)["spec"], live["spec"]):
        return noted(part, State.DIFFERS, (told,))
    return part if is_of(lab.stack, live) else noted(part, State.FOREIGN, (owner(live),))


def _nodes(lab: Lab, found: Found) -> Part:
    """Those that the policy selects."""
    part = Part(kind=Kind.NODES, name=few(sorted(found.nodes)) or "none")
    if not found.nodes and (lab.replicas or lab.existing is not None):
        return replace(part, state=State.MISSING, notes=("missing: no node has joined yet",))
    ready = readiness.ready_nodes(found.nodes.values())
    return noted(part, State.DIFFERS, _of_nodes(lab, found, ready))


def _of_nodes(lab: Lab, found: Found, ready: frozenset[str]) -> Iterator[str]:
    if lab.existing is None and len(found.nodes) != lab.replicas:
        yield f"{len(found.nodes)} of {lab.replicas}"
    if ill := sorted(found.nodes.keys() - ready):
        yield f"not Ready: {few(ill)}"
    if barren := sorted(name for name, node in found.nodes.items() if _kvm(node) in {"", "0"}):
        yield f"without {names.KVM_RESOURCE}: {few(barren)}"
    if silent := sorted(found.nodes.keys() - found.network_states.keys()):
        yield f"tell nothing of their network: {few(silent)}"


def _kvm(node: Mapping[str, Any]) -> str:
    return str(((node.get("status") or {}).get("allocatable") or {}).get(names.KVM_RESOURCE, ""))


def _policy(lab: Lab, found: Found) -> Part:
    part, live = Part(kind=Kind.POLICY, name=lab.policy), found.policies.get(lab.policy)
    if live is None:
        return _missing(part)
    verdict = readiness.node_network(live, found.enactments, [*found.nodes.values()])
    told = verdict.message.removeprefix(f"policy {lab.policy} ")
    if isinstance(verdict, readiness.Ready):
        part = replace(part, details=(told,))
    else:
        part = noted(part, State.DIFFERS, (told,))
    wanted = manifests.policy(lab, read_ledger(live))
    leaves = differing(wanted["spec"], live["spec"])
    if leaves:
        where = few(list(dict.fromkeys(_where(leaf.path) for leaf in leaves)))
        return noted(part, State.DIFFERS, (f"asks for something else than the stack file: {where}",))
    return part if is_of(lab.stack, live) or part.state else noted(part, State.FOREIGN, (owner(live),))


def _where(path: str) -> str:
    """An interface by its name, anything else by its path: ``desiredState.interfaces[br-1925].state`` is br-1925's."""
    _, _, rest = path.partition("interfaces[")
    return rest.partition("]")[0] if rest else path


def _rivals(lab: Lab, found: Found) -> Iterator[Part]:
    """Policies of other names that configure the NIC of these nodes, too."""
    for name, policy in sorted(found.policies.items()):
        selector = policy["spec"].get("nodeSelector") or {}
        on = [node for node, item in found.nodes.items() if selector.items() <= _labels(item).items()]
        if name != lab.policy and on and _touches(lab.nic, policy):
            notes = (f"configures {lab.nic} of {few(sorted(on))}, too",)
            yield Part(kind=Kind.POLICY, name=name, state=State.FOREIGN, notes=notes)


def _labels(item: Object) -> dict[str, str]:
    return item["metadata"].get("labels") or {}


def _touches(nic: str, policy: Object) -> bool:
    for item in (policy["spec"].get("desiredState") or {}).get("interfaces") or []:
        ports = {port.get("name") for port in (item.get("bridge") or {}).get("port") or []}
        if nic in {item.get("name"), (item.get("vlan") or {}).get("base-iface"), *ports}:
            return True
    return False
