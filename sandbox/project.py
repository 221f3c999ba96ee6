"""Where `pulumi` runs for a sandbox: a project folder, a state file and an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sandbox import tools
from sandbox.errors import Refusal
from sandbox.instance import LIMITED_USER, VCENTER_USER
from sandbox.plugins import choice
from sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from sandbox.instance import Instance, Record

ROOT = Path(__file__).parents[1]
STACK = "sandbox"


def prepare(instance: Instance, record: Record) -> dict[str, str]:
    """Makes the project folder, the wrappers and the stack.

    Returns:
        What each of Pulumi's plugins is, in words.
    """
    for folder in (instance.project, instance.folder / "state", instance.folder / "pulumi"):
        folder.mkdir(parents=True, exist_ok=True)
    # The user's plugin cache, but none of the user's logins and settings.
    plugins = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    link = instance.folder / "pulumi" / "plugins"
    if plugins.is_dir() and not link.exists():
        link.symlink_to(plugins)
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    # `stack init` writes into the stack file, so that a copy is used; the program itself stays where it is.
    project["main"] = str(ROOT)
    project["runtime"]["options"]["virtualenv"] = sys.prefix
    (instance.project / "Pulumi.yaml").write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")
    told = choice.write_wrappers(instance.programs, tools.path("pulumi"), plugins)
    add_stack(instance, record, STACK, (ROOT / "Pulumi.sandbox.yaml").read_text(encoding="utf-8"))
    return told


def add_stack(instance: Instance, record: Record, name: str, stack_file: str, folder: Path | None = None) -> None:
    """Makes a stack with this stack file's text; the first one is the selected one.

    ``folder`` is that of another project than the lab's.
    """
    folder = folder or instance.project
    (folder / f"Pulumi.{name}.yaml").write_text(stack_file, encoding="utf-8")
    done = subprocess.run(
        [tools.path("pulumi"), "stack", "init", name, "--non-interactive", *(["--no-select"] if name != STACK else [])],
        cwd=folder,
        env={**os.environ, **environment(instance, record)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(f"pulumi stack init {name} failed: {done.stderr.strip()}")


def environment(instance: Instance, record: Record) -> dict[str, str]:
    """What a command needs to mean this sandbox: endpoints, logins, Pulumi's own folders."""
    path = [str(instance.programs), str(tools.path("pulumi").parent), os.environ.get("PATH", os.defpath)]
    return {
        "PATH": os.pathsep.join(path),
        "KUBECONFIG": str(instance.kubeconfig),
        "VSPHERE_SERVER": f"{LOOPBACK}:{record.ports['vcenter']}",
        "VSPHERE_USER": VCENTER_USER,
        "VSPHERE_PASSWORD": record.password,
        "SSL_CERT_FILE": str(instance.vcenter_ca),
        # For what runs elsewhere and means this project: `exec -- make -C … recover`.
        "CNV_LAB_PROJECT": str(instance.project),
        # `exec -- python -m lab …` runs in the project's folder, which has no program.
        "PYTHONPATH": str(ROOT),
        "PULUMI_HOME": str(instance.folder / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{instance.folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": record.passphrase,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_PYTHON_CMD": sys.executable,
        # Of the engine's, a Go program: at its usual pace the collector is a quarter of what a short run costs.
        "GOGC": "400",
    }


def limited_environment(instance: Instance, record: Record) -> dict[str, str]:
    """What differs for the user who may do no more than a lab needs (sandbox/limited.py)."""
    return {
        "KUBECONFIG": str(instance.limited_kubeconfig),
        "VSPHERE_USER": LIMITED_USER,
        "VSPHERE_PASSWORD": record.limited_password,
    }
