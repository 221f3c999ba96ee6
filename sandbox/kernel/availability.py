"""Whether this machine can have kernel nodes, and has what they are made of."""

from __future__ import annotations

from sandbox.tools import cache, catalogue, debian


def lacking() -> str | None:
    """What stands in the way, and what to do; nothing if nothing does."""
    if reason := debian.lacking():
        return reason
    missing = [tool.name for tool in catalogue.KERNEL_TOOLS if cache.find(tool) is None]
    return f"{', '.join(missing)} not built yet: run `make tools`" if missing else None
