"""What the sandbox's nodes refuse although nmstate's parser takes it, and how a refusal reads."""

from __future__ import annotations

import pytest

from sandbox.node_agent import judgement, network
from tests.unit.test_node_agent_network import CURRENT, WITH_VLAN, bridge, gone, state, vlan

POST = state(
    {"name": "ens224", "type": "ethernet", "state": "up", "ipv4": {"enabled": False}},
    *(item for tag in (1925, 1926, 1927, 1928) for item in (vlan(tag), bridge(tag))),
)


def test_the_posts_state_is_taken_at_first_and_again() -> None:
    assert judgement.complaints(POST, CURRENT) == []
    assert judgement.complaints(POST, network.merged(CURRENT, POST)) == []


@pytest.mark.parametrize("tag", [0, 4095, 5000, -1, None])
def test_a_vlan_id_that_no_frame_can_carry_is_refused(tag: int | None) -> None:
    wanted = {**vlan(1), "vlan": {"base-iface": "ens224", "id": tag}}
    assert judgement.complaints(state(wanted), CURRENT) == [f"VLAN id {tag} of ens224.1 is not in 1-4094"]


@pytest.mark.parametrize("tag", [1, 4094])
def test_the_least_and_the_greatest_vlan_are_taken(tag: int) -> None:
    assert judgement.complaints(state(vlan(tag)), CURRENT) == []


def test_a_name_of_15_characters_is_taken_and_one_of_16_refused() -> None:
    assert judgement.complaints(state(vlan(1, name="a" * 15)), CURRENT) == []
    (told,) = judgement.complaints(state(vlan(1, name="a" * 16)), CURRENT)
    assert told == f"interface name {'a' * 16} is longer than 15 characters"


@pytest.mark.parametrize("name", ["..", "br 1", "br/1", "br:1"])
def test_a_name_that_the_kernel_does_not_take_is_refused(name: str) -> None:
    assert judgement.complaints(state(vlan(1, name=name)), CURRENT) == [f"{name!r} can't name an interface"]


def test_a_base_that_is_nowhere_is_named_once_with_all_that_stand_on_it() -> None:
    wanted = state(vlan(5, nic="ens256"), vlan(6, nic="ens256"))
    assert judgement.complaints(wanted, CURRENT) == ["base interface ens256 of ens256.5, ens256.6 does not exist"]


def test_a_base_may_be_made_by_the_same_state_and_not_taken_away_by_it() -> None:
    inner = vlan(7, nic="ens224.5", name="inner")
    assert judgement.complaints(state(inner, vlan(5)), CURRENT) == []
    there = network.merged(CURRENT, state(vlan(5)))
    assert judgement.complaints(state(inner, gone("ens224.5")), there) == [
        "base interface ens224.5 of inner does not exist"
    ]


def test_one_vlan_of_one_card_has_one_interface() -> None:
    (told,) = judgement.complaints(state(vlan(1928, name="other")), WITH_VLAN)
    assert told == "VLAN 1928 on ens224 can't be ens224.1928 and other at once: File exists"
    assert judgement.complaints(state(vlan(1928, nic="ens192")), WITH_VLAN) == [], "another card, another VLAN"
    moved = state(gone("ens224.1928"), vlan(1928, name="other"))
    assert judgement.complaints(moved, WITH_VLAN) == []


def test_what_is_to_go_needs_neither_a_good_name_nor_a_base() -> None:
    assert judgement.complaints(state(gone("a" * 20), gone("ens999.5", type="vlan")), CURRENT) == []


def test_an_interface_that_is_there_twice_is_named() -> None:
    assert judgement.repeated(state(vlan(5), vlan(5), bridge(5))) == ["interface ens224.5 is there more than once"]
    ovs = state({"name": "br-vm", "type": "ovs-bridge"}, {"name": "br-vm", "type": "ovs-interface"})
    assert judgement.repeated(ovs) == [], "an OVS bridge shares its name with its interface"


def test_the_handler_turns_vlan_filtering_on_where_a_port_says_nothing_of_vlans() -> None:
    bare = {**bridge(5), "bridge": {"port": [{"name": "ens224.5"}]}}
    read = judgement.as_handler_reads(state(bare, bridge(6)))
    ports = [item["bridge"]["port"][0] for item in read["interfaces"]]
    assert ports[0]["vlan"] == {"mode": "trunk", "trunk-tags": [{"id-range": {"min": 2, "max": 4094}}]}
    assert ports[1]["vlan"] == {}
    assert "vlan" not in bare["bridge"]["port"][0], "the policy itself stays as it is"


@pytest.mark.parametrize("wanted", [{}, {"interfaces": "abc"}, {"interfaces": ["a"]}, state({"type": "linux-bridge"})])
def test_what_is_no_state_is_left_for_the_parser_to_refuse(wanted: dict[str, object]) -> None:
    assert judgement.as_handler_reads(wanted) == wanted
    assert judgement.repeated(wanted) == []


def test_a_refusal_ends_as_the_handlers_does_with_a_quote_on_a_line_of_its_own() -> None:
    lines = judgement.failure("node-1", "NmstateError: InvalidArgument: no").splitlines()
    assert lines[0] == 'error reconciling NodeNetworkConfigurationPolicy on node node-1 at desired state apply: "",'
    assert lines[-2:] == ["NmstateError: InvalidArgument: no", "'"]
