"""The pictures: in a terminal wide and narrow, in a pipe, as Mermaid and as SVG."""

from __future__ import annotations

import io
import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from rich.console import Console

from cli.topology import mermaid, svg, text
from lab.topology import Topology, topology
from tests.unit import facts
from tests.unit.test_cli import lab
from tests.unit.test_topology import drawn, many

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
ESCAPE = "\x1b"


def shown(found: Topology, width: int, *, terminal: bool = True) -> list[str]:
    """The lines that a terminal of this width gets, without their colours."""
    out = io.StringIO()
    text.show(
        found, Console(file=out, width=width, force_terminal=terminal, highlight=False, markup=False, emoji=False)
    )
    return re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()).splitlines()


def test_a_wide_terminal_gets_a_table_with_a_line_a_vlan() -> None:
    lines = [" ".join(line.split()) for line in shown(drawn(), 160)]
    assert "VLAN VLAN interface bridge NetworkAttachmentDefinition namespaces" in lines
    assert "1925 proxy ens224.1925 br-1925 -" in lines
    assert "1928 pxe ens224.1928 br-1928 vlan-1928 blue, green (existing)" in lines


@pytest.mark.parametrize("width", [30, 60])
def test_a_narrow_terminal_gets_a_block_a_vlan_and_loses_no_word(width: int) -> None:
    lines = shown(drawn(), width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    assert "VLAN 1928 pxe" in lines
    assert {"ens224.1928", "br-1928", "vlan-1928", "blue,", "green"} <= set(words)


def test_in_a_pipe_no_line_is_broken_and_nothing_is_coloured() -> None:
    done = lab("topology", "--stack", "lab")
    assert ESCAPE not in done.stdout
    assert any(
        line.split()[:2] == ["1928", "provisioning"] and "vlan-1928" in line for line in done.stdout.splitlines()
    )
    assert not any(line.endswith(" ") for line in done.stdout.splitlines())


def test_on_a_terminal_what_is_retired_is_struck_out_and_told_in_a_word() -> None:
    out = io.StringIO()
    retired = drawn(ledger=("br-1930",))
    text.show(retired, Console(file=out, width=160, force_terminal=True, color_system="standard", legacy_windows=False))
    (line,) = (line for line in out.getvalue().splitlines() if "br-1930" in line)
    assert re.search(r"\x1b\[([\d;]*;)?9[;m]", line)
    assert "retired" in line
    assert any("br-1930" in line and "retired" in line for line in shown(retired, 10, terminal=False))


def test_a_lab_without_vlans_says_so() -> None:
    assert shown(topology(facts.lab(vlans=[])), 80)[-1] == "no VLANs"


def test_mermaid_has_each_part_and_each_link_once() -> None:
    found = drawn("ovn-localnet")
    lines = mermaid.write(found).splitlines()
    assert lines[0] == "flowchart LR"
    assert len([line for line in lines if "-->" in line]) == len(found.links)
    assert len([line for line in lines if '["' in line]) == len(found.parts)
    assert '  p3["bridge<br>br-vmdata<br>Open vSwitch"]' in lines


def test_mermaid_strikes_out_what_is_retired_and_says_the_word() -> None:
    lines = mermaid.write(drawn(ledger=("br-1930",))).splitlines()
    (bridge,) = (line.split("[")[0].strip() for line in lines if "br-1930" in line)
    assert f"  class {bridge} retired" in lines
    assert any("text-decoration:line-through" in line for line in lines)
    assert any("retired bridge" in line for line in lines)


NASTY = 'a"]; x --> y<script>alert(1)</script>#`%%{init}'


def test_no_name_breaks_out_of_mermaids_label() -> None:
    written = mermaid.write(drawn(vlans=[{"id": 5, "name": NASTY[:40]}]))
    (line,) = (line for line in written.splitlines() if "ens224.5" in line)
    label = re.fullmatch(r'  p\d+\["(.*)"\]', line)
    assert label
    assert not set('"[]<>`%{}') & set(label[1].replace("<br>", ""))


@pytest.mark.parametrize("namespaces", [2, 90])
def test_mermaid_stays_within_what_github_draws(namespaces: int) -> None:
    """Mermaid's maxEdges is 500 and its maxTextSize 50000."""
    written = mermaid.write(many(namespaces))
    assert written.count("-->") <= 500
    assert len(written) <= 50_000


def boxes(written: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of all that is drawn."""
    found = [box.attrib for box in ET.fromstring(written).iter(f"{SVG}rect")]  # noqa: S314  our own
    sides = [tuple(float(box[key]) for key in ("x", "y", "width", "height")) for box in found]
    return [(left, top, left + width, top + height) for left, top, width, height in sides]


@pytest.mark.parametrize("bridging", ["per-vlan", "vlan-aware", "ovn-localnet"])
def test_in_the_svg_no_box_lies_on_another_or_outside(bridging: str) -> None:
    found = drawn(bridging, ledger=("br-1930", "br-trunk", "br-vmdata"))
    written = svg.write(found)
    root, drawn_boxes = ET.fromstring(written), boxes(written)  # noqa: S314  our own
    assert len(drawn_boxes) == len(found.parts)
    assert not [
        (one, two)
        for one, two in combinations(drawn_boxes, 2)
        if one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
    ]
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert all(
        left >= 0 and top >= 0 and right <= width and bottom <= height for left, top, right, bottom in drawn_boxes
    )


def test_no_link_runs_behind_a_box_that_it_does_not_lead_to() -> None:
    """A link bends between two columns, and then stays in its row."""
    written = svg.write(drawn("ovn-localnet", ledger=("br-1930", "br-1931", "br-1932")))
    paths = [item.attrib["d"] for item in ET.fromstring(written).iter(f"{SVG}path")]  # noqa: S314  our own
    straight = [re.fullmatch(r".* ([\d.]+) ([\d.]+) H([\d.]+)", path) for path in paths]
    assert all(straight)
    for start, row, end in (map(float, found.groups()) for found in straight if found):
        assert not [box for box in boxes(written) if box[0] < end and start < box[2] and box[1] < row < box[3]]


def test_the_svg_strikes_out_what_is_retired_and_has_a_dark_side_and_a_title() -> None:
    root = ET.fromstring(svg.write(drawn(ledger=("br-1930",))))  # noqa: S314  our own
    retired = [group for group in root.iter(f"{SVG}g") if group.get("class") == "retired"]
    assert [group.findtext(f"{SVG}title") for group in retired] == [
        "retired VLAN interface ens224.1930",
        "retired bridge br-1930",
    ]
    style = root.findtext(f"{SVG}style") or ""
    assert ".retired text { text-decoration: line-through; }" in style
    assert "prefers-color-scheme: dark" in style
    assert "cnv-lab.t" in (root.findtext(f"{SVG}title") or "")


def test_a_name_with_markup_is_text_in_the_svg() -> None:
    written = svg.write(drawn(vlans=[{"id": 5, "name": NASTY[:40]}]))
    names = [item.text for item in ET.fromstring(written).iter(f"{SVG}text")]  # noqa: S314  our own
    assert NASTY[:40] in names


def test_the_svg_of_400_vlans_fits_on_a_page() -> None:
    root = ET.fromstring(svg.write(many(namespaces=90)))  # noqa: S314  our own
    assert float(root.attrib["height"]) < 1000


def test_the_readmes_picture_is_what_topology_draws() -> None:
    """After a change: python -m lab topology --stack lab --format svg > docs/topology.svg."""
    done = lab("topology", "--stack", "lab", "--format", "svg")
    assert done.stdout == (ROOT / "docs/topology.svg").read_text(encoding="utf-8")
    assert "](docs/topology.svg)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [[], ["--stack", "nope"], ["--stack", "lab", "--format", "png"]])
def test_what_cannot_be_drawn_is_told_without_a_traceback(words: list[str]) -> None:
    done = lab("topology", *words)
    assert done.exit_code != 0
    assert (done.stdout, "Traceback" in done.stderr) == ("", False)


def test_a_stack_file_that_leaves_the_rest_to_the_worker_machine_set_is_drawn(tmp_path: Path) -> None:
    """A pull request's picture is made where no cluster is: of sizes and places in vCenter it shows none."""
    content = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text(encoding="utf-8"))
    left_out = {"cnv-lab:vcenter", "cnv-lab:template", "cnv-lab:hypervisors"}
    content["config"] = {key: value for key, value in content["config"].items() if key not in left_out}
    path = tmp_path / "Pulumi.lab.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = lab("topology", "--file", str(path), "--format", "mermaid")
    assert (done.exit_code, done.stdout) == (0, lab("topology", "--stack", "lab", "--format", "mermaid").stdout)
    assert "unknown" not in done.stdout


def test_what_an_earlier_stack_file_had_is_drawn_as_retired(tmp_path: Path) -> None:
    """So a pull request's second picture shows what it takes away; a look at the policy knows better."""
    path = tmp_path / "Pulumi.lab.yaml"
    text = (ROOT / "Pulumi.lab.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("id: 1926", "id: 1930"), encoding="utf-8")
    lines = lab("topology", "--file", str(path), "--since", "Pulumi.lab.yaml").stdout.splitlines()
    assert [line.split()[1] for line in lines if "1926" in line and "trunk" not in line] == ["retired"]
    assert "retired" not in lab("topology", "--file", str(path)).stdout
    done = lab("topology", "--file", str(path), "--since", "Pulumi.lab.yaml", "--live")
    assert (done.exit_code, "the policy itself tells" in " ".join(done.output.replace("│", " ").split())) == (2, True)
