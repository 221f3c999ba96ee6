"""Whether whoever holds a stack's lock is dead."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from clients.errors import LabError

if TYPE_CHECKING:
    from clients.recovery.pulumi import LockedError


def see_dead(locked: LockedError, stack: str) -> str:
    """Who held the lock, in words, when all that did are dead.

    Raises:
        LabError: one is alive, or cannot be seen from here.
    """
    by_hand = f"When it has ended for certain: pulumi cancel --stack {stack}, and recover again."
    if not locked.holders:
        raise LabError(f"stack {stack} is locked, and the backend does not tell by which run: {locked}\n{by_hand}")
    for holder in locked.holders:
        who = f"{holder.user}'s run on {holder.host} (process {holder.pid})"
        if holder.host != platform.node():
            raise LabError(f"stack {stack} is locked by {who}, which cannot be seen from here. {by_hand}")
        if _is_alive(holder.pid):
            raise LabError(f"stack {stack} is locked by {who}, which goes on. Wait for its end, or end it. {by_hand}")
    return ", ".join(f"{holder.user}'s run, process {holder.pid}" for holder in locked.holders)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True
