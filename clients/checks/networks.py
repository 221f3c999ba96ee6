"""Whether somebody else's attachments mean another network by the name of one of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clients.cluster.operators import stack_of
from lab import localnets
from lab.manifests import network_attachments
from lab.manifests.network_attachments import KIND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from clients.cluster.facts import ClusterFacts
    from lab.plan import Lab


def networks(lab: Lab, facts: ClusterFacts, recorded: Collection[tuple[str, str, str]]) -> Iterator[str]:
    """OVN-Kubernetes takes the first of two that do not say the same, and refuses VMs the other."""
    ours = localnets.of_attachments(network_attachments(lab))
    for (place, attachment), item in sorted(facts.attachments.items()):
        found = localnets.of_attachment(item)
        if found is None or found[0] not in ours or (KIND, place, attachment) in recorded:
            continue
        name, theirs = found
        if differences := localnets.unlike(ours[name], theirs):
            stack = stack_of(item)
            whose = f" of stack {stack}" if stack not in {"", lab.stack} else ""
            yield (
                f"network {name} is in namespace {place} already ({KIND} {attachment}{whose}), with another "
                f"configuration than this stack's ({lab.stack}): {', '.join(differences)}. OVN-Kubernetes has one for "
                "each name. Write the same, or take the VLAN from one of the two."
            )
