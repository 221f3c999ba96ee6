"""A node's network before and after a desired state, as the sandbox's node agent reports it."""

from __future__ import annotations

from typing import Any

from sandbox.node_agent import network

ADDRESS = "192.168.4.61"
MACS = ("00:0c:29:00:00:01", "00:0c:29:00:00:02")
CURRENT = network.first_state(ADDRESS, MACS)


def vlan(tag: int, nic: str = "ens224", **more: Any) -> dict[str, Any]:
    return {"name": f"{nic}.{tag}", "type": "vlan", "state": "up", "vlan": {"base-iface": nic, "id": tag}, **more}


def bridge(tag: int, nic: str = "ens224") -> dict[str, Any]:
    ports = [{"name": f"{nic}.{tag}", "vlan": {}}]
    options = {"stp": {"enabled": False}}
    return {"name": f"br-{tag}", "type": "linux-bridge", "state": "up", "bridge": {"options": options, "port": ports}}


def gone(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "state": "absent", **more}


def state(*interfaces: dict[str, Any]) -> dict[str, Any]:
    return {"interfaces": list(interfaces)}


def names(found: dict[str, Any]) -> list[str]:
    return [item["name"] for item in found["interfaces"]]


def find(found: dict[str, Any], name: str, kind: str | None = None) -> dict[str, Any]:
    (item,) = [item for item in found["interfaces"] if item["name"] == name and kind in {None, item["type"]}]
    return dict(item)


WITH_VLAN = network.merged(CURRENT, state(vlan(1928), bridge(1928)))


def test_the_cards_are_named_in_the_order_of_the_vms_devices() -> None:
    found = network.first_state(ADDRESS, [f"00:0c:29:00:00:0{number}" for number in range(1, 7)])
    cards = {item["mac-address"]: item["name"] for item in found["interfaces"] if item["type"] == "ethernet"}
    assert [cards[mac] for mac in sorted(cards)] == ["ens192", "ens224", "ens256", "ens161", "ens193", "ens225"]


def test_the_first_card_carries_the_machine_network_by_way_of_br_ex() -> None:
    assert find(CURRENT, "ens192")["controller"] == "br-ex"
    host = find(CURRENT, "br-ex", "ovs-interface")
    assert host["ipv4"]["address"] == [{"ip": ADDRESS, "prefix-length": 24}]
    assert [route["next-hop-interface"] for route in CURRENT["routes"]["running"]] == ["br-ex"]
    assert "controller" not in find(CURRENT, "ens224")


def test_a_machine_without_a_card_has_no_network() -> None:
    assert network.first_state(ADDRESS, [])["interfaces"] == []


def test_what_a_state_names_is_made_and_all_else_stays() -> None:
    assert sorted({*names(WITH_VLAN)} - {*names(CURRENT)}) == ["br-1928", "ens224.1928"]
    assert find(WITH_VLAN, "ens224.1928")["controller"] == "br-1928"
    assert all(find(WITH_VLAN, name) == find(CURRENT, name) for name in ("ens192", "ens224"))
    assert WITH_VLAN["routes"] == CURRENT["routes"]


def test_the_same_state_a_second_time_changes_nothing() -> None:
    assert network.merged(WITH_VLAN, state(vlan(1928), bridge(1928))) == WITH_VLAN


def test_what_a_state_no_longer_names_stays_on_the_node() -> None:
    assert "br-1928" in names(network.merged(WITH_VLAN, state(vlan(1927), bridge(1927))))


def test_absent_takes_away_and_what_never_was_may_be_absent() -> None:
    taken = network.merged(WITH_VLAN, state(gone("br-1928"), gone("ens224.1928"), gone("br-7")))
    assert taken == network.merged(CURRENT, state())


def test_a_vlan_whose_bridge_goes_belongs_to_nobody() -> None:
    taken = network.merged(WITH_VLAN, state(gone("br-1928", type="linux-bridge")))
    assert "controller" not in find(taken, "ens224.1928")


def test_a_bridge_whose_vlan_goes_is_left_without_a_port() -> None:
    taken = network.merged(WITH_VLAN, state(gone("ens224.1928", type="vlan")))
    assert find(taken, "br-1928")["bridge"]["port"] == []


def test_a_port_may_change_its_bridge() -> None:
    taker = {"name": "br-new", "type": "linux-bridge", "state": "up", "bridge": {"port": [{"name": "ens224.1928"}]}}
    left = {"name": "br-1928", "type": "linux-bridge", "state": "up", "bridge": {"port": []}}
    found = network.merged(WITH_VLAN, state(taker, left))
    assert find(found, "ens224.1928")["controller"] == "br-new"
    assert find(found, "br-1928")["bridge"]["options"] == {"stp": {"enabled": False}}, "what is not named stays"


def test_an_absent_card_stays_in_the_machine_and_its_vlans_do_not() -> None:
    taken = network.merged(WITH_VLAN, state(gone("ens224", type="ethernet")))
    assert find(taken, "ens224")["state"] == "down"
    assert "ens224.1928" not in names(taken)
    assert find(network.merged(taken, state({"name": "ens224", "state": "up"})), "ens224")["state"] == "up"


def test_a_vlan_on_a_vlan_goes_with_it() -> None:
    inner = vlan(7, nic="ens224.1928", name="inner")
    stacked = network.merged(WITH_VLAN, state(inner))
    assert "inner" not in names(network.merged(stacked, state(gone("ens224.1928"))))


def test_an_interface_without_a_type_means_the_one_that_has_the_name() -> None:
    found = network.merged(CURRENT, state({"name": "ens224", "type": "unknown", "state": "up", "mtu": 9000}))
    assert find(found, "ens224") == {**find(CURRENT, "ens224"), "mtu": 9000}


def test_an_address_that_is_switched_off_is_gone() -> None:
    on = {"enabled": True, "address": [{"ip": "10.0.0.1", "prefix-length": 24}]}
    found = network.merged(CURRENT, state({"name": "ens224", "type": "ethernet", "state": "up", "ipv4": on}))
    bare = network.merged(found, state({"name": "ens224", "state": "up", "ipv4": {"enabled": False}}))
    assert find(bare, "ens224")["ipv4"] == {"enabled": False}


def test_the_node_is_cut_off_when_the_machine_networks_card_goes_to_another_bridge() -> None:
    taker = {"name": "br-1", "type": "linux-bridge", "state": "up", "bridge": {"port": [{"name": "ens192"}]}}
    assert not network.reaches_the_cluster(network.merged(CURRENT, state(taker)))
    assert network.reaches_the_cluster(network.merged(CURRENT, state(vlan(5, nic="ens192")))), "a VLAN on it harms not"


def test_the_node_is_cut_off_when_its_card_or_its_bridge_goes() -> None:
    for item in (gone("ens192"), gone("br-ex", type="ovs-bridge"), gone("br-ex", type="ovs-interface")):
        assert not network.reaches_the_cluster(network.merged(CURRENT, state(item)))


def ovs(*ports: str, **more: Any) -> dict[str, Any]:
    bridge = {"allow-extra-patch-ports": True, "options": {"stp": {"enabled": False}}}
    listed = [{"name": port} for port in ports]
    return {"name": "br-vmdata", "type": "ovs-bridge", "state": "up", "bridge": {**bridge, "port": listed}, **more}


def mapped(*items: tuple[str, str, str]) -> dict[str, Any]:
    listed = [{"localnet": localnet, "bridge": bridge, "state": state} for localnet, bridge, state in items]
    return {"ovn": {"bridge-mappings": listed}}


def test_a_bridge_of_another_kind_takes_the_card_from_the_one_that_had_it() -> None:
    trunk = {"name": "br-trunk", "type": "linux-bridge", "state": "up", "bridge": {"port": [{"name": "ens224"}]}}
    there = network.merged(CURRENT, state(trunk))
    found = network.merged(there, state(ovs("ens224")))
    assert find(found, "ens224")["controller"] == "br-vmdata"
    assert find(found, "br-trunk")["bridge"]["port"] == []
    back = network.merged(found, state(trunk))
    assert find(back, "ens224")["controller"] == "br-trunk", "and the Linux bridge takes it back"


def test_what_open_vswitch_does_not_keep_is_not_reported() -> None:
    found = network.merged(CURRENT, state(ovs("ens224")))
    assert find(found, "br-vmdata")["bridge"].keys() == {"options", "port"}


def test_mappings_that_are_not_named_stay() -> None:
    there = network.merged(CURRENT, {**state(ovs("ens224")), **mapped(("lab", "br-vmdata", "present"))})
    both = [{"localnet": "lab", "bridge": "br-vmdata"}, {"localnet": "physnet", "bridge": "br-ex"}]
    assert there["ovn"] == {"bridge-mappings": both}
    assert network.merged(there, state())["ovn"] == there["ovn"]
    assert network.merged(there, mapped(("lab", "br-vmdata", "absent")))["ovn"] == CURRENT["ovn"]
