"""`python -m lab doctor` on a real vCenter's API and a real API server: what it finds, and that it leaves no trace."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from sandbox import project
from tests.engine.cluster import until
from tests.engine.doctor import command, examine
from tests.engine.plays import play

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

HOSTS = ("goat-1.lab.bewley.net", "goat-2.lab.bewley.net")
# The post's lab has a smaller disk than the Machine API advises.
ODD = {"stack.file"}
NMSTATE = ("nmstate.io/v1", "NMState", "nmstate")
RIVAL = {
    "apiVersion": "nmstate.io/v1",
    "kind": "NodeNetworkConfigurationPolicy",
    "metadata": {"name": "theirs"},
    "spec": {
        "nodeSelector": {"node-role.kubernetes.io/worker": ""},
        "desiredState": {"interfaces": [{"name": "ens224", "type": "ethernet", "state": "up"}]},
    },
}


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The stack file is the post's."""
    lab.original()


@pytest.mark.parametrize(
    ("environment", "failed", "words", "still"),
    [
        ({"VSPHERE_PASSWORD": "wrong"}, "vcenter.login", "wrong user or password", "cluster.names"),
        ({"VSPHERE_SERVER": "127.0.0.1:1"}, "vcenter.reachable", "cannot be reached", "cluster.names"),
        ({"SSL_CERT_FILE": "/dev/null"}, "vcenter.certificate", "not trusted", "cluster.names"),
        ({"VSPHERE_USER": ""}, "vcenter.credentials", "Set VSPHERE_USER", "cluster.names"),
        ({"KUBECONFIG": "/nowhere"}, "cluster.credentials", "Set KUBECONFIG", "vcenter.template"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_server_that_cannot_be_asked_does_not_hide_the_other(
    lab: Lab, environment: dict[str, str], failed: str, words: str, still: str
) -> None:
    found = examine(lab, **environment)
    assert set(found.of("FAIL")) == {failed}
    assert words in found.of("FAIL")[failed]
    assert found.outcomes[still] == "OK"
    side = failed.partition(".")[0]
    assert all(check.startswith(f"{side}.") for check in found.of("SKIP"))
    assert "wrong" not in found.of("OK").values()


def test_a_lab_that_can_be_made_has_no_failure_and_the_look_changes_nothing(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    until(lambda: cluster.versions() == cluster.versions(), "the Machine API has done what it does at first")
    before = {**cluster.versions(), **vcenter.inventory()}
    found = examine(lab)
    after = {**cluster.versions(), **vcenter.inventory()}
    assert [key for key in before | after if before.get(key) != after.get(key)] == []
    assert not found.of("FAIL")
    assert set(found.of("WARN")) == ODD, found.of("WARN")
    assert not found.of("SKIP")
    assert "OpenShift 4.20" in found.lines["cluster.release"][0]
    assert (
        f"nested virtualization, performance counters, IOMMU: {HOSTS[0]}, {HOSTS[1]}" in found.lines["vcenter.cpu"][0]
    )
    assert "RHCOS 9.6" in found.lines["vcenter.template"][0]


@contextmanager
def broken(lab: Lab, cluster: Cluster, vcenter: VCenter) -> Iterator[None]:
    """Four things that stand in a lab's way."""
    host = vcenter.hosts()[0]
    nmstate = cluster.get(*NMSTATE)
    assert nmstate is not None
    vcenter.add_port_group(host, "Trunk", 0)
    cluster.create(RIVAL)
    cluster.delete(*NMSTATE)
    lab.edit(lambda config: config["template"].update(source="nobody"))
    try:
        yield
    finally:
        vcenter.remove_port_group(host, "Trunk")
        cluster.delete(RIVAL["apiVersion"], RIVAL["kind"], "theirs")  # type: ignore[arg-type]
        cluster.create({**{key: nmstate[key] for key in ("apiVersion", "kind")}, "metadata": {"name": "nmstate"}})


def test_what_preflight_refuses_fails_in_the_same_words_and_nothing_else_does(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    with broken(lab, cluster, vcenter):
        found = examine(lab)
        refused = lab.preview().refused()
    assert set(found.of("FAIL")) == {"cluster.operators", "cluster.names", "vcenter.trunk", "vcenter.template"}
    told = {line for check in found.of("FAIL") for line in found.lines[check]}
    for line in told:
        assert line in refused, "preflight says it in other words"
    body = refused.partition("error: ")[2]
    # The last one is the way out for who has made such things by hand: the doctor's remedies stand with its checks.
    *lines, way_out = [line for line in body.splitlines() if line.strip()]
    assert "lab adopt" in way_out
    assert len(told) == len(lines), "preflight says more"


def test_hosts_that_cannot_virtualize_are_warned_of_and_refused_where_none_can(lab: Lab) -> None:
    play(lab, "host-cpu", HOSTS[0], "--lacks", "nestedHVSupported", "--lacks", "vvtdSupported")
    one = examine(lab)
    play(lab, "host-cpu", HOSTS[1], "--lacks", "nestedHVSupported")
    none = examine(lab)
    for host in HOSTS:
        play(lab, "host-cpu", host)
    assert not one.of("FAIL")
    assert f"{HOSTS[0]} cannot virtualize inside a VM" in one.of("WARN")["vcenter.cpu"]
    assert f"{HOSTS[0]} cannot give a VM an IOMMU" in one.of("WARN")["vcenter.cpu"]
    assert "no host of cluster Goat can virtualize inside a VM" in none.of("FAIL")["vcenter.cpu"]


def test_a_trunk_of_nsx_fails(lab: Lab) -> None:
    play(lab, "port-group", "Segment", "--nsx", "--mac-learning")
    switch = {"kind": "distributed", "name": "Garden-VDS"}
    lab.edit(lambda config: config["trunk"].update(portGroup="Segment", ownership="existing", switch=switch))
    found = examine(lab)
    assert set(found.of("FAIL")) == {"vcenter.trunk"}
    assert "is a segment of NSX" in found.of("FAIL")["vcenter.trunk"]


def test_a_user_with_just_what_is_listed_lacks_nothing_and_is_only_asked_for_reading(lab: Lab) -> None:
    play(lab, "limit")
    limited = project.limited_environment(lab.instance, lab.instance.load())
    found = examine(lab, **limited)
    assert not found.of("FAIL")
    with lab.instance.audit_log.open(encoding="utf-8") as log:
        requests = [json.loads(line) for line in log]
    assert {"get", "list"} <= {item["verb"] for item in requests} <= {"get", "list", "create"}
    made = {item["objectRef"]["resource"] for item in requests if item["verb"] == "create"}
    assert made == {"selfsubjectaccessreviews"}, "questions, that leave nothing"


def test_what_a_user_lacks_is_told_before_it_is_missed(lab: Lab, cluster: Cluster) -> None:
    play(lab, "limit", "--without", "VirtualMachine.Config.Settings")
    cluster.delete("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "cnv-lab")
    limited = project.limited_environment(lab.instance, lab.instance.load())
    found = examine(lab, **limited)
    assert set(found.of("FAIL")) == {"cluster.rights", "vcenter.privileges"}
    assert "VirtualMachine.Config.Settings" in found.of("FAIL")["vcenter.privileges"]
    told = found.of("FAIL")["cluster.rights"]
    assert "this user may not list nodes. Give it the rules of docs/rbac.yaml" in told
    assert "nodenetworkconfigurationpolicies.nmstate.io" in told
    assert "machinesets" not in told, "those it may: they have a binding of their own"
    assert found.outcomes["vcenter.template"] == "OK"


def test_a_file_that_init_writes_without_a_question_is_a_lab_that_can_be_made(lab: Lab) -> None:
    vlans = ("--vlan", "1925 trans-proxy", "--vlan", "1928 provisioning blue")
    wrote = command(lab, "init", "--stack", "mine", *vlans)
    assert wrote.code == 0, wrote.err
    path = lab.instance.project / "Pulumi.mine.yaml"
    text = path.read_text(encoding="utf-8")
    assert {key: yaml.safe_load(text)["config"][f"cnv-lab:{key}"] for key in ("cluster", "trunk", "template")} == {
        "cluster": {"infraId": "hub-7vxwj", "openshift": "auto"},
        "trunk": {"portGroup": "Trunk", "switch": {"kind": "distributed", "name": "Garden-VDS"}},
        "template": {"source": "hub-7vxwj-rhcos"},
    }
    checked = command(lab, "check", "--stack", "mine")
    assert (checked.code, checked.err) == (0, "")
    mine = replace(lab, stack="mine")
    project.add_stack(lab.instance, lab.instance.load(), "mine", text)
    assert not examine(mine).of("FAIL")
    assert mine.planned()["hypervisors"] == "create"
    again = command(lab, "init", "--stack", "mine", *vlans)
    assert (again.code, path.read_text(encoding="utf-8").startswith(text)) == (1, True)


def test_a_lab_that_stands_is_not_taken_for_somebody_elses(lab: Lab) -> None:
    lab.up().succeeded()
    found = examine(lab)
    assert not found.of("FAIL")
    (node,) = lab.outputs()["nodes"]
    assert node in found.lines["cluster.nic"][0]
    assert node in found.lines["cluster.kvm"][0]
    shown = command(lab, "doctor", "--stack", lab.stack)
    assert (shown.code, "\x1b" in shown.out) == (0, False)


def test_a_vcenter_that_is_down_fails_and_the_cluster_is_looked_at(lab: Lab) -> None:
    play(lab, "kill", "vcenter")
    found = examine(lab)
    assert set(found.of("FAIL")) == {"vcenter.reachable"}
    assert found.outcomes["cluster.names"] == "OK"
