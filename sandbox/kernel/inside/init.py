"""The guest's first process: mounts its root, then becomes the agent. Its settings are words of the kernel's command.

``root`` of the node is an overlay in memory over the machine's own root and over the packages that the machine lacks.
"""

from __future__ import annotations

import ctypes
import os
import sys
import traceback
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
POWER_OFF = 0x4321FEDC
READ_ONLY = 1
# x86-64's number, and what it says of a module that is there.
FINIT_MODULE, EXISTS = 313, 17
MODULES = ("overlay", "8021q", "bridge", "veth", "nf_tables")


def main() -> None:
    """Never returns: the guest ends with the agent."""
    uml, packages, shared = (os.environ[name] for name in ("UML", "PACKAGES", "SHARED"))
    mount("proc", "/proc", "proc")
    mount("tmpfs", "/run", "tmpfs")
    load_modules(Path(uml, "usr/lib/uml/modules", os.uname().release))
    for name in ("packages", "upper", "work", "root"):
        Path("/run", name).mkdir()
    # A mount of its own, for an overlay refuses lower folders of which one is in the other.
    mount("none", "/run/packages", "hostfs", READ_ONLY, packages)
    mount("overlay", "/run/root", "overlay", 0, "lowerdir=/run/packages:/,upperdir=/run/upper,workdir=/run/work")
    Path("/run/root", "mnt/shared").mkdir(parents=True, exist_ok=True)
    mount("none", "/run/root/mnt/shared", "hostfs", 0, shared)
    mount("devtmpfs", "/run/root/dev", "devtmpfs")
    os.chroot("/run/root")
    os.chdir("/")
    mount("proc", "/proc", "proc")
    mount("sysfs", "/sys", "sysfs")
    mount("tmpfs", "/run", "tmpfs")
    # `nft -f -` opens /dev/stdin.
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        if not os.path.lexists(f"/dev/{name}"):
            Path("/dev", name).symlink_to(f"/proc/self/{target}")
    from sandbox.kernel.inside import agent  # noqa: PLC0415  what it needs is there once all is mounted

    agent.serve("/dev/ttyS0")


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """The system call: the command of that name needs a /proc for it."""
    words = (source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())
    if LIBC.mount(*words):
        number = ctypes.get_errno()
        raise OSError(number, f"mount {source} on {target}: {os.strerror(number)}")


def load_modules(folder: Path) -> None:
    """Loads the modules with what they need; the machine's own modprobe looks for those of its own kernel."""
    needs: dict[str, tuple[str, list[str]]] = {}
    for line in (folder / "modules.dep").read_text(encoding="utf-8").splitlines():
        path, _, others = line.partition(":")
        needs[Path(path).stem.replace("-", "_")] = (path, others.split())
    done: set[str] = set()

    def load(path: str) -> None:
        if path in done:
            return
        done.add(path)
        for other in needs[Path(path).stem.replace("-", "_")][1]:
            load(other)
        with (folder / path).open("rb") as module:
            if LIBC.syscall(FINIT_MODULE, module.fileno(), b"", 0) and ctypes.get_errno() != EXISTS:
                number = ctypes.get_errno()
                raise OSError(number, f"module {path}: {os.strerror(number)}")

    for name in MODULES:
        load(needs[name][0])


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # noqa: BLE001  the kernel panics when its first process ends
        traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
    os.sync()
    LIBC.reboot(POWER_OFF)
