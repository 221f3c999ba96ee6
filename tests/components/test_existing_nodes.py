"""What a program asks for where hypervisors exist, and of a VM of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components import wiring
from components.outputs import export, outputs
from lab import plan, settings
from tests.components import fixtures
from tests.components.recorder import Engine
from tests.components.run import GUARD, POLICY, POLICY_ROLLOUT, TEARDOWN_CHECK, Run
from tests.components.test_operators import ROLLOUT, managed
from tests.components.test_wiring import destroyed

LABEL = {"example.com/hypervisor": ""}
VM = "kubernetes:kubevirt.io/v1:VirtualMachine"


def on_nodes(**changes: Any) -> Run:
    """The post's networks on two nodes that exist."""
    raw = {key: fixtures.sections()[key] for key in ("cluster", "nodeNetwork", "namespaces", "vlans")}
    raw["hypervisors"] = {"existing": {"nodeSelector": LABEL}}
    parsed = settings.parse({**raw, **changes}, where=fixtures.WHERE)
    lab = plan.complete(parsed, stack="cnv-lab.lab", where=fixtures.WHERE)
    found = replace(fixtures.found(lab), hosts=(), nodes=("a", "b"), labels={})

    def program() -> None:
        made = wiring.build(found, pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster")]))
        export(outputs(found.lab, made.machines, found.nodes))

    return Engine().run(program)


def test_no_machine_and_nothing_of_vsphere_is_asked_for() -> None:
    run = on_nodes()
    assert not [item for item in run if "vsphere" in item.type or "Machine" in item.type or "Template" in item.type]
    assert run.one(TEARDOWN_CHECK).inputs["portGroup"] == "", "a destroy does not ask vCenter either"
    assert run.exports["nodes"] == ["a", "b"]
    assert "machineSet" not in run.exports


def test_the_policy_is_in_force_when_those_nodes_have_it() -> None:
    run = on_nodes()
    assert run.one(POLICY).inputs["spec"]["nodeSelector"] == LABEL
    assert run.one(POLICY_ROLLOUT).inputs["nodes"] == ["a", "b"]


def test_kubevirt_is_waited_for_on_those_nodes() -> None:
    run = on_nodes(operators={"mode": "manage"}, cluster={"infraId": "hub-7vxwj", "openshift": "4.20"})
    assert run.one(ROLLOUT, "virtualization-rollout").inputs["nodes"] == ["a", "b"]


def test_an_example_vm_comes_last_and_goes_first() -> None:
    """Before any guard is asked: it is the stack's own, and would be found in the way."""
    run = managed(exampleVm={"vlan": 1928, "namespace": "provisioning"})
    assert destroyed(run)[:2] == [{"teardown-check"}, {"example-vm"}]
    assert run.urns(GUARD) <= run.one(VM).waits_for
    assert run.one(ROLLOUT, "virtualization-rollout").urn in run.one(VM).waits_for
    assert list(run.one(VM).request.replaceOnChanges) == ["spec"]
