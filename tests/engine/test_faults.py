"""Faults of vCenter and of the API server on the program's own calls: again where that is right, else one clear line.

Call by call on the program's own clients, with pauses that are counted instead of slept; then a handful through Pulumi.
What happened is docs/faults.md.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clients.cluster import retry
from clients.cluster.kinds import NAMESPACE
from lab.names import USER_AGENT
from tests.engine import fault_cases as cases
from tests.engine.cluster import INTERVAL, until
from tests.engine.faults import Endpoint, Page
from tests.engine.own_clients import NOTHING, PLAIN, Program, there
from tests.engine.vcenter import VCenter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.cluster import Cluster
    from tests.engine.fault_cases import Fault
    from tests.engine.lab import Lab

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
CALLS, SESSIONS = "vCenter, call by call", "vCenter's sessions"
API, UPS = "The API server, call by call", "Through Pulumi"
SERVED = "the same request; served"
MADE, KEPT = f"{NOTHING}: made the template", f"{PLAIN}: nothing to do"
MACHINE_SET, POLICY, TEMPLATE = "hub-7vxwj-cnv", "ens224-policy", "hub-7vxwj-rhcos-cnv"
TARGETS = ("--target", "**PortGroup::trunk**", "--target", "**Template::template")


@pytest.fixture(scope="module", autouse=True)
def settled(lab: Lab) -> None:
    """The Machine API has cloned the installer's worker: no rule is met by its calls."""
    with VCenter.of(lab.instance) as vcenter:
        until(lambda: any("-worker-" in name for name in vcenter.inventory()), "the worker's VM")


@pytest.fixture(scope="module")
def page() -> Page:
    return Page()


@pytest.fixture
def program(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setenv("SSL_CERT_FILE", str(lab.instance.vcenter_ca))
    return Program.of(lab.instance)


@pytest.fixture
def faults(lab: Lab) -> Iterator[Endpoint]:
    """vCenter's fault endpoint; no rule is left to the next test."""
    endpoint = Endpoint(lab.instance.load().ports["vcenter-faults"])
    yield endpoint
    endpoint.clear()


@pytest.fixture
def api_faults(lab: Lab) -> Iterator[Endpoint]:
    """That of the proxy before the API server."""
    endpoint = lab.api_faults()
    yield endpoint
    endpoint.clear()


@pytest.mark.parametrize("case", cases.VCENTER_CASES, ids=lambda case: "-".join([*case[:2], case[2][0]]))
def test_a_fault_is_waited_out_or_told_and_the_next_run_finishes(
    program: Program, faults: Endpoint, vcenter: VCenter, page: Page, case: tuple[str, str, Fault]
) -> None:
    call, where, fault = case
    (before, wanted), _ = cases.AT_THE_CALL[call]
    name, fields = fault
    busy = fault in cases.BUSY
    program.bring(before)
    times = 0 if call in cases.READS else 2 if busy else 1
    faults.add(Method=call, Fault=name, Fields=fields, MaxCount=times, Task=where == "in its task")
    did, told = program.meets(lambda: program.bring(wanted))
    faults.clear()
    assert did == ("tried again (twice), went on" if busy else "stopped at once"), told
    left = there(vcenter)
    assert left == wanted or not busy
    program.bring(wanted)
    assert there(vcenter) == wanted
    finished = "nothing to do" if left == wanted else cases.FINISHED[wanted]
    page.row(CALLS, f"{call}, {where}", name, did, told, f"{left}: {finished}")
    program.bring(NOTHING)
    assert there(vcenter) == NOTHING


# Sessions


def test_a_session_that_is_ended_in_mid_run_costs_one_login(program: Program, vcenter: VCenter, page: Page) -> None:
    """Whether vCenter says so at the call, or a property at a time."""
    before = vcenter.logins(USER_AGENT)
    with program.vcenter() as session:
        assert vcenter.end_sessions(USER_AGENT) == 1
        did, told = program.meets(lambda: program.bring_by(session, PLAIN))
    assert (there(vcenter), vcenter.logins(USER_AGENT) - before) == (PLAIN, 2)
    page.row(SESSIONS, "any call", "session ended by an administrator", f"one login, {did}", told, KEPT)
    with program.vcenter() as session:
        assert vcenter.end_sessions(USER_AGENT) == 1
        assert session.read(session.content.rootFolder, "name") == {"name": "Datacenters"}
    program.bring(NOTHING)
    assert not vcenter.end_sessions(USER_AGENT), "logged out of both"


def test_a_session_that_is_ended_again_is_not_replaced_again(
    program: Program, vcenter: VCenter, faults: Endpoint, page: Page
) -> None:
    before = vcenter.logins(USER_AGENT)
    faults.add(Method="FindByInventoryPath", Fault="NotAuthenticated", Fields={"privilegeId": "System.View"})
    did, told = program.meets(lambda: program.bring(PLAIN))
    faults.clear()
    assert "no third login" in told
    assert vcenter.logins(USER_AGENT) - before == 2
    page.row(SESSIONS, "any call", "NotAuthenticated, also after a login", f"one login, {did}", told, NOTHING)


def test_a_password_that_changes_in_mid_run_is_tried_once(
    program: Program, vcenter: VCenter, faults: Endpoint, page: Page
) -> None:
    """Five wrong logins lock an account, as vCenter comes."""
    with program.vcenter() as session:
        vcenter.end_sessions(USER_AGENT)
        faults.add(Method="Login", Fault="InvalidLogin")
        did, told = program.meets(lambda: program.bring_by(session, PLAIN))
        assert faults.counts()["rule_0_count"] == 1
    assert "wrong user or password" in told
    faults.clear()
    page.row(SESSIONS, "any call, then the login in its place", "InvalidLogin", did, told, NOTHING)
    program.access = replace(program.access, password="yesterday's")  # noqa: S106
    did, told = program.meets(lambda: program.bring(PLAIN))
    page.row(SESSIONS, "the first login", "InvalidLogin", did, told, NOTHING)
    assert there(vcenter) == NOTHING


# The API server


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_what_the_api_server_refuses_for_a_moment_is_asked_again_and_all_else_is_told(
    program: Program, cluster: Cluster, api_faults: Endpoint, page: Page, method: str
) -> None:
    conflict = [cases.CONFLICT] if method == "PATCH" else []
    for number, (fault, rule) in enumerate([*cases.PASSING, *conflict, *cases.FINAL]):
        api_faults.add(agent="cnv-lab/*", method=method, times=1, **rule)
        patch = {"metadata": {"labels": {"tried": str(number)}}}
        with program.cluster() as session:
            merge = partial(session.merge, NAMESPACE, "default", patch)
            did, told = program.meets(partial(session.get, NAMESPACE, "default") if method == "GET" else merge)
        final = (fault, rule) in cases.FINAL
        assert did == ("stopped at once" if final else "tried again (once), went on"), (fault, told)
        assert rule.get("message", "") in told
        assert [each["met"] for each in api_faults.counts()] == [1]
        if method == "PATCH" and not final:
            namespace = cluster.get("v1", "Namespace", "default")
            assert namespace is not None
            assert namespace["metadata"]["labels"]["tried"] == str(number)
        api_faults.clear()
        page.row(API, method, fault, did, told, SERVED)


def test_what_does_not_pass_is_told_when_patience_ends(program: Program, api_faults: Endpoint, page: Page) -> None:
    for fault, rule in (cases.BROKEN, cases.OVERLOADED, cases.CLOSED):
        api_faults.add(agent="cnv-lab/*", **rule)
        with program.cluster() as session:
            did, told = program.meets(partial(session.get, NAMESPACE, "default"))
        assert "then stopped" in did
        assert sum(program.pauses) <= retry.PATIENCE
        api_faults.clear()
        page.row(API, "GET", f"{fault}, without end", did, told, SERVED)


# Through Pulumi


def test_a_host_that_is_away_stops_an_up_at_the_template(
    lab: Lab, vcenter: VCenter, faults: Endpoint, page: Page
) -> None:
    faults.add(Method="CloneVM_Task", Fault="HostNotConnected", MaxCount=1, Task=True)
    run = lab.up()
    assert "vCenter refused to clone" in run.refused()
    assert vcenter.vm(TEMPLATE) is None
    told = run.line("vCenter refused")
    page.row(UPS, "`up`: CloneVM_Task, in its task", "HostNotConnected", "stopped at once", told, MADE)


def test_an_up_waits_out_what_passes_and_ends_with_what_does_not(
    lab: Lab, vcenter: VCenter, faults: Endpoint, api_faults: Endpoint, page: Page
) -> None:
    logins = vcenter.logins(USER_AGENT)
    faults.add(Method="CloneVM_Task", Fault="NotAuthenticated", Fields={"privilegeId": "System.View"}, MaxCount=1)
    name, fields = cases.IN_PROGRESS
    faults.add(Method="CloneVM_Task", Fault=name, Fields=fields, MaxCount=2)
    api_faults.add(agent="cnv-lab/*", path="*/machines", status=500, message="etcdserver: leader changed")
    run = lab.behind_faults().up()
    run.refused()
    made = vcenter.vm(TEMPLATE)
    assert made is not None
    assert made.config.template
    assert vcenter.logins(USER_AGENT) - logins == 3, "preflight's, the template's, and one in its place"
    did = "one login, tried again (twice), went on"
    told = run.line("waiting to clone")
    page.row(UPS, "`up`: CloneVM_Task", f"NotAuthenticated, then {name} twice", did, told, KEPT)
    told = run.line("the API server https")
    page.row(UPS, "`up`: GET machines", "500, without end", "tried again (4 times), then stopped", told, "went on")


def test_the_next_up_goes_on_through_a_restless_api_server(
    lab: Lab, cluster: Cluster, api_faults: Endpoint, page: Page
) -> None:
    rules = {
        "*/machines": ("429, Retry-After 1 s", {"status": 429, "retry_after": 1}),
        "*/nodenetworkconfigurationenactments": cases.BROKEN,
        "*/nodes": cases.OVERLOADED,
        "*/machinesets/*": cases.ANSWER_LOST,
    }
    for path, (_, rule) in rules.items():
        api_faults.add(agent="cnv-lab/*", method="GET", path=path, times=1, **rule)
    behind = lab.behind_faults()
    run = behind.up().succeeded()
    assert [each["met"] for each in api_faults.counts()] == [1] * len(rules)
    assert behind.planned() == {}
    assert len(cluster.machines(MACHINE_SET)) == 1
    faults = "; ".join(fault for fault, _ in rules.values())
    told = run.line("asking the API server again (GET /apis/nmstate")
    page.row(UPS, "`up`: GET, four kinds", faults, "tried each again (once), went on", told, "preview: no changes")


def test_a_destroy_goes_through_it_as_well(  # noqa: PLR0913, PLR0917, one fixture each
    lab: Lab, cluster: Cluster, vcenter: VCenter, faults: Endpoint, api_faults: Endpoint, page: Page
) -> None:
    name, fields = cases.IN_USE
    faults.add(Method="Destroy_Task", Name=TEMPLATE, Fault=name, Fields=fields, MaxCount=1)
    for path, (_, rule) in ((POLICY, cases.BROKEN), (POLICY, cases.ANSWER_LOST), (MACHINE_SET, cases.CONFLICT)):
        api_faults.add(agent="cnv-lab/*", method="PATCH", path=f"*/{path}", times=1, **rule)
    run = lab.behind_faults().destroy().succeeded()
    assert [each["met"] for each in api_faults.counts()] == [1, 1, 1]
    assert not any((cluster.machine_set(MACHINE_SET), cluster.policy(POLICY), vcenter.vm(TEMPLATE)))
    told = run.line("asking the API server again (PATCH /apis/machine")
    page.row(UPS, "`destroy`: PATCH MachineSet", "409", "tried again (once), went on", told, NOTHING)
    told = run.line("asking the API server again (PATCH /apis/nmstate")
    both = "500, then connection closed before the answer"
    page.row(UPS, "`destroy`: PATCH policy", both, "tried again (twice), went on", told, NOTHING)
    told = run.line("waiting to delete")
    page.row(UPS, "`destroy`: Destroy_Task", name, "tried again (once), went on", told, NOTHING)


def test_a_vcenter_that_goes_away_in_mid_call_is_told_and_the_next_up_goes_on(
    lab: Lab, faults: Endpoint, page: Page
) -> None:
    """A vCenter keeps its inventory; the simulator forgets: what Pulumi's state has is put back by hand."""
    faults.add(Method="CloneVM_Task", Fault="SystemError", Delay=60_000)
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(lab.up, *TARGETS)
        while not faults.counts()["rule_0_count"]:
            assert not going.done(), going.result().output
            time.sleep(INTERVAL)
        process = lab.instance.load().processes["vcenter"].find()
        assert process is not None
        process.kill()
        run = going.result()
    assert "went away in the middle of CloneVM_Task" in run.refused()
    lab.start("vcenter")
    with VCenter.of(lab.instance) as vcenter:
        for host in vcenter.hosts():
            vcenter.add_port_group(host, "Trunk", 4095)
        lab.up(*TARGETS).succeeded()
        assert vcenter.vm(TEMPLATE) is not None
    assert lab.planned(*TARGETS) == {}
    told = run.line("vCenter 127.0.0.1")
    page.row(UPS, "`up`: CloneVM_Task", "vCenter's process ends", "stopped at once", told, MADE)


def test_the_page_of_faults_says_what_happened(page: Page) -> None:
    """In all the tests above: alone, this one has nothing to compare."""
    if os.environ.get("CNV_LAB_WRITE_FAULTS"):
        PAGE.write_text(page.text(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page.text(), (
        "CNV_LAB_WRITE_FAULTS=1 venv/bin/python -m pytest tests/engine/test_faults.py writes it"
    )
