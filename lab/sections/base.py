"""What every section has in common, and the words that more than one of them takes.

Every refusal is a ``refuse(reason, remedy)``: the text tells what would go wrong, and what to write instead.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from lab import names

DNS_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")


def refuse(reason: str, remedy: str) -> PydanticCustomError:
    """A refusal that lab/settings.py turns into a Mistake."""
    return PydanticCustomError("refused", "{reason}", {"reason": reason, "remedy": remedy})


class Section(BaseModel):
    """Keys in camelCase, nothing unknown, nothing converted in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)


def dns_label(limit: int, what: str) -> Any:
    """A name as Kubernetes takes it, of at most ``limit`` characters."""

    def check(value: str) -> str:
        if not DNS_LABEL.match(value) or len(value) > limit:
            raise refuse(
                f"{what} must be lower-case letters, digits and dashes, at most {limit} characters, "
                "with a letter or digit at both ends",
                "Choose such a name",
            )
        return value

    return AfterValidator(check)


def inventory_name(what: str) -> Any:
    """A name in vSphere's inventory that the Machine API finds."""

    def check(value: str) -> str:
        if not value.strip() or len(value) > names.INVENTORY_NAME_MAX:
            raise refuse(f"{what} has 1 to {names.INVENTORY_NAME_MAX} characters in vSphere", "Choose a shorter name")
        if "/" in value or "%" in value:
            raise refuse(
                f"{what} with / or % is escaped in vSphere's inventory, and the Machine API would not find it",
                "Choose a name without these characters",
            )
        return value

    return AfterValidator(check)


def supported(*supported: str) -> Any:
    """Values that the shape of the stack file has, and this version not yet."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in supported:
            raise refuse("is not yet supported", f"Write {' or '.join(supported)}")
        return value

    return BeforeValidator(check)


def one_of(*known: str) -> Any:
    """A word from a short list; pydantic's own refusal of others reads like a type error."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in known:
            raise refuse("this word is not known here", f"Write {', '.join(known[:-1])} or {known[-1]}")
        return value

    return BeforeValidator(check)


def _inventory_path(value: str) -> str:
    if not value.startswith("/"):
        raise refuse("an inventory path starts at the root", "Write it as /<datacenter>/…")
    return value.rstrip("/")


def _vlan_id(value: int) -> int:
    if not names.VLAN_ID_MIN <= value <= names.VLAN_ID_MAX:
        raise refuse(
            f"a VLAN id is {names.VLAN_ID_MIN} to {names.VLAN_ID_MAX} (802.1Q keeps 0 and 4095 for itself)",
            "Write the id that the physical switch uses",
        )
    return value


def _not_blank(value: str) -> str:
    if not value.strip() or any(ord(char) < ord(" ") for char in value):
        raise refuse("this text is empty or has control characters", "Write a short name on one line")
    return value


InventoryPath = Annotated[str, AfterValidator(_inventory_path)]
Text = Annotated[str, AfterValidator(_not_blank)]
VlanId = Annotated[
    int,
    AfterValidator(_vlan_id),
    WithJsonSchema({"type": "integer", "minimum": names.VLAN_ID_MIN, "maximum": names.VLAN_ID_MAX}),
]
