"""``python -m lab prove`` as a person types it: exit codes, terminal, pipe and JSON, and what ends it beforehand."""

from __future__ import annotations

import io
import json
import os
import signal
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from cli.main import app
from cli.prove import show
from clients.errors import LabError
from lab.parts import Kind
from lab.proof.result import Direction, Reach, VlanResult
from lab.proof.result import Result as Proof
from lab.proof.verdicts import Drop
from tests.unit import pages
from tests.unit.proofs import NODES

if TYPE_CHECKING:
    from pathlib import Path

FILE = """config:
  cnv-lab:cluster: {infraId: hub}
  cnv-lab:nodeNetwork: {bridging: per-vlan}
  cnv-lab:namespaces: [{name: blue}]
  cnv-lab:vlans: [{id: 1928, name: pxe, namespaces: [blue]}]
"""
PORT_GROUP = Drop(layer=Kind.PORT_GROUP, name="Trunk", node="", told="what a VM sends is lost", remedy="Accept it")
BRIDGE = Drop(layer=Kind.BRIDGE, name="br-7", node=NODES[1], told="there is no bridge br-7", remedy="See the policy")


def vlan(number: int, *drops: Drop | None, why: str = "", attachment: str = "blue/vlan-1928") -> VlanResult:
    pairs = (NODES, NODES[::-1])
    ways = tuple(Direction(source=a, target=b, drop=drop) for (a, b), drop in zip(pairs, drops, strict=bool(drops)))
    reach = Reach.MACHINES if attachment else Reach.CARDS
    return VlanResult(vlan=number, name="pxe", attachment=attachment, reach=reach, directions=ways, why=why)


def proof(*vlans: VlanResult) -> Proof:
    return Proof(stack="cnv-lab.x", nodes=NODES, hosts=("goat-1", ""), notes=("one thing",), vlans=vlans)


FINE, DROPPED, BOTH = vlan(1928, None, None), vlan(1926, PORT_GROUP, None), vlan(7, BRIDGE, BRIDGE, attachment="")
UNTRIED = vlan(1927, why="the image cannot be pulled")


@dataclass
class Api:
    """Allows what it is told to."""

    allows: bool = True

    def may(self, attributes: dict[str, str]) -> bool:
        return self.allows or attributes["resource"] == "events"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """The look's."""
    made = Api()
    monkeypatch.setattr("clients.proof.look.look", lambda *_, **__: SimpleNamespace(cluster=made))
    return made


def prove(tmp_path: Path, *words: str) -> Result:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(FILE)
    return CliRunner().invoke(app, ["prove", "--file", str(path), *words])


@pytest.mark.parametrize(
    ("vlans", "code"),
    [
        ([FINE], 0),
        ([FINE, DROPPED], 1),
        ([FINE, UNTRIED], 2),
        ([UNTRIED, DROPPED, FINE], 1),
    ],
)
def test_the_exit_code_is_the_worst_and_what_is_dropped_outweighs_what_nobody_knows(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch, vlans: list[VlanResult], code: int
) -> None:
    monkeypatch.setattr("clients.proof.prove.prove", lambda *_: proof(*vlans))
    assert prove(tmp_path).exit_code == code


def test_in_a_pipe_each_thing_is_one_line(tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.proof.prove.prove", lambda *_: proof(FINE, DROPPED, BOTH, UNTRIED))
    assert prove(tmp_path).stdout.splitlines() == [
        "node hub-a on ESXi host goat-1",
        "node hub-b",
        "note: one thing",
        "arrives    VLAN 1928 pxe, VM to VM by blue/vlan-1928",
        "dropped    VLAN 1926 pxe, VM to VM by blue/vlan-1928: port group Trunk",
        "           hub-a -> hub-b: what a VM sends is lost.",
        "           → Accept it.",
        "           hub-b -> hub-a: arrives.",
        "dropped    VLAN 7 pxe, NIC to NIC (no namespace has it): bridge br-7",
        "           there is no bridge br-7.",
        "           → See the policy.",
        "not tried  VLAN 1927 pxe, VM to VM by blue/vlan-1928",
        "           the image cannot be pulled",
        "cnv-lab.x: VLANs: 2 dropped, 1 not tried, 1 arrives",
    ]


def test_a_narrow_terminal_breaks_its_lines_below_the_vlan() -> None:
    told = io.StringIO()
    console = Console(file=told, force_terminal=True, width=40, highlight=False, markup=False, no_color=True)
    show.show(proof(DROPPED), console)
    lines = told.getvalue().splitlines()
    assert max(map(len, lines)) <= 40 + len("\x1b[1;31m\x1b[0m") * 2
    assert any(line.startswith(" " * 11 + "→") for line in lines)


def test_the_json_is_nothing_but_json_of_the_shape_that_the_page_tells(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clients.proof.prove.prove", lambda *_: proof(FINE, DROPPED))
    done = prove(tmp_path, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["outcome"], told["format"]) == (1, "dropped", 1)
    fine, dropped = told["vlans"]
    assert [way["drop"] for way in fine["directions"]] == [None, None]
    assert dropped["directions"][0] == {
        "from": "hub-a",
        "to": "hub-b",
        "drop": {"layer": "port group", "name": "Trunk", "node": "", "told": PORT_GROUP.told, "remedy": "Accept it"},
    }
    page = pages.read(pages.ROOT / "docs/prove.md")
    spans = set(page.spans)
    assert {*told, *fine, *fine["directions"][0], *dropped["directions"][0]["drop"]} <= spans


def test_who_may_not_have_such_pods_is_told_before_there_is_one(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.allows = False
    monkeypatch.setattr("clients.proof.prove.prove", lambda *_: pytest.fail("it was tried"))
    done = prove(tmp_path)
    assert done.exit_code == 2
    assert "may not create, delete, patch pods" in done.stderr
    assert "may not use securitycontextconstraints.security.openshift.io" in done.stderr
    assert "events" not in done.stderr


def test_what_ends_it_is_told_in_one_line_with_exit_code_2(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Proof:
        raise LabError("it cannot be tried.")

    monkeypatch.setattr("clients.proof.prove.prove", fail)
    assert (prove(tmp_path).exit_code, prove(tmp_path).stderr) == (2, "it cannot be tried.\n")
    assert CliRunner().invoke(app, ["prove"]).exit_code == 2
    assert CliRunner().invoke(app, ["prove", "--file", str(tmp_path / "none")]).exit_code == 2


def test_a_process_that_is_to_end_ends_as_by_ctrl_c_and_the_handler_is_put_back(
    tmp_path: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def killed(*_: Any) -> Proof:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            seen.append("cleaned up")
        raise AssertionError

    def own(_number: int, _frame: Any) -> None:
        """Somebody's, of before."""

    before = signal.signal(signal.SIGTERM, own)
    monkeypatch.setattr("clients.proof.prove.prove", killed)
    try:
        done = prove(tmp_path)
        assert signal.getsignal(signal.SIGTERM) is own
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (done.exit_code, done.stderr, seen) == (2, "ended before it was proved.\n", ["cleaned up"])
