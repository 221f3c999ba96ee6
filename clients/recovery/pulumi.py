"""Pulumi's state of one stack, by the CLI alone: that works with every backend."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clients.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.resources import Deployment, Resource

# Of a backend that is a folder or a bucket (pulumi, pkg/backend/diy/lock.go); Pulumi Cloud's words, below it.
LOCKED = ("the stack is currently locked", "Another update is currently in progress")
UNREADABLE = "failed to load checkpoint"
FOLDER = "file://"
HOLDER = re.compile(r"created by (?P<user>.+)@(?P<host>\S+) \(pid (?P<pid>\d+)\)")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A run that holds the stack's lock, or held it when it died."""

    user: str
    host: str
    pid: int


class LockedError(LabError):
    """The stack is locked; by whom, where the backend tells."""

    def __init__(self, message: str, holders: Sequence[Holder]) -> None:
        super().__init__(message)
        self.holders = tuple(holders)


class TornError(LabError):
    """The state is whole and cannot be read: the run died while it wrote these files beside it.

    A backend in a folder keeps a few words on each file in a second one (``….attrs``), which Pulumi's library writes in
    place, before it swaps the state in one go (gocloud.dev, blob/fileblob/attrs.go). Half of it is no JSON; where it is
    missing, nothing is missed.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        named = ", ".join(str(file) for file in files)
        super().__init__(
            f"the run died while it wrote {named}, which says nothing of the stack and keeps it from being read"
        )
        self.files = tuple(files)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack: its name, and the folder that Pulumi.yaml is in."""

    name: str
    folder: Path

    def export(self) -> dict[str, Any]:
        """The state as ``pulumi stack export`` gives it: secrets stay encrypted.

        Raises:
            TornError: it cannot be read before what keeps it from that is removed.
        """
        try:
            exported: dict[str, Any] = json.loads(self._run("stack", "export"))
        except LabError as error:
            torn = self._torn() if UNREADABLE in str(error) else []
            if torn:
                raise TornError(torn) from None
            raise
        return exported

    def _torn(self) -> list[Path]:
        """The half-written files beside the state, where the backend is a folder."""
        url = str(json.loads(self._run("whoami", "--json", of_stack=False))["url"])
        if not url.startswith(FOLDER):
            return []
        folder = self.folder / Path(url.removeprefix(FOLDER).partition("?")[0]).expanduser()
        return [
            file
            for file in sorted(folder.glob(f".pulumi/stacks/**/{self.name.rpartition('/')[2]}.json*.attrs"))
            if not _is_json(file.read_text(encoding="utf-8"))
        ]

    def write(self, before: dict[str, Any], after: Deployment) -> None:
        """Puts the state in the place of the one that it was made from. No operation is pending afterwards.

        Raises:
            LockedError: the stack is locked.
            LabError: another run has changed the state in between.
        """
        if self.export()["deployment"] != before["deployment"]:
            raise LabError(f"the state of stack {self.name} has changed while it was looked at. Run it again.")
        self._run("stack", "import", stdin=json.dumps({**before, "deployment": after}))

    def release(self) -> None:
        """Takes every lock off."""
        self._run("cancel", "--yes")

    def reread(self, urns: Sequence[str]) -> None:
        """Lets the providers write what they find of these into the state."""
        targets = [part for urn in urns for part in ("--target", urn)]
        self._run("refresh", "--yes", "--skip-preview", *targets)

    def planned(self, switch: str) -> tuple[list[Resource], list[tuple[str, str]]]:
        """What the next `up` would make, in the order in which it would, were the environment variable set.

        Returns:
            The resources, and what was said on the way: severities and words.

        Raises:
            LabError: with what the program says is in the way.
        """
        done = self._call("preview", "--json", switch=switch)
        try:
            digest = json.loads(done.stdout)
        except ValueError:
            raise self._failed(done, "preview") from None
        # Of the engine, which says much of itself, only errors are told.
        told = [item for item in digest.get("diagnostics") or [] if item.get("urn") or item["severity"] == "error"]
        said = [(item["severity"], plain(item)) for item in told]
        if errors := [words for severity, words in said if severity == "error"]:
            raise LabError("\n".join(dict.fromkeys(errors)))
        made = [step["newState"] for step in digest.get("steps") or [] if step["op"] == "create"]
        return made, said

    def make_only(self, urns: Sequence[str], switch: str) -> None:
        """Makes these resources and no other."""
        targets = [part for urn in urns for part in ("--target", urn)]
        self._checked(self._call("up", "--yes", "--skip-preview", *targets, switch=switch), "up")

    def config(self) -> dict[str, str]:
        """The stack's configuration by full keys, decrypted."""
        found = json.loads(self._run("config", "--json", "--show-secrets"))
        return {key: entry["value"] for key, entry in found.items() if "value" in entry}

    def _run(self, *arguments: str, stdin: str | None = None, of_stack: bool = True) -> str:
        return self._checked(self._call(*arguments, stdin=stdin, of_stack=of_stack), " ".join(arguments[:2]))

    def _call(
        self, *arguments: str, stdin: str | None = None, of_stack: bool = True, switch: str = ""
    ) -> subprocess.CompletedProcess[str]:
        which = ["--stack", self.name] if of_stack else []
        command = ["pulumi", *arguments, *which, "--non-interactive", "--color=never"]
        environment = {**os.environ, **({switch: "1"} if switch else {})}
        try:
            return subprocess.run(  # noqa: S603, our own words
                command, cwd=self.folder, env=environment, input=stdin, capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise LabError("there is no command pulumi. Install it, or put it on PATH.") from None

    def _checked(self, done: subprocess.CompletedProcess[str], doing: str) -> str:
        if done.returncode:
            raise self._failed(done, doing)
        return done.stdout

    def _failed(self, done: subprocess.CompletedProcess[str], doing: str) -> LabError:
        said = (done.stderr.strip() or done.stdout.strip()).removeprefix("error: ")
        if any(words in said for words in LOCKED):
            holders = [
                Holder(user=found["user"], host=found["host"], pid=int(found["pid"])) for found in HOLDER.finditer(said)
            ]
            return LockedError(said, holders)
        return LabError(f"`pulumi {doing}` failed: {said}")


def plain(diagnostic: Mapping[str, str]) -> str:
    """A diagnostic's words, without its severity before them."""
    return diagnostic["message"].strip().removeprefix(f"{diagnostic['severity']}: ")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
