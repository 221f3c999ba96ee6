"""Who is measured: this project's program, a bare Pulumi program with the same objects, and one client's apply."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import yaml
from pyVmomi import vim

from bench import labs
from bench.measure import Command
from sandbox import inventory, project, tools
from sandbox.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.labs import Size
    from sandbox.instance import Instance

STEPS = ("up", "no-op up", "preview", "destroy")
UP = ("up", "--yes", "--skip-preview")
ARGUMENTS = {"up": UP, "no-op up": UP, "preview": ("preview",), "destroy": ("destroy", "--yes", "--skip-preview")}
BARE = "bench-bare"


class Pulumi:
    """A Pulumi program on one stack of its own."""

    def __init__(self, instance: Instance, folder: Path, stack: str) -> None:
        """Takes the folder of its Pulumi.yaml."""
        self._instance, self._folder, self._stack = instance, folder, stack

    def command(self, step: str) -> Command:
        """The CLI's."""
        common = ("--stack", self._stack, "--non-interactive", "--color=never")
        return self._command(*ARGUMENTS[step], *common)

    def _command(self, *arguments: str) -> Command:
        environment = {**os.environ, **project.environment(self._instance, self._instance.load())}
        return Command(
            line=[str(tools.path("pulumi")), *arguments],
            folder=self._folder,
            environment={**environment, "BENCH_OBJECTS": str(self._folder / "objects.json")},
        )

    def kept(self) -> tuple[int, int]:
        """The resources in its state, and the state's size in bytes."""
        (path,) = (self._instance.folder / "state").glob(f".pulumi/stacks/**/{self._stack}.json")
        text = path.read_text(encoding="utf-8")
        checkpoint = json.loads(text)["checkpoint"]["latest"]
        return len(checkpoint.get("resources") or []), len(text.encode())


class Apply:
    """One client that applies the same YAML: it keeps nothing but the objects."""

    def __init__(self, instance: Instance, folder: Path, count: int) -> None:
        """Takes the folder with the objects, and how many they are."""
        self._instance, self._folder, self._count = instance, folder, count

    def command(self, step: str) -> Command:
        """A Python process, as the others' are."""
        line = [sys.executable, "-m", "bench.apply", step, str(self._folder / "objects.json")]
        environment = {**os.environ, **project.environment(self._instance, self._instance.load())}
        return Command(line=line, folder=ROOT, environment=environment)

    def kept(self) -> tuple[int, int]:
        """The objects; there is no state."""
        return self._count, 0


def ours(instance: Instance, size: Size) -> Pulumi:
    """This project's program."""
    name = f"ours-{size.vlans}"
    project.add_stack(instance, instance.load(), name, labs.stack_file(size))
    return Pulumi(instance, instance.project, name)


def bare(instance: Instance, size: Size) -> Pulumi:
    """As many resources as ours, on the same stack file; nothing is looked at, cloned or waited for."""
    folder = _folder(instance, f"bare-{size.vlans}", size, labs.objects(size))
    told = yaml.safe_load((instance.project / "Pulumi.yaml").read_text(encoding="utf-8"))
    told.update(name=BARE, main=str(ROOT / "bench" / "bare"))
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    name = f"bare-{size.vlans}"
    project.add_stack(instance, instance.load(), name, labs.stack_file(size), folder)
    return Pulumi(instance, folder, name)


def apply(instance: Instance, size: Size) -> Apply:
    """Server-side apply, one object after the other."""
    objects = labs.objects(size)
    return Apply(instance, _folder(instance, f"apply-{size.vlans}", size, objects), len(objects))


SUBJECTS: Mapping[str, Callable[[Instance, Size], Pulumi | Apply]] = {"ours": ours, "bare": bare, "apply": apply}


def _folder(instance: Instance, name: str, size: Size, objects: Sequence[dict[str, Any]]) -> Path:
    """The objects of a lab in a file, with what a port group's resource needs to know."""
    folder = instance.folder / "bench" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with inventory.session(instance, instance.load()) as content:
        hosts = {host.name: host._GetMoId() for host in inventory.all_of(content, vim.HostSystem)}  # noqa: SLF001
    told = {
        "objects": objects,
        "hosts": hosts,
        "switch": inventory.SWITCH,
        "components": labs.COMPONENTS,
        "gates": labs.gates(size),
    }
    (folder / "objects.json").write_text(json.dumps(told), encoding="utf-8")
    return folder
