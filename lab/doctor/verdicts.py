"""What the doctor judges beside preflight's own checks: it is asked before anything is made, and may be pickier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab import names, readiness, releases
from lab.readiness.kvm import without_kvm
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lab.plan import Lab
    from lab.readiness.verdicts import Object


@dataclass(frozen=True, kw_only=True)
class HostCpu:
    """What an ESXi host can give to a VM's CPUs; None where vCenter does not say, as of a host that is away.

    ``nested`` and ``counters`` are HostCapability's nestedHVSupported and vPMCSupported; ``iommu`` is vvtdSupported of
    the installer's template's guest operating system on this host.
    """

    name: str
    nested: bool | None = None
    counters: bool | None = None
    iommu: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What stands in the way, and what to heed."""

    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def cpus(lab: Lab, hosts: Sequence[HostCpu]) -> Judged:
    """Whether the hosts' CPUs can do what the template asks of them.

    One host that can is enough to go on: the hypervisors have to land there.
    """
    refusals, warnings = [], []
    for asked, key, what, has in _features(lab):
        lacking = [host.name for host in hosts if has(host) is False]
        if not asked or not lacking:
            continue
        if not any(has(host) for host in hosts):
            refusals.append(
                f"no host of cluster {lab.cluster} can {what}: {few(lacking)}. Turn on hardware virtualization "
                f"(VT-x or AMD-V) in the hosts' firmware, or write false for {key}."
            )
        else:
            warnings.append(
                f"{few(lacking)} cannot {what}: a hypervisor that lands there does not start. Turn on hardware "
                "virtualization in its firmware, keep the hypervisors off it (a DRS rule), or write false for "
                f"{key}."
            )
    return Judged(refusals=tuple(refusals), warnings=tuple(warnings))


def _features(lab: Lab) -> Iterator[tuple[bool, str, str, Callable[[HostCpu], bool | None]]]:
    yield lab.nested_virtualization, _key("nestedVirtualization"), "virtualize inside a VM", lambda host: host.nested
    yield lab.performance_counters, _key("performanceCounters"), "count a VM's CPU events", lambda host: host.counters
    yield lab.iommu, _key("iommu"), "give a VM an IOMMU", lambda host: host.iommu


def _key(name: str) -> str:
    return f"cnv-lab:template.{name}"


def release(written: str, live: str) -> list[str]:
    """What is odd about the cluster's release; ``written`` is the stack file's, or auto."""
    if not live:
        return [
            "the cluster does not tell its release. See oc get clusterversion, and write cnv-lab:cluster.openshift."
        ]
    lines = []
    if written not in {"auto", live}:
        lines.append(
            f"the cluster is OpenShift {live}, the stack file says {written}: what depends on the release would be "
            f"made for another. Write auto as cnv-lab:cluster.openshift, or {live}."
        )
    if live not in releases.SUPPORTED:
        lines.append(
            f"OpenShift {live} is none of the releases that this program knows ({', '.join(releases.SUPPORTED)}): it "
            "is taken for the nearest. See docs/releases.md for what may differ."
        )
    return lines


def kvm(nodes: Mapping[str, Object]) -> list[str]:
    """Which of a stack's own hypervisors can start no VM, as their rollout would say."""
    ready = readiness.ready_nodes(nodes.values())
    lines = []
    for name in sorted(ready):
        if kvm_of(nodes[name]) == "0":
            verdict = without_kvm(name, name, None)
            lines.append(f"{verdict.message}. {getattr(verdict, 'remedy', '')}.")
    return lines


def kvm_of(node: Object) -> str:
    """What the node has to give of /dev/kvm, or "" where virt-handler has not told yet."""
    return str(((node.get("status") or {}).get("allocatable") or {}).get(names.KVM_RESOURCE, ""))
