"""A repository with a pull request, on which the workflows' own scripts run: with the real CLI, in a sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from sandbox import project
from tests.engine.lab import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.engine.lab import Lab

WORKFLOWS = project.ROOT / ".github" / "workflows"
# What differs from run to run, and what stands for it in a committed file.
VOLATILE = (
    (r"127\.0\.0\.1:\d+", "HOST:PORT"),
    # But for the one by which the engine says that it does not know yet (lab/report/leaves.py).
    (r"\b(?!04da6b54-)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
    (r"\b(host|vm|group-v)-\d+\b", r"\1-N"),
    (r"from \$PATH at \S+/", "from $PATH at /FOLDER/"),
    (r"/[\w./-]+/(?:cnv-lab\.)?kubeconfig\b", "/FOLDER/kubeconfig"),
    (r"(hub-7vxwj-(?:cnv|worker-0))-[a-z0-9]{5}\b", r"\1-XXXXX"),
)


def normalized(text: str) -> str:
    """The text without what is another one in each run."""
    for pattern, instead in VOLATILE:
        text = re.sub(pattern, instead, text)
    return text


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a workflow made: the comment or the issue, the preview's exit code and what Pulumi printed."""

    text: str
    status: int
    preview: str
    # As Mermaid, by "before" and "after".
    pictures: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[str]:
        """The change table's, without their bars."""
        return [line.strip("| ") for line in self.text.splitlines() if line.startswith("| ")][1:]

    def part(self, title: str) -> str:
        """What stands under a title, up to the next part; fails where there is none."""
        found = re.search(
            rf"(?ms)^(?:\*\*|<summary>){re.escape(title)}(.*?)(?=^\*\*|^<details>|^</details>|\Z)", self.text
        )
        assert found, f"no {title!r} in\n{self.text}"
        return found[1]


class Repository:
    """A clone of it as the runner in the lab has it: main, and on top a merge of the pull request."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        """Takes the lab whose stack file is on main, and a new folder."""
        self._lab = lab
        self._folder = folder
        shutil.copy(lab.instance.project / "Pulumi.yaml", folder)
        (folder / "venv").symlink_to(sys.prefix)
        (folder / ".github").symlink_to(project.ROOT / ".github")
        self._git("init", "--quiet")
        self._commit()

    def preview(self, change: Callable[[dict[str, Any]], None] | None = None) -> Shown:
        """The comment on a pull request that changes the stack file so; it is closed afterwards."""
        before = self._stack_file.read_bytes()
        shutil.rmtree(self._folder / "before", ignore_errors=True)
        if change is not None:
            self._lab.edit(change)
        self._commit()
        steps = _scripts("preview", "preview")
        try:
            for step in steps:
                outputs = self._run(step)
        finally:
            self._stack_file.write_bytes(before)
            self._commit()
        return self._shown("comment.md", int(re.findall(r"status=(\d+)", outputs)[-1]))

    def up(self) -> None:
        """What a merge does."""
        (step,) = _scripts("up", "up")
        self._run(step)

    def drift(self) -> Shown:
        """The issue of a night's look at the lab."""
        shutil.rmtree(self._folder / "drift", ignore_errors=True)
        (step,) = _scripts("drift", "look")
        self._run(step)
        return self._shown("drift/issue.md", int((self._folder / "drift/status").read_text(encoding="utf-8")))

    @property
    def _stack_file(self) -> Path:
        return self._lab.instance.project / f"Pulumi.{self._lab.stack}.yaml"

    def _shown(self, file: str, status: int) -> Shown:
        text, preview = ((self._folder / name).read_text(encoding="utf-8") for name in (file, "preview.json"))
        pictures = {path.stem: path.read_text(encoding="utf-8") for path in self._folder.glob("*.mmd")}
        return Shown(text=text, status=status, preview=preview, pictures=pictures)

    def _run(self, script: str) -> str:
        """As GitHub runs it: the kubeconfig is a secret, not a file; what it leaves as outputs."""
        instance = self._lab.instance
        outputs = self._folder / "outputs"
        outputs.write_text("", encoding="utf-8")
        environment = {**os.environ, **project.environment(instance, instance.load())}
        del environment["KUBECONFIG"]
        environment["KUBECONFIG_SECRET"] = instance.kubeconfig.read_text(encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self._folder,
            env={
                **environment,
                "STACK": self._lab.stack,
                "GITHUB_OUTPUT": str(outputs),
                "RUNNER_TEMP": str(self._folder.parent),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return outputs.read_text(encoding="utf-8")

    def _commit(self) -> None:
        shutil.copy(self._stack_file, self._folder)
        self._git("add", "Pulumi.yaml", self._stack_file.name)
        self._git("commit", "--quiet", "--allow-empty", "--message", "a change")

    def _git(self, *words: str) -> None:
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        subprocess.run(["git", *who, *words], cwd=self._folder, check=True)


def _scripts(workflow: str, job: str) -> list[str]:
    """The job's scripts that look at the lab, as they stand in the workflow."""
    flow = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text(encoding="utf-8"))
    steps = [step["run"] for step in flow["jobs"][job]["steps"] if "STACK" in (step.get("env") or {})]
    return [str(step) for step in steps]
