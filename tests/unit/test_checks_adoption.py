"""What counts as nobody's, and so may become a stack's; what never does, and the lines that tell of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clients import checks
from clients.checks.trunk import Ours
from clients.preflight import Recorded
from lab.manifests import in_apply_order
from tests.unit import facts

if TYPE_CHECKING:
    from clients.cluster.facts import ClusterFacts

POLICY = ("NodeNetworkConfigurationPolicy", "", "ens224-policy")
ATTACHMENT = ("NetworkAttachmentDefinition", "blue", "vlan-1928")
NOBODYS = Recorded(adopting=True)
PLAIN = Recorded()
WORKER = {"metadata": {"name": "worker-1", "labels": {"node-role.kubernetes.io/worker": ""}}}


def by_hand(stack: str = "", policy: dict[str, Any] | None = None) -> ClusterFacts:
    """All of the lab's objects, without a label of a stack or with another's."""
    made = in_apply_order(facts.lab())
    for item in made:
        item["metadata"]["labels"] = {"cnv-lab/stack": stack} if stack else {}
        item["metadata"].pop("annotations", None)
    machine_set, nncp, _, attachment = made
    nncp["spec"] = {**nncp["spec"], **(policy or {})}
    return facts.cluster(
        machine_sets=facts.by_name(facts.worker(), machine_set),
        policies=facts.by_name(nncp),
        namespaces=frozenset({"blue"}),
        namespace_stacks={"blue": stack} if stack else {},
        attachments={("blue", "vlan-1928"): attachment},
    )


def trunk() -> Any:
    return facts.inventory(hosts=(facts.host("goat-1", "Trunk"), facts.host("goat-2")))


def test_what_stands_without_a_label_counts_as_the_stacks() -> None:
    _, _, after = checks.adoption.claimed(facts.lab(), by_hand(), trunk(), NOBODYS)
    assert after.objects == {
        ("MachineSet", "openshift-machine-api", "hub-cnv"),
        POLICY,
        ("Namespace", "", "blue"),
        ATTACHMENT,
    }
    assert after.port_groups.standard == {("moid-goat-1", "Trunk")}


def test_what_another_stack_has_made_does_not() -> None:
    found = by_hand("cnv-lab.other")
    _, _, after = checks.adoption.claimed(facts.lab(), found, None, NOBODYS)
    assert after.objects == set()


def test_a_port_group_that_another_stacks_machines_are_on_is_not_nobodys() -> None:
    (other,) = [
        item for item in in_apply_order(facts.lab(hypervisors={"name": "x-cnv"})) if item["kind"] == "MachineSet"
    ]
    other["metadata"]["labels"] = {"cnv-lab/stack": "cnv-lab.other"}
    found = facts.cluster(machine_sets=facts.by_name(other))
    _, _, after = checks.adoption.claimed(facts.lab(), found, trunk(), NOBODYS)
    assert after.port_groups == Ours()


def test_a_template_without_a_mark_counts_as_the_stacks_and_as_a_copy_of_the_installers() -> None:
    found = facts.inventory(places=facts.places(facts.copy(stack=None)))
    _, then, _ = checks.adoption.claimed(facts.lab(), by_hand(), found, NOBODYS)
    assert then is not None
    assert then.places.there is not None
    assert then.places.there.marker is not None
    assert then.places.there.marker.stack == facts.STACK
    assert then.places.there.marker.identity == facts.vm().identity
    assert list(checks.template(facts.lab(), then, None)) == []


def test_the_bridges_that_a_policy_by_hand_has_made_are_in_its_ledger() -> None:
    """One of a VLAN that the stack file does not have would stay on the nodes, and nobody's."""
    more = {"desiredState": {"interfaces": [{"name": "br-1930", "type": "linux-bridge"}]}}
    after, _, _ = checks.adoption.claimed(facts.lab(), by_hand(policy=more), None, NOBODYS)
    assert after.policies["ens224-policy"]["metadata"]["annotations"]["cnv-lab/vlans"] == "1930"


def test_a_plain_run_names_the_way_out_where_something_is_nobodys() -> None:
    (line,) = checks.adoption.refusals(facts.lab(), by_hand(), None, PLAIN)
    assert "`python -m lab adopt -s t`" in line
    (line,) = checks.adoption.refusals(facts.lab(), facts.cluster(), trunk(), PLAIN)
    assert "adopt" in line
    found = facts.inventory(places=facts.places(facts.copy(stack=None)))
    assert list(checks.adoption.refusals(facts.lab(), facts.cluster(), found, PLAIN))


def test_a_plain_run_says_nothing_of_it_where_all_is_new_or_the_stacks_own() -> None:
    assert list(checks.adoption.refusals(facts.lab(), facts.cluster(), facts.inventory(), PLAIN)) == []
    _, _, own = checks.adoption.claimed(facts.lab(), by_hand(), trunk(), PLAIN)
    there = facts.inventory(
        hosts=(facts.host("goat-1", "Trunk"), facts.host("goat-2")), places=facts.places(facts.copy())
    )
    assert list(checks.adoption.refusals(facts.lab(), by_hand(facts.STACK), there, own)) == []


def test_a_policy_that_configures_other_nodes_is_not_taken_over() -> None:
    role = by_hand(policy={"nodeSelector": {"node-role.kubernetes.io/worker": ""}})
    found = replace(role, nodes=facts.by_name(WORKER))
    (line,) = checks.adoption.refusals(facts.lab(), found, None, NOBODYS)
    assert "and so configures worker-1" in line
    assert list(checks.adoption.refusals(facts.lab(), by_hand(), None, NOBODYS)) == []


def test_what_looks_like_the_labs_under_another_name_is_told() -> None:
    lab = facts.lab(hypervisors={"name": "hyper"}, vlans=[{"id": 1928, "name": "pxe"}])
    lines = list(checks.adoption.hints(lab, by_hand()))
    assert any("cnv-lab:hypervisors.name: hub-cnv" in line for line in lines)
    assert any("NetworkAttachmentDefinition blue/vlan-1928 is on br-1928" in line for line in lines)
    assert list(checks.adoption.hints(facts.lab(), by_hand())) == [], "its own are no others"
    assert checks.adoption.check(lab, by_hand(), None, NOBODYS).news == tuple(lines)
    assert checks.adoption.check(lab, by_hand(), None, PLAIN).news == (), "a plain run has no use for them"
