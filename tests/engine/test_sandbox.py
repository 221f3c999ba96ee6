"""The lab in a box: what runs, where it listens, and that `down` ends just that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from sandbox import lifecycle
from sandbox.instance import Instance
from tests.engine.cluster import Cluster, until
from tests.engine.lab import Lab
from tests.engine.vcenter import VCenter

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = {"127.0.0.1", "::1"}
MEMORY_MIB_MAX = 1200
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "only-here"}}


def sandbox(*arguments: str, name: str) -> subprocess.CompletedProcess[str]:
    """`python -m sandbox …`, as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments, *(["--name", name] if arguments[0] != "exec" else [])],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "CNV_LAB_SANDBOX": name},
    )


def alive(instance: Instance) -> dict[str, psutil.Process]:
    """The parts that run."""
    found = {name: process.find() for name, process in instance.load().processes.items()}
    return {name: process for name, process in found.items() if process}


@pytest.fixture(scope="module")
def other() -> Iterator[Instance]:
    """A second sandbox beside the first."""
    instance = Instance.of(f"other-{os.getpid()}")
    lifecycle.up(instance, lambda _: None)
    yield instance
    lifecycle.remove(instance)


def test_every_socket_that_listens_is_on_loopback(lab: Lab) -> None:
    parts = alive(lab.instance)
    assert len(parts) == len(lab.instance.load().processes) >= 8
    addresses = {
        (name, connection.laddr.ip)
        for name, process in parts.items()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {name for name, _ in addresses} >= {"etcd", "kube-apiserver", "vcenter", "machineset"}
    assert {ip for _, ip in addresses} <= LOOPBACK, addresses


def test_it_needs_little_memory(lab: Lab) -> None:
    used = {name: process.memory_info().rss // 2**20 for name, process in alive(lab.instance).items()}
    assert sum(used.values()) <= MEMORY_MIB_MAX, used


def test_status_tells_a_program_all_that_it_needs(lab: Lab) -> None:
    told: dict[str, Any] = json.loads(sandbox("status", "--json", name=lab.instance.name).stdout)
    Cluster(told["kubeconfig"]).items("v1", "Namespace")
    login = told["vcenter"]
    with VCenter.connect(login["port"], login["password"], login["ca"]) as vcenter:
        assert vcenter.hosts()
    assert all(part["running"] and os.path.exists(part["log"]) for part in told["parts"])  # noqa: PTH110


def test_exec_runs_a_command_that_means_this_sandbox_and_passes_its_exit_code_on(lab: Lab) -> None:
    done = sandbox("exec", "--", "pulumi", "stack", "ls", "--json", name=lab.instance.name)
    assert [stack["name"] for stack in json.loads(done.stdout)] == ["sandbox"]
    assert sandbox("exec", "--", "sh", "-c", "exit 7", name=lab.instance.name).returncode == 7


def test_show_tells_what_stacks_have_made_and_no_more(lab: Lab) -> None:
    before = sandbox("show", name=lab.instance.name).stdout
    assert "hub-7vxwj-worker-0" not in before, "the installer's"
    assert "hub-7vxwj-cnv" not in before
    lab.up().succeeded()
    told = sandbox("show", name=lab.instance.name).stdout
    for word in (
        "port group Trunk: VLAN trunk on goat-1.lab.bewley.net, goat-2.lab.bewley.net",
        "template hub-7vxwj-rhcos-cnv: nested virtualization, NICs lab-192-168-4-0-b24, Trunk",
        "MachineSet hub-7vxwj-cnv: 1 wanted",
        "Running, node 192.168.4.",
        "KVM 1k",
        "policy ens224-policy: Available",
        "br-1928: on ens224.1928",
        "provisioning/vlan-1928: bridge br-1928",
    ):
        assert word in told, told
    lab.destroy().succeeded()


def test_two_sandboxes_do_not_meet(lab: Lab, cluster: Cluster, other: Instance) -> None:
    ours, theirs = lab.instance.load(), other.load()
    assert not set(ours.ports.values()) & set(theirs.ports.values())
    assert ours.password != theirs.password
    Cluster(other.kubeconfig).create(NAMESPACE)
    assert cluster.get("v1", "Namespace", "only-here") is None
    Lab(instance=other).up().succeeded()
    assert lab.resources() == []
    assert cluster.machine_set("hub-7vxwj-cnv") is None


def test_down_after_a_crash_ends_the_rest_and_nothing_else(lab: Lab, other: Instance) -> None:
    ours, parts = alive(lab.instance), alive(other)
    for name in ("etcd", "vsphere"):
        parts[name].kill()
    until(lambda: len(alive(other)) == len(parts) - 2, "both are gone")
    told = sandbox("status", name=other.name)
    assert told.returncode == 1
    assert told.stdout.count("ended") == 2
    refused = sandbox("exec", "--", "true", name=other.name)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert sandbox("down", name=other.name).returncode == 0
    assert alive(other) == {}
    # This test started them, and is yet to ask for them: they have ended, and are zombies until then.
    left = {name for name, part in parts.items() if part.is_running() and part.status() != psutil.STATUS_ZOMBIE}
    assert left == set()
    assert alive(lab.instance).keys() == ours.keys(), "the first sandbox goes on"
    assert "was not running" in sandbox("down", name=other.name).stdout


def test_up_after_a_crash_starts_anew_on_the_same_ports(lab: Lab) -> None:
    before = lab.instance.load().ports
    assert "up already" in sandbox("up", name=lab.instance.name).stdout
    alive(lab.instance)["etcd"].kill()
    until(lambda: "etcd" not in alive(lab.instance), "etcd is gone")
    told = sandbox("up", name=lab.instance.name)
    assert told.returncode == 0, told.stderr
    assert "etcd ended" in told.stdout, "that what was made is gone is said"
    assert lab.instance.load().ports == before
    assert len(alive(lab.instance)) == len(lab.instance.load().processes)
