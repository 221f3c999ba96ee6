"""Which refusals of the API server are asked for again, and after how long; a decision, without a clock.

A server that is overloaded or restarting says so (429, 503) before it has begun, so that any request may be repeated.
What went wrong on the way (500, 502, 504, 409, a connection that broke) may have been done all the same: only a request
that means the same when it comes twice is repeated.
"""

from __future__ import annotations

# Seconds that an overloaded server is waited for, all pauses of one request together: a control plane's node that
# restarts takes about a minute, and names its own pauses by Retry-After.
PATIENCE = 120.0
# How often a request that broke is repeated, and the pauses before, in seconds, where the server names none.
TIMES = 4
PAUSE_FIRST, PAUSE_GROWTH, PAUSE_MAX = 0.5, 2.0, 10.0

OVERLOADED = frozenset({429, 503})
CONFLICT = 409
BROKEN = frozenset({500, 502, 504, CONFLICT})
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


def pause(status: int | None, retry_after: float | None, tries: int, waited: float, *, twice: bool) -> float | None:
    """The pause before the request is made again, in seconds; None: it is not, and the server's words are told.

    Args:
        status: the answer's HTTP status; None for a connection that broke.
        retry_after: the answer's Retry-After, in seconds.
        tries: how often the request was repeated already.
        waited: its pauses until now, in seconds.
        twice: whether the request may come twice.
    """
    step: float = min(PAUSE_FIRST * PAUSE_GROWTH**tries, PAUSE_MAX)
    if status in OVERLOADED:
        step = max(step, retry_after or 0)
        return step if waited + step <= PATIENCE else None
    broke = status is None or status in BROKEN
    return step if broke and twice and tries < TIMES else None


def may_come_twice(method: str, content: str, body: object) -> bool:
    """Reads may, deletions by name, and merge and apply patches: the second changes nothing more.

    Not one that names the version that it was made from: its conflict (409) is for the caller, who reads again.
    """
    if method in {"GET", "DELETE"}:
        return True
    metadata = body.get("metadata") if isinstance(body, dict) else None
    names_version = isinstance(metadata, dict) and "resourceVersion" in metadata
    return method == "PATCH" and content in {MERGE_PATCH, APPLY_PATCH} and not names_version


def seconds(retry_after: str | None) -> float | None:
    """A Retry-After header's seconds; the API server never sends its other form, a date."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
