"""Builds one tool into its folder of the cache: whole, or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.tools import cache, debian
from sandbox.tools.catalogue import CargoTool, CLibrary, DebianTree, GoTool, ModuleFiles, Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.tools.prerequisites import Compilers

# Of every Go command here: what is built with others is another program to Go's cache, and is built again.
FLAGS = {
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
}
# Lines of a failed build's log that are shown; the compiler's own words are at its end.
TAIL = 12


class BuildError(Exception):
    """Which tool, what the compiler said, and where all of it stands."""


def build(tool: Tool, compilers: Compilers) -> Path:
    """Builds the tool and gives its executable; one that another run has built meanwhile is taken.

    Raises:
        BuildError: nothing is left behind but the log; the compilers' own caches let the next run go on from there.
    """
    target = cache.folder(tool)
    log = cache.root() / "logs" / f"{tool.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent / ".lock"):
        if (target / tool.name).is_file():
            return target / tool.name
        staging = target.with_suffix(".part")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            _run(tool, compilers, staging, log)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return target / tool.name


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Two runs at once would build everything twice on the same two cores."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(tool: Tool, compilers: Compilers, staging: Path, log: Path) -> None:
    match tool:
        case DebianTree():
            with log.open("wb") as output:
                if debian.unpack(tool, staging, output):
                    raise _failure(tool, "apt-get download", log)
            return
        case ModuleFiles():
            modules = sorted({module for module, _ in tool.files})
            command = [str(compilers.go), "mod", "download", "-json", *modules]
            folder, extra = tool.module, {**FLAGS, "GOFLAGS": ""}
        case GoTool():
            command = [str(compilers.go), "build", f"-ldflags={tool.ldflags}", "-o", str(staging / tool.name)]
            command.append(tool.package)
            folder, extra = tool.module, FLAGS
        case CLibrary():
            command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(staging / tool.name), str(tool.source)]
            folder, extra = staging, {}
        case CargoTool():
            command = [str(compilers.cargo), "install", tool.crate, "--version", tool.version, "--locked", "--debug"]
            command += ["--root", str(staging), "--no-track"]
            # The dev profile builds in a third of the time, and is quick enough here; its symbols are not wanted.
            folder, extra = staging, {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_DEV_STRIP": "symbols"}
            extra["CARGO_TARGET_DIR"] = str(cache.root() / "cargo-target")
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **extra}, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    match tool:
        case CargoTool() if not done.returncode:
            (staging / "bin" / tool.name).rename(staging / tool.name)
        case ModuleFiles() if not done.returncode:
            _join(tool, log.read_text(encoding="utf-8"), staging / tool.name)
    if done.returncode or not (staging / tool.name).is_file():
        raise _failure(tool, " ".join(command[:2]), log)


def _failure(tool: Tool, doing: str, log: Path) -> BuildError:
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
    return BuildError("\n".join([f"{tool.name} could not be built ({doing}):", *said, f"All of it: {log}"]))


def _join(tool: ModuleFiles, told: str, target: Path) -> None:
    """One file of all, from where `go mod download -json` says that the modules are."""
    folders: dict[str, Path] = {}
    decoder, rest = json.JSONDecoder(), told.strip()
    while rest:
        module, end = decoder.raw_decode(rest)
        folders[module["Path"]] = Path(module["Dir"])
        rest = rest[end:].lstrip()
    target.write_text(
        "\n---\n".join((folders[module] / path).read_text(encoding="utf-8") for module, path in tool.files),
        encoding="utf-8",
    )
