"""Debian's packages for kernel nodes, with shell scripts in the places of apt-get and dpkg."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.kernel import availability
from sandbox.tools import cache, catalogue, debian
from sandbox.tools.build import BuildError, build
from sandbox.tools.catalogue import DebianTree
from sandbox.tools.prerequisites import Compilers

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = Compilers(go=None, cargo=None)
TREE = DebianTree(name="daemon", packages=("daemon", "library"), file="usr/sbin/daemon", without=("etc/hook",))
APT = """#!/bin/sh
echo "$*" >>{folder}/calls
case "$*" in
*simulate*) echo 'Inst other (1 Debian:12)'; echo 'Inst old [1] (2 Debian:12)';;
*download*) [ -f {folder}/lists ] || exit 100; touch daemon.deb;;
*update*) [ -f {folder}/offline ] && echo 'no network' && exit 100; touch {folder}/lists;;
esac
"""
DPKG = """#!/bin/sh
mkdir -p "$3/usr/sbin" "$3/lib" "$3/etc"
echo it >"$3/usr/sbin/daemon"; echo lib >"$3/lib/lib.so"; echo hook >"$3/etc/hook"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Root's Debian, with no lists of packages yet."""
    release = tmp_path / "os-release"
    release.write_text("NAME=Debian\nID=debian\n")
    for name, text in (("apt-get", APT), ("dpkg", DPKG)):
        (tmp_path / name).write_text(text.format(folder=tmp_path) if name == "apt-get" else text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(debian, "RELEASE", release)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CNV_LAB_TOOLS", raising=False)
    return tmp_path


def test_the_packages_and_what_the_machine_lacks_of_their_needs_are_unpacked_not_installed(machine: Path) -> None:
    (machine / "lists").touch()
    built = build(TREE, NOTHING)
    assert built == cache.folder(TREE) / "daemon"
    assert built.read_text() == "it\n"
    simulated, fetched = (machine / "calls").read_text().splitlines()
    assert "--simulate" in simulated
    assert fetched == "-qq download daemon library other"


def test_folders_that_are_links_today_are_folded_into_usr_and_unwanted_files_go(machine: Path) -> None:
    (machine / "lists").touch()
    tree = build(TREE, NOTHING).parent
    assert (tree / "usr/lib/lib.so").read_text() == "lib\n"
    assert not (tree / "lib").exists()
    assert not (tree / "etc/hook").exists()


def test_lists_of_packages_are_fetched_where_there_are_none(machine: Path) -> None:
    build(TREE, NOTHING)
    assert [line.split()[1] for line in (machine / "calls").read_text().splitlines()].count("update") == 1


def test_a_mirror_that_cannot_be_had_is_a_failure_in_its_words_and_leaves_nothing(machine: Path) -> None:
    (machine / "offline").touch()
    with pytest.raises(BuildError, match=r"daemon could not be built \(apt-get download\):\nno network"):
        build(TREE, NOTHING)
    assert cache.find(TREE) is None


def test_other_packages_are_another_tool() -> None:
    assert cache.key(replace(TREE, packages=("daemon",))) != cache.key(TREE)
    assert cache.key(replace(TREE, without=())) != cache.key(TREE)


def test_it_is_said_why_a_machine_can_have_no_kernel_nodes(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert debian.lacking() is None
    assert availability.lacking() == "linux.uml, xstate.so, NetworkManager, bridge not built yet: run `make tools`"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert debian.lacking() == availability.lacking() == "this needs root"
    debian.RELEASE.write_text("ID=ubuntu\nID_LIKE=debian\n")
    assert debian.lacking() == "this is not Debian, whose packages they are made of"
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert debian.lacking() == "user-mode-linux is for x86_64 only"


def test_each_tool_of_kernel_nodes_has_a_folder_of_its_own() -> None:
    tools = [*catalogue.TOOLS, *catalogue.KERNEL_TOOLS]
    assert len({cache.folder(tool) for tool in tools}) == len({tool.name for tool in tools}) == len(tools)
