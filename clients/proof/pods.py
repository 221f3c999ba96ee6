"""A proof's pods in the cluster: made, waited for, and taken away again, whatever happens."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.cluster.kinds import EVENT, POD
from clients.errors import LabError
from lab import names
from lab.proof.fate import Runs, Stuck, Told, Waits, fate
from lab.proof.pods import RUN_LABEL
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clients.cluster.session import Cluster, Object
    from lab.proof.fate import Fate
    from lab.proof.pods import Manifest, Run

# Seconds: between two looks; that one who gets no network may still get it, for a kubelet tries again; that the last
# pods have to go; and that one who runs has beyond its own time.
INTERVAL, GRACE, GOING, BEYOND = 1.0, 10.0, 60.0, 60.0
Key = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Those of one run. ``patience`` are the seconds that a pod has to begin, its image's pull included."""

    cluster: Cluster
    run: Run
    patience: float
    report: Callable[[str], None]
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def make(self, manifests: Sequence[Manifest]) -> None:
        """Makes them.

        Raises:
            RefusedError: the cluster admits one of them not.
        """
        for item in manifests:
            self.cluster.apply(POD, item)

    def begun(self, manifests: Sequence[Manifest]) -> dict[str, Fate]:
        """How they fare once each runs, has run or is stuck; by name."""
        return self._wait(manifests, until=(Told, Stuck, Runs))

    def ended(self, manifests: Sequence[Manifest], seconds: float) -> dict[str, Fate]:
        """How they fare once each has run or is stuck; ``seconds`` is what one takes that runs."""
        return self._wait(manifests, until=(Told, Stuck), seconds=seconds)

    def _wait(self, manifests: Sequence[Manifest], until: tuple[type, ...], seconds: float = 0) -> dict[str, Fate]:
        wanted = {_key(item): item["metadata"]["name"] for item in manifests}
        begun, running, stuck = self.clock(), {}, {}  # type: float, dict[Key, float], dict[Key, float]
        last = ""
        while True:
            now, found = self.clock(), self._look(wanted)
            for key, item in found.items():
                if isinstance(item, Runs):
                    running.setdefault(key, now)
                elif isinstance(item, Waits) and now - begun > self.patience:
                    found[key] = Stuck(f"it did not begin within {self.patience:.0f} seconds: {item.why}")
                if isinstance(item, Stuck) and item.is_network and now - stuck.setdefault(key, now) < GRACE:
                    found[key] = Waits(item.why)
                if key in running and isinstance(item, Runs) and now - running[key] > seconds + BEYOND:
                    found[key] = Stuck(f"it does not end within {seconds + BEYOND:.0f} seconds")
            open_ = {wanted[key]: item for key, item in found.items() if not isinstance(item, until)}
            if not open_:
                return {wanted[key]: item for key, item in found.items()}
            waits = [f"{name} ({item.why})" for name, item in open_.items() if isinstance(item, Waits)]
            told = f"waiting for {few(waits, 2)}" if waits else ""
            if told and told != last:
                self.report(told)
            last = told
            self.pause(INTERVAL)

    def _look(self, wanted: dict[Key, str]) -> dict[Key, Fate]:
        there = {_key(item): item for item in self._there()}
        found = {key: fate(there.get(key)) for key in wanted}
        # Only of those that do not begin is it asked why: of a namespace at once, for they may be many.
        open_ = {key for key, item in found.items() if isinstance(item, Waits)}
        for namespace in {namespace for namespace, _ in open_}:
            events = self.cluster.list(EVENT, namespace, fields={"involvedObject.kind": "Pod"})
            for key in open_:
                own = [item for item in events if _about(item, there[key])] if key[0] == namespace else []
                found[key] = fate(there[key], own) if own else found[key]
        return found

    def remove(self) -> None:
        """Deletes them and waits until they are gone, so that the CNI plugins have taken back what they made.

        Raises:
            LabError: some are still there; how to get rid of them.
        """
        end = self.clock() + GOING
        deleted: set[Key] = set()
        while there := self._there():
            for item in there:
                if (key := _key(item)) not in deleted:
                    self.cluster.delete(POD, key[1], key[0])
                    deleted.add(key)
            if self.clock() > end:
                left = few([f"{namespace}/{name}" for namespace, name in map(_key, there)])
                raise LabError(f"pods of this proof are still there after {GOING:.0f} seconds: {left}. {self.by_hand}.")
            self.pause(INTERVAL)

    @property
    def by_hand(self) -> str:
        """What takes them away where this program could not."""
        return f"Delete them when their nodes answer: oc delete pod -A -l {RUN_LABEL}={self.run.token}"

    def _there(self) -> list[Object]:
        return self.cluster.list(POD, labels={RUN_LABEL: self.run.token})


@contextmanager
def cleaning(pods: Pods) -> Iterator[None]:
    """Whatever happens meanwhile, Ctrl-C too: no pod of the run is there afterwards, or it is told.

    Raises:
        LabError: some are left, or nobody could look.
    """
    try:
        yield
    except BaseException:
        _tidy(pods)
        raise
    pods.remove()


def _tidy(pods: Pods) -> None:
    """After something else has gone wrong already, which is what matters."""
    try:
        pods.remove()
    except LabError as error:
        pods.report(f"{error} {pods.by_hand}." if pods.by_hand not in str(error) else str(error))


def sweep(cluster: Cluster, stack: str, report: Callable[[str], None]) -> None:
    """Removes what an earlier run of the stack left that was killed."""
    left = [
        item
        for item in cluster.list(POD, labels={names.STACK_LABEL: stack})
        if RUN_LABEL in (item["metadata"].get("labels") or {})
    ]
    if left:
        report(f"an earlier run left {len(left)} pods: they go first")
    for item in left:
        namespace, name = _key(item)
        cluster.delete(POD, name, namespace)


def _key(item: Object) -> Key:
    return item["metadata"]["namespace"], item["metadata"]["name"]


def _about(event: Object, pod: Object | None) -> bool:
    return pod is not None and (event.get("involvedObject") or {}).get("uid") == pod["metadata"].get("uid")
