"""Where the sandbox looks for a built tool, and when one that is built already would come out different."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox import tools
from sandbox.tools import cache, catalogue
from sandbox.tools.catalogue import CargoTool, Found, GoTool, ModuleFiles, Tool

if TYPE_CHECKING:
    from pathlib import Path

FOUND = Found(command=("version",), pattern=re.compile(r"v?(\d+)\.(\d+)\.\d+"), least=(3, 9), below=4)


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Neither the user's cache nor the user's programs; gives the folder that PATH is."""
    path = tmp_path / "path"
    path.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.delenv("CNV_LAB_TOOLS", raising=False)
    return path


def go_tool(name: str, folder: Path) -> GoTool:
    """The catalogue's tool, with a module that a test may change."""
    tool = catalogue.by_name(name)
    assert isinstance(tool, GoTool)
    shutil.copytree(tool.module, folder)
    return replace(tool, module=folder)


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("vcenter", "go.mod"),
        ("vcenter", "go.sum"),
        ("vcenter", "main.go"),
        ("vcenter", "one_more.go"),
        ("machineset", "machineset/main.go"),
        ("etcd", "go.mod"),
        ("etcd", "go.sum"),
    ],
)
def test_a_tool_is_built_anew_when_a_file_that_it_is_built_from_changes(tmp_path: Path, name: str, file: str) -> None:
    tool = go_tool(name, tmp_path / "module")
    before = cache.key(tool)
    with (tool.module / file).open("a") as source:
        source.write("// changed\n")
    assert cache.key(tool) != before


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("vcenter", "main_test.go"),
        ("vcenter", "README.md"),
        ("etcd", "machineset/main.go"),
        ("machineset", "main.go"),
        ("pulumi", "notes.go"),
    ],
)
def test_a_tool_is_not_built_anew_for_a_file_that_it_is_not_built_from(tmp_path: Path, name: str, file: str) -> None:
    tool = go_tool(name, tmp_path / "module")
    before = cache.key(tool)
    with (tool.module / file).open("a") as source:
        source.write("// changed\n")
    assert cache.key(tool) == before


def test_a_file_that_goes_or_gets_another_name_changes_the_tool(tmp_path: Path) -> None:
    """A file's name may be a build constraint: gaps_windows.go."""
    tool = go_tool("vcenter", tmp_path / "module")
    keys = [cache.key(tool)]
    (tool.module / "gaps.go").rename(tool.module / "gaps_windows.go")
    keys.append(cache.key(tool))
    (tool.module / "gaps_windows.go").unlink()
    keys.append(cache.key(tool))
    assert len(set(keys)) == 3


def test_flags_package_and_version_change_a_tool() -> None:
    go, cargo = catalogue.by_name("vcenter"), catalogue.by_name("nmstatectl")
    files = catalogue.by_name("crds.yaml")
    assert isinstance(go, GoTool)
    assert isinstance(cargo, CargoTool)
    assert isinstance(files, ModuleFiles)
    variants: list[Tool] = [go, replace(go, ldflags="-s"), replace(go, package="./."), replace(go, name="other")]
    variants += [cargo, replace(cargo, version="2.2.63"), replace(cargo, crate="other")]
    variants += [files, replace(files, files=files.files[1:])]
    assert len({cache.key(tool) for tool in variants}) == len(variants)


def test_joined_files_follow_their_modules_versions(tmp_path: Path) -> None:
    tool = catalogue.by_name("crds.yaml")
    assert isinstance(tool, ModuleFiles)
    shutil.copytree(tool.module, tmp_path / "module")
    copied = replace(tool, module=tmp_path / "module")
    assert cache.key(copied) == cache.key(tool)
    (copied.module / "go.mod").write_text("module other\n")
    assert cache.key(copied) != cache.key(tool)


def test_where_the_work_tree_is_and_what_fits_elsewhere_change_no_tool(tmp_path: Path) -> None:
    """A second clone of the project finds what the first one built."""
    tool = catalogue.by_name("pulumi")
    assert isinstance(tool, GoTool)
    assert cache.key(go_tool("pulumi", tmp_path / "elsewhere")) == cache.key(tool)
    assert cache.key(replace(tool, found=None)) == cache.key(tool)


def test_each_tool_has_a_folder_of_its_own() -> None:
    found = {cache.folder(tool) for tool in catalogue.TOOLS}
    assert len(found) == len(catalogue.TOOLS)
    assert {path.parent for path in found} == {cache.root() / "tools"}


def test_the_folders_named_in_the_environment_come_first_then_the_cache_then_path(
    tmp_path: Path, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = CargoTool(name="tool", crate="tool", version="3.9.0", found=FOUND)
    on_path = program(folders / "tool", "echo 3.9.0")
    assert cache.find(tool) == on_path
    cached = program(cache.folder(tool) / "tool", "echo 3.9.0")
    assert cache.find(tool) == cached
    second = program(tmp_path / "second" / "tool", "exit 1")
    monkeypatch.setenv("CNV_LAB_TOOLS", os.pathsep.join(["", str(tmp_path / "first"), str(second.parent)]))
    assert cache.find(tool) == second
    first = program(tmp_path / "first" / "tool", "exit 1")
    assert cache.find(tool) == first


@pytest.mark.parametrize("told", ["3.9.0", "v3.10.1", "tool version 3.259.0, built today"])
def test_a_fitting_version_on_path_will_do(folders: Path, told: str) -> None:
    there = program(folders / "tool", f"[ $1 = version ] && echo '{told}'")
    assert cache.find(CargoTool(name="tool", crate="tool", version="3.9.0", found=FOUND)) == there


@pytest.mark.parametrize(
    "text",
    [
        "echo v3.8.9",
        "echo 2.99.0",
        "echo v4.0.0",
        "echo 10.0.0",
        "echo unknown",
        "echo 3.9.0; exit 1",
        "echo 3.9.0 >&2",
    ],
)
def test_a_version_on_path_that_is_too_old_too_new_or_not_told_is_not_used(folders: Path, text: str) -> None:
    program(folders / "tool", text)
    assert cache.find(CargoTool(name="tool", crate="tool", version="3.9.0", found=FOUND)) is None


def test_a_file_on_path_that_cannot_be_started_is_not_used(folders: Path) -> None:
    program(folders / "tool", "").write_bytes(b"\x7fELF, but not really")
    assert cache.find(CargoTool(name="tool", crate="tool", version="3.9.0", found=FOUND)) is None


def test_a_tool_of_another_project_with_the_same_name_is_not_used(folders: Path) -> None:
    """Most tools tell no version that would say whether they fit."""
    program(folders / "etcd", "echo 3.9.0")
    assert cache.find(catalogue.by_name("etcd")) is None


def test_an_older_key_is_not_used(tmp_path: Path) -> None:
    tool = go_tool("vcenter", tmp_path / "module")
    program(cache.folder(tool) / "vcenter", "")
    assert cache.find(tool) is not None
    (tool.module / "go.sum").write_text("")
    assert cache.find(tool) is None


def test_a_folder_that_is_not_finished_is_not_used(tmp_path: Path) -> None:
    tool = go_tool("vcenter", tmp_path / "module")
    cache.folder(tool).mkdir(parents=True)
    program(cache.folder(tool).with_suffix(".part") / "vcenter", "")
    assert cache.find(tool) is None


def test_a_tool_that_is_not_there_says_how_to_get_it() -> None:
    with pytest.raises(tools.ToolMissingError, match=r"etcd is not built yet. Run `make tools`"):
        tools.path("etcd")


@pytest.mark.parametrize(
    ("name", "says", "fits"),
    [
        ("pulumi", "v3.229.0", True),
        ("pulumi", "v3.228.9", False),
        ("pulumi", "v4.0.0", False),
        ("nmstatectl", "nmstatectl 2.2.0", True),
        ("nmstatectl", "nmstatectl 2.1.4", False),
    ],
)
def test_pulumi_and_nmstatectl_of_the_user_are_used_in_versions_that_fit(
    folders: Path, name: str, says: str, *, fits: bool
) -> None:
    """As both tell them: `pulumi version` and `nmstatectl --version`."""
    there = program(folders / name, f"echo '{says}'")
    assert cache.find(catalogue.by_name(name)) == (there if fits else None)
