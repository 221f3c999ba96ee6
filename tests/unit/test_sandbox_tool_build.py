"""Building the sandbox's tools, with shell scripts in the compilers' places: whole, or not at all, and once."""

from __future__ import annotations

import ctypes
import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest
from typer.testing import CliRunner

from sandbox.tools import __main__ as command
from sandbox.tools import cache, catalogue, debian
from sandbox.tools.build import BuildError, build
from sandbox.tools.catalogue import CargoTool, CLibrary, GoTool, ModuleFiles
from sandbox.tools.prerequisites import Compilers, PrerequisiteError

if TYPE_CHECKING:
    from pathlib import Path

# Notes its call, says what it is to say, fails or takes its time where it is to.
COMPILER = """#!/bin/sh
echo "$PWD $*" >>{folder}/calls
[ -f {folder}/says ] && cat {folder}/says
[ -f {folder}/fails ] && exit 2
[ -f {folder}/slow ] && sleep 0.2
{made}
"""
# The executable that follows -o, if any.
GO = """while [ "$1" != -o ] && [ $# -gt 0 ]; do shift; done
[ $# -gt 0 ] || exit 0
echo built >"$2\""""
CARGO = """while [ "$1" != --root ]; do shift; done
mkdir "$2/bin" && echo built >"$2/bin/nmstatectl\""""


class Lab:
    """The fake compilers and what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.compilers = Compilers(go=self._compiler("go", GO), cargo=self._compiler("cargo", CARGO))

    def _compiler(self, name: str, made: str) -> Path:
        path = self.folder / name
        path.write_text(COMPILER.format(folder=self.folder, made=made))
        path.chmod(0o755)
        return path

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def says(self, text: str, *, fails: bool = False) -> None:
        (self.folder / "says").write_text(text)
        if fails:
            (self.folder / "fails").touch()
        else:
            (self.folder / "fails").unlink(missing_ok=True)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CNV_LAB_TOOLS", raising=False)
    folder = tmp_path / "compilers"
    folder.mkdir()
    return Lab(folder)


def test_a_library_of_c_is_built_anew_when_its_source_changes(lab: Lab, tmp_path: Path) -> None:
    tool = CLibrary(name="answer.so", source=tmp_path / "answer.c")
    tool.source.write_text("int answer(void) { return 42; }\n")
    assert ctypes.CDLL(str(build(tool, lab.compilers))).answer() == 42
    tool.source.write_text("int answer(void) { return 43 }\n")
    assert cache.find(tool) is None
    with pytest.raises(BuildError, match=r"answer\.so could not be built"):
        build(tool, lab.compilers)


def vcenter() -> GoTool:
    tool = catalogue.by_name("vcenter")
    assert isinstance(tool, GoTool)
    return tool


def left() -> list[str]:
    """What is in the cache's folder of tools, but for the lock."""
    return sorted(path.name for path in (cache.root() / "tools").iterdir() if path.name != ".lock")


def test_a_built_tool_is_whole_in_its_own_folder(lab: Lab) -> None:
    tool = vcenter()
    built = build(tool, lab.compilers)
    assert built == cache.folder(tool) / "vcenter"
    assert built.read_text() == "built\n"
    assert left() == [cache.folder(tool).name]
    assert cache.find(tool) == built


def test_go_builds_in_the_module_that_pins_the_tool_and_with_its_flags(lab: Lab) -> None:
    tool = catalogue.by_name("pulumi")
    assert isinstance(tool, GoTool)
    build(tool, lab.compilers)
    (call,) = lab.calls
    assert call.startswith(f"{tool.module} build ")
    assert f"-ldflags={tool.ldflags} " in call
    assert call.endswith(f" {tool.package}")


def test_cargo_installs_the_pinned_version_by_its_own_lock_file(lab: Lab) -> None:
    tool = catalogue.by_name("nmstatectl")
    assert isinstance(tool, CargoTool)
    assert build(tool, lab.compilers).read_text() == "built\n"
    (call,) = lab.calls
    assert f"install nmstatectl --version {tool.version} --locked " in call
    assert cache.find(tool) == cache.folder(tool) / "nmstatectl"


def test_module_files_are_joined_in_the_catalogues_order(lab: Lab, tmp_path: Path) -> None:
    tool = ModuleFiles(name="all.yaml", module=tmp_path, files=(("b", "x/one"), ("a", "two"), ("b", "three")))
    for module in ("a", "b"):
        (tmp_path / module / "x").mkdir(parents=True)
        for file in ("x/one", "two", "three"):
            (tmp_path / module / file).write_text(f"{module} {file}")
    (tmp_path / "go.mod").touch()
    lab.says("\n".join(json.dumps({"Path": name, "Dir": str(tmp_path / name)}, indent=1) for name in "ab"))
    assert build(tool, lab.compilers).read_text() == "b x/one\n---\na two\n---\nb three"
    assert lab.calls == [f"{tmp_path} mod download -json a b"]


@pytest.mark.parametrize("name", ["vcenter", "crds.yaml", "nmstatectl"])
def test_a_failed_build_says_which_tool_why_and_where_all_of_it_is(lab: Lab, name: str) -> None:
    lab.says("".join(f"line {number}\n" for number in range(20)) + "main.go:7: undefined: x\n", fails=True)
    with pytest.raises(BuildError) as caught:
        build(catalogue.by_name(name), lab.compilers)
    told = str(caught.value).splitlines()
    log = cache.root() / "logs" / f"{name}.log"
    assert told[0].startswith(f"{name} could not be built")
    assert told[-2:] == ["main.go:7: undefined: x", f"All of it: {log}"]
    assert "line 2" not in told
    assert log.read_text().startswith("line 0\n")
    assert left() == []


def test_a_compiler_that_says_nothing_wrong_but_leaves_nothing_is_a_failure(lab: Lab) -> None:
    (lab.folder / "go").write_text("#!/bin/sh\necho all is well\n")
    with pytest.raises(BuildError, match=r"vcenter could not be built(.|\n)*all is well"):
        build(vcenter(), lab.compilers)
    assert left() == []


def test_the_next_run_builds_what_failed(lab: Lab) -> None:
    lab.says("no space left on device\n", fails=True)
    with pytest.raises(BuildError):
        build(vcenter(), lab.compilers)
    lab.says("")
    assert build(vcenter(), lab.compilers).is_file()
    assert len(lab.calls) == 2


def test_what_is_built_is_not_built_again(lab: Lab) -> None:
    assert build(vcenter(), lab.compilers) == build(vcenter(), lab.compilers)
    assert len(lab.calls) == 1


def test_a_changed_source_is_built_beside_the_old_one(lab: Lab, tmp_path: Path) -> None:
    """Another clone of the project may still be at the old one."""
    shutil.copytree(vcenter().module, tmp_path / "module")
    tool = replace(vcenter(), module=tmp_path / "module")
    first = build(tool, lab.compilers)
    (tool.module / "main.go").write_text("package main\n")
    second = build(tool, lab.compilers)
    assert first != second
    assert first.is_file()
    assert second.is_file()


def test_two_runs_at_once_build_once(lab: Lab) -> None:
    (lab.folder / "slow").touch()
    with ThreadPoolExecutor(2) as pool:
        built = list(pool.map(lambda _: build(vcenter(), lab.compilers), range(2)))
    assert built[0] == built[1] == cache.folder(vcenter()) / "vcenter"
    assert len(lab.calls) == 1


def test_an_interrupted_build_leaves_nothing_half_made(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object, **_options: object) -> NoReturn:
        (cache.folder(vcenter()).with_suffix(".part") / "vcenter").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(vcenter(), lab.compilers)
    assert left() == []


def test_leftovers_of_a_killed_build_do_not_get_into_the_next_one(lab: Lab) -> None:
    staging = cache.folder(vcenter()).with_suffix(".part")
    staging.mkdir(parents=True)
    (staging / "junk").touch()
    assert [path.name for path in build(vcenter(), lab.compilers).parent.iterdir()] == ["vcenter"]


@pytest.fixture
def three_tools(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A catalogue of three, and a machine that has compilers; nothing is ever installed on it."""
    names = ("machineset", "vcenter", "etcd")
    monkeypatch.setattr(catalogue, "TOOLS", tuple(catalogue.by_name(name) for name in names))
    monkeypatch.setattr(debian, "lacking", lambda: "this is a test")
    monkeypatch.setattr(command, "check", lambda _missing: lab.compilers)
    monkeypatch.setattr(command, "install", lambda _packages: pytest.fail("packages were installed"))
    return lab


def test_the_command_builds_only_what_is_missing_in_the_catalogues_order(three_tools: Lab) -> None:
    build(vcenter(), three_tools.compilers)
    assert CliRunner().invoke(command.app).exit_code == 0
    assert [re.search(r"-o \S+/(\S+)", call)[1] for call in three_tools.calls[1:]] == ["machineset", "etcd"]  # type: ignore[index]
    again = CliRunner().invoke(command.app)
    left_out = "kernel nodes are left out, and so are the tests of frames: this is a test\n"
    assert (again.exit_code, again.output) == (0, f"all 3 tools are there\n{left_out}")
    assert len(three_tools.calls) == 3


def test_the_command_stops_at_a_failure_with_the_compilers_words(three_tools: Lab) -> None:
    three_tools.says("main.go:7: []string is [red]\n", fails=True)
    done = CliRunner().invoke(command.app)
    assert done.exit_code == 1
    assert "main.go:7: []string is [red]\n" in done.output
    assert len(three_tools.calls) == 1


@pytest.mark.parametrize("may_install", [False, True])
def test_the_command_names_what_is_missing_and_goes_on_where_it_may_install_it(
    three_tools: Lab, monkeypatch: pytest.MonkeyPatch, *, may_install: bool
) -> None:
    asked: list[str] = []

    def check(_missing: object) -> Compilers:
        if asked:
            return three_tools.compilers
        raise PrerequisiteError(["a compiler: apt-get install gcc"], ["gcc"])

    def install(packages: tuple[str, ...]) -> bool:
        asked.extend(packages)
        return may_install

    monkeypatch.setattr(command, "check", check)
    monkeypatch.setattr(command, "install", install)
    done = CliRunner().invoke(command.app)
    assert "a compiler: apt-get install gcc\n" in done.output
    assert asked == ["gcc"]
    assert (done.exit_code, len(three_tools.calls)) == ((0, 3) if may_install else (1, 0))
