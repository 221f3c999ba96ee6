"""Whether a node network policy is in force on its nodes, or taken back from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lab.readiness.verdicts import Failed, Object, Ready, Verdict, Waiting, condition
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SUCCESS = "SuccessfullyConfigured"
# Names in one line of progress; a policy may select a hundred nodes.
NAMED_MAX = 3

# What to do about words of nmstate (rust/src/lib/ifaces), of NetworkManager and of kubernetes-nmstate's handler
# (pkg/client, which really writes "runnig"); the first that fits.
REMEDIES: tuple[tuple[str, str], ...] = (
    (
        r"Ethernet interface \S+ does not exist",
        "Correct cnv-lab:nodeNetwork.nic (oc get nns shows each node's NICs), or give that node's VM its second NIC",
    ),
    (
        r"(?i)base.?(iface|interface)\b.* not (exist|found)",
        "The VLANs' NIC is missing on that node: correct cnv-lab:nodeNetwork.nic (oc get nns shows each node's NICs)",
    ),
    (
        r"longer than 15",
        "Linux takes 15 characters: write a name of the NIC with at most 10 as cnv-lab:nodeNetwork.nic",
    ),
    (
        r"failed runn\w+ probes",
        "With it the node lost its way to the cluster: cnv-lab:nodeNetwork.nic must not be the NIC it lives on",
    ),
)
MEND = "nmstate has put those nodes back to what they had; mend the cause in the stack file and run up again"
MEND_DESTROY = (
    "Mend the cause on the node and run destroy again; or leave the bridges where they are: "
    "cnv-lab:nodeNetwork.revertOnDestroy: never, then `pulumi up` and destroy"
)


def node_network(policy: Object | None, enactments: Sequence[Object], nodes: Sequence[Object]) -> Verdict:
    """Whether the policy, as it now stands, is in force on every Ready one of ``nodes``: those that it selects.

    ``Available`` alone would lie: it is True with reason NoMatchingNode up to 4.20, and NotReady nodes are left out of
    it (kubernetes-nmstate, pkg/policyconditions/conditions.go). So the enactments of this generation are counted.
    From 4.21 on a node that failed tries again: until then it is Failing and Progressing at once (SetRetry in
    pkg/enactmentstatus/conditions/conditions.go), and the policy is Degraded.
    """
    if policy is None:
        return Waiting("the policy is not there yet")
    current = _by_node(policy, enactments)
    return _broken(policy, current, ready_nodes(nodes)) or _in_force(policy, current, nodes)


def _broken(policy: Object, current: Mapping[str, Object], ready: Iterable[str]) -> Failed | None:
    """What will not come right by itself."""
    name, degraded = policy["metadata"]["name"], condition(policy.get("status") or {}, "Degraded")
    if told := _failures(current, ready):
        return Failed(f"policy {name} failed on {told}", _remedy(told, MEND))
    if degraded.get("status") == "True" and current and not any(map(_is_in_work, current.values())):
        return Failed(f"policy {name}: {degraded.get('message')}", "See the policy's enactments: oc get nnce")
    return None


def _in_force(policy: Object, current: Mapping[str, Object], nodes: Sequence[Object]) -> Ready | Waiting:
    name, status, ready = policy["metadata"]["name"], policy.get("status") or {}, ready_nodes(nodes)
    available = condition(status, "Available")
    if not nodes and "NoMatchingNode" in {available.get("reason"), condition(status, "Ignored").get("reason")}:
        return Ready(f"policy {name} waits for hypervisors")
    left_out = sorted({node["metadata"]["name"] for node in nodes} - ready)
    if nodes and not ready:
        return Waiting(f"policy {name} is in force on none of its nodes: {_be(left_out, 'not Ready')}")
    done = {node for node in ready if _is(current.get(node), "Available")}
    rest = f"; {_be(left_out, 'not Ready')}, and left out" if left_out else ""
    if done == ready and available.get("status") == "True" and available.get("reason") == SUCCESS:
        return Ready(f"policy {name} is in force on {len(done)} {'node' if len(done) == 1 else 'nodes'}{rest}")
    progress = "".join(_progress(current, ready - done))
    return Waiting(f"policy {name} is in force on {len(done)} of {len(ready)} nodes{progress}{rest}")


def taken_back(policy: Object | None, enactments: Sequence[Object], nodes: Sequence[Object]) -> Verdict:
    """Whether each of ``nodes``, Ready or not, has the policy as it now stands: the one that takes everything back."""
    if policy is None:
        return Ready("the policy is gone")
    name, current, ready = policy["metadata"]["name"], _by_node(policy, enactments), ready_nodes(nodes)
    wanted = {node["metadata"]["name"] for node in nodes}
    done = {node for node in wanted if _is(current.get(node), "Available")}
    told = f"policy {name} is taken back from {len(done)} of {len(wanted)} nodes"
    if done == wanted:
        return Ready(told)
    if failures := _failures(current, ready):
        return Failed(f"policy {name} could not be taken back from {failures}", _remedy(failures, MEND_DESTROY))
    silent = sorted(wanted - done - ready)
    rest = f"; {_be(silent, 'not Ready')}" if silent else ""
    return Waiting(f"{told}{''.join(_progress(current, (wanted - done) & ready))}{rest}")


def changeable(policy: Object | None) -> Verdict:
    """Whether kubernetes-nmstate's admission lets the policy's spec be changed (deploy/handler/operator.yaml there)."""
    if policy is None:
        return Ready("the policy is not there")
    name = policy["metadata"]["name"]
    if condition(policy.get("status") or {}, "Available").get("reason") in {None, "", "ConfigurationProgressing"}:
        return Waiting(f"policy {name} is still in progress; waiting to change it")
    return Ready(f"policy {name} may be changed")


def ready_nodes(nodes: Iterable[Object]) -> frozenset[str]:
    """The names of those that are Ready: kubernetes-nmstate leaves the others out of a policy's verdict."""
    return frozenset(
        node["metadata"]["name"]
        for node in nodes
        if condition(node.get("status") or {}, "Ready").get("status") == "True"
    )


def carrying(name: str, enactments: Iterable[Object]) -> frozenset[str]:
    """The nodes that have the policy of this name, of whatever generation."""
    return frozenset(_node(item, name) for item in enactments if item.get("status") and _is(item, "Available"))


def named(nodes: Sequence[str]) -> str:
    """The nodes by name, and the rest as a number where they are many."""
    return few(nodes, NAMED_MAX)


def _be(nodes: Sequence[str], what: str) -> str:
    return f"{named(nodes)} {'is' if len(nodes) == 1 else 'are'} {what}"


def _by_node(policy: Object, enactments: Iterable[Object]) -> dict[str, Object]:
    """The enactments of the policy's present generation, by the node's name."""
    generation = policy["metadata"].get("generation")
    return {
        _node(item, policy["metadata"]["name"]): item
        for item in sorted(enactments, key=lambda item: str(item["metadata"]["name"]))
        if (item.get("status") or {}).get("policyGeneration") == generation
    }


def _node(enactment: Object, policy: str) -> str:
    labels = enactment["metadata"].get("labels") or {}
    return str(labels.get("nmstate.io/node") or enactment["metadata"]["name"].removesuffix(f".{policy}"))


def _is(enactment: Object | None, kind: str) -> bool:
    return enactment is not None and condition(enactment["status"], kind).get("status") == "True"


def _is_in_work(enactment: Object) -> bool:
    return _is(enactment, "Progressing")


def _failures(current: Mapping[str, Object], ready: Iterable[str]) -> str:
    """Each node that failed for good with its reason, and those that are not tried for that; or nothing.

    Nodes that wait or have not begun are aborted by their handlers as soon as these see the failure.
    """
    failed = {node: item for node, item in current.items() if _is(item, "Failing") and not _is_in_work(item)}
    if not failed:
        return ""
    aborted = {node for node, item in current.items() if _is(item, "Aborted")}
    aborted |= {node for node in ready if node not in current or _is(current[node], "Pending")}
    spared = f"; not tried on {named(sorted(aborted))}: aborted because {named([*failed])} failed" if aborted else ""
    return f"{'; '.join(_reasons(failed))}{spared}"


def _progress(current: Mapping[str, Object], missing: Iterable[str]) -> Iterator[str]:
    """What the nodes that are not done are at, the same nodes in the same order."""
    nodes = sorted(missing)
    again = {node: current[node] for node in nodes if _is(current.get(node), "Failing") and _is_in_work(current[node])}
    kinds = {
        "being configured": [node for node in nodes if _is(current.get(node), "Progressing") and node not in again],
        "waiting for others": [node for node in nodes if _is(current.get(node), "Pending")],
        "still to begin": [node for node in nodes if node not in current],
    }
    yield from (f"; {_be(found, what)}" for what, found in kinds.items() if found)
    if again:
        yield f"; tried again after a failure on {'; '.join(_reasons(again))}"


def _reasons(failed: Mapping[str, Object]) -> Iterator[str]:
    for node, item in failed.items():
        yield f"node {node}: {_last_line(condition(item['status'], 'Failing').get('message'))}"


def _remedy(told: str, otherwise: str) -> str:
    return next((remedy for words, remedy in REMEDIES if re.search(words, told)), otherwise)


def _last_line(message: str | None) -> str:
    """The line of nmstate's report that says why: the last one, below its log and above the quote that closes it."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip() not in {"", "'"}]
    return lines[-1] if lines else "no reason given"
