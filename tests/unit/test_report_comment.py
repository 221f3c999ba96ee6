"""The comment as GitHub gets it: found again, never too long, nothing foreign read as markup, errors whole."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.report.comment import LIMIT
from cli.report.markdown import code
from tests.unit.report_samples import ATTACHMENT, FOLDER, comment, preview, rows, said, sample, step

ROOT = Path(__file__).parents[2]
SAMPLE = (
    *("report", "tests/unit/previews/change.json", "--stack", "sandbox"),
    *("--before", "tests/unit/previews/before.mmd", "--after", "tests/unit/previews/after.mmd"),
)


def size(text: str) -> int:
    """As GitHub counts: a character outside of the basic plane is two."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


def lab(*words: str, given: str | None = None, **environment: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, words, input=given, env=environment, catch_exceptions=False)
    return done.exit_code, done.output


def namespaces_network(name: str, **more: Any) -> dict[str, Any]:
    return step("create", ATTACHMENT, name, None, {"metadata": {"name": name, "namespace": "n"}, **more})


def test_the_sample_page_is_what_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs/sample-preview.md").read_text(encoding="utf-8")
    how = "tests/engine/test_report.py writes it, and what it is made of"
    assert lab(*SAMPLE) == (0, page), how


@pytest.mark.parametrize("drift", [False, True])
def test_each_stack_and_purpose_has_its_own_hidden_first_line(*, drift: bool) -> None:
    words = ["--drift"] if drift else []
    _, text = lab("report", str(FOLDER / "nothing.json"), "--stack", "acme/cnv-lab/lab", *words)
    assert text.splitlines()[0] == f"<!-- cnv-lab {'drift' if drift else 'preview'}: acme/cnv-lab/lab -->"


def test_a_preview_comes_from_standard_input_as_well() -> None:
    given = (FOLDER / "nothing.json").read_text(encoding="utf-8")
    code_, text = lab("report", "--stack", "lab", given=given)
    assert (code_, "**Nothing changes.** 22 resources stay as they are." in text) == (0, True)


def test_the_errors_of_a_failed_preview_stand_first_and_whole() -> None:
    text = comment(sample("failed"))
    assert "The preview failed" in text.splitlines()[3]
    assert "error: " not in text, "the engine's own prefix"
    assert "to create" not in text, "what Pulumi counts of it is the stack itself"
    several = preview(namespaces_network("vlan-5"), diagnostics=[said("error", "no snapshot\n  Give it another name.")])
    text = comment(several)
    assert "no snapshot\n  Give it another name.\n" in text
    assert text.index("snapshot") < text.index("to create")


def test_an_error_of_a_resource_says_whose_it_is() -> None:
    found = preview(diagnostics=[said("error", "refused", "urn:pulumi:lab::cnv-lab::a$b::trunk-esx-1")])
    assert "trunk-esx-1: refused" in comment(found)
    assert "Nothing changes" not in comment(found)


@pytest.mark.parametrize("printed", ["", "{", "[]", '{"steps": [{"op": "create"}]}', '{"steps": 7}'])
def test_where_pulumi_printed_no_preview_its_log_is_told(printed: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("error: no stack named 'lab' found\n", encoding="utf-8")
    code_, text = lab("report", "--stack", "lab", "--log", str(log), given=printed)
    assert (code_, "failed before it began" in text) == (0, True)
    assert "no stack named 'lab' found" in text
    assert "failed before it began" in lab("report", "--stack", "lab", given=printed)[1]


@pytest.mark.parametrize("words", [["--stack", "a-->b"], ["--stack", "a b"], ["--stack", "lab", "--log", "nowhere"]])
def test_what_cannot_be_is_refused_without_a_traceback(words: list[str]) -> None:
    code_, text = lab("report", *words, given="{}")
    assert code_ != 0
    assert "Traceback" not in text


FOREIGN = "@octocat #7 a`b``c |x\\|y <img src=x> **b** [l](http://e.vil) -->\u202e"


def test_no_foreign_text_is_read_as_markup(tmp_path: Path) -> None:
    """All of it stands in code: take spans and blocks out, and nothing of it is left."""
    picture = tmp_path / "after.mmd"
    picture.write_text(f"flowchart\n```\n{FOREIGN}\n", encoding="utf-8")
    found = preview(
        namespaces_network(FOREIGN, **{FOREIGN: FOREIGN}),
        step("update", FOREIGN, FOREIGN, {"a": FOREIGN}, {"a": 1, FOREIGN: "```\n@octocat"}),
        diagnostics=[said(severity, f"{FOREIGN}\n```\n~~~\n{FOREIGN}") for severity in ("error", "warning", "info")],
    )
    text = comment(found, topologies={"After": picture.read_text(encoding="utf-8")})
    assert "\u202e" not in text
    left = without_code(text)
    for mark in ("octocat", "<img", "e.vil", "#7"):
        assert mark in text
        assert mark not in left
    assert re.findall(r"<[^>]*>", left) == re.findall(r"</?(?:details|summary)>|<!-- [\w :-]+ -->", left)


def without_code(text: str) -> str:
    """What CommonMark leaves of it: fences end at a line of as many backticks, spans at a run of the same length."""
    kept, fence = [], ""
    for line in text.splitlines():
        opening = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif opening:
            fence = opening[0]
        else:
            kept.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line))
    assert not fence, "a block that nobody closed"
    return "\n".join(kept)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Trunk", "`Trunk`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("a\nb", "`a b`"),
        ("a|b", "`a\\|b`"),
        ("a\\|b", "`a\\\\\\|b`"),
        ("", "` `"),
    ],
)
def test_a_name_in_a_cell_is_a_code_span_that_ends_where_it_should(text: str, written: str) -> None:
    assert code(text, cell=True) == written


def test_a_cell_has_no_pipe_that_ends_it() -> None:
    """A pipe behind an odd number of backslashes is none."""
    (row,) = rows(comment(preview(namespaces_network("a|b\\|c\\\\|d"))))
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 2


def test_a_comment_that_would_be_too_long_loses_the_end_of_the_diff_and_says_so() -> None:
    many = [namespaces_network(f"vlan-{vlan}", spec={"config": "x" * 40}) for vlan in range(1, 1500)]
    text = comment(preview(*many, diagnostics=[said("error", "the reason")]))
    assert LIMIT - 1000 < size(text) <= LIMIT
    assert "VLANs 1-1499" in text
    assert "the reason" in text
    assert re.search(r"_\d+ of 5996 lines are left out: .* `pulumi preview --diff --stack lab` shows all\._\n", text)
    without_code(text)
    assert text.count("<details>") == text.count("</details>") == 1


@pytest.mark.parametrize("letter", ["x", "\N{SNOWMAN}", "\N{GRINNING FACE}"])
@pytest.mark.parametrize("length", [10, 70, 100_000])
def test_no_comment_is_longer_than_github_takes(letter: str, length: int) -> None:
    text = letter * length
    steps = [step("update", f"type-{n}", text, {"a": text}, {"b": text}) for n in range(70_000 // (length + 40) + 1)]
    words = [said(severity, f"{text}\n" * 3) for severity in ("error", "warning", "info")]
    written = comment(preview(*steps, diagnostics=words), topologies={"Before": text, "After": text * 2})
    assert size(written) <= LIMIT
    assert "left out" in written or size(written) < LIMIT / 2
    without_code(written)


def test_a_picture_is_whole_or_not_there() -> None:
    text = comment(sample("change"), topologies={"After": "a --> b\n" * 9000})
    assert "```mermaid" not in text
    assert "After: too large for a comment; `python -m lab topology --stack lab` draws it." in text
