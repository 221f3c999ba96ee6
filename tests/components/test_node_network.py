"""The policy, and the rollout that stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import manifests
from tests.components import fixtures, programs
from tests.components.run import HYPERVISOR_ROLLOUT, MACHINE_SET, POLICY, POLICY_REVERT, POLICY_ROLLOUT

if TYPE_CHECKING:
    from tests.components.recorder import Engine
    from tests.components.run import Run


def test_the_policy_is_the_labs_manifest(run: Run) -> None:
    manifest = manifests.policy(fixtures.lab())
    made = run.one(POLICY).inputs
    del made["metadata"]["annotations"]["pulumi.com/patchForce"]
    assert made == manifest


def test_pulumi_may_write_to_fields_that_the_rollout_wrote_to(run: Run) -> None:
    """A destroy that died half-way has changed the desired state: without force, that is a conflict for ever."""
    assert run.one(POLICY).inputs["metadata"]["annotations"]["pulumi.com/patchForce"] == "true"


def test_the_old_policy_goes_before_its_replacement_comes(run: Run) -> None:
    """Two policies for one NIC undo each other."""
    assert run.one(POLICY).request.deleteBeforeReplace


def test_a_vlan_that_left_the_stack_file_is_absent_in_the_policy(engine: Engine) -> None:
    """A policy that only kept silent about it would leave its bridge on the nodes."""
    run = engine.run(programs.chain(ledger=["br-1926", "br-1999"]))
    assert states(run.one(POLICY).inputs["spec"]) == {
        "ens224": "up",
        **{name: "up" for vlan in (1925, 1926, 1927, 1928) for name in (f"ens224.{vlan}", f"br-{vlan}")},
        "br-1999": "absent",
        "ens224.1999": "absent",
    }


def test_a_vlan_that_left_the_stack_file_stays_in_the_ledger(engine: Engine) -> None:
    """A destroy takes back what stands there, and nothing else."""
    run = engine.run(programs.chain(ledger=["br-1926", "br-1999"]))
    assert run.one(POLICY).inputs["metadata"]["annotations"]["cnv-lab/vlans"] == "1925,1926,1927,1928,1999"


def test_the_rollout_brings_the_same_desired_state_into_force(engine: Engine) -> None:
    """With the VLANs that left: else it would put their bridges back, and the policy away again."""
    run = engine.run(programs.chain(ledger=["br-1999"]))
    policy = run.one(POLICY).inputs
    for kind in (POLICY_ROLLOUT, POLICY_REVERT):
        inputs = run.one(kind).inputs
        assert (inputs["policy"], inputs["spec"]) == (policy["metadata"]["name"], policy["spec"])


def test_the_very_object_is_rolled_out_and_taken_back(run: Run) -> None:
    assert {run.one(kind).inputs["uid"] for kind in (POLICY_ROLLOUT, POLICY_REVERT)} == {"uid of ens224-policy"}


def test_the_rollout_waits_for_the_hypervisors_that_there_are(run: Run) -> None:
    """A node more is a change of its inputs, and it looks again."""
    rollout = run.one(POLICY_ROLLOUT)
    assert rollout.inputs["nodes"] == ["hub-7vxwj-cnv-4xk2p"]
    assert list(rollout.request.propertyDependencies["nodes"].urns) == [run.one(HYPERVISOR_ROLLOUT).urn]


def test_a_destroy_takes_back_from_the_nic_of_the_stack_file(engine: Engine) -> None:
    run = engine.run(programs.chain(fixtures.lab(nodeNetwork={"nic": "ens256"})))
    assert run.one(POLICY_REVERT).inputs["nic"] == "ens256"
    assert "ens256.1925" in states(run.one(POLICY).inputs["spec"])


def test_the_policy_selects_the_nodes_of_this_machine_set_only(run: Run) -> None:
    """By a label that the MachineSet's own nodes carry: a role label would let two stacks configure each other's."""
    machine_set = run.one(MACHINE_SET).inputs
    on_nodes = machine_set["spec"]["template"]["spec"]["metadata"]["labels"]
    selector = run.one(POLICY).inputs["spec"]["nodeSelector"]
    assert selector.items() <= on_nodes.items()
    assert machine_set["metadata"]["name"] in selector.values()


def test_the_rollout_is_as_patient_as_the_stack_file_says(engine: Engine) -> None:
    lab = fixtures.lab(hypervisors={"timeoutMinutes": 7}, nodeNetwork={"timeoutMinutes": 8})
    run = engine.run(programs.chain(lab))
    assert [run.one(kind).inputs["timeoutMinutes"] for kind in (POLICY_ROLLOUT, POLICY_REVERT)] == [8, 8]


def states(spec: dict[str, Any]) -> dict[str, str]:
    return {interface["name"]: interface["state"] for interface in spec["desiredState"]["interfaces"]}
