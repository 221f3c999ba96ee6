"""A resource that Pulumi's dynamic provider keeps, and that does nothing."""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class IdleProvider(ResourceProvider):
    """Says yes."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Makes nothing."""
        return CreateResult(props["name"], props)


class Idle(Resource, module="bench", name="Idle"):
    """Stands in the state, as each of ours does that gates another."""

    def __init__(self, name: str) -> None:
        super().__init__(IdleProvider(), name, {"name": name})
