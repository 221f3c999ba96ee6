"""Whether a node network policy is in force on its nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.readiness.verdicts import Failed, Object, Ready, Verdict, Waiting, condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def node_network(policy: Object | None, enactments: Sequence[Object], want: int) -> Verdict:
    """Whether the policy, as it now stands, is in force on ``want`` nodes.

    ``Available`` alone would lie: it is True with reason NoMatchingNode up to 4.20, and NotReady nodes are left out of
    it (kubernetes-nmstate, pkg/policyconditions/conditions.go). So the enactments of this generation are counted.
    From 4.21 on a node that failed tries again: until then it is Failing and Progressing at once (SetRetry in
    pkg/enactmentstatus/conditions/conditions.go), and the policy is Degraded.
    """
    if policy is None:
        return Waiting("the policy is not there yet")
    name, generation = policy["metadata"]["name"], policy["metadata"].get("generation")
    current = [item for item in enactments if (item.get("status") or {}).get("policyGeneration") == generation]
    in_work = [item for item in current if condition(item["status"], "Progressing").get("status") == "True"]
    failing = [*_failing(item for item in current if item not in in_work)]
    if failing:
        return Failed(
            f"policy {name} failed on {'; '.join(failing)}",
            "nmstate has put those nodes back to what they had; mend the cause in the stack file and run up again",
        )
    status = policy.get("status") or {}
    available, degraded = condition(status, "Available"), condition(status, "Degraded")
    if degraded.get("status") == "True" and current and not in_work:
        return Failed(f"policy {name}: {degraded.get('message')}", "See the policy's enactments: oc get nnce")
    reasons = {available.get("reason"), condition(status, "Ignored").get("reason")}
    if want == 0 and "NoMatchingNode" in reasons:
        return Ready(f"policy {name} waits for hypervisors")
    done = sum(condition(item["status"], "Available").get("status") == "True" for item in current)
    if done >= want and available.get("status") == "True" and available.get("reason") == "SuccessfullyConfigured":
        return Ready(f"policy {name} is in force on {done} {'node' if done == 1 else 'nodes'}")
    again = [*_failing(in_work)]
    tried = f"; tried again after a failure on {'; '.join(again)}" if again else ""
    return Waiting(f"policy {name} is in force on {done} of {want} nodes{tried}")


def _failing(enactments: Iterable[Object]) -> Iterator[str]:
    for enactment in enactments:
        found = condition(enactment["status"], "Failing")
        if found.get("status") == "True":
            labels = enactment["metadata"].get("labels") or {}
            node = labels.get("nmstate.io/node") or enactment["metadata"]["name"]
            yield f"node {node}: {_last_line(found.get('message'))}"


def _last_line(message: str | None) -> str:
    """The line of nmstate's report that says why: the last one, below its log and above the quote that closes it."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip() not in {"", "'"}]
    return lines[-1] if lines else "no reason given"
