"""What preflight finds in vCenter, and which worker MachineSet and cluster it takes for the right ones."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from clients import checks, credentials, preflight
from clients.cluster import kinds
from clients.errors import LabError
from tests.unit import facts

OURS = {"cnv-lab/stack": "cnv-lab.other"}


def chosen(based_on: str = "auto", *machine_sets: facts.Object, **sections: Any) -> str | None:
    settings = facts.settings_of(cluster={"basedOn": based_on}, **sections)
    found = checks.worker(settings, facts.cluster(machine_sets=facts.by_name(*machine_sets)))
    return None if found is None else str(found["metadata"]["name"])


def test_the_worker_is_the_first_machine_set_of_the_installers() -> None:
    assert chosen("auto", facts.worker("hub-worker-1"), facts.worker("hub-worker-0")) == "hub-worker-0"
    assert chosen("auto") is None


def test_hypervisors_and_infra_nodes_are_no_workers() -> None:
    """Neither this stack's MachineSet nor another's: their template is a -cnv already."""
    others = facts.worker("hub-cnv"), facts.worker("a", labels=OURS), facts.worker("b", role="infra")
    assert chosen("auto", *others, facts.worker("z")) == "z"
    assert chosen("auto", *others) is None
    assert chosen("auto", facts.worker("big"), facts.worker("z"), hypervisors={"name": "big"}) == "z"


def test_a_machine_set_without_labels_is_no_worker_and_no_error() -> None:
    bare = {"metadata": {"name": "a", "labels": None}, "spec": {"template": {"metadata": None}}}
    assert chosen("auto", bare, facts.worker("z")) == "z"


def test_the_worker_that_is_written_is_taken_whatever_its_role() -> None:
    assert chosen("b", facts.worker("a"), facts.worker("b", role="infra")) == "b"
    assert chosen("c", facts.worker("a")) is None
    assert chosen("none", facts.worker("a")) is None


def told_of_cluster(based_on: str = "auto", **changes: Any) -> list[str]:
    return checks.cluster(facts.settings_of(cluster={"basedOn": based_on}), facts.cluster(**changes))


def test_the_right_cluster_draws_no_objection() -> None:
    assert told_of_cluster() == []
    assert told_of_cluster(platform="") == [], "nobody says where it runs"
    assert told_of_cluster("none", machine_sets={}) == []


def test_another_cluster_is_told_by_both_infrastructure_ids() -> None:
    (line,) = told_of_cluster(infra_id="prod-x2x")
    assert "prod-x2x" in line
    assert "the stack file says hub" in line
    assert "KUBECONFIG" in line


def test_all_that_is_wrong_with_a_cluster_is_told_at_once() -> None:
    lines = told_of_cluster("nobody", infra_id="x", platform="AWS", missing=(kinds.VIRTUAL_MACHINE,))
    assert len(lines) == 4
    assert "runs on AWS" in lines[1]
    assert "there is no MachineSet nobody" in lines[2]
    assert lines[2].endswith("there are: hub-worker-0.")
    assert lines[3] == (
        "VirtualMachine (kubevirt.io/v1) is not served: OpenShift Virtualization, with a HyperConverged object. "
        "Install it first, or write cnv-lab:operators.mode manage."
    )


def test_a_cluster_on_another_platform_is_told_so_though_its_workers_name_no_vcenter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their provider spec has no workspace, and the server is looked up in it before the checks."""
    aws = facts.worker()
    aws["spec"]["template"]["spec"]["providerSpec"]["value"] = {"kind": "AWSMachineProviderConfig"}
    there = facts.cluster(platform="AWS", machine_sets=facts.by_name(aws))
    monkeypatch.setattr("clients.first_look.log_in_to_cluster", lambda *_: "a session")
    monkeypatch.setattr("clients.cluster.facts.take", lambda _: there)
    monkeypatch.setattr("clients.vcenter.session.connect", contextlib.nullcontext)
    logins = {"vsphere:vsphereServer": "vc", "vsphere:user": "u", "vsphere:password": "p"}
    with pytest.raises(LabError, match="runs on AWS"):
        preflight.preflight(
            facts.settings_of(),
            stack=facts.STACK,
            where=facts.WHERE,
            logins=credentials.Logins(get=logins.get, environ={}),
            recorded=preflight.Recorded(),
        )


def test_a_vcenter_that_has_everything_draws_no_objection() -> None:
    assert checks.vcenter(facts.lab(), facts.inventory()) == []
    assert checks.vcenter(facts.lab(), facts.inventory(api_version=(6, 7))) == []


def test_a_vcenter_that_is_too_old_is_told_alone() -> None:
    (line,) = checks.vcenter(facts.lab(), facts.inventory(api_version=(6, 5, 3), datastore=False))
    assert "6.5.3" in line


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("datacenter", "datacenter Garden is not in vCenter. Correct cnv-lab:vcenter.datacenter."),
        ("cluster", "cluster Goat is not in vCenter. Correct cnv-lab:vcenter.cluster."),
        ("datastore", "datastore Fast is not in vCenter. Correct cnv-lab:vcenter.datastore."),
        ("folder", f"folder {facts.FOLDER} is not in vCenter. Correct cnv-lab:vcenter.folder."),
        ("resource_pool", f"resource pool {facts.POOL} is not in vCenter. Correct cnv-lab:vcenter.resourcePool."),
    ],
)
def test_what_vcenter_does_not_have_is_told_with_its_key(missing: str, words: str) -> None:
    assert checks.vcenter(facts.lab(), facts.inventory(**{missing: False})) == [words]


def test_a_network_that_the_cluster_lacks_is_told_with_those_that_it_has() -> None:
    (line,) = checks.vcenter(facts.lab(), facts.inventory(networks=("storage", "dmz")))
    assert "cluster Goat has no network machines" in line
    assert line.endswith("it has: dmz, storage.")
    gone = checks.vcenter(facts.lab(), facts.inventory(cluster=False, hosts=(), networks=()))
    assert len(gone) == 1, "a cluster that is not there lacks nothing else"


def test_every_host_without_the_switch_or_out_of_reach_is_named() -> None:
    some, none = facts.host("a", switches=("dvs", "vSwitch9")), facts.host("b", switches=())
    hosts = some, none, facts.host("c", connected=False)
    lines = checks.vcenter(facts.lab(), facts.inventory(hosts=hosts))
    assert [line.split()[1] for line in lines] == ["a", "b", "c"]
    assert lines[0].endswith("it has: dvs, vSwitch9.")
    assert lines[1].endswith("it has: none.")
    assert "not connected" in lines[2]


def test_a_port_group_that_is_not_this_stacks_is_named_with_its_hosts() -> None:
    hosts = facts.host("a", "Trunk"), facts.host("b", "VM Network", "Trunk"), facts.host("c", "trunk")
    there = facts.inventory(hosts=hosts)
    (line,) = checks.port_groups(facts.lab(), there, set())
    assert "port group Trunk is there already on a, b," in line, "case counts"
    (line,) = checks.port_groups(facts.lab(), there, {("moid-a", "Trunk"), ("moid-b", "Other")})
    assert "already on b," in line
    assert "-host b Trunk" in line
    assert checks.port_groups(facts.lab(), there, {("moid-a", "Trunk"), ("moid-b", "Trunk")}) == []


def test_a_port_group_that_somebody_removed_is_named_with_what_brings_it_back() -> None:
    """The state has it: nothing would be made, and a Machine on that host would fail."""
    there = facts.inventory(hosts=(facts.host("a", "Trunk"), facts.host("b", "trunk")))
    (line,) = checks.vanished(facts.lab(), there, {("moid-a", "Trunk"), ("moid-b", "Trunk")})
    assert "gone from b:" in line, "case counts"
    assert "make recover STACK=t" in line
    assert checks.vanished(facts.lab(), there, {("moid-a", "Trunk"), ("moid-b", "Other")}) == []
