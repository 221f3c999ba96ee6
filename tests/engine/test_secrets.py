"""No login is in what Pulumi stores, in what anybody is told, in any log, or left behind: one story, then a search.

The vCenter password comes by the environment, then as Pulumi's secret; the cluster's login is a client's key in a
kubeconfig file, then a token in a kubeconfig that is a secret itself. Both are the limited user's, so that nothing in
the sandbox but the program has any use for them.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml

from sandbox import project
from tests.engine import leaks
from tests.engine.plays import play

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.lab import Lab

# All that the engine and its plugins say short of their calls' contents; and these, which -v=9 adds.
LOUD = ("--debug", "--logtostderr", "--logflow", "-v=8")
LOUDEST = ("--debug", "--logtostderr", "--logflow", "-v=9")
# The engine's words for a call's contents (pulumi, sdk/go/common/resource/plugin/rpc.go).
CONTENTS = b"arshaling property for RPC["
# Lines that such a run has at least: a quiet one has fifty.
LOUD_LINES = 400
WRONG = "wr0ng-Passw0rd-7x"


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was told, a file a command, and the logins by what they are."""

    told: Path
    temporary: Path
    secrets: dict[str, str]


def user_of(kubeconfig: Path) -> dict[str, str]:
    """The login in a kubeconfig."""
    found: dict[str, str] = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]
    return found


@pytest.fixture(scope="module")
def story(lab: Lab) -> Story:
    """A whole cycle, and what goes wrong in it."""
    play(lab, "limit")
    lab.edit(lambda config: config["hypervisors"].update(replicas=0))
    instance, record = lab.instance, lab.instance.load()
    told, temporary = instance.folder / "told", instance.folder / "temporary"
    told.mkdir()
    temporary.mkdir()
    limited = project.limited_environment(instance, record)
    kubeconfig = instance.limited_kubeconfig.read_text(encoding="utf-8")
    # The administrator's key, and no login but these.
    by_environment = {**limited, "KUBECONFIG": str(instance.kubeconfig), "TMPDIR": str(temporary)}
    by_secret = {**by_environment, "VSPHERE_PASSWORD": "", "KUBECONFIG": ""}

    def run(name: str, environment: dict[str, str], *command: str, fails: bool = False) -> None:
        with (told / name).open("wb") as file:
            done = subprocess.run(
                command,
                cwd=instance.project if command[0] == "pulumi" else project.ROOT,
                env={**os.environ, **project.environment(instance, record), **environment},
                stdout=file,
                stderr=subprocess.DEVNULL if name.endswith(".json") else file,
                check=False,
            )
        assert bool(done.returncode) == fails, (told / name).read_text(encoding="utf-8")[-3000:]

    def pulumi(name: str, environment: dict[str, str], *arguments: str, fails: bool = False) -> None:
        stack = ("--stack", lab.stack, "--non-interactive", "--color=never")
        run(name, environment, "pulumi", *arguments, *stack, fails=fails)

    yes = ("--yes", "--skip-preview", *LOUD)
    pulumi("up", by_environment, "up", *yes)
    pulumi("loudest", by_environment, "preview", *LOUDEST)
    pulumi("wrong", {**by_environment, "VSPHERE_PASSWORD": WRONG}, "up", *yes, fails=True)
    pulumi(
        "wrong-destroy", {**by_environment, "VSPHERE_PASSWORD": WRONG}, "destroy", "--yes", "--skip-preview", fails=True
    )
    pulumi("password", {}, "config", "set", "--secret", "vsphere:password", record.limited_password)
    pulumi("kubeconfig", {}, "config", "set", "--secret", "kubernetes:kubeconfig", kubeconfig)
    pulumi("up-by-secret", by_secret, "up", *yes)
    pulumi("refresh", by_secret, "refresh", "--yes", "--skip-preview")
    lab.edit(lambda config: config["vlans"].pop(0))
    pulumi("preview.json", {**by_secret, "PULUMI_DEBUG_COMMANDS": ""}, "preview", "--json")
    shown = str(told / "preview.json")
    run("comment", by_secret, sys.executable, "-m", "lab", "report", shown, "--stack", lab.stack)
    run("recover", by_secret, sys.executable, "-m", "lab", "recover", "--stack", lab.stack, "--yes")
    pulumi("output", by_secret, "stack", "output", "--json")
    pulumi("export", by_secret, "stack", "export")
    pulumi("destroy", by_secret, "destroy", *yes)
    key = user_of(instance.kubeconfig)["client-key-data"]
    secrets = {
        "vCenter's password": record.limited_password,
        "the wrong password": WRONG,
        "the client's key": key,
        "the client's key, as a file has it": max(base64.b64decode(key).decode().splitlines(), key=len),
        "the token": user_of(instance.limited_kubeconfig)["token"],
        "the state's passphrase": record.passphrase,
    }
    return Story(told=told, temporary=temporary, secrets=secrets)


def test_no_login_is_in_what_pulumi_stores(lab: Lab, story: Story) -> None:
    """The state with its history and backups, the stack file, and what the CLI keeps of its own."""
    folder = lab.instance.folder
    files = leaks.below(folder / "state", folder / "project", folder / "pulumi")
    assert [path for path in files if "history" in path.parts], "of every run"
    assert leaks.found(files, story.secrets) == []


def test_no_login_is_in_what_anybody_is_told(story: Story) -> None:
    """The engine's and the plugins' debug logs are among it."""
    files = [path for path in leaks.below(story.told) if path.name != "loudest"]
    assert len((story.told / "up").read_text(encoding="utf-8").splitlines()) > LOUD_LINES
    assert leaks.found(files, story.secrets) == []


def test_at_its_loudest_only_the_engine_itself_writes_a_login(story: Story) -> None:
    """docs/credentials.md warns of it: its account of calls has the inputs of the vSphere provider as they are."""
    log = (story.told / "loudest").read_bytes().splitlines()
    written = [text for secret in story.secrets.values() for _, text in leaks.forms(leaks.of_long(secret))]
    telling = [line for line in log if any(text in line for text in written)]
    assert telling, "the warning can go"
    assert all(CONTENTS in line for line in telling)


def test_no_login_is_in_a_servers_log(lab: Lab, story: Story) -> None:
    """Of those that are given them: vCenter, the API server with its audit log, the node agent."""
    files = [*leaks.below(lab.instance.logs), lab.instance.audit_log]
    assert leaks.found(files, story.secrets) == []


def test_nothing_with_a_login_is_left_behind(story: Story) -> None:
    assert leaks.found(leaks.below(story.temporary), story.secrets) == []
