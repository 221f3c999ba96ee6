"""What a dead run left in the state, and the steps that it takes."""

from __future__ import annotations

from typing import Any

import pytest

from lab import recovery, resources
from lab.marker import Marker
from lab.recovery import Adopt, Clear, Forget, Live, Wanted

STACK = "urn:pulumi:lab::cnv-lab::"
PROVIDER = f"{STACK}pulumi:providers:x::x::1"
TRUNK = ("host-1", "Trunk")
NAD = ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "provisioning", "vlan-1928")
NAMESPACE = ("v1", "Namespace", "", "provisioning")
PATH = "/Garden/vm/hub/hub-cnv"
OURS = {"cnv-lab/stack": "cnv-lab.lab"}


def resource(kind: str, name: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"urn": f"{STACK}{kind}::{name}", "type": kind, "inputs": inputs, "provider": PROVIDER, **more}


def port_group(host: str = "host-1", **more: Any) -> dict[str, Any]:
    inputs = {"hostSystemId": host, "name": "Trunk", "vlanId": 4095, "virtualSwitchName": "vSwitch0"}
    return resource(resources.PORT_GROUP, f"trunk-{host}", inputs, **more)


def distributed(**more: Any) -> dict[str, Any]:
    inputs = {"distributedVirtualSwitchUuid": "uuid-9", "name": "Trunk", "vlanRanges": []}
    return resource(resources.DISTRIBUTED_PORT_GROUP, "trunk-port-group", inputs, **more)


def kubernetes(key: resources.ObjectKey = NAD, **more: Any) -> dict[str, Any]:
    api_version, kind, namespace, name = key
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    inputs = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    return resource(f"kubernetes:{api_version}:{kind}", name, inputs, **more)


def template(**more: Any) -> dict[str, Any]:
    inputs = {"folder": "/Garden/vm/hub", "name": "hub-cnv", "stack": "cnv-lab.lab", "label": "template", "source": "x"}
    return resource(resources.TEMPLATE, "template", inputs, **more)


def rollout(**more: Any) -> dict[str, Any]:
    return resource(recovery.ROLLOUTS[1], "node-network-rollout", {"policy": "ens224-policy"}, **more)


def state(*resources: dict[str, Any], **pending: dict[str, Any]) -> dict[str, Any]:
    operations = [{"type": kind, "resource": item} for kind, item in pending.items()]
    return {"resources": list(resources), "pending_operations": operations, "manifest": {}}


def mark(stack: str = "cnv-lab.lab") -> Marker:
    return Marker(id="uuid-1", stack=stack, name="template", source="s")


def live_object(labels: dict[str, str] = OURS, *managers: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"name": "x", "labels": labels, "managedFields": list(managers)}}


def test_nothing_is_looked_for_but_port_groups_and_what_was_being_made() -> None:
    deployment = state(port_group("host-2"), kubernetes(NAMESPACE), creating=kubernetes())
    wanted = recovery.wanted(deployment)
    assert wanted == Wanted(port_groups=frozenset({("host-2", "Trunk")}), objects=frozenset({NAD}))


def test_a_template_that_was_being_made_is_looked_for_with_what_it_is_cloned_from() -> None:
    """VCenter may still be at it."""
    assert recovery.wanted(state(creating=template())).templates == {PATH: "/Garden/vm/hub/x"}


def test_a_state_without_pending_operations_takes_no_steps() -> None:
    deployment = state(port_group(), kubernetes(), template(), rollout())
    assert recovery.plan(deployment, Live(port_groups={TRUNK: (4095, "vSwitch0")})) == []


@pytest.mark.parametrize(
    ("pending", "live", "identity"),
    [
        (port_group(), Live(port_groups={TRUNK: (4095, "vSwitch0")}), "tf-HostPortGroup:host-1:Trunk"),
        (distributed(), Live(distributed={("uuid-9", "Trunk"): "dvportgroup-4"}), "dvportgroup-4"),
        (kubernetes(), Live(objects={NAD: live_object()}), "provisioning/vlan-1928"),
        (kubernetes(NAMESPACE), Live(objects={NAMESPACE: live_object()}), "provisioning"),
        (template(), Live(templates={PATH: mark()}), "uuid-1"),
    ],
    ids=["port group", "distributed port group", "object in a namespace", "namespace", "template"],
)
def test_what_was_made_goes_into_the_state_as_if_the_run_had_lived(
    pending: dict[str, Any], live: Live, identity: str
) -> None:
    deployment = state(creating={**pending, "dependencies": ["a"], "parent": "p"})
    (step,) = recovery.plan(deployment, live)
    assert isinstance(step, Adopt)
    after = recovery.carry_out(deployment, [step])
    (made,) = after["resources"]
    assert (made["id"], made["dependencies"], made["parent"]) == (identity, ["a"], "p")
    assert made["outputs"].items() >= pending["inputs"].items(), "its provider finds its way by them"
    assert "pending_operations" not in after
    assert recovery.to_reread(deployment, [step]) == [pending["urn"]], "and fills in the rest"


@pytest.mark.parametrize(
    ("pending", "live"),
    [
        (port_group(), Live()),
        (port_group(), Live(port_groups={TRUNK: (0, "vSwitch0")})),
        (port_group(), Live(port_groups={TRUNK: (4095, "vSwitch1")})),
        (distributed(), Live(distributed={("uuid-8", "Trunk"): "dvportgroup-4"})),
        (kubernetes(), Live()),
        (kubernetes(), Live(objects={NAD: live_object({})})),
        (kubernetes(), Live(objects={NAD: live_object({"cnv-lab/stack": "cnv-lab.other"})})),
        (template(), Live()),
        (template(), Live(templates={PATH: mark("cnv-lab.other")})),
        (rollout(), Live()),
        (resource("kubernetes:operator.openshift.io/v1:MachineConfigurationPatch", "boot-images", {}), Live()),
    ],
    ids=[
        *("no port group", "another VLAN", "another switch", "on another distributed switch"),
        *("no object", "nobody's object", "another stack's object"),
        *("no template", "another stack's template", "a rollout, which makes nothing", "a patch"),
    ],
)
def test_what_was_not_made_or_is_not_ours_is_cleared_and_left_alone(pending: dict[str, Any], live: Live) -> None:
    deployment = state(creating=pending)
    (step,) = recovery.plan(deployment, live)
    assert isinstance(step, Clear)
    after = recovery.carry_out(deployment, [step])
    assert (after["resources"], after.get("pending_operations")) == ([], None)
    assert recovery.to_reread(deployment, [step]) == []


def test_a_creation_that_a_later_run_carried_out_is_no_second_resource() -> None:
    """The engine keeps a pending creation for ever, and twice after the second run."""
    deployment = state(kubernetes(id="provisioning/vlan-1928"))
    deployment["pending_operations"] = [{"type": "creating", "resource": kubernetes()}] * 2
    (step,) = recovery.plan(deployment, Live(objects={NAD: live_object()}))
    assert isinstance(step, Clear)
    assert recovery.carry_out(deployment, [step])["resources"] == deployment["resources"]


def test_the_fields_keep_their_owner() -> None:
    """Under another name the provider would be in conflict with itself at each change."""
    managers = [
        {"manager": "oc", "operation": "Update"},
        {"manager": "pulumi-kubernetes-1a", "operation": "Update", "subresource": "status"},
        {"manager": "pulumi-kubernetes-2b", "operation": "Update"},
    ]
    deployment = state(creating=kubernetes())
    steps = recovery.plan(deployment, Live(objects={NAD: live_object(OURS, *managers)}))
    (made,) = recovery.carry_out(deployment, steps)["resources"]
    assert made["outputs"]["__fieldManager"] == "pulumi-kubernetes-2b"


@pytest.mark.parametrize("doing", ["deleting", "updating", "reading"])
def test_what_was_being_changed_or_deleted_is_asked_for_and_stays_in_the_state(doing: str) -> None:
    there = template(id="uuid-1", outputs={"a": 1})
    deployment = state(there, **{doing: there})
    steps = recovery.plan(deployment, Live())
    assert recovery.carry_out(deployment, steps)["resources"] == [there]
    assert recovery.to_reread(deployment, steps) == [there["urn"]]


def test_a_rollout_that_was_being_deleted_stays_in_the_state_for_the_next_destroy() -> None:
    """Asked for, it would read as gone: its bridges would stay on the nodes."""
    there = rollout(id="ens224-policy")
    deployment = state(there, deleting=there)
    steps = recovery.plan(deployment, Live())
    assert recovery.carry_out(deployment, steps)["resources"] == [there]
    assert recovery.to_reread(deployment, steps) == []


@pytest.mark.parametrize("pending", [{}, {"deleting": port_group()}, {"updating": port_group()}])
def test_a_port_group_that_vanished_is_forgotten_by_all_that_waits_for_it(pending: dict[str, Any]) -> None:
    """Its provider fails on it: at each refresh, and at the destroy."""
    gone, kept = port_group(), port_group("host-2")
    waits = template(dependencies=[gone["urn"], kept["urn"]], propertyDependencies={"name": [gone["urn"]]})
    deployment = state(gone, kept, waits, **pending)
    steps = recovery.plan(deployment, Live(port_groups={("host-2", "Trunk"): (4095, "vSwitch0")}))
    assert [type(step) for step in steps] == [Forget]
    after = recovery.carry_out(deployment, steps)["resources"]
    assert [item["urn"] for item in after] == [kept["urn"], waits["urn"]]
    assert (after[1]["dependencies"], after[1]["propertyDependencies"]) == ([kept["urn"]], {"name": []})
    assert recovery.to_reread(deployment, steps) == []


def test_a_distributed_port_group_that_vanished_is_forgotten_too() -> None:
    assert recovery.wanted(state(distributed())).distributed == {("uuid-9", "Trunk")}
    (step,) = recovery.plan(state(distributed(id="dvportgroup-4")), Live())
    assert isinstance(step, Forget)
    assert step.told == "port group Trunk is gone from its distributed switch: taken out of the state"


@pytest.mark.parametrize(
    ("old", "left"),
    [
        ({"id": "provisioning/old"}, [("provisioning/old", True), ("provisioning/vlan-1928", None)]),
        ({"id": "provisioning/old", "pendingReplacement": True}, [("provisioning/vlan-1928", None)]),
    ],
    ids=["still there", "deleted before"],
)
def test_what_the_adopted_one_replaces_is_deleted_by_the_next_up(
    old: dict[str, Any], left: list[tuple[str, bool | None]]
) -> None:
    deployment = state(kubernetes(**old), creating=kubernetes())
    steps = recovery.plan(deployment, Live(objects={NAD: live_object()}))
    after = recovery.carry_out(deployment, steps)["resources"]
    assert [(item["id"], item.get("delete")) for item in after] == left


def test_the_state_that_was_read_is_not_changed() -> None:
    """Before it is written, it is compared with what the backend has by then."""
    deployment = state(kubernetes(id="provisioning/old"), creating=kubernetes())
    before = str(deployment)
    recovery.carry_out(deployment, recovery.plan(deployment, Live(objects={NAD: live_object()})))
    assert str(deployment) == before


def test_the_vcenter_is_known_by_what_was_made_in_it() -> None:
    assert recovery.server(state(kubernetes(), resource("x", "check", {"server": "vcenter.example"}))) == (
        "vcenter.example"
    )
    assert recovery.server(state(kubernetes())) is None
