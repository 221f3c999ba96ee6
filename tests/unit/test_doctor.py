"""What the doctor makes of what it finds: outcomes, words, and the shape of its JSON."""

from __future__ import annotations

from typing import Any

import pytest

from lab.doctor import verdicts
from lab.doctor.report import CHECKS, FORMAT, Line, Notes, Outcome, Report, of
from lab.doctor.verdicts import HostCpu
from tests.unit import facts

ABLE = {"nested": True, "counters": True, "iommu": True}


def host(name: str, **changes: bool | None) -> HostCpu:
    return HostCpu(name=name, **{**ABLE, **changes})


def cpus(*hosts: HostCpu, **template: bool) -> verdicts.Judged:
    return verdicts.cpus(facts.lab(template=template), hosts)


def test_hosts_that_can_do_what_is_asked_draw_no_objection() -> None:
    everything = {"performanceCounters": True, "iommu": True}
    assert cpus(host("goat-1"), host("goat-2"), **everything) == verdicts.Judged()


def test_what_is_not_asked_of_hosts_is_no_matter() -> None:
    assert cpus(host("goat-1", counters=False, iommu=False)) == verdicts.Judged()
    assert cpus(host("goat-1", nested=False), nestedVirtualization=False) == verdicts.Judged()


@pytest.mark.parametrize(
    ("lacks", "key"),
    [("nested", "nestedVirtualization"), ("counters", "performanceCounters"), ("iommu", "iommu")],
)
def test_a_feature_that_no_host_has_is_refused_and_one_that_some_lack_is_warned_of(lacks: str, key: str) -> None:
    lame, sound = host("goat-1", **{lacks: False}), host("goat-2")
    nowhere = cpus(lame, **{key: True})
    assert not nowhere.warnings
    assert nowhere.refusals[0].startswith("no host of cluster Goat can ")
    here_and_there = cpus(lame, sound, **{key: True})
    assert not here_and_there.refusals
    (line,) = here_and_there.warnings
    assert line.startswith("goat-1 cannot ")
    assert "goat-2" not in line
    for told in (nowhere.refusals[0], line):
        assert f"cnv-lab:template.{key}" in told


def test_a_host_of_which_vcenter_does_not_tell_is_not_said_to_lack_anything() -> None:
    """One that is away: its places tell so."""
    assert cpus(host("goat-1", nested=None)) == verdicts.Judged()
    (line,) = cpus(host("goat-1", nested=None), host("goat-2", nested=False)).refusals
    assert "goat-1" not in line


@pytest.mark.parametrize(
    ("written", "live", "words"),
    [
        ("auto", "4.20", []),
        ("4.20", "4.20", []),
        ("4.20", "4.18", ["the stack file says 4.20"]),
        ("auto", "4.14", ["none of the releases that this program knows"]),
        ("4.20", "5.0", ["the stack file says 4.20", "none of the releases"]),
        ("auto", "", ["does not tell its release"]),
    ],
)
def test_a_release_that_is_odd_is_warned_of(written: str, live: str, words: list[str]) -> None:
    lines = verdicts.release(written, live)
    assert len(lines) == len(words)
    for line, expected in zip(lines, words, strict=True):
        assert expected in line


def node(name: str, kvm: str | None, *, ready: bool = True) -> facts.Object:
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    resources = {} if kvm is None else {"devices.kubevirt.io/kvm": kvm}
    return {"metadata": {"name": name}, "status": {**status, "allocatable": resources}}


def test_a_ready_hypervisor_without_kvm_is_told_as_its_rollout_would() -> None:
    nodes = facts.by_name(node("a", "1k"), node("b", "0"), node("c", None), node("d", "0", ready=False))
    (line,) = verdicts.kvm(nodes)
    assert line.startswith("node b is Ready and has no /dev/kvm")
    assert "delete the Machine" in line


@pytest.mark.parametrize(
    ("text", "told", "remedy"),
    [
        ("a is wrong. Mend it.", "a is wrong", "Mend it."),
        ("host goat-1.lab is away: why. Do this. Then that.", "host goat-1.lab is away: why", "Do this. Then that."),
        ("nothing to do.", "nothing to do", ""),
        ("no stop", "no stop", ""),
    ],
)
def test_a_line_of_preflights_is_what_is_wrong_and_what_to_do(text: str, told: str, remedy: str) -> None:
    assert Line.of(text) == Line(told=told, remedy=remedy)


def noted(**findings: Any) -> Report:
    notes = Notes()
    for check, lines in findings.items():
        notes.note(check.replace("_", "."), **lines)
    notes.skip(list(CHECKS), "not now")
    return Report(stack="cnv-lab.t", file="Pulumi.t.yaml", findings=notes.findings())


def test_the_worst_finding_is_the_reports_outcome() -> None:
    fine, odd, wrong = {"fine": ["up"]}, {"warnings": ["odd. Look."]}, {"refusals": ["wrong. Mend."]}
    assert noted(cluster_login=fine).outcome is Outcome.OK
    assert noted(cluster_login=fine, cluster_nic=odd).outcome is Outcome.WARN
    assert noted(cluster_login=fine, cluster_nic=odd, vcenter_trunk=wrong).outcome is Outcome.FAIL


def test_a_check_that_fails_shows_its_warnings_too_and_one_that_is_fine_what_there_is_to_know() -> None:
    report = noted(cluster_nic={"refusals": ["wrong."], "warnings": ["odd."], "fine": ["never"]})
    (finding,) = [item for item in report.findings if item.check == "cluster.nic"]
    assert [str(line) for line in finding.lines] == ["wrong", "odd"]


def test_a_check_that_was_made_is_not_skipped_by_what_comes_after() -> None:
    report = noted(cluster_nic={"fine": ["there"]})
    assert {item.check for item in report.findings if item.outcome is Outcome.SKIP} == set(CHECKS) - {"cluster.nic"}


def test_each_check_is_told_once_in_the_order_of_the_list() -> None:
    report = noted(vcenter_trunk={"fine": []}, stack_file={"fine": []})
    assert [finding.check for finding in report.findings] == list(CHECKS)
    assert [*of("stack"), *of("cluster"), *of("vCenter")] == list(CHECKS), "sides stand together"


def test_the_json_has_the_shape_that_its_page_describes() -> None:
    told = noted(cluster_nic={"refusals": ["wrong. Mend it."]}).as_json()
    assert {key: told[key] for key in ("format", "stack", "file", "outcome")} == {
        "format": FORMAT,
        "stack": "cnv-lab.t",
        "file": "Pulumi.t.yaml",
        "outcome": "FAIL",
    }
    assert {check["check"]: check for check in told["checks"]}["cluster.nic"] == {
        "check": "cluster.nic",
        "where": "cluster",
        "title": "trunk NIC",
        "outcome": "FAIL",
        "lines": [{"told": "wrong", "remedy": "Mend it."}],
    }
