"""``python -m sandbox`` as a person types it, with no server running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from typer.testing import CliRunner

from sandbox import __main__ as command
from sandbox import lifecycle, parts, processes
from sandbox.instance import PORTS, Instance, Record
from sandbox.processes import Process

if TYPE_CHECKING:
    from pathlib import Path

ENDED = Process(pid=2**22 + 1, started=0)


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """One that never ran, and tools that are only names."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "pulumi").touch()
    monkeypatch.setenv("CNV_LAB_TOOLS", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("CNV_LAB_SANDBOX", raising=False)
    return Instance.of("lab")


def runs(instance: Instance, **others: Process) -> Record:
    """A record of a sandbox whose etcd runs (it is this test, which is why nothing here calls `down`)."""
    here = Process(pid=os.getpid(), started=processes.started(os.getpid()))
    ports = {name: 20000 + number for number, name in enumerate(PORTS)}
    record = Record(ports=ports, processes={"etcd": here, **others})
    instance.save(record)
    instance.project.mkdir()
    instance.logs.mkdir()
    return record


def sandbox(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(command.app, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that is said on stderr; nothing else is, and the exit code is 1."""
    monkeypatch.setattr(sys, "argv", ["sandbox", *words])
    with pytest.raises(SystemExit) as left:
        command.main()
    told = capsys.readouterr()
    assert (left.value.code, told.out, told.err.count("\n")) == (1, "", 1)
    return told.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["logs", "etcd"], "sandbox lab has no log of 'etcd'; there are: none."),
        (["exec", "--", "true"], "sandbox lab is not running: python -m sandbox up"),
        (["exec", "--name", "two", "--", "true"], "sandbox two is not running: python -m sandbox up --name two"),
        (["show"], "sandbox lab is not running: python -m sandbox up"),
        (["status"], "sandbox lab is not running: python -m sandbox up"),
        (["status", "--json", "--name", "two"], "sandbox two is not running: python -m sandbox up --name two"),
        (["status", "--name", "No/Name"], "'No/Name' can't name a sandbox"),
        (["up", "--name", ".."], "'..' can't name a sandbox"),
        (["down", "--name", "[red]"], "'[red]' can't name a sandbox"),
        (["play", "skew-enforcement", "off"], "'off' is none of automatic, manual, none."),
    ],
)
def test_a_refusal_is_a_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert refused(monkeypatch, capsys, *words).startswith(says)


def test_up_knows_whether_the_operators_are_to_be_there() -> None:
    code, told = sandbox("up", "--operators", "some")
    assert code == 2
    assert "installed, none" in told


def test_up_knows_the_releases_that_the_program_knows() -> None:
    code, told = sandbox("up", "--release", "4.23")
    assert code == 2
    assert "4.22" in told


def test_up_says_how_to_get_the_tools_that_are_missing(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(*_: object) -> None:
        parts.servers(instance, Record(ports=dict.fromkeys(PORTS, 1)))

    monkeypatch.setattr(lifecycle, "_start", start)
    assert refused(monkeypatch, capsys, "up").startswith("etcd is not built yet. Run `make tools`")


def test_status_names_each_part_and_fails_when_one_ended(instance: Instance) -> None:
    runs(instance)
    code, told = sandbox("status")
    assert code == 0
    assert [line.split()[:4] for line in told.splitlines()[1:2]] == [["etcd", str(os.getpid()), "runs", "20000"]]
    assert f"kubeconfig {instance.kubeconfig}\nlogs {instance.logs}\n" in told
    runs_not = instance.load()
    runs_not.processes["vcenter"] = ENDED
    instance.save(runs_not)
    code, told = sandbox("status")
    assert code == 1
    assert [line.split()[2] for line in told.splitlines()[1:3]] == ["runs", "ended"]


def test_status_as_json_has_all_that_a_program_needs_to_log_in(instance: Instance) -> None:
    record = runs(instance, vsphere=ENDED)
    code, told = sandbox("status", "--json")
    status: dict[str, Any] = json.loads(told)
    assert code == 0
    assert {name: status["vcenter"][name] for name in ("host", "port", "user", "password", "ca")} == {
        "host": "127.0.0.1",
        "port": record.ports["vcenter"],
        "user": "administrator@vsphere.local",
        "password": record.password,
        "ca": str(instance.vcenter_ca),
    }
    assert (status["name"], status["kubeconfig"]) == ("lab", str(instance.kubeconfig))
    etcd, vsphere = status["parts"]
    assert etcd.pop("memory_mib") > 0
    log = str(instance.logs / "etcd.log")
    assert etcd == {"name": "etcd", "pid": os.getpid(), "running": True, "port": record.ports["etcd"], "log": log}
    assert (vsphere["running"], vsphere["port"]) == (False, record.ports["vsphere-health"])


def test_the_sandbox_may_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNV_LAB_SANDBOX", "two")
    assert sandbox("down") == (0, "sandbox two was not running\n")
    assert sandbox("down", "--name", "three") == (0, "sandbox three was not running\n")


def test_down_of_a_sandbox_that_never_ran_is_no_error() -> None:
    assert sandbox("down") == (0, "sandbox lab was not running\n")


def test_logs_prints_a_parts_log_as_it_is_and_names_those_that_there_are(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs(instance)
    (instance.logs / "etcd.log").write_bytes(b"[red] x\xff\n")
    (instance.logs / "vcenter.log").touch()
    assert sandbox("logs", "etcd") == (0, "[red] x\ufffd\n")
    assert "there are: etcd, vcenter." in refused(monkeypatch, capsys, "logs", "kubelet")


def test_exec_is_refused_while_a_part_has_ended(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its words would be a timeout of something else."""
    runs(instance, vcenter=ENDED)
    assert refused(monkeypatch, capsys, "exec", "--", "true").startswith("vcenter of sandbox lab ended: ")


def test_exec_gives_a_command_its_own_arguments_the_folder_and_the_logins(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called: list[Any] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OF_THE_USER", "stays")
    monkeypatch.setattr(os, "execvpe", lambda *given: called.append((os.getcwd(), *given)))  # noqa: PTH109
    record = runs(instance)
    sandbox("exec", "--", "pulumi", "preview", "--name", "x", "-v=9")
    sandbox("exec", "oc", "get", "machines", "-A")
    (folder, program, words, environment), without_dashes = called
    assert (folder, program) == (str(instance.project), "pulumi")
    assert words == ["pulumi", "preview", "--name", "x", "-v=9"]
    assert without_dashes[2] == ["oc", "get", "machines", "-A"]
    assert environment["PATH"].split(os.pathsep)[:2] == [str(instance.programs), str(tmp_path / "tools")]
    assert environment["KUBECONFIG"] == str(instance.kubeconfig)
    assert environment["VSPHERE_SERVER"] == f"127.0.0.1:{record.ports['vcenter']}"
    assert environment["VSPHERE_PASSWORD"] == record.password
    assert environment["PULUMI_BACKEND_URL"].startswith(f"file://{instance.folder}")
    assert environment["OF_THE_USER"] == "stays"


def test_exec_leads_a_command_through_the_fault_proxy_which_starts_with_the_first(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    used: list[str] = []
    started: list[str] = []
    monkeypatch.setattr(os, "execvpe", lambda _program, _words, environment: used.append(environment["KUBECONFIG"]))
    monkeypatch.setattr(lifecycle, "start_part", lambda _instance, name: started.append(name))
    record = runs(instance)
    sandbox("exec", "--faults", "--", "pulumi", "up")
    instance.save(Record(ports=record.ports, processes={**record.processes, "api-faults": record.processes["etcd"]}))
    sandbox("exec", "--faults", "--", "pulumi", "up")
    assert used == [str(instance.faulty_kubeconfig)] * 2
    assert started == ["api-faults"]


def test_exec_of_what_is_no_command_is_told(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    runs(instance)
    assert refused(monkeypatch, capsys, "exec", "--", "no-such") == "there is no command 'no-such'.\n"
    assert refused(monkeypatch, capsys, "exec", "--", "/etc") == "'/etc' is not executable.\n"


def test_exec_without_the_cli_says_how_to_get_it(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The cache was emptied, or the tool is pinned in another version since `up`."""
    runs(instance)
    monkeypatch.delenv("CNV_LAB_TOOLS")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refused(monkeypatch, capsys, "exec", "--", "true").startswith("pulumi is not built yet. Run `make tools`")


@pytest.mark.parametrize(
    ("play", "state"), [("freeze", {psutil.STATUS_STOPPED}), ("thaw", {psutil.STATUS_SLEEPING, psutil.STATUS_RUNNING})]
)
def test_a_part_is_frozen_and_goes_on(instance: Instance, play: str, state: set[str]) -> None:
    part = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        record = runs(instance, vcenter=Process(pid=part.pid, started=processes.started(part.pid)))
        instance.save(record)
        if play == "thaw":
            part.send_signal(signal.SIGSTOP)
        assert sandbox("play", play, "vcenter")[0] == 0
        deadline = time.monotonic() + 10
        while psutil.Process(part.pid).status() not in state:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        part.kill()
        part.wait()


def test_a_part_that_there_is_not_is_told_with_those_that_there_are(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.save(runs(instance))
    assert "no part 'vsan'; it has: etcd" in refused(monkeypatch, capsys, "play", "kill", "vsan")
