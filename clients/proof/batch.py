"""Some VLANs, tried together: first between the nodes' own cards, then between virtual machines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeVar

from clients.cluster.session import FORBIDDEN, RefusedError
from clients.errors import LabError
from lab import ranges
from lab.proof import pods as manifests
from lab.proof import trail, verdicts
from lab.proof.fate import Stuck, Told
from lab.proof.pods import CARDS_SECONDS, MACHINES_SECONDS, SIDES, WATCH_SECONDS, mac_address
from lab.proof.reports import MachineReport, NodeReport, NoReportError, read, together
from lab.proof.result import Direction, Reach, VlanResult
from lab.proof.verdicts import Ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clients.proof.look import Look
    from clients.proof.pods import Pods
    from lab.proof.fate import Fate
    from lab.proof.path import VlanPath
    from lab.proof.pods import Manifest
    from lab.proof.reports import Report
    from lab.proof.verdicts import Drop

    # What came of a VLAN: what drops frames, by direction; or why nothing is known.
    Came = list[Drop | None] | str
    # Of several, and the seconds that the pods were there together of those VLANs of which something is dropped.
    Tried = tuple[dict[int, Came], float]

T = TypeVar("T", bound="Report")
# A second try is for an image that one node still pulled when the other's pod was over.
TRIES = 2
# Seconds that two pods have to be there together before a frame that did not come counts as lost: some rounds of
# frames, and less than one that has heard all goes on for the other's sake (lab/proof/pods.py, LINGER_SECONDS).
TOGETHER = 2.0
ALLOWED = (
    "Whoever runs this must be allowed to have pods with the capability NET_RAW, and in a node's own network: on "
    "OpenShift by the SecurityContextConstraints `privileged`; docs/prove.md says more."
)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """These VLANs. The nodes' own pods stand in ``namespace``."""

    look: Look
    pods: Pods
    ways: Sequence[VlanPath]
    namespace: str

    def results(self) -> Iterator[VlanResult]:
        """What came of each, in their order.

        Raises:
            LabError: a pod did not do what it was made for, so that nothing is known.
        """
        came = self._tried("the nodes' own cards", self.ways, self._by_cards)
        clear = [way for way in self.ways if way.attachment is not None and not any(came[way.vlan])]
        for way in clear:
            if drop := verdicts.unplugged(way, self.look.facts.attachments):
                came[way.vlan] = [drop, drop]
        plugged = [way for way in clear if not any(came[way.vlan])]
        came |= self._tried("virtual machines", plugged, self._by_machines) if plugged else {}
        for way in self.ways:
            yield self._result(way, came[way.vlan], Reach.MACHINES if way in plugged else Reach.CARDS)

    def _result(self, way: VlanPath, came: Came, reach: Reach) -> VlanResult:
        attachment = "/".join(way.attachment or ())
        if isinstance(came, str):
            return VlanResult(vlan=way.vlan, name=way.name, attachment=attachment, reach=reach, why=came)
        directions = tuple(
            Direction(source=ends.source, target=ends.target, drop=drop)
            for ends, drop in zip(self._ends, came, strict=True)
        )
        return VlanResult(vlan=way.vlan, name=way.name, attachment=attachment, reach=reach, directions=directions)

    @property
    def _ends(self) -> tuple[Ends, ...]:
        return tuple(Ends(nodes=self.look.nodes, sender=side) for side in SIDES)

    def _tried(
        self, between: str, ways: Sequence[VlanPath], attempt: Callable[[Sequence[VlanPath]], Tried]
    ) -> dict[int, Came]:
        told = ranges.told(ranges.merged(way.vlan for way in ways))
        for _ in range(TRIES):
            self.pods.report(f"VLAN {told}: frames between {between} of {' and '.join(self.look.nodes)}")
            came, seconds = attempt(ways)
            if seconds >= TOGETHER:
                return came
            self.pods.report("the pods missed each other (an image that one node still pulled?): once more")
            self.pods.remove()
        raise LabError(
            f"the pods on {' and '.join(self.look.nodes)} did not run at the same time, by their nodes' clocks. Run it "
            "again, for by now both have the image; and see whether the nodes' clocks agree (chronyc tracking)."
        )

    def _by_cards(self, ways: Sequence[VlanPath]) -> Tried:
        pods = self._node_pods(ways, sends=True)
        self._make(pods)
        first, second = self._node_reports(pods, CARDS_SECONDS)
        came: dict[int, Came] = {}
        seconds = TOGETHER
        for way in ways:
            if (lacking := self._lacking(way, (first, second))) is not None:
                came[way.vlan] = lacking
                continue
            drops = [verdicts.wire(way, ends, (first, second), self.look.trunk) for ends in self._ends]
            came[way.vlan] = [*drops]
            seconds = min(seconds, together(first, second)) if any(drops) else seconds
        return came, seconds

    def _lacking(self, way: VlanPath, reports: Sequence[NodeReport]) -> list[Drop | None] | None:
        """What one of the nodes lacks, and then frames do not tell: a card without its VLAN need not hear it at all."""
        nodes, policy = zip(self.look.nodes, reports, strict=True), self.look.lab.policy
        lacking = [verdicts.standing(way, node, report, policy) for node, report in nodes]
        if not any(lacking):
            return None
        return [lacking[ends.sender] or lacking[ends.receiver] for ends in self._ends]

    def _by_machines(self, ways: Sequence[VlanPath]) -> Tried:
        watchers = self._node_pods(ways, sends=False)
        self._make(watchers)
        self._all_told(self.pods.begun(watchers))
        came: dict[int, Came] = {}
        pods: dict[int, list[Manifest]] = {}
        for way in ways:
            pair = [manifests.machine(self.pods.run, way, side) for side in SIDES]
            try:
                self.pods.make(pair)
            except RefusedError as error:
                came[way.vlan] = _refused(error)
            else:
                pods[way.vlan] = pair
        fates = self.pods.ended([pod for pair in pods.values() for pod in pair], MACHINES_SECONDS)
        pairs = {vlan: [fates[pod["metadata"]["name"]] for pod in pair] for vlan, pair in pods.items()}
        # A watcher waits for its machines in vain where these do not begin: it is waited for only if it can tell.
        is_of_use = any(isinstance(one, Told) and isinstance(other, Told) for one, other in pairs.values())
        seen = self._node_reports(watchers, WATCH_SECONDS) if is_of_use else ()
        seconds = TOGETHER
        for way in (way for way in ways if way.vlan in pods):
            came[way.vlan], shared = self._between_machines(way, pairs[way.vlan], seen)
            seconds = min(seconds, shared)
        return came, seconds

    def _between_machines(self, way: VlanPath, fates: Sequence[Fate], seen: Sequence[NodeReport]) -> tuple[Came, float]:
        reports = []
        for node, fate in zip(self.look.nodes, fates, strict=True):
            if isinstance(fate, Stuck) and fate.is_network:
                drop = verdicts.refused(way, node, fate.why)
                return [drop, drop], TOGETHER
            try:
                reports.append(_report(MachineReport, fate))
            except NoReportError as error:
                return f"the pod on node {node}: {error}", TOGETHER
        drops = [trail.lost(way, ends, seen, reports, self.look.trunk) for ends in self._ends]
        if not any(drops):
            return [*drops], TOGETHER
        for side, report in enumerate(reports):
            if report.address != (wanted := mac_address(self.pods.run, way.vlan, side)):
                told = f"its card has address {report.address}, and {wanted} was asked for: see what plugs it in"
                return f"the pod on node {self.look.nodes[side]}: {told}", TOGETHER
        # Either watcher with either machine: one that had gone before a machine began has seen nothing of it.
        return [*drops], min(together(*reports), *(together(*pair) for pair in product(seen, reports)))

    def _node_pods(self, ways: Sequence[VlanPath], *, sends: bool) -> list[Manifest]:
        run = self.pods.run
        return [manifests.node(run, ways, side, namespace=self.namespace, sends=sends) for side in SIDES]

    def _node_reports(self, pods: Sequence[Manifest], seconds: float) -> tuple[NodeReport, NodeReport]:
        fates = self.pods.ended(pods, seconds)
        self._all_told(fates)
        first, second = (
            self._node_report(node, fate) for node, fate in zip(self.look.nodes, fates.values(), strict=True)
        )
        return first, second

    def _node_report(self, node: str, fate: Fate) -> NodeReport:
        try:
            return _report(NodeReport, fate)
        except NoReportError as error:
            raise LabError(f"the pod in the network of node {node}: {error}.") from None

    def _all_told(self, fates: dict[str, Fate]) -> None:
        """Without the nodes' own pods nothing is known."""
        for name, fate in fates.items():
            if isinstance(fate, Stuck):
                raise LabError(f"pod {self.namespace}/{name} did not do its part: {fate.why}.")

    def _make(self, pods: Sequence[Manifest]) -> None:
        try:
            self.pods.make(pods)
        except RefusedError as error:
            raise LabError(_refused(error)) from None


def _refused(error: RefusedError) -> str:
    return f"{error} {ALLOWED}" if error.status == FORBIDDEN else str(error)


def _report(kind: type[T], fate: Fate) -> T:
    if isinstance(fate, Told):
        return read(kind, fate.message)
    raise NoReportError(fate.why if isinstance(fate, Stuck) else "it still runs")
