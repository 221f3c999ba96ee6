"""Installs an operator by the Operator Lifecycle Manager, waits for what it is to bring up, and removes it again.

Both operators are the whole cluster's: what does not carry this stack's label is never changed and never deleted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.cluster import kinds
from clients.cluster.session import is_served
from clients.cluster.waiting import wait_for
from clients.errors import LabError
from lab import names, readiness
from lab.manifests.operators import placement
from lab.readiness.verdicts import condition
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clients.cluster.session import Cluster, Object
    from clients.cluster.waiting import Patience
    from lab.readiness import Verdict

# Kinds of workload that OpenShift Virtualization's own removal would take along, or refuse to go before.
WORKLOADS = (kinds.VIRTUAL_MACHINE, kinds.VIRTUAL_MACHINE_INSTANCE, kinds.DATA_VOLUME)
# Seconds that OLM has to take up what was mended since an earlier run: until then its status tells of before.
BLINK = 60


@dataclass(frozen=True, kw_only=True)
class OperatorFacts:
    """What preflight finds of operators; None for what this user may not read.

    ``workloads`` are asked for where a HyperConverged of this program is.
    """

    serves_subscriptions: bool = False
    serves_nmstates: bool = False
    subscriptions: Sequence[Object] | None = ()
    groups: Sequence[Object] | None = ()
    nmstates: Sequence[Object] | None = ()
    hyperconvergeds: Sequence[Object] | None = ()
    workloads: Sequence[str] = ()


def look(cluster: Cluster) -> OperatorFacts:
    """The operators at this moment."""
    hyperconvergeds = cluster.list_if_allowed(kinds.HYPERCONVERGED)
    return OperatorFacts(
        serves_subscriptions=is_served(cluster, kinds.SUBSCRIPTION),
        serves_nmstates=is_served(cluster, kinds.NMSTATE),
        subscriptions=cluster.list_if_allowed(kinds.SUBSCRIPTION),
        groups=cluster.list_if_allowed(kinds.OPERATOR_GROUP),
        nmstates=cluster.list_if_allowed(kinds.NMSTATE),
        hyperconvergeds=hyperconvergeds,
        workloads=workloads(cluster) if any(stack_of(item) for item in hyperconvergeds or ()) else (),
    )


def stack_of(item: Object) -> str:
    """The stack whose label an object carries, or nothing."""
    labels = (item.get("metadata") or {}).get("labels") or {}
    return str(labels.get(names.STACK_LABEL, ""))


def install(cluster: Cluster, objects: Sequence[Object], patience: Patience) -> str:
    """Makes the operator's objects, waits until it is installed, and makes its own object; gives its version's name.

    What an earlier run of this stack left is taken up.

    Args:
        cluster: the session.
        objects: as lab/manifests/operators.py has them.
        patience: how long to wait, and who is told for what.

    Raises:
        LabError: when OLM says that it fails; or when something there is not this stack's.
    """
    *before, own = objects
    subscription = before[-1]
    old, begin = _installed(cluster, subscription), time.monotonic()
    for item in before:
        _make(cluster, item)

    def look() -> Verdict:
        verdict = _installed(cluster, subscription)
        if verdict == old and isinstance(verdict, readiness.Failed) and time.monotonic() - begin < BLINK:
            return readiness.Waiting(f"OLM is to try again: {verdict.message}")
        return verdict

    wait_for(look, patience)
    kind = kinds.OPERATORS[own["kind"]]
    wait_for(lambda: _served(cluster, kind), patience)
    _make(cluster, own)
    live = _live(cluster, subscription) or {}
    return str((live.get("status") or {}).get("installedCSV", ""))


def stands(cluster: Cluster, objects: Sequence[Object]) -> bool:
    """Whether each object is there, is this stack's and says what it is to say, and the operator is installed."""
    for item in objects:
        live = _live(cluster, item)
        if live is None or not _covers(live.get("spec") or {}, item.get("spec") or {}):
            return False
        if item["kind"] != "Namespace" and stack_of(live) != stack_of(item):
            return False
    return isinstance(_installed(cluster, objects[-2]), readiness.Ready)


def judge(cluster: Cluster, own: Object) -> Verdict:
    """Whether the operator has brought up all that its own object asks for."""
    live = _live(cluster, own)
    selector = placement(own)
    nodes = len(cluster.list(kinds.NODE, labels=selector)) if selector else None
    verdict = readiness.available(live, f"{own['kind']} {own['metadata']['name']}", nodes)
    if own["kind"] == "NMState" and isinstance(verdict, readiness.Ready):
        return _served(cluster, kinds.POLICY)
    return verdict


def remove(cluster: Cluster, objects: Sequence[Object], patience: Patience) -> None:
    """Takes the operator away: its own object first, while it is there to clean up, and its version, which OLM keeps.

    The kinds that it brought stay: with them everybody's objects of these kinds would go.

    Raises:
        LabError: with the words of the operator's admission, or at the end of the time.
    """
    *before, own = objects
    _take_away(cluster, own, patience)
    *others, subscription = before
    live = _live(cluster, subscription)
    if live is not None and stack_of(live) == stack_of(subscription):
        status, namespace = live.get("status") or {}, subscription["metadata"]["namespace"]
        _take_away(cluster, subscription, patience)
        for version in sorted({str(status.get(key) or "") for key in ("installedCSV", "currentCSV")} - {""}):
            cluster.delete(kinds.CLUSTER_SERVICE_VERSION, version, namespace)
    for item in reversed(others):
        _take_away(cluster, item, patience)


def refuse_while_in_use(cluster: Cluster, policies: Sequence[str]) -> None:
    """Says no to the removal of the operators while somebody needs them; ``policies`` are the stack's own.

    Raises:
        LabError: naming who does.
    """
    found = [
        *workloads(cluster),
        *(
            f"NodeNetworkConfigurationPolicy {item['metadata']['name']}"
            for item in cluster.list(kinds.POLICY)
            if item["metadata"]["name"] not in policies
        ),
    ]
    if found:
        raise LabError(
            f"the operators are not removed, in use by {few(found)}. Nothing has been deleted. Delete these first; or "
            "keep the operators: cnv-lab:operators.removeOnDestroy false, then `pulumi up` and destroy."
        )


def workloads(cluster: Cluster) -> list[str]:
    """Everybody's virtual machines and data volumes, in words; a VM that runs is named once."""
    found: dict[tuple[str, str], str] = {}
    for kind in WORKLOADS:
        for item in cluster.list(kind):
            namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
            what = "DataVolume" if kind is kinds.DATA_VOLUME else "VM"
            found.setdefault((what, f"{namespace}/{name}"), f"{what} {namespace}/{name}")
    return sorted(found.values())


def _make(cluster: Cluster, item: Object) -> None:
    live = _live(cluster, item)
    if live is not None and stack_of(live) != stack_of(item):
        if item["kind"] == "Namespace":
            return  # somebody made it beforehand: as good as ours, and not ours to delete
        raise LabError(
            f"{item['kind']} {item['metadata']['name']} has come to be meanwhile, and not by this stack. "
            "Run `pulumi up` again, which says what can be done."
        )
    cluster.apply(kinds.OPERATORS[item["kind"]], item)


def _take_away(cluster: Cluster, item: Object, patience: Patience) -> None:
    live = _live(cluster, item)
    if live is None or stack_of(live) != stack_of(item):
        return
    kind, metadata = kinds.OPERATORS[item["kind"]], item["metadata"]
    cluster.delete(kind, metadata["name"], metadata.get("namespace"))
    told = f"{item['kind']} {metadata['name']}"

    def gone() -> Verdict:
        if (there := _live(cluster, item)) is None:
            return readiness.Ready(f"{told} is gone")
        finalizers = ", ".join(there["metadata"].get("finalizers") or [])
        return readiness.Waiting(f"{told} is being deleted{f' ({finalizers})' if finalizers else ''}")

    wait_for(gone, patience)


def _installed(cluster: Cluster, subscription: Object) -> Verdict:
    live = _live(cluster, subscription)
    status = (live or {}).get("status") or {}
    namespace = subscription["metadata"]["namespace"]
    # With approval by hand an upgrade may wait for long, and what is installed runs meanwhile.
    plan = (status.get("installPlanRef") or {}).get("name")
    version = status.get("installedCSV", status.get("currentCSV"))
    return readiness.installed(
        live,
        cluster.get(kinds.INSTALL_PLAN, plan, namespace) if plan else None,
        cluster.get(kinds.CLUSTER_SERVICE_VERSION, version, namespace) if version else None,
    )


def _served(cluster: Cluster, kind: kinds.Kind) -> Verdict:
    definition = cluster.get(kinds.CUSTOM_RESOURCE_DEFINITION, kind.crd) or {}
    if condition(definition.get("status") or {}, "Established").get("status") == "True":
        return readiness.Ready(f"{kind.name} is served")
    return readiness.Waiting(f"the operator has not brought {kind.name} ({kind.api_version}) yet")


def _live(cluster: Cluster, item: Object) -> Object | None:
    return cluster.get(kinds.OPERATORS[item["kind"]], item["metadata"]["name"], item["metadata"].get("namespace"))


def _covers(live: object, wanted: object) -> bool:
    """Whether the live value has all that is wanted; what others put beside it is theirs."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        return all(key in live and _covers(live[key], value) for key, value in wanted.items())
    return live == wanted
