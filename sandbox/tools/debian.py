"""Debian's packages, unpacked into a folder of their own: nothing is installed, no script of theirs runs."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

    from sandbox.tools.catalogue import DebianTree

RELEASE = Path("/etc/os-release")
# user-mode-linux is for this machine alone.
MACHINE = "x86_64"
# Folders that are links into /usr on a machine of today; as folders they would hide these in an overlay.
MERGED = ("bin", "sbin", "lib", "lib64")
# Of apt-get's simulation: what would be installed newly; an upgrade has the old version in brackets behind the name.
MISSING = re.compile(r"^Inst (\S+) \(", re.MULTILINE)


def lacking() -> str | None:
    """Why this machine can have no kernel nodes; nothing if it can."""
    if platform.machine() != MACHINE:
        return f"user-mode-linux is for {MACHINE} only"
    if not RELEASE.exists() or "ID=debian" not in RELEASE.read_text(encoding="utf-8").splitlines():
        return "this is not Debian, whose packages they are made of"
    if os.geteuid():
        return "this needs root"
    return None


def unpack(tool: DebianTree, staging: Path, log: BinaryIO) -> int:
    """Fetches and unpacks the packages, with those they need that the machine lacks; gives the exit code that counts.

    Without lists of packages, or with old ones, the first try fails.
    """
    downloads = staging / "packages"
    downloads.mkdir()
    code = _fetch(tool, downloads, log)
    if code:
        code = _run(["apt-get", "-qq", "update"], downloads, log) or _fetch(tool, downloads, log)
    for package in sorted(downloads.glob("*.deb")):
        code = code or _run(["dpkg", "-x", str(package), str(staging)], downloads, log)
    shutil.rmtree(downloads)
    for name in MERGED:
        folder = staging / name
        if folder.is_dir():
            shutil.copytree(folder, staging / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(folder)
    for path in tool.without:
        (staging / path).unlink(missing_ok=True)
    if not code:
        (staging / tool.name).symlink_to(tool.file)
    return code


def _fetch(tool: DebianTree, downloads: Path, log: BinaryIO) -> int:
    command = ["apt-get", "--simulate", "-qq", "--no-install-recommends", "install", *tool.packages]
    told = subprocess.run(command, stdout=subprocess.PIPE, stderr=log, text=True, check=False)
    missing = {found[1] for found in MISSING.finditer(told.stdout)}
    packages = sorted(missing | set(tool.packages))
    return told.returncode or _run(["apt-get", "-qq", "download", *packages], downloads, log)


def _run(command: list[str], folder: Path, log: BinaryIO) -> int:
    return subprocess.run(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
