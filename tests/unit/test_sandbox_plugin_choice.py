"""Which plugin Pulumi gets in the sandbox: the official one where it is, else a stand-in's starter."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox.plugins import choice
from sandbox.plugins.choice import PLUGINS, official, write_wrappers

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGE, DYNAMIC, KUBERNETES, VSPHERE = PLUGINS
SCRIPT = choice.ROOT / "sandbox" / "plugins" / "dynamic_provider.sh"


def executable(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


class Home:
    """A machine with Pulumi's CLI and nothing else on PATH."""

    def __init__(self, folder: Path) -> None:
        self.cli = executable(folder / "cli" / "pulumi")
        self.path = folder / "path"
        self.cache = folder / "cache"
        self.starters = folder / "of the sandbox"

    def has(self, name: str, version: str) -> Path:
        return executable(self.cache / f"resource-{name}-v{version}" / f"pulumi-resource-{name}")

    def write(self) -> dict[str, str]:
        return write_wrappers(self.starters, self.cli, self.cache)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made = Home(tmp_path)
    monkeypatch.setenv("PATH", str(made.path))
    return made


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.executable)
def test_a_plugin_beside_the_cli_is_official_also_behind_a_link(
    home: Home, tmp_path: Path, plugin: choice.Plugin
) -> None:
    link = tmp_path / "pulumi"
    link.symlink_to(home.cli)
    assert official(plugin, link, home.cache) is None
    beside = executable(home.cli.parent / plugin.executable)
    assert official(plugin, link, home.cache) == beside


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.executable)
def test_a_plugin_on_path_is_official(home: Home, plugin: choice.Plugin) -> None:
    on_path = executable(home.path / plugin.executable)
    assert official(plugin, home.cli, home.cache) == on_path


@pytest.mark.parametrize(
    ("plugin", "name", "version"), [(KUBERNETES, "kubernetes", "4.34.2"), (VSPHERE, "vsphere", "4.18.2")]
)
def test_a_plugin_in_pulumis_cache_is_official_in_the_version_that_the_sdk_asks_for(
    home: Home, plugin: choice.Plugin, name: str, version: str
) -> None:
    there = home.has(name, version)
    home.has(name, "4.9.0")
    home.has(name, "3.99.9")
    assert official(plugin, home.cli, home.cache) == there


@pytest.mark.parametrize("version", ["4.28.3", "4.3.0", "3.35.0", "5.0.0", "4.34.2-alpha.1", "4.34"])
def test_a_version_in_the_cache_that_would_behave_in_another_way_is_not_used(home: Home, version: str) -> None:
    """Before 4.29 a create took over what exists."""
    home.has("kubernetes", version)
    assert official(KUBERNETES, home.cli, home.cache) is None


def test_a_plugin_in_the_cache_that_is_not_whole_is_not_used(home: Home) -> None:
    home.has("kubernetes", "4.34.2").unlink()
    home.has("kubernetes", "4.34.2.partial")
    assert official(KUBERNETES, home.cli, home.cache) is None


def test_what_comes_with_the_cli_is_not_looked_for_in_the_cache(home: Home) -> None:
    executable(home.cache / "language-python-v3.259.0" / LANGUAGE.executable)
    executable(home.cache / "None-v3.259.0" / LANGUAGE.executable)
    assert official(LANGUAGE, home.cli, home.cache) is None


def test_every_plugin_that_is_not_there_gets_a_starter_and_it_is_told_which_are_stand_ins(home: Home) -> None:
    there = home.has("vsphere", "4.18.2")
    told = home.write()
    assert told.pop(VSPHERE.executable) == f"official, {there}"
    assert set(told) == {LANGUAGE.executable, DYNAMIC.executable, KUBERNETES.executable}
    assert all(what.startswith("stand-in") for what in told.values())
    assert {path.name for path in home.starters.iterdir()} == set(told)
    assert all(os.access(path, os.X_OK) for path in home.starters.iterdir())


def test_a_starter_goes_when_the_official_plugin_comes(home: Home) -> None:
    """It would be found first, on PATH."""
    home.write()
    home.has("kubernetes", "4.34.2")
    home.write()
    assert not (home.starters / KUBERNETES.executable).exists()


def test_a_starter_works_where_paths_have_spaces_and_quotes(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = executable(tmp_path / "the user's $HOME" / "python", 'printf "%s|" "$PYTHONPATH" "$@"')
    root = tmp_path / "a clone; really"
    executable(root / "sandbox" / "plugins" / "dynamic_provider.sh", 'printf "%s|" "$PYTHONPATH" "$@"')
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr(choice, "ROOT", root)
    home.write()
    for plugin, first in ((KUBERNETES, "-m|sandbox.plugins.start|kubernetes_provider|"), (DYNAMIC, "")):
        done = subprocess.run(
            [home.starters / plugin.executable, "-v=9", "127.0.0.1:1 x"],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert (done.stdout, done.stderr) == (f"{root}|{first}-v=9|127.0.0.1:1 x|", "")


# dynamic_provider.sh


def picked(program: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the script does in a program's folder."""
    return subprocess.run(
        ["/bin/sh", SCRIPT, "127.0.0.1:1"],
        cwd=program,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(program / "machine"), **environment},
    )


TELLS = 'echo "$0 $*"; echo "$PATH ${PYTHONHOME-none}"'


@pytest.mark.parametrize("option", ["my venv", "my venv/", "{program}/my venv"])
def test_dynamic_resources_run_in_the_projects_virtual_environment(tmp_path: Path, option: str) -> None:
    python = executable(tmp_path / "my venv" / "bin" / "python", TELLS)
    option = option.format(program=tmp_path)
    done = picked(tmp_path, PULUMI_RUNTIME_VIRTUALENV=option, PULUMI_PYTHON_CMD="other", PYTHONHOME="/x")
    started, environment = done.stdout.splitlines()
    assert started == f"{python} -u -m sandbox.plugins.start dynamic_provider 127.0.0.1:1"
    assert environment == f"{python.parent}:{tmp_path / 'machine'} none"


def test_without_a_virtual_environment_it_is_the_python_that_pulumi_was_told_of(tmp_path: Path) -> None:
    executable(tmp_path / "machine" / "python3", TELLS)
    other = executable(tmp_path / "other", TELLS)
    assert picked(tmp_path).stdout.startswith(f"{tmp_path / 'machine' / 'python3'} -u -m ")
    assert picked(tmp_path, PULUMI_RUNTIME_VIRTUALENV="", PULUMI_PYTHON_CMD=str(other)).stdout.startswith(f"{other} ")


def test_a_virtual_environment_that_is_missing_is_told(tmp_path: Path) -> None:
    """And another Python is not taken for it: it would lack what the program imports."""
    executable(tmp_path / "machine" / "python3", TELLS)
    done = picked(tmp_path, PULUMI_RUNTIME_VIRTUALENV="venv")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"the virtualenv {tmp_path / 'venv'}, which has no bin/python" in done.stderr
