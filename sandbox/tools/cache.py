"""Where built tools stand: a folder of the user's cache for each, named by what it is built from."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

from sandbox.tools.catalogue import CargoTool, CLibrary, DebianTree, Found, GoTool, ModuleFiles, Tool

# Folders with tools that are built already, searched before PATH.
EXTRA_FOLDERS = "CNV_LAB_TOOLS"


def root() -> Path:
    """The project's folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cnv-lab"


def key(tool: Tool) -> str:
    """Changes when, and only when, the tool would come out different."""
    parts = [platform.machine(), repr(tool.name)]
    match tool:
        case GoTool():
            parts += [tool.package, tool.ldflags]
            sources = [tool.module / "go.mod", tool.module / "go.sum"]
            if tool.package.startswith("."):
                files = sorted((tool.module / tool.package).glob("*.go"))
                sources += [path for path in files if not path.name.endswith("_test.go")]
            parts += [path.name + path.read_text(encoding="utf-8") for path in sources]
        case ModuleFiles():
            parts += [(tool.module / "go.mod").read_text(encoding="utf-8"), repr(tool.files)]
        case CargoTool():
            parts += [tool.crate, tool.version]
        case CLibrary():
            parts.append(tool.source.read_text(encoding="utf-8"))
        case DebianTree():
            parts += [*tool.packages, tool.file, *tool.without]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def folder(tool: Tool) -> Path:
    """The folder of the tool as it is pinned now; there only once it is built whole."""
    return root() / "tools" / f"{tool.name}-{key(tool)}"


def find(tool: Tool) -> Path | None:
    """The tool's executable: built already, or one elsewhere in a fitting version."""
    for extra in filter(None, os.environ.get(EXTRA_FOLDERS, "").split(os.pathsep)):
        if (built := Path(extra) / tool.name).is_file():
            return built
    if (cached := folder(tool) / tool.name).is_file():
        return cached
    if tool.found is not None and (there := shutil.which(tool.name)) and fits(Path(there), tool.found):
        return Path(there)
    return None


def fits(executable: Path, found: Found) -> bool:
    """Whether the executable tells a version that the sandbox can use."""
    try:
        done = subprocess.run(
            [executable, *found.command],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    told = found.pattern.search(done.stdout)
    if done.returncode or not told:
        return False
    version = tuple(int(number) for number in told.groups())
    return version >= found.least and version[0] < found.below
