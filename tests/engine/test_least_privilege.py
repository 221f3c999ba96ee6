"""A lab's whole life as a user and a ServiceAccount who have what docs/credentials.md lists: enough, and not too much.

One story in the order of the tests, with every chapter that needs rights of its own, on a cluster without operators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lab.privileges import PRIVILEGES
from tests.engine import rights
from tests.engine.commands import command
from tests.engine.plays import play

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

OPERATORS = "none"
RELEASE = "4.21"
TEMPLATE = "hub-7vxwj-rhcos-cnv"
# A pod that a hypervisor's drain evicts.
POD = {"containers": [{"name": "one", "image": "one"}], "automountServiceAccountToken": False}
# Of the official Kubernetes provider only: it waits by watching, and makes objects by server-side apply.
OFFICIAL = {"watch", "patch"}
# OpenShift's own admission asks for it, which is not here.
OPENSHIFT = {"use"}


def with_everything(config: dict[str, Any]) -> None:
    """The post's lab with all that has rights of its own and does not exclude it."""
    config["operators"] = {"mode": "manage", "removeOnDestroy": True}
    config["template"].update(bootImages="optOut", followSource=True)
    config["hypervisors"].update(antiAffinity=True, replicas=2)
    config["exampleVm"] = {"vlan": 1928, "namespace": "provisioning"}


def west(config: dict[str, Any]) -> None:
    """A second lab with what excludes the first one's: a distributed switch, and OVN-Kubernetes' attachments."""
    config["trunk"] = {"portGroup": "Trunk-west", "switch": {"kind": "distributed", "name": "Garden-VDS"}}
    config["template"]["name"] = "hub-7vxwj-rhcos-west"
    config["hypervisors"].update(name="hub-7vxwj-west", replicas=0)
    config["nodeNetwork"].update(name="west", bridging="ovn-localnet", attachments="cudn")
    config["namespaces"] = [{"name": "west"}]
    config["vlans"] = [{"id": 1928, "name": "provisioning", "namespaces": ["west"]}]


@pytest.fixture(scope="module")
def limited(lab: Lab) -> Lab:
    """The stack as that user runs it."""
    play(lab, "limit")
    lab.edit(with_everything)
    return lab.as_limited()


def test_every_missing_privilege_is_named_before_anything_is_made(limited: Lab) -> None:
    lacks = "Host.Config.Network", "VirtualMachine.Config.Settings", "Datastore.AllocateSpace"
    play(limited, "limit", *(word for item in lacks for word in ("--without", item)))
    told = limited.up().refused()
    for words in (
        "on host goat-1.lab.bewley.net, goat-2.lab.bewley.net: Host.Config.Network.",
        "on folder /Garden/vm/hub-7vxwj: VirtualMachine.Config.Settings.",
        "on datastore VMData-HD: Datastore.AllocateSpace.",
        "docs/credentials.md",
    ):
        assert words in told
    assert {item["type"] for item in limited.resources()} <= {"pulumi:pulumi:Stack", "pulumi:providers:pulumi"}
    play(limited, "limit")


def test_up_refresh_and_a_second_up_need_no_more_than_is_listed(limited: Lab) -> None:
    limited.up().succeeded()
    limited.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_template_is_changed_and_exchanged_with_no_more_than_is_listed(limited: Lab, vcenter: VCenter) -> None:
    limited.edit(lambda config: config["template"].update(performanceCounters=False))
    limited.up().succeeded()
    before = vcenter.uuid(TEMPLATE)
    play(limited, "upgrade")
    limited.up().succeeded()
    assert vcenter.uuid(TEMPLATE) != before


def test_a_distributed_switch_and_cluster_networks_need_no_more_than_is_listed(limited: Lab) -> None:
    second = limited.second("west", west)
    second.up().succeeded()
    second.preview("--refresh", "--expect-no-changes").succeeded()
    second.destroy().succeeded()


def test_a_proof_needs_no_more_than_is_listed(limited: Lab) -> None:
    """Kubelets are simulated: no pod begins."""
    told = command(limited, "prove", "--stack", limited.stack, "--vlan", "1928", "--wait", "3").refused()
    assert "no kubelet has begun it" in told


def test_a_destroy_needs_no_more_than_is_listed(limited: Lab, cluster: Cluster) -> None:
    node = limited.outputs()["nodes"][0]
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "one", "namespace": "default"},
            "spec": {**POD, "nodeName": node},
        }
    )
    limited.destroy().succeeded()


def test_no_privilege_is_listed_that_no_call_required(limited: Lab) -> None:
    """The simulated vCenter has its own account of what each call requires."""
    assert {item.id for item in PRIVILEGES} == rights.required(limited)


def test_no_rule_is_listed_that_no_request_took_and_no_request_was_forbidden(limited: Lab) -> None:
    assert rights.requests(limited, "forbid") == set()
    taken = rights.used(rights.requests(limited, "allow"))
    unused = {rule for rule in rights.rules() - taken if rule[3] not in OFFICIAL | OPENSHIFT}
    assert unused == set()


def test_no_secret_was_asked_for(limited: Lab) -> None:
    asked = rights.requests(limited, "allow") | rights.requests(limited, "forbid")
    assert asked, "the log has what was asked for"
    assert not [rule for rule in asked if rule[2] == "secrets"]
