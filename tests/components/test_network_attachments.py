"""Namespaces, the attachments in them, and who keeps them from a hasty destroy."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

from lab import manifests
from tests.components import fixtures, programs
from tests.components.run import (
    ATTACHMENT,
    GUARD,
    NAMESPACE,
    POLICY,
    POLICY_REVERT,
    POLICY_ROLLOUT,
    TEARDOWN_CHECK,
)

if TYPE_CHECKING:
    from tests.components.recorder import Engine
    from tests.components.run import Registration, Run


def test_each_vlan_gets_an_attachment_in_each_of_its_namespaces(run: Run) -> None:
    assert {place(item) for item in run.of(ATTACHMENT)} == {
        ("provisioning", "vlan-1925"),
        ("shared", "vlan-1925"),
        ("provisioning", "vlan-1928"),
    }


def test_the_attachments_are_the_labs_manifests(run: Run) -> None:
    wanted = {
        (item["metadata"]["namespace"], item["metadata"]["name"]): item
        for item in manifests.network_attachments(fixtures.lab())
    }
    made = copy.deepcopy({place(item): item.inputs for item in run.of(ATTACHMENT)})
    forced = [item["metadata"]["annotations"].pop("pulumi.com/patchForce") for item in made.values()]
    assert made == wanted
    assert set(forced) == {"true"}, "an attachment that somebody edited can be put back"


def test_the_bridge_of_each_attachment_is_one_that_the_policy_makes(run: Run) -> None:
    """The CNI plugin makes a missing bridge by itself, and the VM starts on an island."""
    interfaces = run.one(POLICY).inputs["spec"]["desiredState"]["interfaces"]
    bridges = {item["name"] for item in interfaces if item["type"] == "linux-bridge" and item["state"] == "up"}
    for item in run.of(ATTACHMENT):
        assert json.loads(item.inputs["spec"]["config"])["bridge"] in bridges, item.name


def test_a_namespace_that_is_there_already_is_not_made(run: Run) -> None:
    """It would be the stack's to delete, with all that others have in it."""
    assert [item.inputs["metadata"]["name"] for item in run.of(NAMESPACE)] == ["idle", "provisioning"]


def test_a_guard_knows_the_attachments_in_a_namespace_that_stays(run: Run) -> None:
    """They go, and the namespace with its VMs does not; of one that is ours to delete, all goes."""
    guarded = {item.inputs["namespace"]: item.inputs.get("attachments") for item in run.of(GUARD)}
    assert guarded == {"idle": None, "provisioning": None, "shared": ["vlan-1925"]}


def test_a_namespace_that_is_there_already_gets_its_attachments(run: Run) -> None:
    assert run.one(ATTACHMENT, "shared-vlan-1925").inputs["metadata"]["namespace"] == "shared"


def test_a_namespace_says_whose_it_is(run: Run) -> None:
    assert run.one(NAMESPACE, "provisioning").inputs["metadata"]["labels"] == {"cnv-lab/stack": "cnv-lab.lab"}


def test_an_attachment_waits_for_its_own_namespace_or_for_the_bridges_where_that_is_not_made(run: Run) -> None:
    """For a VM must find its bridge, also where the rollout is not in the state; a namespace has waited for them.

    Not for both: a state in a file is written anew after each step, with every attachment's dependencies.
    """
    bridges = run.urns(POLICY_REVERT, POLICY_ROLLOUT)
    for item in run.of(ATTACHMENT):
        own = {other.urn for other in run.of(NAMESPACE) if other.name == place(item)[0]}
        assert item.waits_for == (own or bridges), item.name


def test_a_guard_waits_for_its_namespace_and_for_every_attachment(run: Run) -> None:
    """So it is the first to go, and refuses while nothing has been deleted yet, in no namespace."""
    made = {item.name: item.urn for item in run.of(NAMESPACE)}
    for item in run.of(GUARD):
        own = {urn for name, urn in made.items() if name == item.inputs["namespace"]}
        assert item.waits_for == {*own, *run.urns(ATTACHMENT)}, item.name


def test_nothing_but_the_look_before_a_destroy_waits_for_a_guard(run: Run) -> None:
    guards = run.urns(GUARD)
    assert guards
    assert {item.type for item in run if item.waits_for & guards} == {TEARDOWN_CHECK}


def test_a_namespace_that_leaves_the_stack_file_takes_only_its_own_along(run: Run, engine: Engine) -> None:
    """Numbered by place in a list, what follows it would be made anew."""
    vlans = [{"id": 1925, "name": "trans-proxy", "namespaces": ["shared"]}]
    less = engine.run(programs.chain(fixtures.lab(namespaces=fixtures.NAMESPACES[1:], vlans=vlans)))
    kinds = (NAMESPACE, ATTACHMENT, GUARD)
    gone = {item.name for item in run if item.urn in run.urns(*kinds) - less.urns(*kinds)}
    assert gone == {"provisioning", "provisioning-vlan-1925", "provisioning-vlan-1928", "provisioning-guard"}
    assert less.urns(*kinds) < run.urns(*kinds)


def test_a_lab_without_namespaces_ends_with_its_bridges(engine: Engine) -> None:
    vlans = [{"id": 1925, "name": "trans-proxy"}]
    run = engine.run(programs.chain(fixtures.lab(namespaces=[], vlans=vlans)))
    assert run.one(POLICY)
    assert not run.urns(NAMESPACE, ATTACHMENT, GUARD)


def place(item: Registration) -> tuple[str, str]:
    """Namespace and name of an attachment."""
    metadata = item.inputs["metadata"]
    return metadata["namespace"], metadata["name"]


def test_shared_attachments_are_guarded_where_they_stand(engine: Engine) -> None:
    """They serve every namespace, and destroy must not take them from a VM of somebody's."""
    run = engine.run(programs.chain(fixtures.lab(nodeNetwork={"sharedAttachments": True})))
    assert {place(item) for item in run.of(ATTACHMENT)} == {("default", "vlan-1925"), ("default", "vlan-1928")}
    guards = {item.inputs["namespace"]: item.inputs.get("attachments") for item in run.of(GUARD)}
    assert guards["default"] == ["vlan-1925", "vlan-1928"]
    assert guards["shared"] == []
