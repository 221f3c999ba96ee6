"""Which checks the doctor makes of what it finds, and which it goes on with after one that failed."""

from __future__ import annotations

import pytest

from clients.checks.trunk import Ours
from clients.cluster import session as cluster_session
from clients.errors import LabError
from clients.preflight import Recorded
from clients.vcenter import session as vcenter_session
from lab import settings
from lab.doctor.report import CHECKS, Outcome, of
from lab.doctor.verdicts import HostCpu
from tests.unit import facts
from tests.unit.doctor_world import Cluster, World, by_outcome, look, meet, told


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return meet(monkeypatch)


def test_where_nothing_is_wrong_every_check_is_made_and_fine(world: World) -> None:
    found = look()
    assert by_outcome(found, Outcome.OK) == set(CHECKS), {key: told(item) for key, item in found.items()}
    assert all(finding.lines for check, finding in found.items() if not check.startswith("stack."))


UNREACHABLE = cluster_session.UnreachableError("the API server https://api.hub cannot be reached: refused. Check it.")
UNTRUSTED = cluster_session.UntrustedError("the API server shows a certificate that is not trusted: x. Put its CA.")
UNAUTHORIZED = cluster_session.RefusedError("the API server does not accept this login. Log in again.", 401, "no")
FORBIDDEN = cluster_session.RefusedError("the API server refused GET: nodes. Give this user the right.", 403, "no")
BROKEN = cluster_session.RefusedError("the API server refused GET: etcd. It passes.", 500, "etcd")
NOT_OPENSHIFT = LabError("https://api.hub is no OpenShift cluster. Check KUBECONFIG.")


@pytest.mark.parametrize(
    ("error", "check"),
    [
        (UNREACHABLE, "cluster.reachable"),
        (UNTRUSTED, "cluster.certificate"),
        (UNAUTHORIZED, "cluster.login"),
        (FORBIDDEN, "cluster.rights"),
        (BROKEN, "cluster.identity"),
        (NOT_OPENSHIFT, "cluster.identity"),
    ],
)
def test_what_ends_the_way_to_the_cluster_fails_at_its_step_and_vcenter_is_still_looked_at(
    world: World, error: LabError, check: str
) -> None:
    """All that the small lab needs of vCenter stands in its stack file."""
    world.seen = error
    found = look(cluster={"basedOn": "none"})
    assert by_outcome(found, Outcome.FAIL) == {check}
    assert told(found[check]) == str(error).rstrip(".") or told(found[check]) == str(error)
    order = of("cluster")
    for step in ("cluster.reachable", "cluster.certificate", "cluster.login"):
        if order.index(step) < order.index(check):
            assert found[step].outcome is Outcome.OK, step
    skipped = by_outcome(found, Outcome.SKIP)
    assert skipped <= set(order)
    assert "cluster.names" in skipped
    assert ("cluster.rights" in skipped) is (order.index(check) < order.index("cluster.rights")), "asked after a login"
    assert all(told(found[step]).startswith("needs the cluster's ") for step in skipped)
    assert set(of("vCenter")) <= by_outcome(found, Outcome.OK)


def test_without_the_cluster_values_that_its_worker_has_are_not_known_and_vcenters_login_still_is_tried(
    world: World,
) -> None:
    world.seen = UNREACHABLE
    found = look(vcenter={"datastore": None})
    assert by_outcome(found, Outcome.FAIL) == {"cluster.reachable"}
    assert found["vcenter.login"].outcome is Outcome.OK
    assert "worker MachineSet" in told(found["stack.values"])
    assert {"stack.values", "vcenter.places", "vcenter.trunk"} <= by_outcome(found, Outcome.SKIP)


@pytest.mark.parametrize(
    ("error", "check"),
    [
        (vcenter_session.UnreachableError("vCenter cannot be reached: x. Check it."), "vcenter.reachable"),
        (vcenter_session.UntrustedError("vCenter shows a certificate. Point to its CA."), "vcenter.certificate"),
        (vcenter_session.LoginError("vCenter refuses the login. Check it."), "vcenter.login"),
    ],
)
def test_what_ends_the_way_to_vcenter_fails_at_its_step_and_the_cluster_is_still_looked_at(
    world: World, error: LabError, check: str
) -> None:
    world.logged_in = error
    found = look()
    assert by_outcome(found, Outcome.FAIL) == {check}
    assert by_outcome(found, Outcome.OK) >= set(of("cluster"))
    later = set(of("vCenter")[of("vCenter").index(check) + 1 :])
    assert by_outcome(found, Outcome.SKIP) == later
    assert world.logins == 1, "repeats lock accounts"


def test_rights_that_are_missing_are_listed_also_where_the_first_look_was_refused(world: World) -> None:
    world.connected = Cluster(allowed=lambda right: right["verb"] != "list" and right["verb"] != "*")
    assert told(look()["cluster.rights"]).startswith("this user may not list nodes. Give it the rules")
    world.seen = FORBIDDEN
    found = look(cluster={"basedOn": "none"})
    assert by_outcome(found, Outcome.FAIL) == {"cluster.rights"}
    assert told(found["cluster.rights"]).startswith("this user may not list nodes. ")


def test_a_look_that_vcenter_refuses_fails_and_ends_that_side(world: World) -> None:
    world.inventory = LabError("vCenter refused to read name of group-d1: this user lacks System.Read. Give it.")
    found = look()
    assert by_outcome(found, Outcome.FAIL) == {"vcenter.places"}
    assert {"vcenter.trunk", "vcenter.template", "vcenter.cpu"} <= by_outcome(found, Outcome.SKIP)


def test_logins_that_are_not_set_are_told_with_their_variables(world: World) -> None:
    world.connected = LabError("the cluster's kubeconfig cannot be used: none. Set KUBECONFIG to a file.")
    found = look(environ={})
    assert by_outcome(found, Outcome.FAIL) == {"cluster.credentials", "vcenter.credentials"}
    for variable in ("VSPHERE_USER", "VSPHERE_PASSWORD"):
        assert variable in told(found["vcenter.credentials"])
    assert "KUBECONFIG" in told(found["cluster.credentials"])
    assert world.logins == 0


def test_a_certificate_that_nobody_looks_at_is_warned_of(world: World) -> None:
    world.connected = Cluster(verifies=False)
    found = look(config={"vsphere:allowUnverifiedSsl": "true"})
    assert by_outcome(found, Outcome.WARN) == {"cluster.certificate", "vcenter.certificate"}


def test_with_mistakes_in_the_stack_file_the_logins_are_still_tried(world: World) -> None:
    found = look(wanted=None)
    assert {"cluster.login", "vcenter.login"} <= by_outcome(found, Outcome.OK)
    assert "the stack file has mistakes" in told(found["cluster.names"])


def test_of_another_cluster_only_that_is_told(world: World) -> None:
    world.seen = facts.cluster(infra_id="other")
    found = look(vcenter={"datastore": None}, cluster={"basedOn": "none"})
    assert by_outcome(found, Outcome.FAIL) == {"cluster.identity"}


def test_values_that_nobody_has_are_told_all_at_once(world: World) -> None:
    found = look(vcenter={"datastore": None, "folder": None}, cluster={"basedOn": "none"})
    assert [line.told.split(":")[1].strip() for line in found["stack.values"].lines] == [
        "cnv-lab",
        "cnv-lab",
    ]


def test_hypervisors_that_exist_need_no_vcenter_and_are_asked_for_kvm(world: World) -> None:
    status = {"allocatable": {"devices.kubevirt.io/kvm": "0"}}
    world.seen = facts.cluster(nodes={"n": {"metadata": {"name": "n", "labels": {"big": ""}}, "status": status}})
    raw = {key: facts.SECTIONS[key] for key in ("cluster", "namespaces", "nodeNetwork", "vlans")}
    raw["hypervisors"] = {"existing": {"nodeSelector": {"big": ""}}}
    found = look(wanted=settings.parse(raw, where=facts.WHERE))
    assert by_outcome(found, Outcome.SKIP) == set(of("vCenter"))
    assert world.logins == 0
    assert found["cluster.kvm"].outcome is Outcome.WARN
    assert "n has no /dev/kvm" in told(found["cluster.kvm"])


def test_hosts_that_cannot_virtualize_fail_and_a_cluster_without_hosts_has_nothing_to_ask(world: World) -> None:
    world.cpus = [HostCpu(name="goat-1", nested=False)]
    assert look()["vcenter.cpu"].outcome is Outcome.FAIL
    world.cpus = []
    assert look()["vcenter.cpu"].outcome is Outcome.SKIP
    world.cpus = LabError("vCenter refused to tell what its hosts can do. Give it.")
    assert look()["vcenter.cpu"].outcome is Outcome.FAIL


def test_a_look_at_what_leaves_that_is_refused_does_not_hide_the_other_checks(world: World) -> None:
    world.vlans = FORBIDDEN
    found = look()
    assert by_outcome(found, Outcome.FAIL) == {"cluster.retired"}
    assert found["cluster.names"].outcome is Outcome.OK


def test_what_the_stack_itself_has_made_is_not_taken_for_somebody_elses(world: World) -> None:
    world.seen = facts.cluster(namespaces=frozenset({"blue"}))
    world.inventory = facts.inventory(hosts=(facts.host("goat-1", "Trunk"),))
    recorded = Recorded(
        port_groups=Ours(standard=frozenset({("moid-goat-1", "Trunk")})),
        objects=frozenset({("Namespace", "", "blue")}),
    )
    found = look(recorded=recorded)
    assert not by_outcome(found, Outcome.FAIL)
