"""What is not as the stack file says, in each kind of picture: by a word, and by more than a colour."""

from __future__ import annotations

import io
import re
from itertools import combinations
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from cli.topology import html, mermaid, svg, text
from lab.topology import State, topology
from tests.unit import facts, standing
from tests.unit.standing import OTHER, attachments, gone, lab_of, looked, states
from tests.unit.test_topology_page import Elements
from tests.unit.test_topology_pictures import ESCAPE, SVG, boxes, shown

if TYPE_CHECKING:
    from lab.topology import Topology

STATES = ("missing", "differs", "extra", "foreign")


@pytest.fixture(scope="module")
def spoilt() -> Topology:
    """One of each: a NAD that is missing, a bridge that one node has not, one left over, one of somebody else's."""
    lab = lab_of()
    more = {
        ("green", "old"): standing.attachment("old", "green", config=OTHER),
        ("blue", "mine"): standing.attachment("mine", stack=None, config=OTHER),
    }
    return looked(
        lab,
        standing.inventory(lab, hosts=(standing.host("goat-1"), facts.host("goat-2"))),
        network_states=states(lab, gone("br-1928")),
        attachments={**attachments(lab, blue_1925=None), **more},
        policies=facts.by_name(standing.policy(lab, ["br-1930"])),
    )


def test_a_terminal_tells_each_mark_in_the_table_and_lists_them_all_below(spoilt: Topology) -> None:
    lines = [" ".join(line.split()) for line in shown(spoilt, 200)]
    assert "└─ port group Trunk (differs) vSwitch0 on every host, all VLANs (4095), promiscuous, on goat-1" in lines
    assert "1925 proxy ens224.1925 br-1925 vlan-1925 (missing) blue" in lines
    assert "1928 pxe ens224.1928 br-1928 (differs) vlan-1928 blue, green" in lines
    assert "1930 retired ens224.1930 br-1930 -" in lines
    assert "1928 not in the stack file ens224.1928 br-1928 (differs) green/old (extra) green" in lines
    assert "1928 not this stack's ens224.1928 br-1928 (differs) blue/mine (foreign) blue" in lines
    assert lines[lines.index("5 differences from the stack file:") + 1 :] == [
        "differs port group Trunk: missing on goat-2",
        "missing NetworkAttachmentDefinition vlan-1925: in blue",
        "differs bridge br-1928: missing on node-2",
        "foreign NetworkAttachmentDefinition blue/mine: in blue, not made by this stack",
        "extra NetworkAttachmentDefinition green/old: in green, not in the stack file",
    ]


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_keeps_every_mark(spoilt: Topology, width: int) -> None:
    lines = shown(spoilt, width)
    assert max(map(len, lines)) <= width
    assert {"(missing)", "(differs)", "(extra)", "(foreign)"} <= set(" ".join(lines).split())


def test_a_pipe_has_the_words_and_no_colour(spoilt: Topology) -> None:
    out = io.StringIO()
    text.show(spoilt, Console(file=out, force_terminal=False, highlight=False, markup=False, emoji=False))
    assert ESCAPE not in out.getvalue()
    assert "vlan-1925 (missing)" in out.getvalue()


def test_where_nothing_differs_the_terminal_says_so() -> None:
    assert shown(looked(lab_of()), 200)[-1] == "All of it is there, as the stack file has it."


def test_a_vlan_that_has_no_column_is_marked_where_its_line_begins() -> None:
    lab = lab_of("vlan-aware")
    port = {"name": "ens224", "vlan": {"mode": "trunk", "trunk-tags": [{"id": 1925}]}}
    bridge = {"name": "br-trunk", "type": "linux-bridge", "state": "up", "bridge": {"port": [port]}}
    found = looked(lab, network_states=states(lab, {"interfaces": [bridge]}))
    assert any(line.startswith("1928 (differs)") for line in shown(found, 200))
    assert any(line.startswith("VLAN 1928 (differs)") for line in shown(found, 40))


def test_mermaid_marks_by_word_and_border_and_has_what_is_beside(spoilt: Topology) -> None:
    lines = mermaid.write(spoilt).splitlines()
    ids = {match[1]: match[2] for line in lines if (match := re.fullmatch(r'  (p\d+)\["(.*)"\]', line))}
    for state in STATES:
        assert any(line.startswith(f"  classDef {state} stroke:") for line in lines)
        (key, *_) = [line.split()[1] for line in lines if re.fullmatch(rf"  class p\d+ {state}", line)]
        assert ids[key].startswith(f"{state} ")
    assert "missing NetworkAttachmentDefinition<br>vlan-1925<br>missing in blue" in ids.values()
    nic = next(key for key, label in ids.items() if label.startswith("NIC"))
    beside = [line.split()[0] for line in lines if line.endswith(f"-.-> {nic}")]
    assert [ids[key].split("<br>")[0] for key in beside] == ["template", "MachineSet", "nodes", "policy"]
    assert "classDef missing" not in mermaid.write(looked(lab_of())), "a style that nothing has"


def test_the_svg_marks_by_word_and_border_and_no_box_lies_on_another(spoilt: Topology) -> None:
    written = svg.write(spoilt)
    root = ET.fromstring(written)  # noqa: S314  our own
    marked = {group.get("class") or "": group for group in root.iter(f"{SVG}g")}
    for state in STATES:
        texts = [item.text or "" for item in marked[state].iter(f"{SVG}text")]
        assert any(line.startswith(state) for line in texts), state
        assert f".{state} rect" in (root.findtext(f"{SVG}style") or "")
    titles = [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")]
    assert {"template rhcos-cnv", "MachineSet hub-cnv", "policy ens224-policy"} <= set(titles)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    drawn = boxes(written)
    assert len(drawn) == len(spoilt.parts) + len(spoilt.beside)
    assert all(left >= 0 and top >= 0 and right <= width and bottom <= height for left, top, right, bottom in drawn)
    assert not [
        (one, two)
        for one, two in combinations(drawn, 2)
        if one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
    ]


def test_the_page_tells_how_many_of_each_and_finds_them_by_the_word(spoilt: Topology) -> None:
    page = Elements(html.write(spoilt))
    assert page.open == []
    assert {"#q=missing", "#q=differs", "#q=extra", "#q=foreign"} <= {item["href"] for item in page.all("a")}
    assert {"1 missing", "2 differs", "1 extra", "1 foreign"} <= set(page.texts)
    ways = [(item["data-words"] or "").split() for item in page.all("li") if "data-words" in item]
    assert sum("missing" in words for words in ways) == 1
    assert sum("foreign" in words for words in ways) == 1
    classes = [(item.get("class") or "").split() for item in page.all("div")]
    assert all(["part", state] in classes for state in STATES)
    assert "missing on goat-2" in " ".join(page.texts)


def test_a_page_of_a_lab_that_stands_says_so_and_one_of_nobodys_look_says_nothing() -> None:
    assert "All of it is there, as the stack file has it." in html.write(looked(lab_of()))
    assert 'id="differences"' not in html.write(topology(lab_of()))


def test_every_state_has_a_word_and_a_look_in_every_picture() -> None:
    known = {str(state) for state in State if state}
    assert known == set(STATES) == {str(state) for state in text.STYLES} == set(mermaid.STYLES) - {"retired"}
    style = (html.PAGE / "page.css").read_text(encoding="utf-8")
    assert all(f".{state} {{ --state" in style and f".{state} rect" in svg.LIVE_STYLE for state in known)
