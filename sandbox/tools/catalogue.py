"""The sandbox's tools as data: what each is built from, and which version found elsewhere would do as well."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PULUMI_VERSION = "3.259.0"
NMSTATE_VERSION = "2.2.62"


@dataclass(frozen=True, kw_only=True)
class Found:
    """How a tool that is on PATH already tells its version, and which versions fit."""

    command: tuple[str, ...]
    # Groups are numbers, compared with ``least`` (and, for the first group, ``below``).
    pattern: re.Pattern[str]
    least: tuple[int, ...]
    below: int


@dataclass(frozen=True, kw_only=True)
class GoTool:
    """A Go program, built in the module of one folder here, whose go.mod and go.sum pin all of it."""

    name: str
    module: Path
    package: str
    ldflags: str = "-s -w"
    found: Found | None = None


@dataclass(frozen=True, kw_only=True)
class CargoTool:
    """A Rust program of the crates registry, pinned by its own lock file."""

    name: str
    crate: str
    version: str
    found: Found | None = None


@dataclass(frozen=True, kw_only=True)
class CLibrary:
    """One C file as a library, to be loaded before a program's own."""

    name: str
    source: Path
    found: None = None


@dataclass(frozen=True, kw_only=True)
class ModuleFiles:
    """Files that come with Go modules, as one; which version of a module, its go.mod here says."""

    name: str
    module: Path
    files: tuple[tuple[str, str], ...]
    found: None = None


@dataclass(frozen=True, kw_only=True)
class DebianTree:
    """Debian's packages, unpacked side by side; the tool is a ``file`` among them, and its folder has the others.

    ``without`` are files that are not wanted.
    """

    name: str
    packages: tuple[str, ...]
    file: str
    without: tuple[str, ...] = ()
    found: None = None


Tool = GoTool | CargoTool | CLibrary | ModuleFiles | DebianTree

_OPENSHIFT_API, _OPENSHIFT_CRDS = "github.com/openshift/api", "config/v1/zz_generated.crd-manifests"
# This one of several, because 4.22 has skew enforcement for all (openshift/api PR 2758), and the pinned module, a month
# older than that, has it for technology previews only.
_MACHINE_CONFIGURATION = (
    "operator/v1/zz_generated.crd-manifests/"
    "0000_80_machine-config_01_machineconfigurations-TechPreviewNoUpgrade.crd.yaml"
)
_MACHINE_API = "github.com/openshift/machine-api-operator"
_PULUMI_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

# In the order in which they are built: what fails early fails cheaply.
TOOLS: tuple[Tool, ...] = (
    GoTool(name="vcenter", module=HERE / "vcenter", package="."),
    GoTool(
        name="pulumi",
        module=HERE / "pulumi",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        ldflags=f"-s -w -X {_PULUMI_VERSION_VARIABLE}=v{PULUMI_VERSION}",
        found=Found(command=("version",), pattern=re.compile(r"v?(\d+)\.(\d+)\.\d+"), least=(3, 229), below=4),
    ),
    GoTool(name="etcd", module=HERE / "kubernetes", package="go.etcd.io/etcd/server/v3"),
    GoTool(name="kube-apiserver", module=HERE / "kubernetes", package="k8s.io/kubernetes/cmd/kube-apiserver"),
    GoTool(
        name="kube-controller-manager",
        module=HERE / "kubernetes",
        package="k8s.io/kubernetes/cmd/kube-controller-manager",
    ),
    GoTool(name="machineset", module=HERE / "kubernetes", package="./machineset"),
    GoTool(name="vsphere", module=HERE / "kubernetes", package=f"{_MACHINE_API}/cmd/vsphere"),
    GoTool(
        name="nodelink-controller",
        module=HERE / "kubernetes",
        package=f"{_MACHINE_API}/cmd/nodelink-controller",
    ),
    # Kinds that the controllers work on, as their own projects define them.
    ModuleFiles(
        name="crds.yaml",
        module=HERE / "kubernetes",
        files=(
            (_MACHINE_API, "install/0000_30_machine-api-operator_02_machine.Default.crd.yaml"),
            (_MACHINE_API, "install/0000_30_machine-api-operator_03_machineset.Default.crd.yaml"),
            (_MACHINE_API, "install/0000_30_machine-api-operator_07_machinehealthcheck.crd.yaml"),
            (_OPENSHIFT_API, f"{_OPENSHIFT_CRDS}/0000_00_cluster-version-operator_01_clusterversions-Default.crd.yaml"),
            (_OPENSHIFT_API, f"{_OPENSHIFT_CRDS}/0000_10_config-operator_01_dnses.crd.yaml"),
            (_OPENSHIFT_API, f"{_OPENSHIFT_CRDS}/0000_10_config-operator_01_networks.crd.yaml"),
            (_OPENSHIFT_API, f"{_OPENSHIFT_CRDS}/0000_10_config-operator_01_infrastructures-Default.crd.yaml"),
            (_OPENSHIFT_API, _MACHINE_CONFIGURATION),
            # Without it a deleted Machine stays: its controller lists these.
            ("sigs.k8s.io/cluster-api", "config/crd/bases/ipam.cluster.x-k8s.io_ipaddressclaims.yaml"),
        ),
    ),
    CargoTool(
        name="nmstatectl",
        crate="nmstatectl",
        version=NMSTATE_VERSION,
        found=Found(command=("--version",), pattern=re.compile(r"(\d+)\.(\d+)\.\d+"), least=(2, 2), below=3),
    ),
)

# Of nodes with a real kernel, on machines that can have them (debian.lacking).
KERNEL_TOOLS: tuple[Tool, ...] = (
    DebianTree(name="linux.uml", packages=("user-mode-linux",), file="usr/bin/linux.uml"),
    CLibrary(name="xstate.so", source=HERE / "uml" / "xstate.c"),
    # A node's, and those of its neighbour that gives addresses.
    DebianTree(
        name="NetworkManager",
        packages=(
            *("network-manager", "dbus-daemon", "dbus-bin", "iproute2", "nftables", "python3"),
            *("dnsmasq-base", "busybox"),
        ),
        file="usr/sbin/NetworkManager",
        # It would call what is not here for each interface.
        without=("etc/NetworkManager/dispatcher.d/01-ifupdown",),
    ),
    # One program by two names: OpenShift Virtualization's `cnv-bridge` is upstream's `bridge`.
    GoTool(name="bridge", module=HERE / "cni", package="github.com/containernetworking/plugins/plugins/main/bridge"),
)


def by_name(name: str) -> Tool:
    """The tool of this name."""
    return next(tool for tool in (*TOOLS, *KERNEL_TOOLS) if tool.name == name)
