"""A sandbox under test: runs the real CLI in it, edits its stack files, takes it away at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml

from sandbox import lifecycle, parts, project
from tests.engine import trouble
from tests.engine.faults import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.instance import Instance

# Milliseconds that a held call waits: longer than it takes to kill who waits for it.
HELD_MS = 60_000
# Seconds for one command; the slowest one here takes 15 on two busy cores.
PATIENCE = 120


@dataclass(frozen=True, kw_only=True)
class Run:
    """One finished command of the CLI."""

    code: int
    output: str

    def succeeded(self) -> Run:
        """Itself; shows all that was said when the command failed."""
        assert self.code == 0, self.output
        return self

    def refused(self) -> str:
        """What the errors say, one after another; fails when the command went through, or showed a traceback."""
        assert self.code != 0, self.output
        assert "Traceback" not in self.output, self.output
        diagnostics = self.output.partition("Diagnostics:")[2].partition("Resources:")[0] or self.output
        unexplained = trouble.unexplained(diagnostics)
        assert not unexplained, f"docs/trouble.md has no word on {unexplained}:\n{self.output}"
        return diagnostics

    def line(self, begin: str) -> str:
        """The first line with these words, from there on."""
        found = [text[text.index(begin) :] for text in self.output.splitlines() if begin in text]
        assert found, self.output
        return found[0]


@dataclass(frozen=True, kw_only=True)
class Lab:
    """One stack in a sandbox."""

    instance: Instance
    stack: str = project.STACK
    # Reaches the API server through the fault proxy.
    faulty: bool = False
    # As the user who may do no more than a lab needs.
    limited: bool = False

    def pulumi(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
        """Runs the CLI as `sandbox exec` would, on this stack."""
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", self.stack, "--non-interactive", "--color=never"],
            cwd=self.instance.project,
            env={**self.environment(), **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        trouble.note(done.stdout)
        return Run(code=done.returncode, output=done.stdout)

    def up(self, *arguments: str) -> Run:
        """`pulumi up`, without its own preview."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments)

    def preview(self, *arguments: str) -> Run:
        """`pulumi preview`."""
        return self.pulumi("preview", *arguments)

    def destroy(self, *arguments: str) -> Run:
        """`pulumi destroy`."""
        return self.pulumi("destroy", "--yes", "--skip-preview", *arguments)

    def planned(self, *arguments: str) -> dict[str, str]:
        """What a preview would do to each resource that it would touch, by the resource's name."""
        run = self.pulumi("preview", "--json", *arguments, environment={"PULUMI_DEBUG_COMMANDS": ""}).succeeded()
        steps = json.loads(run.output[run.output.index("{\n") :])["steps"]
        return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] not in {"same", "refresh"}}

    def outputs(self) -> dict[str, Any]:
        """`pulumi stack output`."""
        run = self.pulumi("stack", "output", "--json").succeeded()
        found: dict[str, Any] = json.loads(run.output)
        return found

    def resources(self) -> list[dict[str, Any]]:
        """What the state holds."""
        run = self.pulumi("stack", "export").succeeded()
        return list(json.loads(run.output)["deployment"].get("resources") or [])

    def edit(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Changes the stack file; keys are without ``cnv-lab:`` for the program's own sections."""
        path = self.instance.project / f"Pulumi.{self.stack}.yaml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        config = {key.removeprefix("cnv-lab:"): value for key, value in content["config"].items()}
        change(config)
        content["config"] = {key if ":" in key else f"cnv-lab:{key}": value for key, value in config.items()}
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def original(self) -> None:
        """Puts the stack file's sections back to those of the repository's Pulumi.sandbox.yaml."""
        text = (project.ROOT / "Pulumi.sandbox.yaml").read_text(encoding="utf-8")
        path = self.instance.project / f"Pulumi.{self.stack}.yaml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump({**content, **yaml.safe_load(text)}, sort_keys=False), encoding="utf-8")

    def second(self, stack: str, change: Callable[[dict[str, Any]], None]) -> Lab:
        """Another stack in the same sandbox, from the same stack file with a change."""
        text = (project.ROOT / "Pulumi.sandbox.yaml").read_text(encoding="utf-8")
        project.add_stack(self.instance, self.instance.load(), stack, text)
        other = replace(self, stack=stack)
        other.edit(change)
        return other

    def vcenter_faults(self) -> Endpoint:
        """Where vCenter takes its faults."""
        return Endpoint(self.instance.load().ports["vcenter-faults"])

    def api_faults(self) -> Endpoint:
        """The rules of the proxy before the API server, which starts with the first who asks for it."""
        if parts.FAULT_PROXY not in self.instance.load().processes:
            lifecycle.start_part(self.instance, parts.FAULT_PROXY)
        return Endpoint(self.instance.load().ports["api-faults-rules"])

    def behind_faults(self) -> Lab:
        """The same stack, led through that proxy as `sandbox exec --faults` leads it."""
        self.api_faults()
        return replace(self, faulty=True)

    def as_limited(self) -> Lab:
        """The same stack, run as `sandbox exec --limited` runs it; after `play limit`."""
        return replace(self, limited=True)

    def environment(self) -> dict[str, str]:
        """What a command of this stack's user runs in."""
        return {**os.environ, **project.environment(self.instance, self.instance.load()), **self._detour()}

    def _detour(self) -> dict[str, str]:
        if self.limited:
            return project.limited_environment(self.instance, self.instance.load())
        return {"KUBECONFIG": str(self.instance.faulty_kubeconfig)} if self.faulty else {}

    def stop(self, part: str) -> None:
        """Ends one part, as a failure would."""
        lifecycle.stop_part(self.instance, part)

    def kill(self, part: str) -> None:
        """Ends it by kill -9."""
        lifecycle.kill_part(self.instance, part)

    @contextmanager
    def frozen(self, part: str) -> Iterator[None]:
        """A part that does not answer, and does not end either."""
        lifecycle.signal_part(self.instance, part, signal.SIGSTOP)
        try:
            yield
        finally:
            self.thaw(part)

    def thaw(self, part: str) -> None:
        """A frozen part goes on."""
        lifecycle.signal_part(self.instance, part, signal.SIGCONT)

    def start(self, part: str) -> None:
        """Starts it again."""
        lifecycle.start_part(self.instance, part)

    def next_call_fails(self, method: str, fault: str, *, on: str = "*", after: int = 0, **fields: str) -> None:
        """vCenter answers the next call of a method with a fault, by the names of its API's documentation.

        ``on`` is the object's name, where only the calls on one of them fail; ``after`` calls that succeed.
        """
        self.vcenter_faults().add(Method=method, Name=on, Fault=fault, Fields=fields, SkipCount=after, MaxCount=1)

    def hold_call(self, method: str, *, skip: int = 0) -> None:
        """vCenter lets a call of a method wait (after some that pass), and then does not do what it asks for."""
        self.vcenter_faults().add(Method=method, Fault="RuntimeFault", SkipCount=skip, MaxCount=1, Delay=HELD_MS)

    def forget_faults(self) -> None:
        """vCenter answers as it should again."""
        self.vcenter_faults().clear()
