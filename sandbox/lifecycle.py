"""Starts and ends a sandbox. `down` ends what `up` started, and nothing else, also after a crash of either."""

from __future__ import annotations

import fcntl
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import certificates, cluster, inventory, parts, ports, processes, project
from sandbox.errors import Refusal
from sandbox.instance import DEFAULT_RELEASE, KERNEL, PORTS, SIMULATED, Instance, Record
from sandbox.kernel import availability, guest
from sandbox.operators import INSTALLED

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator, Sequence

    from sandbox.parts import Part

# Seconds for a part to be ready: a machine under load takes its time.
PATIENCE, INTERVAL = 60, 0.05
# Lines of a failed part's log that are shown.
TAIL = 5


@dataclass(frozen=True, kw_only=True)
class PartStatus:
    """One part as it is now; ``log`` is a path."""

    name: str
    pid: int
    running: bool
    port: int | None
    memory_mib: int
    log: str


def status(instance: Instance) -> list[PartStatus]:
    """Every part that was started and not ended by `down`."""
    record = instance.load()
    return [
        PartStatus(
            name=name,
            pid=process.pid,
            running=process.find() is not None,
            port=record.ports.get({"machineset": "webhooks", "vsphere": "vsphere-health"}.get(name, name)),
            memory_mib=process.memory_mib(),
            log=str(instance.logs / f"{name}.log"),
        )
        for name, process in record.processes.items()
    ]


def up(
    instance: Instance,
    say: Callable[[str], None],
    release: str | None = None,
    operators: str | None = None,
    nodes: str | None = None,
) -> None:
    """Starts it all; a sandbox that runs already is left as it is.

    Args:
        instance: the sandbox.
        say: is told of each step.
        release: OpenShift's, which the cluster tells of itself; None for the default, or for the one that runs.
        operators: whether the lab's operators are there from the start; None for the default, or as it runs.
        nodes: what the nodes' networks are; None for the default, or as it runs.

    Raises:
        Refusal: a part did not start, or a tool is missing; what was started is ended again. Or it runs with another
            release.
    """
    with _alone(instance):
        found = status(instance)
        if found and all(part.running for part in found):
            runs = instance.load()
            if release not in {None, runs.release}:
                raise Refusal(f"sandbox {instance.name} is up with OpenShift {runs.release}: reset --release {release}")
            if operators not in {None, runs.operators}:
                raise Refusal(
                    f"sandbox {instance.name} is up with operators {runs.operators}: reset --operators {operators}"
                )
            if nodes not in {None, runs.nodes}:
                raise Refusal(f"sandbox {instance.name} is up with {runs.nodes} nodes: reset --nodes {nodes}")
            say(f"sandbox {instance.name} is up already")
            return
        if nodes == KERNEL and (reason := availability.lacking()):
            raise Refusal(f"there can be no kernel nodes here: {reason}")
        if nodes == KERNEL:
            # A node that does not boot would only be waited for: twenty minutes, in a first `up`.
            guest.try_one()
        if found:
            ended = ", ".join(part.name for part in found if not part.running)
            say(f"{ended} ended since the last start: starting anew, what was made in this sandbox is gone")
        _down(instance)
        try:
            _start(instance, say, release or DEFAULT_RELEASE, operators or INSTALLED, nodes or SIMULATED)
        except BaseException:
            _down(instance)
            raise


def down(instance: Instance) -> list[str]:
    """Ends it and drops what it stored; gives the names of the parts that were running."""
    with _alone(instance):
        return _down(instance)


def remove(instance: Instance) -> None:
    """Ends it and removes its folder, logs included."""
    down(instance)
    shutil.rmtree(instance.folder, ignore_errors=True)


def stop_part(instance: Instance, name: str) -> None:
    """Ends one part, as a failure would."""
    processes.end(instance.load().processes[name])


def signal_part(instance: Instance, name: str, number: signal.Signals) -> None:
    """Freezes a part (SIGSTOP), or lets it go on (SIGCONT)."""
    processes.send(instance.load().processes[name], number)


def kill_part(instance: Instance, name: str) -> None:
    """Ends one part with no chance to say goodbye."""
    processes.kill(instance.load().processes[name])


def start_part(instance: Instance, name: str) -> None:
    """Starts one part again: the API server with all that is stored, vCenter with a fresh inventory.

    Or one that `up` does not start.
    """
    record = instance.load()
    known = [*parts.servers(instance, record), *parts.controllers(instance, record), *parts.extras(instance, record)]
    part = next(part for part in known if part.name == name)
    if name == "vcenter":
        instance.vcenter_ca.unlink(missing_ok=True)
        shutil.rmtree(instance.data / "datastore", ignore_errors=True)
    _run(instance, record, [part])
    if name == "vcenter":
        inventory.seed(instance, record)


def _down(instance: Instance) -> list[str]:
    record = instance.load()
    ended = []
    for name in parts.STOPPING_ORDER:
        process = record.processes.pop(name, None)
        if process is not None:
            if process.find() is not None:
                ended.append(name)
                # What a server stores is dropped: its orderly end takes a second, and is for nobody.
                (processes.end if name in parts.END_GENTLY else processes.kill)(process)
            instance.save(record)
    # vCenter's inventory ended with it; what refers to it must not outlive it.
    for folder in (instance.data, instance.project, instance.folder / "state"):
        shutil.rmtree(folder, ignore_errors=True)
    instance.vcenter_ca.unlink(missing_ok=True)
    return ended


def _start(instance: Instance, say: Callable[[str], None], release: str, operators: str, nodes: str) -> None:
    begin = time.monotonic()

    def told(what: str) -> None:
        say(f"{time.monotonic() - begin:4.1f} s  {what}")

    record = instance.load()
    record.ports, record.release, record.operators = ports.choose(PORTS, record.ports), release, operators
    record.nodes = nodes
    instance.save(record)
    for folder in (instance.logs, instance.data, instance.olm):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificates.make(instance.certificates)
    cluster.write_kubeconfigs(instance, record)
    with ThreadPoolExecutor(2) as pool:
        pulumi = pool.submit(project.prepare, instance, record)
        _run(instance, record, parts.servers(instance, record))
        told("etcd, vCenter and the API server listen")
        seeding = pool.submit(inventory.seed, instance, record)
        cluster.wait_until_ready(instance)
        cluster.install(instance, record)
        told("the cluster has its kinds and the installer's objects")
        seeding.result()
        told("vCenter has the post's inventory")
        _run(instance, record, parts.controllers(instance, record))
        cluster.register_webhooks(instance, record)
        told("the Machine API, its webhooks and the node agent run")
        for plugin, what in pulumi.result().items():
            say(f"        {plugin}: {what}")


def _run(instance: Instance, record: Record, wanted: Sequence[Part]) -> None:
    """Starts these parts and waits until all of them are ready."""
    for part in wanted:
        log = instance.logs / f"{part.name}.log"
        record.processes[part.name] = processes.start(part.command, log, part.environment)
        instance.save(record)
    deadline = time.monotonic() + PATIENCE
    for part in wanted:
        while not part.ready():
            if record.processes[part.name].find() is None:
                raise Refusal(f"{part.name} ended at its start:\n{_last_lines(instance, part.name)}")
            if time.monotonic() > deadline:
                raise Refusal(f"{part.name} was not ready within {PATIENCE} s:\n{_last_lines(instance, part.name)}")
            time.sleep(INTERVAL)


def _last_lines(instance: Instance, part: str) -> str:
    log = instance.logs / f"{part}.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
    return "\n".join([*lines, f"All of it: {log}"])


@contextmanager
def _alone(instance: Instance) -> Iterator[None]:
    """One `up` or `down` of an instance at a time."""
    instance.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (instance.folder.parent / f".{instance.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
