"""Starting and ending a sandbox, with shells in the servers' places: `down` ends what `up` started, and no more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from sandbox import certificates, cluster, inventory, lifecycle, parts, project
from sandbox.errors import Refusal
from sandbox.instance import KERNEL, PORTS, Instance, Record
from sandbox.kernel import availability, guest
from sandbox.parts import Part
from sandbox.ports import LOOPBACK
from sandbox.tools import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Box:
    """A sandbox of three shells."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.servers = [self.part("etcd"), self.part("vcenter")]
        self.controllers = [self.part("node-agent")]
        self.said: list[str] = []

    def part(self, name: str, script: str = "echo ready; exec sleep 60") -> Part:
        log = self.instance.logs / f"{name}.log"
        return Part(name=name, command=["/bin/sh", "-c", script], ready=lambda: "ready\n" in log.read_text())

    def up(self) -> None:
        lifecycle.up(self.instance, self.said.append)

    def running(self) -> dict[str, int]:
        return {found.name: found.pid for found in lifecycle.status(self.instance) if found.running}


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Box]]:
    """Makes sandboxes; what still runs in them at the end is ended."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made: dict[str, Box] = {}
    monkeypatch.setattr(parts, "servers", lambda instance, _record: made[instance.name].servers)
    monkeypatch.setattr(parts, "controllers", lambda instance, _record: made[instance.name].controllers)
    for module, name in (
        (certificates, "make"),
        (cluster, "write_kubeconfigs"),
        (cluster, "wait_until_ready"),
        (cluster, "install"),
        (cluster, "register_webhooks"),
        (inventory, "seed"),
    ):
        monkeypatch.setattr(module, name, lambda *_: None)
    monkeypatch.setattr(project, "prepare", lambda *_: {"pulumi-resource-kubernetes": "stand-in"})

    def make(name: str) -> Box:
        made[name] = Box(Instance.of(name))
        return made[name]

    yield make
    for box in made.values():
        lifecycle.down(box.instance)


@pytest.fixture
def box(boxes: Callable[[str], Box]) -> Box:
    return boxes("lab")


def test_up_starts_the_servers_before_the_controllers_and_says_which_plugins_it_uses(box: Box) -> None:
    box.up()
    assert list(box.running()) == ["etcd", "vcenter", "node-agent"]
    assert box.said[-1].split() == ["pulumi-resource-kubernetes:", "stand-in"]


def test_up_leaves_a_sandbox_that_is_up_as_it_is(box: Box) -> None:
    box.up()
    before = box.running()
    box.up()
    assert box.running() == before
    assert box.said[-1] == "sandbox lab is up already"


def test_down_ends_the_servers_after_their_clients_and_drops_what_they_stored(box: Box) -> None:
    box.up()
    box.instance.project.mkdir()
    assert lifecycle.down(box.instance) == ["node-agent", "vcenter", "etcd"]
    assert lifecycle.status(box.instance) == []
    assert not box.instance.data.exists()
    assert not box.instance.project.exists()
    assert (box.instance.logs / "etcd.log").read_text() == "ready\n"
    assert lifecycle.down(box.instance) == []


def test_down_lets_the_node_agent_give_back_what_it_has_and_waits_for_no_server(box: Box) -> None:
    says_goodbye = "trap 'echo goodbye; exit' TERM; echo ready; while :; do sleep 0.05; done"
    box.servers, box.controllers = [box.part("etcd", says_goodbye)], [box.part("node-agent", says_goodbye)]
    box.up()
    lifecycle.down(box.instance)
    assert (box.instance.logs / "node-agent.log").read_text() == "ready\ngoodbye\n"
    assert (box.instance.logs / "etcd.log").read_text() == "ready\n"


def test_down_leaves_another_sandbox_alone(boxes: Callable[[str], Box]) -> None:
    first, second = boxes("one"), boxes("two")
    first.up()
    second.up()
    before = second.running()
    lifecycle.remove(first.instance)
    assert not first.instance.folder.exists()
    assert second.running() == before


def test_ports_and_logins_stay_the_same_from_one_up_to_the_next(box: Box) -> None:
    box.up()
    before = box.instance.load()
    lifecycle.down(box.instance)
    box.up()
    after = box.instance.load()
    assert set(after.ports) == set(PORTS)
    assert (after.ports, after.password, after.passphrase) == (before.ports, before.password, before.passphrase)


def test_up_begins_anew_when_a_part_has_ended_and_says_so(box: Box) -> None:
    box.up()
    before = box.running()
    lifecycle.stop_part(box.instance, "vcenter")
    assert set(box.running()) == {"etcd", "node-agent"}
    box.up()
    assert any(line.startswith("vcenter ended since the last start: starting anew") for line in box.said)
    assert set(box.running()) == set(before)
    assert not set(box.running().values()) & set(before.values())


def test_a_part_that_ends_at_its_start_is_told_with_its_last_words_and_nothing_is_left_running(box: Box) -> None:
    box.servers[1] = box.part("vcenter", "seq 9; echo address in use; exit 1")
    with pytest.raises(Refusal) as caught:
        box.up()
    log = box.instance.logs / "vcenter.log"
    said = ["6", "7", "8", "9", "address in use"]
    assert str(caught.value).splitlines() == ["vcenter ended at its start:", *said, f"All of it: {log}"]
    assert lifecycle.status(box.instance) == []


def test_a_part_that_does_not_get_ready_is_told_and_nothing_is_left_running(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.controllers[0] = box.part("node-agent", "exec sleep 60")
    monkeypatch.setattr(cluster, "install", lambda *_: monkeypatch.setattr(lifecycle, "PATIENCE", 0.1))
    with pytest.raises(Refusal, match=r"node-agent was not ready within 0.1 s:\nAll of it: "):
        box.up()
    assert lifecycle.status(box.instance) == []


def test_an_interrupted_up_leaves_nothing_running(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def interrupted(*_: object) -> NoReturn:
        started.extend(box.running().values())
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        box.up()
    assert len(started) == 2
    assert lifecycle.status(box.instance) == []


def test_what_a_killed_up_left_is_ended_by_down(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could not clean up, but has written down each part as it started it."""

    def killed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster, "install", killed)
    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "_down", lambda _instance: [])
        with pytest.raises(KeyboardInterrupt):
            box.up()
    assert lifecycle.down(box.instance) == ["vcenter", "etcd"]


# The real parts


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Part]:
    """As they would be started, with tools that are only names."""
    for tool in catalogue.TOOLS:
        (tmp_path / tool.name).touch()
    monkeypatch.setenv("CNV_LAB_TOOLS", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    record = Record(ports={name: 20001 + number for number, name in enumerate(PORTS)})
    instance = Instance.of("lab")
    return [*parts.servers(instance, record), *parts.controllers(instance, record), *parts.extras(instance, record)]


def test_every_part_has_its_place_in_the_order_of_ending(real: list[Part]) -> None:
    """One that has none would never be ended."""
    names = [part.name for part in real]
    assert sorted(names) == sorted(parts.STOPPING_ORDER)
    order = list(parts.STOPPING_ORDER)
    assert order[-2:] == ["kube-apiserver", "etcd"]
    assert order.index("vsphere") < order.index("vcenter")


def test_every_port_is_used_and_only_on_loopback(real: list[Part]) -> None:
    words = [word for part in real for word in part.command]
    for number in range(20001, 20001 + len(PORTS)):
        used = [word for word in words if str(number) in word]
        assert used
        assert all(LOOPBACK in word or "-port=" in word for word in used), used
    for part in real:
        if any(word.startswith("--secure-port=") for word in part.command):
            assert f"--bind-address={LOOPBACK}" in part.command


def test_a_part_is_a_built_tool_or_this_python(real: list[Part], tmp_path: Path) -> None:
    assert {str(Path(part.command[0]).parent) for part in real} == {str(tmp_path), str(Path(sys.executable).parent)}


def test_a_sandbox_keeps_the_release_that_it_was_started_with(box: Box) -> None:
    lifecycle.up(box.instance, box.said.append, "4.22")
    assert box.instance.load().release == "4.22"
    box.up()
    assert box.instance.load().release == "4.22"


def test_another_release_than_the_one_that_runs_is_refused(box: Box) -> None:
    """What was made in it would be gone."""
    box.up()
    with pytest.raises(Refusal, match=r"is up with OpenShift 4\.20: reset --release 4\.22"):
        lifecycle.up(box.instance, box.said.append, "4.22")
    assert box.running()


def test_a_sandbox_that_is_started_anew_has_the_default_release(box: Box) -> None:
    lifecycle.up(box.instance, box.said.append, "4.22")
    lifecycle.down(box.instance)
    box.up()
    assert box.instance.load().release == "4.20"


def test_kernel_nodes_are_refused_before_anything_starts_where_no_guest_boots(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each node would be made and never be there: `up` would wait for its time to end."""

    def no_boot() -> NoReturn:
        raise Refusal("a guest does not boot: Kernel panic")

    monkeypatch.setattr(availability, "lacking", lambda: None)
    monkeypatch.setattr(guest, "try_one", no_boot)
    with pytest.raises(Refusal, match="Kernel panic"):
        lifecycle.up(box.instance, box.said.append, nodes=KERNEL)
    assert not box.running()
    assert box.said == []
