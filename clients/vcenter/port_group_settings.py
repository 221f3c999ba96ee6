"""Which VLANs a distributed port group carries, and what it lets through: the one place that writes either.

Not left to the vSphere provider, which has no word for MAC learning, and sends the port group's whole configuration
with each change, as it knows it, under the version that it knows: vCenter refuses that once anybody else has changed it
(ConcurrentAccess), were it just by a VM that took the last free port. Here each change is made to what is there.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from clients.errors import LabError
from clients.vcenter import distributed, tasks

if TYPE_CHECKING:
    from clients.vcenter.distributed import Settings
    from clients.vcenter.session import VCenter

# Times that somebody else may change the port group between our look and our call.
TRIES = 5


def read(vcenter: VCenter, moid: str) -> Settings | None:
    """What the port group is set to; None when it is gone."""
    config = _config(vcenter, moid)
    return None if config is None else distributed.settings(config)


def ensure(vcenter: VCenter, moid: str, wanted: Settings) -> None:
    """Sets it, all by one call; nothing is called where it is so.

    Raises:
        LabError: it is gone, vCenter refuses, or it does not become so.
    """
    for _ in range(TRIES):
        config = _config(vcenter, moid)
        if config is None:
            raise LabError(f"port group {moid} is gone: somebody removed it. Run `pulumi up` again.")
        name, now = config.name, distributed.settings(config)
        if now == wanted:
            return
        _change(vcenter, moid, config, wanted)
    raise LabError(
        f"port group {name} is {now}, and does not become {wanted}: vCenter takes the change and drops it, or somebody "
        "else changes it all the time. See its recent tasks in vCenter."
    )


def _change(vcenter: VCenter, moid: str, config: Any, wanted: Settings) -> None:
    """Asks for the change once; when somebody else's came first, the caller sees that when it looks again."""
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        configVersion=config.configVersion, defaultPortConfig=_ports(wanted)
    )
    with suppress(vim.fault.ConcurrentAccess):
        tasks.run(
            vcenter,
            lambda: _group(vcenter, moid).ReconfigureDVPortgroup_Task(spec),
            f"set VLANs and security of port group {config.name}",
            passing=(vim.fault.ConcurrentAccess,),
        )


def _ports(wanted: Settings) -> Any:
    """What is left out of it stays as it is."""
    switch, security = vim.dvs.VmwareDistributedVirtualSwitch, wanted.security
    learning = switch.MacLearningPolicy(inherited=False, enabled=security.mac_learning)
    if security.mac_learning:
        learning.allowUnicastFlooding = security.unicast_flooding
        learning.limit = security.limit
        learning.limitPolicy = security.limit_policy
    return switch.VmwarePortConfigPolicy(
        vlan=switch.TrunkVlanSpec(
            inherited=False,
            vlanId=[vim.NumericRange(start=first, end=last) for first, last in wanted.ranges or ()],
        ),
        macManagementPolicy=switch.MacManagementPolicy(
            inherited=False,
            allowPromiscuous=security.promiscuous,
            forgedTransmits=security.forged_transmits,
            macChanges=security.mac_changes,
            macLearningPolicy=learning,
        ),
    )


def _config(vcenter: VCenter, moid: str) -> Any | None:
    try:
        return vcenter.read(_group(vcenter, moid), "config").get("config")
    except vmodl.fault.ManagedObjectNotFound:
        return None


def _group(vcenter: VCenter, moid: str) -> Any:
    stub = vcenter.content.propertyCollector._stub  # noqa: SLF001, pyVmomi's own way
    return vim.dvs.DistributedVirtualPortgroup(moid, stub)
