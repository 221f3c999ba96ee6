"""The limits of bridge designs: what was measured is what is refused, and what the pages say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bench import curve, nodes
from lab import capacity, names, plan
from lab.capacity import Measured
from lab.mistakes import SettingsError
from sandbox.kernel.guest import CommandError
from tests.unit import facts
from tests.unit.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIMITED = [design for design in nodes.MEASURED if capacity.limit(design) < names.VLAN_ID_MAX]
# Per design what each page says of its limit, as a pattern.
PAGES = [
    ("per-vlan", "docs/scale.md", r"^\| VLANs, `per-vlan` \| (\d+): (.*);"),
    ("vlan-aware", "docs/scale.md", r"^\| ranges of VLANs, `vlan-aware` \| (\d+): (.*);"),
    ("vlan-aware", "docs/which-switch-which-bridge.md", r"more than (\d+) ranges of VLANs are refused"),
    ("per-vlan", "docs/scale.md", r"^\| `per-vlan`; at most (\d+) VLANs"),
    ("per-vlan", "docs/which-switch-which-bridge.md", r"so more than (\d+) are refused"),
    ("per-vlan", "docs/stack-file.md", r"a bridge on it; at most (\d+) VLANs\)"),
]


def row(vlans: int, *, apply: float = 1, again: float = 1, complaint: str = "") -> Measured:
    return Measured(
        design="per-vlan", vlans=vlans, ranges=vlans, apply_cpu_s=apply, again_cpu_s=again, complaint=complaint
    )


def recorded(monkeypatch: pytest.MonkeyPatch, *rows: Measured) -> None:
    monkeypatch.setattr(capacity, "record", lambda: rows)


@pytest.mark.parametrize(
    ("slow", "told"),
    [
        (row(200, apply=121), "100 took 1 s and 200 took 121 s"),
        (row(200, again=121), "100 took 1 s and 200 took 121 s"),
        (row(200, complaint="no"), "100 took 1 s and 200 were not applied"),
    ],
)
def test_a_design_stands_what_was_applied_twice_in_a_quarter_of_the_handlers_time(
    monkeypatch: pytest.MonkeyPatch, slow: Measured, told: str
) -> None:
    # What is quick again beyond a size that was not proves nothing.
    recorded(monkeypatch, row(100), slow, row(300))
    assert (capacity.limit("per-vlan"), capacity.told("per-vlan")) == (100, told)


def test_nothing_is_taken_that_was_not_measured_but_of_a_design_that_never_was(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(monkeypatch, row(100), row(200, apply=120))
    assert capacity.limit("per-vlan") == 200
    assert capacity.limit("ovn-localnet") == names.VLAN_ID_MAX


def test_neighbours_are_one_to_a_trunk_and_each_has_a_bridge_of_its_own_elsewhere() -> None:
    vlans = [*range(1, 1001), 2000]
    assert (capacity.size("vlan-aware", vlans), capacity.size("per-vlan", vlans)) == (2, 1001)


def test_a_bridge_for_each_vlan_has_a_limit_and_its_neighbour_in_the_remedy_has_a_larger_one() -> None:
    assert LIMITED[:1] == ["per-vlan"]
    assert capacity.limit("vlan-aware") > capacity.limit("per-vlan") > 0


@pytest.mark.parametrize("design", LIMITED)
def test_one_vlan_more_is_refused_with_what_was_measured(design: str) -> None:
    most = capacity.limit(design)

    def wanted(count: int) -> None:
        vlans = [{"id": number, "name": "x", "namespaces": ["blue"]} for number in nodes.spread(count)]
        facts.lab(nodeNetwork={"bridging": design}, vlans=vlans)

    wanted(most)
    with pytest.raises(SettingsError) as error:
        wanted(most + 1)
    for part in (
        f"these are {most + 1} {capacity.unit(design)}",
        f"above {most}",
        capacity.told(design),
        "480 s",
        "ovn-localnet",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize(("release", "otherwise"), [("4.20", "bridging: ovn-localnet"), ("4.10", "Take some out")])
def test_a_design_that_nobody_has_written_has_its_limit_as_well(release: str, otherwise: str) -> None:
    """Of OpenShift 4.18 and before, or with another network than OVN-Kubernetes."""
    most = capacity.limit("vlan-aware")

    def completed(count: int) -> None:
        vlans = [{"id": number, "name": "x", "namespaces": ["blue"]} for number in nodes.spread(count)]
        network, cluster = {"bridging": None}, {"openshift": release}
        found = facts.settings_of(cluster=cluster, nodeNetwork=network, vlans=vlans)
        plan.complete(found, stack=facts.STACK, where=facts.WHERE, network_type="OpenShiftSDN")

    completed(most)
    with pytest.raises(SettingsError) as error:
        completed(most + 1)
    for part in ("nodeNetwork.bridging", f"these are {most + 1} ranges", otherwise, "neighbours"):
        assert part in str(error.value)


def test_the_page_has_the_record_as_its_table() -> None:
    assert curve.table(capacity.record()) in (ROOT / "docs/scale.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("design", "page", "pattern"), PAGES)
def test_pages_name_the_limit_that_comes_from_the_record(design: str, page: str, pattern: str) -> None:
    found = re.search(pattern, (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    assert int(found[1]) == capacity.limit(design)
    if found.lastindex == 2:
        assert found[2] == capacity.told(design)


def test_what_is_measured_anew_replaces_its_rows_in_the_file_and_on_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, page = tmp_path / "capacity.csv", tmp_path / "scale.md"
    file.write_text(
        "design,vlans,ranges,apply_cpu_s\nper-vlan,4,4,1\nper-vlan,20,20,2\nper-vlan,300,300,3\nvlan-aware,300,1,4\n"
    )
    monkeypatch.setattr(capacity, "RECORD", file)
    monkeypatch.setattr(curve, "PAGE", page)
    capacity.record.cache_clear()
    try:
        page.write_text(f"before\n\n{curve.table(capacity.record())}\n\nafter\n")
        curve.write([row(20, apply=7), row(100, complaint="not | within 480 s")])
        assert [(found.design, found.vlans, found.apply_cpu_s, found.complaint) for found in capacity.record()] == [
            ("per-vlan", 4, 1, ""),
            ("per-vlan", 20, 7, ""),
            ("per-vlan", 100, 1, "not | within 480 s"),
            ("vlan-aware", 300, 4, ""),
        ]
        assert page.read_text() == f"before\n\n{curve.table(capacity.record())}\n\nafter\n"
        assert "| `per-vlan` | 100 | 100 | not \\| within 480 s | | | | | |" in page.read_text()
    finally:
        capacity.record.cache_clear()


@pytest.mark.parametrize(
    ("said", "told"),
    [("[INFO] x\nNmstateError: no", "NmstateError: no"), ("x\nsubprocess.TimeoutExpired: y", "not within 480 s")],
)
def test_of_what_was_not_applied_nmstates_last_words_are_kept_or_that_it_took_too_long(said: str, told: str) -> None:
    assert nodes._complaint(CommandError(said)) == told


def test_ids_are_spread_so_that_no_two_are_one_range() -> None:
    assert list(nodes.spread(4)) == [1023, 2046, 3069, 4092]
    assert list(nodes.spread(2047))[:2] == [2, 4]
    assert list(nodes.spread(4094)) == list(range(1, 4095))
