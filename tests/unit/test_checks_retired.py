"""What preflight says of VLANs that leave, and what it asks the cluster for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clients import checks
from clients.cluster import retired
from lab.manifests import cluster_networks, network_attachments, policy
from lab.retirement import Leaving
from tests.components.wire import LiveCluster
from tests.unit import facts
from tests.unit.test_retirement import multus, vm

if TYPE_CHECKING:
    from lab.plan import Lab

SEVEN = {"id": 7, "name": "seven", "namespaces": ["blue"]}
BOTH = facts.lab(vlans=[*facts.SECTIONS["vlans"], SEVEN])
POLICY, NAD = "NodeNetworkConfigurationPolicy", "NetworkAttachmentDefinition"
RECORDED = {(POLICY, "", "ens224-policy"), (NAD, "blue", "vlan-1928"), (NAD, "blue", "vlan-7")}
USER = {"kind": "VirtualMachine", **vm(multus("vlan-7"))}
HINT = "retireInUse: [7]"


class Asked(LiveCluster):
    """Remembers which namespaces it was asked for."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        super().__init__(objects=objects)
        self.places: list[tuple[str, str | None]] = []

    def list(self, kind: Any, namespace: str | None = None, *more: Any, **named: Any) -> list[dict[str, Any]]:
        self.places.append((kind.name, namespace))
        return super().list(kind, namespace, *more, **named)


def live(lab: Lab = BOTH, **changes: Any) -> Any:
    """The cluster with the lab's policy and attachments."""
    attachments = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in network_attachments(lab)}
    there: dict[str, Any] = {"policies": facts.by_name(policy(lab)), "attachments": attachments, **changes}
    return facts.cluster(**there)


def look(cluster: Asked, lab: Lab, there: Any, objects: Any = RECORDED, ledger: frozenset[str] = frozenset()) -> Any:
    return retired.look(cluster, lab, there, objects, ledger)  # type: ignore[arg-type]


def test_where_nothing_leaves_nothing_is_asked() -> None:
    cluster = Asked(USER)
    found = look(cluster, BOTH, live())
    assert (found.ledger, found.in_use, found.news) == ({"br-7", "br-1928"}, {}, ())
    assert cluster.places == []


def test_only_the_namespaces_that_matter_are_asked() -> None:
    cluster = Asked(USER)
    look(cluster, facts.lab(), live())
    assert cluster.places == [("VirtualMachine", "blue"), ("Pod", "blue")]


def test_a_vlan_that_leaves_under_a_virtual_machine_is_refused_with_its_name() -> None:
    lab = facts.lab()
    (line,) = checks.retired(lab, look(Asked(USER), lab, live()).in_use)
    assert line.startswith("VLAN 7 leaves the stack file, and blue/vlan-7 is in use by VirtualMachine fedora. ")
    assert "oc edit vm" in line
    assert HINT in line


def test_a_vlan_that_leaves_a_namespace_alone_is_refused_as_well() -> None:
    lab = facts.lab(vlans=[*facts.SECTIONS["vlans"], {"id": 7, "name": "seven"}])
    (line,) = checks.retired(lab, look(Asked(USER), lab, live()).in_use)
    assert line.startswith("VLAN 7 leaves namespace blue, and blue/vlan-7 is in use by VirtualMachine fedora")


def test_somebodys_own_attachment_on_the_bridge_is_told_as_such() -> None:
    lab = facts.lab()
    theirs = {("red", "pxe"): {"spec": {"config": '{"bridge": "br-7"}'}}}
    cluster = Asked({"kind": "VirtualMachine", **vm(multus("pxe"), namespace="red")})
    (line,) = checks.retired(lab, look(cluster, lab, live(attachments=theirs)).in_use)
    assert "red/pxe (not this stack's, on bridge br-7) is in use by VirtualMachine fedora" in line


def test_what_the_stack_file_gives_up_is_a_warning_and_no_refusal() -> None:
    lab = facts.lab(nodeNetwork={"retireInUse": [7]})
    found = look(Asked(USER), lab, live())
    assert [*checks.retired(lab, found.in_use)] == []
    (line,) = checks.retired_in_use(lab, found.in_use)
    assert "VirtualMachine fedora" in line
    assert [*checks.retired_in_use(facts.lab(), found.in_use)] == []


def test_many_users_are_counted() -> None:
    leaving = Leaving(namespace="blue", name="vlan-7", vlans=frozenset({7}), carrier="br-7", ours=True)
    (line,) = checks.retired(facts.lab(), {leaving: [f"VirtualMachine vm-{number}" for number in range(9)]})
    assert "vm-4 and 4 more" in line


def test_a_vlan_that_is_absent_already_is_not_looked_at_again() -> None:
    """Its users have lost it, by retireInUse; a refusal at each `up` would help nobody."""
    lab = facts.lab()
    theirs = {("red", "pxe"): {"spec": {"config": '{"bridge": "br-7"}'}}}
    there = live(policies=facts.by_name(policy(lab, ledger={"br-7"})), attachments=theirs)
    cluster = Asked(USER)
    assert look(cluster, lab, there).in_use == {}
    assert cluster.places == []


def test_an_attachment_that_this_stack_did_not_make_is_not_its_to_delete() -> None:
    lab = facts.lab()
    there = live(policies={}, attachments={("blue", "vlan-7"): {}})
    assert look(Asked(USER), lab, there, objects=set()).in_use == {}


def test_a_policy_that_somebody_deleted_is_remembered_by_the_state() -> None:
    """Its bridges are still on the nodes: what hangs on them is asked for, too."""
    lab = facts.lab()
    found = look(Asked(USER), lab, live(policies={}), ledger=frozenset({"br-7", "br-1928"}))
    assert found.ledger == {"br-7", "br-1928"}
    assert len(found.in_use) == 1


def test_a_policy_of_another_name_hands_its_ledger_on() -> None:
    lab = facts.lab(nodeNetwork={"name": "trunk"})
    assert look(Asked(), lab, live(policies=facts.by_name(policy(BOTH)))).ledger == {"br-7", "br-1928"}


@pytest.mark.parametrize("recorded", [frozenset(), frozenset({"br-7", "br-8", "br-1928"})])
def test_the_live_annotation_is_believed_before_the_state(recorded: frozenset[str]) -> None:
    """A state from a backup is older."""
    assert look(Asked(), facts.lab(), live(), ledger=recorded).ledger == {"br-7", "br-1928"}


def test_what_cannot_be_forgotten_yet_is_told_by_its_number() -> None:
    lab = facts.lab(nodeNetwork={"forgetRetired": True})
    done = {"metadata": {**policy(BOTH)["metadata"], "generation": 1}, "spec": policy(lab, ledger={"br-7"})["spec"]}
    told = {"conditions": [{"type": "Available", "status": "True", "reason": "NoMatchingNode"}]}
    found = look(Asked(), lab, live(policies=facts.by_name({**done, "status": told})))
    assert (found.ledger, found.news) == (
        {"br-1928"},
        ("policy ens224-policy forgets VLAN 7: off every node (forgetRetired).",),
    )
    found = look(Asked(), lab, live())
    assert found.ledger == {"br-7", "br-1928"}
    assert found.news[0].startswith("policy ens224-policy cannot forget VLAN 7 yet (forgetRetired): ")


def test_nothing_is_forgotten_unless_the_stack_file_says_so() -> None:
    lab = replace(facts.lab(), forget_retired=False)
    there = live(policies=facts.by_name(policy(lab, ledger={"br-7"})))
    found = look(Asked(), lab, there)
    assert (found.ledger, found.news) == ({"br-7", "br-1928"}, ())


TAGGED = facts.lab(vlans=[*facts.SECTIONS["vlans"], SEVEN], nodeNetwork={"bridging": "vlan-aware"})
RUNNING: dict[str, Any] = {
    "kind": "Pod",
    "metadata": {
        "name": "virt-launcher-fedora",
        "namespace": "blue",
        "annotations": {"k8s.v1.cni.cncf.io/networks": "vlan-7"},
        "ownerReferences": [{"kind": "VirtualMachineInstance", "name": "fedora"}],
    },
}


def test_a_change_of_design_is_refused_under_what_runs_and_not_under_what_is_stopped() -> None:
    """A stopped VM finds its network on the new bridge, by the same name."""
    found = look(Asked(USER), TAGGED, live())
    assert found.in_use == {}
    assert found.ledger == {"br-7", "br-1928"}
    (news,) = found.news
    assert "changes its bridge design to vlan-aware: br-7, br-1928 go from the nodes in the same step" in news
    (line,) = checks.retired(TAGGED, look(Asked(USER, RUNNING), TAGGED, live()).in_use)
    assert line.startswith("VLAN 7 moves from br-7 to br-trunk, and blue/vlan-7 is in use by VirtualMachine fedora. ")
    assert "virtctl stop" in line
    assert HINT in line


def test_a_vlan_that_leaves_the_trunk_bridge_is_refused_like_one_with_its_own() -> None:
    lab = facts.lab(nodeNetwork={"bridging": "vlan-aware"})
    (line,) = checks.retired(lab, look(Asked(USER), lab, live(TAGGED)).in_use)
    assert line.startswith("VLAN 7 leaves the stack file, and blue/vlan-7 is in use by VirtualMachine fedora. ")
    theirs = {("red", "pxe"): {"spec": {"config": '{"bridge": "br-trunk", "vlan": 7}'}}}
    cluster = Asked({"kind": "VirtualMachine", **vm(multus("pxe"), namespace="red")})
    (line,) = checks.retired(lab, look(cluster, lab, live(TAGGED, attachments=theirs)).in_use)
    assert "red/pxe (not this stack's, on bridge br-trunk) is in use" in line


def test_the_policy_forgets_a_bridge_of_another_design_by_its_name() -> None:
    lab = facts.lab(nodeNetwork={"bridging": "vlan-aware", "forgetRetired": True})
    there = policy(lab, ledger={"br-1928", "br-vmdata"})
    told = {"conditions": [{"type": "Available", "status": "True", "reason": "NoMatchingNode"}]}
    done = {**there, "metadata": {**there["metadata"], "generation": 1}, "status": told}
    found = look(Asked(), lab, live(policies=facts.by_name(done)))
    assert found.ledger == {"br-trunk"}
    assert "forgets VLAN 1928 and bridge br-vmdata: off every node" in found.news[-1]


NETWORKS = facts.lab(nodeNetwork={"bridging": "ovn-localnet", "attachments": "cudn"})
NETWORK, CUDN = cluster_networks(NETWORKS)[0], "ClusterUserDefinedNetwork"
MADE = {
    "metadata": {"ownerReferences": [{"kind": CUDN, "name": "vlan-1928"}]},
    "spec": {"config": '{"topology": "localnet", "physicalNetworkName": "physnet-vmdata", "vlanID": 1928}'},
}
ON_1928 = {**RUNNING, "metadata": {**RUNNING["metadata"], "annotations": {"k8s.v1.cni.cncf.io/networks": "vlan-1928"}}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        (
            {"mtu": 9000},
            "VLAN 1928 moves to a network made anew, and blue/vlan-1928 is in use by VirtualMachine fedora",
        ),
        ({"vlans": [{"id": 1928, "name": "x"}]}, "VLAN 1928 leaves namespace blue, and blue/vlan-1928 is in use"),
    ],
)
def test_a_network_of_ovn_kubernetes_does_not_go_under_what_runs(change: dict[str, Any], words: str) -> None:
    vlans = {"vlans": change["vlans"]} if "vlans" in change else {}
    mtu = {"mtu": change["mtu"]} if "mtu" in change else {}
    lab = facts.lab(**vlans, nodeNetwork={"bridging": "ovn-localnet", "attachments": "cudn", **mtu})
    there = live(
        NETWORKS, attachments={("blue", "vlan-1928"): MADE}, cluster_networks={"vlan-1928": {"spec": NETWORK["spec"]}}
    )
    found = look(Asked(ON_1928), lab, there, objects={(CUDN, "", "vlan-1928"), (POLICY, "", "ens224-policy")})
    told = " ".join(checks.retired(lab, found.in_use))
    assert words in told
    assert bool(told) == bool(words)
