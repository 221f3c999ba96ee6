"""The stand-in for Pulumi's Python host, and what every stand-in's process has in common."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from sandbox.errors import Refusal
from sandbox.plugins import language_python
from sandbox.plugins.language_python import readable
from sandbox.plugins.serving import engine_address, told_plainly
from tests.unit.fakes import Aborted, Context

PROGRAM = """
def read(vlan):
    {body}

read("many")
"""


def failure(program: Path) -> str:
    """What is told of a program's error."""
    try:
        language_python._program(str(program))
    except Exception as error:  # noqa: BLE001  whatever the program raises
        return readable(error, program.parent)
    raise AssertionError


def files(told: str) -> list[str]:
    """The files of the frames, outermost first."""
    return [Path(found).name for found in re.findall(r'File "([^"]+)"', told)]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    return folder / "__main__.py"


def test_a_programs_error_is_told_from_its_own_first_frame_on(program: Path) -> None:
    program.write_text(PROGRAM.format(body="return int(vlan)"))
    told = failure(program)
    assert told.startswith("Traceback (most recent call last):\n")
    assert files(told) == ["__main__.py", "__main__.py"]
    assert told.endswith("ValueError: invalid literal for int() with base 10: 'many'")


def test_every_error_of_a_chain_is_told_so(program: Path) -> None:
    body = "try:\n        int(vlan)\n    except ValueError as error:\n        raise KeyError(vlan) from error"
    program.write_text(PROGRAM.format(body=body))
    told = failure(program)
    assert "direct cause" in told
    assert files(told) == ["__main__.py", "__main__.py", "__main__.py"]
    program.write_text(program.read_text().replace(" from error", ""))
    assert files(failure(program)) == files(told)
    program.write_text(program.read_text().replace("KeyError(vlan)", "KeyError(vlan) from None"))
    assert files(failure(program)) == ["__main__.py", "__main__.py"]


def test_what_is_installed_in_the_programs_folder_is_not_the_program(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment beside Pulumi.yaml: its SDK calls the program."""
    venv = program.parent / "venv"
    installed = venv / "lib" / "sdk.py"
    installed.parent.mkdir(parents=True)
    installed.write_text("def run(function):\n    function()\n")
    program.write_text("def own():\n    raise ValueError('own')\n")
    monkeypatch.setattr(sys, "prefix", str(venv))
    run, own = runpy.run_path(str(installed))["run"], runpy.run_path(str(program))["own"]
    with pytest.raises(ValueError, match="own") as caught:
        run(own)
    assert files(readable(caught.value, program.parent)) == ["__main__.py"]


def test_what_the_sdk_says_of_a_programs_error_does_not_hide_where_it_began(program: Path, tmp_path: Path) -> None:
    sdk = tmp_path / "sdk.py"
    sdk.write_text(
        "def run(own):\n    try:\n        own()\n    except ValueError as e:\n        raise OSError from e\n"
    )
    program.write_text("def own():\n    raise ValueError('own')\n")
    run, own = runpy.run_path(str(sdk))["run"], runpy.run_path(str(program))["own"]
    with pytest.raises(OSError) as caught:  # noqa: PT011  nothing else can raise one
        run(own)
    assert files(readable(caught.value, program.parent)) == ["__main__.py", Path(__file__).name, "sdk.py"]


def test_an_error_without_a_frame_of_the_program_keeps_all_but_the_hosts(program: Path) -> None:
    told = failure(program)
    assert "No such file or directory" in told
    assert Path(__file__).name in files(told)
    assert "language_python.py" not in told


@pytest.mark.parametrize(
    ("code", "error"),
    [(None, ""), (0, ""), (1, "exit code: 1"), (3, "exit code: 3"), ("no VLAN", "exit code: 1"), ("", "exit code: 1")],
)
def test_a_program_that_leaves_has_failed_unless_its_code_is_0_or_none(
    program: Path, capsys: pytest.CaptureFixture[str], code: object, error: str
) -> None:
    program.write_text(f"import sys\nsys.exit({code!r})\n")
    with pytest.raises(SystemExit) as left:
        language_python._program(str(program))
    answer = language_python._left_by(left.value)
    assert answer.error.endswith(error)
    assert bool(answer.error) == bool(error)
    assert not answer.bail
    assert capsys.readouterr().err == (f"{code}\n" if isinstance(code, str) else "")


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["127.0.0.1:5"], "127.0.0.1:5"),
        (["-v=9", "--logflow", "127.0.0.1:5"], "127.0.0.1:5"),
        (["--root", "/x", "127.0.0.1:5"], "127.0.0.1:5"),
        (["-v=9"], ""),
        ([], ""),
    ],
)
def test_the_engines_address_is_the_last_argument(arguments: list[str], address: str) -> None:
    assert engine_address(arguments) == address


def test_a_refusal_reaches_the_engine_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_servicer: object, _request: object, _context: object) -> None:
        raise Refusal("no such host")

    with pytest.raises(Aborted, match=r"^no such host$"):
        told_plainly(refuse)(None, None, Context())
    assert capsys.readouterr().err == ""


def test_anything_unexpected_reaches_the_engine_as_a_line_and_its_log_as_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_servicer: object, request: SimpleNamespace, _context: object) -> None:
        request.properties["vlan"] += 1

    with pytest.raises(Aborted, match=r"^KeyError: 'vlan'$"):
        told_plainly(fail)(None, SimpleNamespace(properties={}), Context())
    assert "Traceback" in capsys.readouterr().err


def test_an_answer_is_given_on() -> None:
    assert told_plainly(lambda _servicer, request, _context: request)(None, "as asked", Context()) == "as asked"
