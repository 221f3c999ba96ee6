"""The trunk's VLANs as ranges, what the stack file's words mean, and which of them do not go together."""

from __future__ import annotations

from typing import Any

import pytest

from lab import ranges, trunk
from lab.mistakes import SettingsError
from lab.trunk import MAC_LEARNING, PROMISCUOUS, SECURITY
from tests.unit import facts

SWITCH = {"kind": "distributed", "name": "VDS"}


@pytest.mark.parametrize(
    ("vlans", "expected"),
    [
        ([], ()),
        ([7], ((7, 7),)),
        ([1928, 1925, 1926, 1928], ((1925, 1926), (1928, 1928))),
        (range(1, 4095), trunk.ALL),
    ],
)
def test_vlans_become_as_few_ranges_as_there_can_be(vlans: Any, expected: Any) -> None:
    assert ranges.merged(vlans) == expected
    assert ranges.parse(ranges.told(expected)) == expected


@pytest.mark.parametrize(
    ("there", "wanted", "lost"),
    [
        (trunk.ALL, ((1925, 1928),), "none"),
        (((0, 4094),), trunk.ALL, "none"),
        (((1, 1926), (1928, 4094)), ((1925, 1928),), "1927"),
        ((), ((5, 6), (9, 9)), "5-6, 9"),
    ],
)
def test_what_a_port_group_does_not_carry_is_told(there: Any, wanted: Any, lost: str) -> None:
    assert ranges.told(ranges.lacking(there, wanted)) == lost


@pytest.mark.parametrize(
    ("section", "vlans", "security"),
    [
        ({}, trunk.ALL, PROMISCUOUS),
        ({"security": "promiscuous"}, trunk.ALL, PROMISCUOUS),
        ({"switch": SWITCH}, ((1928, 1928),), MAC_LEARNING),
        ({"switch": SWITCH, "vlans": "configured"}, ((1928, 1928),), MAC_LEARNING),
        ({"switch": SWITCH, "vlans": "all", "security": "promiscuous"}, trunk.ALL, PROMISCUOUS),
        ({"switch": SWITCH, "ownership": "existing"}, ((1928, 1928),), ""),
        ({"switch": SWITCH, "ownership": "existing", "security": "macLearning"}, ((1928, 1928),), MAC_LEARNING),
    ],
)
def test_each_kind_of_switch_has_its_own_defaults(section: dict[str, Any], vlans: Any, security: str) -> None:
    found = facts.lab(trunk=section)
    assert (found.trunk.ranges, found.trunk.security) == (vlans, security)
    assert found.switch == ("VDS" if "switch" in section else "vSwitch0")


def test_a_trunk_without_a_vlan_is_refused_unless_it_carries_all() -> None:
    """VSphere would take no range for no VLAN: the nodes would be on the untagged network."""
    with pytest.raises(SettingsError, match=r"trunk\.vlans: with no VLAN configured the port group would carry none"):
        facts.lab(trunk={"switch": SWITCH}, vlans=[])
    assert facts.lab(trunk={"switch": SWITCH, "vlans": "all"}, vlans=[]).trunk.ranges == trunk.ALL


@pytest.mark.parametrize("mode", SECURITY)
def test_nested_vms_may_send_from_their_own_addresses_in_either_mode(mode: str) -> None:
    security = SECURITY[mode]
    assert security.forged_transmits
    assert security.promiscuous is not security.mac_learning
