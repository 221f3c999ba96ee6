"""Changing an object that is the whole cluster's: guarded by what was read, and read again when that is old."""

from __future__ import annotations

from typing import Any

import pytest

from clients.cluster import boot_images
from clients.cluster.session import RefusedError
from clients.errors import LabError
from tests.unit.test_boot_images import OURS, STACK, configuration, entry, expression, managers, merged, partial

Object = dict[str, Any]


class Server:
    """Keeps one object, as an API server does: what is written on an old one is a conflict."""

    def __init__(self, live: Object | None, *others: Object) -> None:
        """``others`` are what somebody else writes, one between each of our reads and writes."""
        self.live, self.others, self.version, self.asked = live, list(others), 1, 0
        self.no: int | None = None

    def get(self, *_: Any) -> Object | None:
        self.asked += 1
        found = None if self.live is None else merged(self.live, {"metadata": {"resourceVersion": str(self.version)}})
        if self.others:
            self.live, self.version = self.others.pop(0), self.version + 1
        return found

    def merge(self, _kind: Any, _name: str, patch: Object) -> Object:
        if self.no is not None or patch["metadata"]["resourceVersion"] != str(self.version):
            raise RefusedError("no", self.no or 409, "no")
        self.version += 1
        self.live = merged(self.live, patch)
        del self.live["metadata"]["resourceVersion"]
        return self.live


def opt_out(server: Server) -> None:
    boot_images.opt_out(server, "4.22", STACK, OURS)  # type: ignore[arg-type]


def opt_in(server: Server) -> None:
    boot_images.opt_in(server, STACK)  # type: ignore[arg-type]


def test_what_others_write_in_between_is_kept() -> None:
    server = Server(
        configuration(), configuration(entry("All")), configuration(partial({"key": "x", "operator": "In"}))
    )
    server.others[-1] = configuration(entry("Partial", matchLabels={"cnv-lab/stack": STACK}))
    opt_out(server)
    assert server.live is not None
    assert managers(server.live) == [partial(expression(), **{"cnv-lab/stack": STACK})]
    assert server.asked == 3
    opt_in(server)
    assert server.live == configuration(entry("Partial", matchLabels={"cnv-lab/stack": STACK}))


def test_somebody_who_never_stops_writing_is_given_up_on() -> None:
    server = Server(configuration(), *([configuration()] * 50))
    with pytest.raises(RefusedError):
        opt_out(server)
    assert server.asked == boot_images.TRIES


def test_another_refusal_is_not_tried_again() -> None:
    server = Server(configuration())
    server.no = 403
    with pytest.raises(RefusedError):
        opt_out(server)
    assert server.asked == 1


def test_skew_enforcement_that_became_automatic_meanwhile_is_told_and_nothing_is_written() -> None:
    status = {"bootImageSkewEnforcementStatus": {"mode": "Automatic", "automatic": {"ocpVersion": "4.22.0"}}}
    server = Server({**configuration(), "status": status})
    with pytest.raises(LabError, match="MachineConfiguration/cluster: the cluster enforces"):
        opt_out(server)
    assert server.version == 1


@pytest.mark.parametrize("live", [None, configuration(entry("None"))])
def test_where_there_is_nothing_to_change_nothing_is_written(live: Object | None) -> None:
    server = Server(live)
    opt_out(server)
    opt_in(server)
    assert server.version == 1


def test_an_object_that_is_not_there_enrols_nobody() -> None:
    assert boot_images.enrolment(Server(None), "4.22", OURS) == "not enrolled"  # type: ignore[arg-type]
    assert boot_images.enrolment(Server(configuration()), "4.22", OURS) != "not enrolled"  # type: ignore[arg-type]
