"""What the hosts of a cluster can give to a VM's CPUs: asked by the doctor, before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim

from clients.vcenter import faults, inventory
from lab.doctor.verdicts import HostCpu

if TYPE_CHECKING:
    from clients.vcenter.session import VCenter
    from lab.plan import Lab

CAPABILITY = ("name", "capability.nestedHVSupported", "capability.vPMCSupported")
# Of the installer's template: for which guest operating system and hardware the hosts are asked.
GUEST, HARDWARE = "config.guestId", "config.version"


def cpus(vcenter: VCenter, lab: Lab) -> list[HostCpu]:
    """Each host of the lab's cluster, by name; about an IOMMU only where the stack file asks for one.

    Raises:
        LabError: vCenter refuses to tell.
    """
    cluster = inventory.find_cluster(vcenter, lab.datacenter, lab.cluster)
    if cluster is None:
        return []
    facts = vcenter.read(cluster, "host", "environmentBrowser")
    hosts, browser = facts.get("host", []), facts.get("environmentBrowser")
    source = inventory.find_vm(vcenter, lab.template_source, lab.folder) if lab.iommu and browser else None
    guest = {} if source is None else vcenter.read(source, GUEST, HARDWARE)
    found = [
        HostCpu(
            name=known.get("name", ""),
            nested=known.get("capability.nestedHVSupported"),
            counters=known.get("capability.vPMCSupported"),
            iommu=_iommu(browser, host, guest) if guest else None,
        )
        for host, known in zip(hosts, vcenter.properties(hosts, CAPABILITY), strict=True)
    ]
    return sorted(found, key=lambda host: host.name)


def _iommu(browser: Any, host: Any, guest: dict[str, Any]) -> bool | None:
    """GuestOsDescriptor.vvtdSupported, of vSphere 6.7 (developer.broadcom.com, QueryConfigOptionEx)."""
    query = vim.EnvironmentBrowser.ConfigOptionQuerySpec(
        key=guest.get(HARDWARE), host=host, guestId=[guest.get(GUEST, "")]
    )
    try:
        with faults.explained("tell what its hosts can do"):
            answer = browser.QueryConfigOptionEx(query)
    except (AttributeError, KeyError, TypeError, ValueError):
        # The answer is large, and has words and types of its vCenter's version; pyVmomi reads all of it or nothing.
        return None
    found = [item for item in answer.guestOSDescriptor if item.id == guest.get(GUEST)]
    option = found[0].vvtdSupported if found else None
    return None if option is None else bool(option.supported)
