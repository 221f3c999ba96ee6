"""What the session's user may do: the API server is asked right by right, and decides as it would on the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.doctor.rights import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clients.cluster.session import Cluster
    from lab.doctor.rights import Right


def lacking(cluster: Cluster, needed: Sequence[Right]) -> list[Right]:
    """Those that the user does not have; for an administrator a single question.

    Raises:
        LabError: the API server does not answer.
    """
    if cluster.may(EVERYTHING.attributes):
        return []
    return [right for right in needed if not cluster.may(right.attributes)]
