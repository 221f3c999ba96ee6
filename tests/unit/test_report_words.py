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
        *("Attachments", "Attachments", "Waits and guards"),
    ]
    assert found[0] == (
        "Trunk | create | port group `Trunk` on `vSwitch0` of "
        "`goat-1.lab.bewley.net`, `goat-2.lab.bewley.net`: every VLAN, with its tag"
    )
    assert found[3] == "Node network | create | policy `ens224-policy`: VLANs 1925-1928 join"


def test_a_change_names_the_vlans_that_join_and_leave_and_the_machines_size() -> None:
    found = rows(comment(sample("change")))
    assert found[:2] == [
        "Hypervisors | update | MachineSet `hub-7vxwj-cnv`: memory, MiB `16384` → `32768`",
        "Node network | update | policy `ens224-policy`: VLAN 1929 joins; VLAN 1926 leaves",
    ]


def test_a_vlan_that_is_called_otherwise_is_told_with_both_names() -> None:
    old, new = (
        {"metadata": {"name": "vlan-5", "namespace": "n", "annotations": {"description": f"{name} V5"}}}
        for name in "ab"
    )
    assert told(step("update", ATTACHMENT, "n-vlan-5", old, new)) == [
        "Attachments | update | networks in namespace `n`: VLAN 5: description `a V5` → `b V5`"
    ]
    changed = {**new, "spec": {"config": '{"mtu": 9000}'}}
    assert told(step("update", ATTACHMENT, "n-vlan-5", old, changed))[0].endswith(
        "description `a V5` → `b V5`; `spec.config.mtu` nothing → `9000`"
    )


def test_waits_and_guards_are_one_row_for_each_fate() -> None:
    helpers = [("replace", "PolicyRevert"), ("update", "PolicyRollout"), ("delete", "NamespaceGuard")]
    found = told(*(step(op, f"pulumi-python:dynamic/cnvlab:{name}", name, {"a": 1}, {"a": 2}) for op, name in helpers))
    assert sorted(row.split(" | ")[1] for row in found) == ["**delete**", "**replace**", "update"]
    assert {row.split(" | ")[0] for row in found} == {"Waits and guards"}


def twice(*steps: dict[str, Any]) -> str:
    return comment(preview(*steps)).partition("**Look twice:**")[2].partition("<details>")[0]


def test_what_takes_something_from_users_is_said_apart() -> None:
    named = {"metadata": {"name": "x", "namespace": "n"}}
    text = twice(
        step("replace", MACHINE_SET, "hypervisors", named, named),
        step("delete", "kubernetes:core/v1:Namespace", "x", named),
        step("delete", ATTACHMENT, "n-x", named),
    )
    assert "MachineSet `x` is replaced: its hypervisors are drained and go" in text
    assert "namespace `x` is deleted" in text
    assert "`n/x`" in text
    assert "Look twice" not in comment(sample("first"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [(1, 0, "1 hypervisor is drained and goes;"), (4, 1, "3 hypervisors are drained and go;"), (1, 2, ""), (2, 2, "")],
)
def test_hypervisors_that_go_are_counted(old: int, new: int, words: str) -> None:
    """Pulumi has numbers of a state as floats."""
    before, after = {"spec": {"replicas": float(old), "a": 1}}, {"spec": {"replicas": new, "a": 2}}
    text = twice(step("update", MACHINE_SET, "h", before, after))
    assert words in text
    assert bool(text) == bool(words)


def test_a_template_that_is_replaced_is_there_before_the_old_one_goes_and_one_that_is_deleted_is_missed() -> None:
    kind = "pulumi-python:dynamic/cnvlab:Template"
    assert "the new one stands before the old one goes" in twice(
        step("replace", kind, "t", {"name": "a"}, {"name": "b"})
    )
    assert "no further hypervisor can be made" in twice(step("delete", kind, "t", {"name": "a"}))


def test_where_the_machine_has_its_plugins_is_told_to_nobody() -> None:
    said = {"severity": "warning", "message": "warning: using pulumi-resource-vsphere from $PATH at /home/me/bin/x\n"}
    other = {"severity": "warning", "message": "warning: using pulumi\n"}
    assert comment(preview(diagnostics=[said])) == comment(preview())
    assert "using pulumi" in comment(preview(diagnostics=[other]))


def test_the_order_of_the_engines_work_does_not_matter() -> None:
    """The comment is edited at each push: what did not change must not move in it."""
    steps = [
        *(
            step("create", ATTACHMENT, f"n-vlan-{vlan}", None, {"metadata": {"name": f"vlan-{vlan}"}})
            for vlan in (7, 5)
        ),
        *(step("update", POLICY, "p", policy(bridge("br-5")), policy(bridge("br-5"), bridge("br-7"))),),
        *(step("create", "pulumi-python:dynamic/cnvlab:NamespaceGuard", name, None, {"a": 1}) for name in "ba"),
    ]
    assert comment(preview(*steps)) == comment(preview(*reversed(steps)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ([bridge("br-10"), bridge("br-11")], [bridge("br-10", "absent"), bridge("br-11")], "VLAN 10 leaves"),
        ([trunk({"id": 10})], [trunk({"id-range": {"min": 10, "max": 12}})], "VLANs 11-12 join"),
        ([trunk({"id": 10}, {"id": 12})], [trunk({"id": 12})], "VLAN 10 leaves"),
        (
            [bridge("br-10")],
            [bridge("br-10", "absent"), trunk({"id": 10})],
            "VLAN 10 moves to another bridge; bridge `br-trunk` comes",
        ),
        (
            [bridge("br-10"), bridge("br-11")],
            [trunk({"id": 11}, {"id": 12})],
            "VLAN 12 joins; VLAN 10 leaves; VLAN 11 moves to another bridge; bridge `br-trunk` comes",
        ),
        (
            [bridge("br-vmdata", type="ovs-bridge")],
            [bridge("br-10")],
            "VLAN 10 moves to another bridge; bridge `br-vmdata` goes",
        ),
        (
            [trunk({"id": 10})],
            [bridge("br-vmdata", type="ovs-bridge")],
            "VLAN 10 moves to another bridge; bridge `br-vmdata` comes; bridge `br-trunk` goes",
        ),
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
        "Hypervisors | update | MachineSet `hub-7vxwj-cnv`: replicas `2` → `1`",
        "Attachments | create | networks in namespace `provisioning`: VLAN 1928 (is gone, and will be made again)",
        "Waits and guards | update | waits for hypervisors; waits for the nodes' network",
    ]
    assert "1 hypervisor is drained and goes" in text


def test_what_a_refresh_looked_for_and_the_program_makes_is_gone_and_what_is_new_is_not() -> None:
    """As the engine really prints it: whether it was there, the refresh's step does not say."""
    state = {"metadata": {"name": "vlan-5", "namespace": "n"}}
    steps = [
        step("refresh", ATTACHMENT, "n-vlan-5", state, state),
        step("create", ATTACHMENT, "n-vlan-5", None, state),
        step("create", ATTACHMENT, "n-vlan-6", None, {"metadata": {"name": "vlan-6", "namespace": "n"}}),
    ]
    assert sorted(told(*steps)) == [
        "Attachments | create | networks in namespace `n`: VLAN 5 (is gone, and will be made again)",
        "Attachments | create | networks in namespace `n`: VLAN 6",
    ]


def test_what_a_refresh_finds_in_outputs_alone_is_shown_without_what_is_the_servers_own() -> None:
    found = step("update", MACHINE_SET, "h", {"a": 1}, {"a": 1}, detailedDiff={"spec.replicas": {"kind": "update"}})
    found["oldState"]["outputs"] = {"spec": {"replicas": 1}, "status": {"replicas": 1}}
    found["newState"]["outputs"] = {"spec": {"replicas": 4}, "status": {"replicas": 4}}
    assert told(found) == ["Hypervisors | update | MachineSet `h`: replicas `1` → `4`"]


def test_a_left_over_object_is_told_beside_the_one_that_changes() -> None:
    old, new = {"metadata": {"name": "n"}, "x": 1}, {"metadata": {"name": "n"}, "x": 2}
    assert len(told(step("update", MACHINE_SET, "h", old, new), step("delete", MACHINE_SET, "h", old))) == 2
