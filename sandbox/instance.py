"""One sandbox on disk: its folder, outside of every work tree, and what it remembers of itself."""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sandbox import operators
from sandbox.errors import Refusal
from sandbox.processes import Process

# Every part that listens, by the name of its port.
PORTS = (
    "etcd",
    "kube-apiserver",
    "vcenter",
    "vcenter-faults",
    "webhooks",
    "machineset-health",
    "vsphere-health",
    "api-faults",
    "api-faults-rules",
)
# What nodes' networks are: data in the node agent, or guests with a kernel.
NODES = SIMULATED, KERNEL = "simulated", "kernel"
DEFAULT_RELEASE = "4.20"
VCENTER_USER = "administrator@vsphere.local"
# Who may do what sandbox/limited.py gives it.
LIMITED_USER = "cnv-lab@vsphere.local"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(kw_only=True)
class Record:
    """What is remembered in instance.json: ports stay the same from one `up` to the next."""

    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    # OpenShift's, as the cluster tells it.
    release: str = DEFAULT_RELEASE
    # Whether NMState and OpenShift Virtualization are there from the start: one of sandbox/operators.py's CHOICES.
    operators: str = operators.INSTALLED
    # One of NODES.
    nodes: str = SIMULATED
    # The simulated vCenter's and the state file's; made up for this instance, worth nothing elsewhere.
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    limited_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    passphrase: str = field(default_factory=lambda: secrets.token_urlsafe(12))


@dataclass(frozen=True, kw_only=True)
class Instance:
    """The paths of one instance."""

    name: str
    folder: Path

    @classmethod
    def of(cls, name: str) -> Instance:
        """The instance of this name, whether it was ever started or not.

        Raises:
            Refusal: the name can't be a folder's.
        """
        if not _NAME.fullmatch(name):
            raise Refusal(f"{name!r} can't name a sandbox: lower-case letters, digits and dashes, at most 31.")
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        return cls(name=name, folder=state / "cnv-lab" / "sandboxes" / name)

    @property
    def certificates(self) -> Path:
        """The certificate authority's folder."""
        return self.folder / "pki"

    @property
    def logs(self) -> Path:
        """A log for each part."""
        return self.folder / "logs"

    @property
    def audit_log(self) -> Path:
        """What ServiceAccounts have asked the API server for, as JSON lines."""
        return self.data / "audit.log"

    @property
    def data(self) -> Path:
        """What the servers store; it goes when they end, for vCenter's inventory is in memory only."""
        return self.folder / "data"

    @property
    def approver_off(self) -> Path:
        """While this file is there, nobody approves the kubelets' certificates."""
        return self.data / "approver-off"

    @property
    def olm(self) -> Path:
        """Switches for the operators' installation (sandbox/operators.py)."""
        return self.data / "olm"

    @property
    def door(self) -> Path:
        """Where the node agent is asked to try the wire, if its nodes have a kernel."""
        return self.data / "door"

    @property
    def kubeconfig(self) -> Path:
        """The cluster administrator's."""
        return self.folder / "kubeconfig"

    @property
    def faulty_kubeconfig(self) -> Path:
        """The administrator's, by way of the fault proxy."""
        return self.folder / "kubeconfig-faults"

    @property
    def limited_kubeconfig(self) -> Path:
        """The limited ServiceAccount's (sandbox/limited.py)."""
        return self.data / "kubeconfig-limited"

    @property
    def vcenter_ca(self) -> Path:
        """The certificate that the simulated vCenter shows."""
        return self.folder / "vcenter-ca.pem"

    @property
    def programs(self) -> Path:
        """Wrappers for Pulumi's plugins, first on PATH."""
        return self.folder / "bin"

    @property
    def project(self) -> Path:
        """Where `pulumi` runs: Pulumi.yaml and the stack files."""
        return self.folder / "project"

    def load(self) -> Record:
        """What it remembers; a fresh record before the first `up`."""
        try:
            stored = json.loads((self.folder / "instance.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Record()
        stored["processes"] = {name: Process(**process) for name, process in stored["processes"].items()}
        return Record(**stored)

    def save(self, record: Record) -> None:
        """Writes it down at once, for an `up` that is interrupted to be ended by `down`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / "instance.json"
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
        unfinished.replace(path)
