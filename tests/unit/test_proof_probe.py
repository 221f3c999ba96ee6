"""When a proof's pod in a node's own network has seen enough."""

from __future__ import annotations

import pytest

from lab.proof import probe


@pytest.mark.parametrize(
    ("sends", "sighting", "enough"),
    [
        (True, "n1 nic < 7", True),
        (True, "n0 nic < 7", False),
        (True, "n1 nic < -", False),
        (False, "b0 port < -", True),
        (False, "b1 port < -", False),
    ],
)
def test_a_node_waits_for_the_other_card_or_for_its_own_machines(sends: bool, sighting: str, enough: bool) -> None:  # noqa: FBT001
    """Else it would stay to the end of its time, where all has arrived long before."""
    assert probe.is_enough(0, {7: {sighting}}, sends=sends) == enough
    assert not probe.is_enough(0, {7: {sighting}, 8: set()}, sends=sends)
