"""What must hold of every workflow, whoever writes the next one: no secret reaches a fork, and no run is half done."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
WORKFLOWS: dict[str, dict[Any, Any]] = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
JOBS = [(f"{name}.{job}", name, found) for name, flow in WORKFLOWS.items() for job, found in flow["jobs"].items()]
EACH_WORKFLOW = pytest.mark.parametrize("name", WORKFLOWS)
EACH_JOB = pytest.mark.parametrize(
    ("name", "job"), [(name, job) for _, name, job in JOBS], ids=[job[0] for job in JOBS]
)
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
HELD = "KUBECONFIG_SECRET"
# All that any job may have; what writes, and where.
GRANTS = {("ci", "contents"): "read", ("preview", "pull-requests"): "write", ("drift", "issues"): "write"}


def events(name: str) -> dict[str, Any]:
    """YAML 1.1 reads the key `on` as true."""
    found: dict[str, Any] = WORKFLOWS[name][True]
    return found


def in_the_lab(job: dict[str, Any]) -> bool:
    return "self-hosted" in job["runs-on"]


def steps(job: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    return (step for step in job["steps"] if key in step)


def test_the_four_workflows_are_there() -> None:
    assert sorted(WORKFLOWS) == ["ci", "drift", "preview", "up"]


@EACH_WORKFLOW
def test_every_action_is_pinned_by_its_whole_commit_with_its_version_beside_it(name: str) -> None:
    lines = (ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8").splitlines()
    used = [line.split("uses:", 1)[1].strip() for line in lines if "uses:" in line]
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_has_one_pin_in_all_workflows() -> None:
    pins = {step["uses"] for _, _, job in JOBS for step in steps(job, "uses")}
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


@EACH_WORKFLOW
def test_a_script_fails_with_any_part_of_a_pipe(name: str) -> None:
    """Of a pipe in GitHub's default shell the last part alone counts; a failed look-up would make a second comment."""
    assert WORKFLOWS[name]["defaults"] == {"run": {"shell": "bash"}}


@EACH_WORKFLOW
def test_nothing_is_granted_above_the_jobs(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}


@EACH_JOB
def test_a_job_reads_the_code_or_writes_its_one_thing_and_never_both(name: str, job: dict[str, Any]) -> None:
    """What runs a pull request's code has nothing to write with."""
    (granted,) = job["permissions"].items()
    assert granted == ("contents", "read") or GRANTS.get((name, granted[0])) == granted[1]
    checks_out = any("checkout@" in step["uses"] for step in steps(job, "uses"))
    assert checks_out == (granted == ("contents", "read"))


@EACH_WORKFLOW
def test_no_workflow_runs_a_forks_code_with_this_repositorys_rights(name: str) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(events(name))


@EACH_JOB
def test_a_job_with_secrets_or_in_the_lab_has_an_environment_and_no_forks(name: str, job: dict[str, Any]) -> None:
    if "secrets." not in json.dumps(job):
        assert not in_the_lab(job)
        return
    assert in_the_lab(job)
    assert job["runs-on"] == ["self-hosted", "cnv-lab", "ephemeral"], "nothing of one run is there for the next"
    assert job["environment"].startswith("${{ matrix.stack }}")
    if "pull_request" in events(name):
        assert SAME_REPOSITORY in job["if"]
        assert "||" not in job["if"]
        assert job["environment"].endswith("-preview"), "the one that has reviewers"


def test_a_pull_request_gets_no_secrets_but_in_a_preview() -> None:
    with_secrets = {name for _, name, job in JOBS if "secrets." in json.dumps(job)}
    assert with_secrets == {"preview", "up", "drift"}
    assert [name for name in WORKFLOWS if "pull_request" in events(name)] == ["ci", "preview"]


@EACH_JOB
def test_no_expression_is_pasted_into_a_script(name: str, job: dict[str, Any]) -> None:
    """A branch or a stack called `$(…)` would run. Values come by the environment."""
    for step in steps(job, "run"):
        assert "${{" not in step["run"], f"{name}: {step['run']}"


@EACH_JOB
def test_no_token_stays_behind_in_a_checkout(name: str, job: dict[str, Any]) -> None:
    for step in steps(job, "uses"):
        if "actions/checkout@" in step["uses"]:
            assert step["with"]["persist-credentials"] is False, name


@EACH_JOB
def test_every_job_ends(name: str, job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 360, name


@pytest.mark.parametrize(("workflow", "job"), [("up", "up"), ("drift", "look"), ("drift", "issue")])
def test_what_writes_is_never_cancelled_and_one_at_a_time_for_each_stack(workflow: str, job: str) -> None:
    found = WORKFLOWS[workflow]["jobs"][job]["concurrency"]
    assert found["cancel-in-progress"] is False
    assert "${{ matrix.stack }}" in found["group"]
    assert "github." not in found["group"], "a group of each run's own keeps nobody waiting"
    assert "concurrency" not in WORKFLOWS[workflow]


def test_a_waiting_up_is_not_pushed_out_by_the_nights_look() -> None:
    """Of those that wait in a group GitHub keeps the newest only."""
    groups = [job["concurrency"]["group"] for _, _, job in JOBS if "concurrency" in job]
    assert len(set(groups)) == len(groups)


def test_up_brings_main_only_and_its_tip() -> None:
    assert events("up") == {"push": {"branches": ["main"]}}
    checkout = next(steps(WORKFLOWS["up"]["jobs"]["up"], "uses"))
    assert checkout["with"]["ref"] == "${{ github.ref }}"


@pytest.mark.parametrize(("workflow", "job", "kind"), [("preview", "comment", "preview"), ("drift", "issue", "drift")])
def test_the_comment_is_looked_for_by_the_line_that_the_report_begins_with(workflow: str, job: str, kind: str) -> None:
    (step,) = steps(WORKFLOWS[workflow]["jobs"][job], "run")
    command = [sys.executable, "-m", "lab", "report", "--stack", "mylab", *(["--drift"] if kind == "drift" else [])]
    done = subprocess.run(command, cwd=ROOT, input="{}", capture_output=True, text=True, check=True)
    assert done.stdout.startswith(step["env"]["MARKER"].replace("${{ matrix.stack }}", "mylab") + "\n")


@pytest.mark.parametrize(
    ("changed", "stacks"),
    [
        (["Pulumi.home.yaml"], ["home"]),
        (["Pulumi.home.yaml", "README.md", "Pulumi.other.yaml"], ["home"]),
        (["docs/Pulumi.home.yaml", "docs/sandbox.md", "tests/unit/facts.py", "sandbox/show.py"], []),
        (["lab/names.py"], ["home", "work"]),
        (["Pulumi.yaml"], ["home", "work"]),
        ([], []),
    ],
)
def test_a_change_is_about_the_labs_whose_file_or_program_it_touches(changed: list[str], stacks: list[str]) -> None:
    done = affected("\n".join(changed), '["home", "work"]')
    assert (done.returncode, json.loads(done.stdout)) == (0, stacks)


@pytest.mark.parametrize(
    ("changed", "stacks"),
    [
        ("labs/house.yaml", ["home", "work", "odd"]),
        ("labs/far.yaml", ["home", "work", "odd"]),
        ("labs/other.yaml", ["odd"]),
        ("Pulumi.home.yaml", ["home", "odd"]),
        ("labs/gone.yaml", ["odd", "lost"]),
        ("README.md", ["odd"]),
    ],
)
def test_a_change_of_a_shared_file_is_about_every_lab_that_extends_it(
    changed: str, stacks: list[str], tmp_path: Path
) -> None:
    """A lab whose key cannot be read without YAML is looked at once too often, never once too seldom."""
    (tmp_path / "labs").mkdir()
    for name, text in {
        "labs/far.yaml": "config:\n  cnv-lab:extends: far.yaml\n",
        "labs/house.yaml": "config:\n  cnv-lab:extends: ../labs/far.yaml # of another house\n",
        "Pulumi.home.yaml": "config:\n  cnv-lab:extends: labs/house.yaml\n",
        "Pulumi.work.yaml": "config:\n  'cnv-lab:extends': \"./labs/house.yaml\" # as at home\n",
        "Pulumi.odd.yaml": "config: {cnv-lab:extends: labs/house.yaml}\n",
        "Pulumi.lost.yaml": "config:\n  cnv-lab:extends: labs/gone.yaml\n",
        "Pulumi.alone.yaml": "config:\n  cnv-lab:cluster: {infraId: a}\n",
    }.items():
        (tmp_path / name).write_text(text)
    done = affected(changed, '["home", "work", "odd", "lost", "alone"]', tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, stacks)


@pytest.mark.parametrize("stacks", ['"home"', '["a b"]', '["$(id)"]', "[1]", "{}"])
def test_a_list_of_labs_that_is_none_is_refused(stacks: str) -> None:
    done = affected("lab/names.py", stacks)
    assert done.returncode == 1
    assert "CNV_LAB_STACKS must be a JSON list" in done.stderr


def affected(changed: str, stacks: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / ".github/scripts/stacks.py")],
        cwd=folder,
        input=changed,
        capture_output=True,
        text=True,
        check=False,
        env={"STACKS": stacks},
    )


@pytest.mark.parametrize("ends", [0, 3])
def test_a_secret_kubeconfig_is_a_private_file_while_the_command_runs_and_no_longer(ends: int, tmp_path: Path) -> None:
    look = 'echo "$KUBECONFIG"; stat -c %a "$KUBECONFIG"; cat "$KUBECONFIG"; echo "${KUBECONFIG_SECRET-none}"'
    (tmp_path / "cnv-lab.kubeconfig").write_text("left over, for all to read", encoding="utf-8")
    done = in_lab(f"{look}; exit {ends}", RUNNER_TEMP=str(tmp_path), **{HELD: "kind: Config"})
    path, mode, content, secret = done.stdout.splitlines()
    assert (done.returncode, mode, content, secret) == (ends, "600", "kind: Config", "none")
    assert path == str(tmp_path / "cnv-lab.kubeconfig"), "the state keeps the path: another one would be a change"
    assert not list(tmp_path.iterdir())


def test_without_a_secret_kubeconfig_the_command_has_what_the_runner_has() -> None:
    assert in_lab('echo "$KUBECONFIG"', **{HELD: "", "KUBECONFIG": "/mine"}).stdout == "/mine\n"


def in_lab(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / ".github/scripts/in_lab.sh"), "bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], **environment},
    )


GH = """#!/usr/bin/env bash
# Answers the look-up with $THERE, or fails where that is "fails"; writes down every call that changes something.
case "$*" in
  *--method*) echo "$*" >> "$CALLS" ;;
  *) [[ $THERE != fails ]] || exit 1; printf '%s' "$THERE" ;;
esac
"""


@pytest.mark.parametrize(
    ("kind", "there", "status", "calls"),
    [
        ("preview", "", "", ["--method POST comments --field body=@comment.md"]),
        ("preview", "7\n9\n", "", ["--method PATCH one/7 --field body=@comment.md"]),
        ("preview", "fails", "", []),
        ("drift", "", "1", ["--method POST issues --field title=t --field body=@issue.md"]),
        ("drift", "7\n", "255", ["--method PATCH issues/7 --field body=@issue.md"]),
        ("drift", "7\n", "0", ["--method PATCH issues/7 --field state=closed"]),
        ("drift", "", "0", []),
        ("drift", "fails", "1", []),
    ],
)
def test_there_is_one_comment_and_one_issue_whatever_was_there(
    kind: str, there: str, status: str, calls: list[str], tmp_path: Path
) -> None:
    """The workflow's own script, with `gh` replaced: whether GitHub answers so, only GitHub can tell."""
    (step,) = steps(WORKFLOWS[kind]["jobs"]["comment" if kind == "preview" else "issue"], "run")
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "status").write_text(f"{status}\n", encoding="utf-8")
    log = tmp_path / "calls"
    log.touch()
    names = {"COMMENTS": "comments", "ONE": "one", "ISSUES": "issues", "TITLE": "t", "MARKER": "m"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        check=False,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "THERE": there, "CALLS": str(log), **names},
    )
    assert (done.returncode == 0) == (there != "fails")
    assert log.read_text(encoding="utf-8").splitlines() == [f"api {call} --silent" for call in calls]
