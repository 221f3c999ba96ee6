"""The CLI that recover goes by, the lock that a dead run leaves, and the look at both servers."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pyVmomi import vim, vmodl

from clients.credentials import Logins
from clients.errors import LabError
from clients.recovery import live, locks
from clients.recovery.pulumi import Holder, LockedError, Stack, TornError
from lab.recovery import Live, Wanted
from tests.unit import fake_pulumi

if TYPE_CHECKING:
    from pathlib import Path

LOCKED = """error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete …
  file:///state/.pulumi/locks/a.json: created by root@vm (pid 11274) at 2026-11-25T09:28:25Z
  file:///state/.pulumi/locks/b.json: created by first last@other (pid 7) at 2026-11-25T09:28:26Z"""
CLOUD = "error: [409] Conflict: Another update is currently in progress."
NAD = ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "provisioning", "vlan-1928")
LOGINS = Logins(get={"vsphere:user": "me", "vsphere:password": "x", "vsphere:vsphereServer": "v"}.get, environ={})


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A CLI that does what is written into its folder, and writes down what it was asked."""
    fake_pulumi.put(
        tmp_path,
        monkeypatch,
        "with (folder / 'asked').open('a') as asked: print(*sys.argv[1:3], file=asked)\n"
        "if sys.argv[2] == 'import': (folder / 'written').write_text(sys.stdin.read())\n"
        "said = (folder / ('says ' + sys.argv[2])).read_text()\n"
        "sys.exit(said) if said.startswith('error') else print(said)\n",
    )
    says(tmp_path, export='{"version": 3, "deployment": {"resources": []}}')
    return Stack(name="lab", folder=tmp_path)


def says(folder: Path, **answers: str) -> None:
    for command, answer in answers.items():
        (folder / f"says {command}").write_text(answer, encoding="utf-8")


def test_a_state_is_written_in_the_place_of_the_one_that_was_read(stack: Stack) -> None:
    says(stack.folder, **{"import": "done"})
    stack.write(stack.export(), {"resources": [], "new": True})
    assert '"new": true' in (stack.folder / "written").read_text()


def test_a_state_that_another_run_has_changed_meanwhile_is_not_written(stack: Stack) -> None:
    before = stack.export()
    says(stack.folder, export='{"version": 3, "deployment": {"resources": ["another"]}}')
    with pytest.raises(LabError, match="has changed while it was looked at"):
        stack.write(before, {"resources": []})
    assert not (stack.folder / "written").exists()


def test_who_holds_the_lock_is_read_from_what_the_cli_says(stack: Stack) -> None:
    says(stack.folder, **{"import": LOCKED})
    with pytest.raises(LockedError) as locked:
        stack.write(stack.export(), {})
    assert locked.value.holders == (
        Holder(user="root", host="vm", pid=11274),
        Holder(user="first last", host="other", pid=7),
    )


def test_a_backend_that_does_not_tell_who_holds_the_lock_is_not_taken_at_its_word(stack: Stack) -> None:
    says(stack.folder, **{"import": CLOUD})
    with pytest.raises(LockedError) as locked:
        stack.write(stack.export(), {})
    with pytest.raises(LabError, match="pulumi cancel --stack lab"):
        locks.see_dead(locked.value, "lab")


def test_what_the_cli_says_is_told_when_it_fails(stack: Stack) -> None:
    says(stack.folder, export="error: no stack named 'lab' found")
    with pytest.raises(LabError, match=r"`pulumi stack export` failed: no stack named 'lab' found"):
        stack.export()


def unreadable(stack: Stack, url: str) -> Path:
    """A state of which nothing can be read, and the file beside it, half written."""
    says(stack.folder, export="error: failed to load checkpoint: EOF", **{"--json": f'{{"url": "{url}"}}'})
    states = stack.folder / ".pulumi/stacks/cnv-lab"
    states.mkdir(parents=True)
    (states / "lab.json.bak.attrs").write_text("{}", encoding="utf-8")
    (states / "other.json.attrs").write_text("", encoding="utf-8")
    torn = states / "lab.json.attrs"
    torn.write_text('{"user.cache', encoding="utf-8")
    return torn


@pytest.mark.parametrize("query", ["", "?no_tmp_dir=true"])
def test_a_file_beside_the_state_that_was_half_written_is_found(stack: Stack, query: str) -> None:
    torn = unreadable(stack, f"file://{stack.folder}{query}")
    with pytest.raises(TornError) as found:
        stack.export()
    assert found.value.files == (torn,), "and no other stack's, which may be at work"


@pytest.mark.parametrize("url", ["s3://bucket", "https://app.pulumi.com/me"])
def test_a_state_that_is_in_no_folder_cannot_be_helped_so(stack: Stack, url: str) -> None:
    unreadable(stack, url)
    with pytest.raises(LabError, match="failed to load checkpoint: EOF") as told:
        stack.export()
    assert not isinstance(told.value, TornError)


def test_a_missing_cli_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LabError, match="no command pulumi"):
        Stack(name="lab", folder=tmp_path).export()


def test_the_configuration_comes_by_full_keys(stack: Stack) -> None:
    said = '{"vsphere:password": {"value": "x", "secret": true}, "cnv-lab:vlans": {"value": "[]", "objectValue": []}}'
    says(stack.folder, **{"--json": said})
    assert stack.config() == {"vsphere:password": "x", "cnv-lab:vlans": "[]"}


def locked(*holders: Holder) -> LockedError:
    return LockedError("locked", holders)


def test_a_lock_of_a_dead_process_is_seen_as_such() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    told = locks.see_dead(locked(Holder(user="me", host=platform.node(), pid=ended.pid)), "lab")
    assert str(ended.pid) in told


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        (Holder(user="me", host=platform.node(), pid=os.getpid()), "which goes on"),
        (Holder(user="me", host=platform.node(), pid=1), "which goes on"),
        (Holder(user="me", host="elsewhere.example", pid=7), "cannot be seen from here"),
    ],
    ids=["alive", "alive and somebody else's", "on another machine"],
)
def test_a_lock_that_may_be_held_is_left_alone(holder: Holder, words: str) -> None:
    with pytest.raises(LabError, match=words) as told:
        locks.see_dead(locked(holder), "lab")
    assert "pulumi cancel --stack lab" in str(told.value), "what to do when one knows better"


def test_a_process_of_somebody_elses_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_ours(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", not_ours)
    with pytest.raises(LabError, match="which goes on"):
        locks.see_dead(locked(Holder(user="root", host=platform.node(), pid=7)), "lab")


def test_a_server_of_which_nothing_is_wanted_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("clients.cluster.session.connect")
    monkeypatch.delattr("clients.vcenter.session.connect")
    assert live.look(Wanted(), LOGINS, None) == Live()


def test_neither_servers_trouble_hides_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(words: str) -> Any:
        def connect(_: object) -> None:
            raise LabError(words)

        return connect

    monkeypatch.setattr("clients.cluster.session.connect", fails("no cluster"))
    monkeypatch.setattr("clients.vcenter.session.connect", fails("no vCenter"))
    wanted = Wanted(objects=frozenset({NAD}), port_groups=frozenset({("host-1", "Trunk")}))
    with pytest.raises(LabError) as told:
        live.look(wanted, LOGINS, None)
    assert str(told.value).splitlines() == ["no cluster", "no vCenter"]


def test_the_port_groups_of_a_host_that_left_vcenter_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(host: Any, *_paths: str) -> dict[str, Any]:
        if host._GetMoId() == "host-2":
            raise vmodl.fault.ManagedObjectNotFound
        spec = SimpleNamespace(name="Trunk", vlanId=4095, vswitchName="vSwitch0")
        return {"config.network.portgroup": [SimpleNamespace(spec=spec)]}

    content = SimpleNamespace(propertyCollector=SimpleNamespace(_stub=None))
    vcenter = SimpleNamespace(content=content, read=read)
    monkeypatch.setattr("clients.vcenter.session.connect", lambda _: nullcontext(vcenter))
    wanted = Wanted(port_groups=frozenset({("host-1", "Trunk"), ("host-2", "Trunk")}))
    assert live.look(wanted, LOGINS, None).port_groups == {("host-1", "Trunk"): (4095, "vSwitch0")}


def test_a_distributed_port_group_is_found_on_its_switch_and_none_on_one_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = vim.dvs.DistributedVirtualPortgroup("dvportgroup-4")

    def query(uuid: str) -> str:
        if uuid == "gone":
            raise vim.fault.NotFound
        return "a switch"

    vcenter = SimpleNamespace(
        content=SimpleNamespace(dvSwitchManager=SimpleNamespace(QueryDvsByUuid=query)),
        read=lambda _item, path: {path: [group]},
        properties=lambda items, _paths: [{"name": "Trunk"} for _ in items],
    )
    monkeypatch.setattr("clients.vcenter.session.connect", lambda _: nullcontext(vcenter))
    wanted = Wanted(distributed=frozenset({("uuid-9", "Trunk"), ("gone", "Trunk")}))
    assert live.look(wanted, LOGINS, None).distributed == {("uuid-9", "Trunk"): "dvportgroup-4"}


def test_a_kind_that_nobody_knows_is_left_to_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.cluster.session.connect", lambda _: nullcontext())
    with pytest.raises(LabError, match=r"ConfigMap mine .* a kind that recover does not know"):
        live.look(Wanted(objects=frozenset({("v1", "ConfigMap", "", "mine")})), LOGINS, None)


@pytest.mark.parametrize(
    ("state", "description", "refused"),
    [
        ("running", "VirtualMachine.clone", True),
        ("queued", "VirtualMachine.clone", True),
        ("success", "VirtualMachine.clone", False),
        ("running", "VirtualMachine.reconfigure", False),
    ],
)
def test_a_clone_that_vcenter_is_still_at_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, state: str, description: str, *, refused: bool
) -> None:
    """Half way it is no template yet; taken for "not made", it would be left over."""
    task = {"info.state": state, "info.descriptionId": description}
    vcenter = SimpleNamespace(
        find=lambda path: "the source" if path == "/a/rhcos" else None,
        read=lambda _item, *_paths: {"recentTask": ["a task"]},
        properties=lambda items, _paths: [task for _ in items],
    )
    monkeypatch.setattr("clients.vcenter.session.connect", lambda _: nullcontext(vcenter))
    wanted = Wanted(templates={"/a/rhcos-cnv": "/a/rhcos"})
    if refused:
        with pytest.raises(LabError, match="still cloning /a/rhcos"):
            live.look(wanted, LOGINS, None)
    else:
        assert live.look(wanted, LOGINS, None) == Live()
