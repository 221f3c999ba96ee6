"""A preview in the words of those who run the network."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.report_samples import ATTACHMENT, MACHINE_SET, POLICY, PORT_GROUP, comment, preview, rows, sample, step


def policy(*interfaces: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "ens224-policy"}, "spec": {"desiredState": {"interfaces": list(interfaces)}, **spec}}


def bridge(name: str, state: str = "up", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "linux-bridge", "state": state, **more}


def trunk(*tags: dict[str, Any]) -> dict[str, Any]:
    port = {"name": "ens224", "vlan": {"mode": "trunk", "trunk-tags": list(tags)}}
    return bridge("br-trunk", bridge={"port": [port]})


def told(*steps: dict[str, Any]) -> list[str]:
    return rows(comment(preview(*steps)))


def test_a_new_lab_is_told_chapter_by_chapter() -> None:
    found = rows(comment(sample("first")))
    assert [row.split(" | ")[0] for row in found] == [
        *("Trunk", "Template", "Hypervisors", "Node network"),
        *("Attachments", "Attachments", "Attachments", "Waits and guards"),
    ]
    assert found[0] == (
        "Trunk | create | port group `Trunk` on `vSwitch0` of "
        "`goat-1.lab.bewley.net`, `goat-2.lab.bewley.net`: every VLAN, with its tag"
    )
    assert found[3] == "Node network | create | policy `ens224-policy`: VLANs 1925-1928 join"


def test_a_change_names_the_vlans_that_join_and_leave_and_the_machines_size() -> None:
    found = rows(comment(sample("change")))
    assert found[:4] == [
        "Hypervisors | update | MachineSet `hub-7vxwj-cnv`: replicas `1` → `2`; memory, MiB `16384` → `32768`",
        "Node network | update | policy `ens224-policy`: VLANs 1929-1930 join; VLAN 1925 leaves",
        "Attachments | create | networks in namespace `shared`: VLANs 1929-1930",
        "Attachments | create | networks in namespace `provisioning`: VLAN 1929",
    ]
    assert "Attachments | **delete** | networks in namespace `shared`: VLAN 1925" in found


def test_waits_and_guards_are_one_row_for_each_fate() -> None:
    found = [row for row in rows(comment(sample("replace"))) if row.startswith("Waits")]
    assert [row.split(" | ")[1] for row in found] == ["**replace**", "update", "**delete**"]


def test_what_takes_something_from_users_is_said_apart() -> None:
    text = comment(sample("replace")).partition("**Look twice:**")[2].partition("<details>")[0]
    assert "MachineSet `hub-7vxwj-cnv` is replaced" in text
    assert "namespace `provisioning` is deleted" in text
    assert "`provisioning/vlan-1928`" in text
    assert "Look twice" not in comment(sample("first"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ([bridge("br-10"), bridge("br-11")], [bridge("br-10", "absent"), bridge("br-11")], "VLAN 10 leaves"),
        ([trunk({"id": 10})], [trunk({"id-range": {"min": 10, "max": 12}})], "VLANs 11-12 join"),
        ([trunk({"id": 10}, {"id": 12})], [trunk({"id": 12})], "VLAN 10 leaves"),
        ([bridge("br-10")], [bridge("br-10", "absent"), trunk({"id": 10})], "bridge `br-trunk` comes"),
        ([bridge("br-vmdata", type="ovs-bridge")], [bridge("br-10")], "VLAN 10 joins; bridge `br-vmdata` goes"),
    ],
)
def test_vlans_are_read_from_the_policy_of_each_bridge_design(old: Any, new: Any, words: str) -> None:
    assert told(step("update", POLICY, "p", policy(*old), policy(*new))) == [
        f"Node network | update | policy `ens224-policy`: {words}"
    ]


def test_what_changes_beside_the_vlans_is_told_too() -> None:
    old, new = policy(bridge("br-10")), policy(bridge("br-10"), bridge("br-11"), maxUnavailable=2)
    assert told(step("update", POLICY, "p", old, new))[0].endswith(
        ": VLAN 11 joins; `spec.maxUnavailable` nothing → `2`"
    )


def test_hosts_that_lose_the_port_group_are_named() -> None:
    group = {"name": "Trunk", "virtualSwitchName": "vSwitch0", "vlanId": 4095}
    found = told(*(step("delete", PORT_GROUP, f"trunk-esx-{host}", group) for host in (2, 1)))
    assert found == [
        "Trunk | **delete** | port group `Trunk` on `vSwitch0` of `esx-1`, `esx-2`: every VLAN, with its tag"
    ]


def test_a_name_that_stands_in_many_places_is_told_once() -> None:
    old, new = ({"metadata": {"name": name, "labels": {"set": name}}, "spec": {"x": name}} for name in "ab")
    found = told(step("replace", MACHINE_SET, "hypervisors", old, new))
    assert found == ["Hypervisors | **replace** | MachineSet `a`: `metadata.name` `a` → `b`; and 2 more"]


def test_many_namespaces_networks_are_counted_not_listed() -> None:
    networks = [
        step("create", ATTACHMENT, f"n-{name}", None, {"metadata": {"name": name, "namespace": "n"}})
        for name in [*(f"vlan-{vlan}" for vlan in range(100, 1100)), *(f"trunk-{guest}" for guest in range(40))]
    ]
    (row,) = told(*networks)
    assert "VLANs 100-1099 and `trunk-0`" in row
    assert row.endswith(" and 24 more")


def test_a_resource_that_this_program_does_not_know_is_shown_all_the_same() -> None:
    assert told(step("mend", "aws:s3/bucket:Bucket", "b", None, {"a": 1})) == [
        "Others | `mend` | `aws:s3/bucket:Bucket` `b`"
    ]


def test_drift_is_told_as_what_up_would_put_right() -> None:
    """The refresh's steps and the program's own are one; what was only looked at is none."""
    text = comment(sample("drift"), drift=True)
    assert rows(text) == [
        "Hypervisors | update | MachineSet `hub-7vxwj-cnv`: replicas `3` → `1`",
        "Attachments | create | networks in namespace `provisioning`: VLAN 1928 (is gone, and will be made again)",
    ]
    assert "Look twice" not in text


def test_what_a_refresh_finds_in_outputs_alone_is_shown_without_what_is_the_servers_own() -> None:
    found = step("update", MACHINE_SET, "h", {"a": 1}, {"a": 1}, detailedDiff={"spec.replicas": {"kind": "update"}})
    found["oldState"]["outputs"] = {"spec": {"replicas": 1}, "status": {"replicas": 1}}
    found["newState"]["outputs"] = {"spec": {"replicas": 4}, "status": {"replicas": 4}}
    assert told(found) == ["Hypervisors | update | MachineSet `h`: replicas `1` → `4`"]


def test_a_left_over_object_is_told_beside_the_one_that_changes() -> None:
    old, new = {"metadata": {"name": "n"}, "x": 1}, {"metadata": {"name": "n"}, "x": 2}
    assert len(told(step("update", MACHINE_SET, "h", old, new), step("delete", MACHINE_SET, "h", old))) == 2
