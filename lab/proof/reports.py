"""What the pods of a proof tell, typed: an image may put anything into its termination message."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

T = TypeVar("T", bound="Report")
# What stands for none, in a word of a message.
NONE = "-"


class Sighting(NamedTuple):
    """A frame at a place of a node: which kind from which side, whether it went in or out there, and its tags."""

    frame: str
    place: str
    way: str
    tag: str


class Heard(NamedTuple):
    """A frame that a virtual machine heard: which kind from which side, sent for which VLAN, and its tags."""

    frame: str
    vlan: str
    tag: str


class Link(NamedTuple):
    """An interface of a node: up, off, no-carrier or missing; and the bridge that it is a port of."""

    state: str
    master: str


class Port(NamedTuple):
    """Where a virtual machine plugs in on its node: an interface, and the bridge that it is a port of."""

    name: str
    master: str


def _words(kind: Any) -> BeforeValidator:
    """A word for each field, with spaces between."""

    def split(told: Any) -> Any:
        parts = str(told).split()
        if len(parts) != len(kind._fields):
            raise ValueError(f"{len(kind._fields)} words wanted")
        return kind(*("" if part == NONE else part for part in parts))

    return BeforeValidator(split)


class Report(BaseModel):
    """What every pod tells: when it was there, by its node's clock, and what the kernel said to its frames."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    began: float
    ended: float
    trouble: str = ""


class NodeReport(Report):
    """What a node's pod tells; ports and sightings by VLAN."""

    links: dict[str, Annotated[Link, _words(Link)]]
    ports: dict[int, Annotated[Port, _words(Port)]]
    seen: dict[int, frozenset[Annotated[Sighting, _words(Sighting)]]]


class MachineReport(Report):
    """What a virtual machine's pod tells."""

    address: str
    heard: frozenset[Annotated[Heard, _words(Heard)]]


class _Error(BaseModel):
    model_config = ConfigDict(extra="forbid")

    error: str


class NoReportError(Exception):
    """A pod ended without telling what it was made for; its own words, if it had any."""


def read(kind: type[T], message: str) -> T:
    """The report in a termination message.

    Raises:
        NoReportError: it is none.
    """
    try:
        return kind.model_validate_json(message)
    except ValidationError:
        pass
    try:
        raise NoReportError(_Error.model_validate_json(message).error)
    except ValidationError:
        raise NoReportError(" ".join(message.split()) or "nothing") from None


def together(one: Report, other: Report) -> float:
    """The seconds that both were there; less than none for pods that missed each other."""
    return min(one.ended, other.ended) - max(one.began, other.began)
