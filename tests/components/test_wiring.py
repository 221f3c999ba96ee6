"""The chain: which resource waits for which, so that `up` runs forwards and `destroy` backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from tests.components import programs
from tests.components.run import (
    ATTACHMENT,
    GUARD,
    HYPERVISOR_DRAIN,
    HYPERVISOR_ROLLOUT,
    MACHINE_SET,
    NAMESPACE,
    POLICY,
    POLICY_REVERT,
    POLICY_ROLLOUT,
    PORT_GROUP,
    STACK_TYPE,
    TEARDOWN_CHECK,
    TEMPLATE,
)

if TYPE_CHECKING:
    from tests.components.recorder import Engine
    from tests.components.run import Run

COMPONENTS = {
    "trunk": "cnvlab:vsphere:TrunkPortGroup",
    "template": "cnvlab:vsphere:CnvTemplate",
    "hypervisors": "cnvlab:openshift:Hypervisors",
    "node-network": "cnvlab:openshift:NodeNetwork",
    "attachments": "cnvlab:openshift:NetworkAttachments",
    "teardown": "cnvlab:lab:Teardown",
}
PARENTS = {
    PORT_GROUP: "trunk",
    TEMPLATE: "template",
    MACHINE_SET: "hypervisors",
    HYPERVISOR_DRAIN: "hypervisors",
    HYPERVISOR_ROLLOUT: "hypervisors",
    POLICY: "node-network",
    POLICY_REVERT: "node-network",
    POLICY_ROLLOUT: "node-network",
    NAMESPACE: "attachments",
    ATTACHMENT: "attachments",
    GUARD: "attachments",
    TEARDOWN_CHECK: "teardown",
}


def test_a_components_token_names_package_layer_and_component(run: Run) -> None:
    """It is part of every URN below it: another token would make everything anew."""
    assert {item.name: item.type for item in run.components} == COMPONENTS


def test_every_resource_is_the_child_of_its_chapters_component(run: Run) -> None:
    components = {item.name: item.urn for item in run.components}
    assert {item.type for item in run.children} == set(PARENTS)
    for item in run.children:
        assert item.request.parent == components[PARENTS[item.type]], item.urn


def test_components_and_providers_stand_side_by_side_below_the_stack(run: Run) -> None:
    for item in set(run) - set(run.children):
        assert item.request.parent.split("::")[2] == STACK_TYPE, item.urn


def test_every_component_tells_that_it_is_complete(run: Run) -> None:
    assert {item.urn for item in run.components} <= run.finished


@pytest.mark.parametrize(
    ("later", "earlier", "why"),
    [
        (TEMPLATE, PORT_GROUP, "its second NIC may be on the trunk"),
        (MACHINE_SET, TEMPLATE, "Machines are cloned from it"),
        (MACHINE_SET, PORT_GROUP, "a Machine fails for good where its network is missing"),
        (HYPERVISOR_DRAIN, MACHINE_SET, "a destroy takes the Machines down before it takes the MachineSet"),
        (HYPERVISOR_ROLLOUT, HYPERVISOR_DRAIN, "it may fail, and what it then left must be taken down all the same"),
        (POLICY, HYPERVISOR_ROLLOUT, "a policy without nodes says nothing"),
        (POLICY_REVERT, POLICY, "the policy's own deletion would leave the bridges"),
        (POLICY_ROLLOUT, POLICY_REVERT, "it may fail, and what is in force by then must be taken back all the same"),
        (NAMESPACE, POLICY_REVERT, "also where the rollout is not in the state"),
        (NAMESPACE, POLICY_ROLLOUT, "a destroy must ask for the namespaces before it takes the bridges away"),
    ],
)
def test_each_link_of_the_chain_waits_for_all_of_the_one_before(run: Run, later: str, earlier: str, why: str) -> None:
    assert run.of(later)
    assert run.urns(earlier)
    for item in run.of(later):
        assert run.urns(earlier) <= item.waits_for, f"{item.name}: {why}"


def test_nothing_is_told_to_wait_for_a_component(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """Pulumi waits for the children that it has at that moment: for none, without a word, where it has none yet."""
    awaited: list[object] = []
    options = pulumi.ResourceOptions.__init__

    def spy(self: pulumi.ResourceOptions, *args: Any, **keywords: Any) -> None:
        awaited.extend(keywords.get("depends_on") or [])
        options(self, *args, **keywords)

    monkeypatch.setattr(pulumi.ResourceOptions, "__init__", spy)
    engine.run(programs.chain())
    assert awaited
    assert not [item for item in awaited if not isinstance(item, pulumi.CustomResource)]


def test_a_destroy_goes_backwards_and_begins_with_a_look_and_the_guards(run: Run) -> None:
    assert destroyed(run) == [
        {"teardown-check"},
        # Alone: when one refuses, nothing is gone yet, in no namespace.
        {"idle-guard", "provisioning-guard", "shared-guard"},
        {"idle", "provisioning-vlan-1925", "provisioning-vlan-1928", "shared-vlan-1925"},
        {"provisioning"},
        {"node-network-rollout"},
        {"node-network-revert"},
        {"node-network"},
        {"hypervisors-rollout"},
        {"hypervisors-drain"},
        {"hypervisors"},
        {"template"},
        {"trunk-goat-1.lab.bewley.net", "trunk-goat-2.lab.bewley.net"},
    ]


def test_the_same_stack_file_asks_for_the_same_again(run: Run, engine: Engine) -> None:
    """What differed from one run to the next would be a change in every preview."""

    def asked(one: Run) -> dict[str, tuple[object, frozenset[str]]]:
        return {item.urn: (item.raw_inputs, item.waits_for) for item in one}

    assert asked(engine.run(programs.chain())) == asked(run)


def destroyed(run: Run) -> list[set[str]]:
    """The names of what a destroy deletes, wave by wave: each when nothing that waits for it is left."""
    left = {item.urn: item for item in run.children}
    waves = []
    while left:
        awaited = {urn for item in left.values() for urn in item.waits_for}
        wave = {urn for urn in left if urn not in awaited}
        assert wave, "resources wait for each other in a ring"
        waves.append({left.pop(urn).name for urn in wave})
    return waves
