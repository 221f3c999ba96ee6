"""Two labs on one vCenter and one cluster: other names, and neither touches what the other made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter


def renamed(config: dict[str, Any]) -> None:
    """Names of its own for all that has one."""
    config["trunk"]["portGroup"] = "Trunk-west"
    config["template"]["name"] = "hub-7vxwj-rhcos-west"
    config["hypervisors"]["name"] = "hub-7vxwj-west"
    config["nodeNetwork"]["name"] = "west"
    config["namespaces"] = [{"name": "west"}]
    config["vlans"] = [{"id": 1928, "name": "provisioning", "namespaces": ["west"]}, {"id": 7, "name": "seven"}]


@pytest.fixture(scope="module")
def west(lab: Lab) -> Lab:
    """A second stack; the first one stands."""
    lab.up().succeeded()
    return lab.second("west", renamed)


def assert_nothing_was_made(stack: Lab) -> None:
    made = {item["type"] for item in stack.resources()}
    assert made <= {"pulumi:pulumi:Stack", "pulumi:providers:pulumi"}, "the stack, and who was asked for its state"


def node_of(cluster: Cluster, machine_set: str) -> str:
    (machine,) = cluster.machines(machine_set)
    return str(machine["status"]["nodeRef"]["name"])


def test_the_second_stack_stands_beside_the_first_and_goes_without_it(
    lab: Lab, west: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    objects, inventory = cluster.everything(), vcenter.inventory()
    west.up().succeeded()
    theirs, ours = (
        cluster.interfaces(node_of(cluster, "hub-7vxwj-west")),
        cluster.interfaces(node_of(cluster, "hub-7vxwj-cnv")),
    )
    assert {"br-7", "br-1928"} <= set(theirs)
    assert "br-1925" not in theirs, "the first stack's policy is for its own nodes"
    assert "br-7" not in ours
    vm = vcenter.vm(node_of(cluster, "hub-7vxwj-west"))
    assert vcenter.cards(vm) == ["lab-192-168-4-0-b24", "Trunk-west"]
    lab.preview("--refresh", "--expect-no-changes").succeeded()
    west.preview("--refresh", "--expect-no-changes").succeeded()
    west.destroy().succeeded()
    assert vcenter.inventory() == inventory
    assert cluster.everything() == objects
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_second_stack_with_the_firsts_names_is_refused_before_anything_is_made(lab: Lab) -> None:
    twin = lab.second("twin", lambda _: None)
    told = twin.up().refused()
    theirs, place = "and not by this stack (cnv-lab.twin) but by stack cnv-lab.sandbox", " is there already, "
    for begin, end in {
        "port group Trunk is there already on ": ", whose MachineSet hub-7vxwj-cnv is on it",
        f"MachineSet hub-7vxwj-cnv in namespace openshift-machine-api{place}": "",
        f"NodeNetworkConfigurationPolicy ens224-policy{place}": "",
        f"Namespace provisioning{place}": "",
        f"NetworkAttachmentDefinition vlan-1928 in namespace provisioning{place}": "",
    }.items():
        (line,) = [line for line in told.splitlines() if begin in line]
        assert theirs + end in line
    assert "hub-7vxwj-rhcos-cnv is there already and belongs to stack cnv-lab.sandbox, not to cnv-lab.twin" in told
    assert_nothing_was_made(twin)


def on_the_firsts_nodes(config: dict[str, Any]) -> None:
    """Names of its own, on nodes that are the first stack's hypervisors, by a label that they share with its others."""
    for section in ("vcenter", "trunk", "template"):
        del config[section]
    config["hypervisors"] = {"existing": {"nodeSelector": {"node-role.kubernetes.io/virtualization": ""}}}
    config["nodeNetwork"] = {"name": "guest", "nic": "ens224", "bridging": "per-vlan"}
    config["namespaces"] = []
    config["vlans"] = [{"id": 1928, "name": "provisioning"}]


def test_a_second_stack_on_the_firsts_nodes_is_refused_for_what_the_first_configures_there(lab: Lab) -> None:
    guest = lab.second("guest", on_the_firsts_nodes)
    told = guest.up().refused()
    for what in ("br-1928", "ens224"):
        assert (
            f"policy ens224-policy of stack cnv-lab.sandbox configures {what} of these nodes too, which this stack "
            "(cnv-lab.guest) would."
        ) in told
    assert_nothing_was_made(guest)
