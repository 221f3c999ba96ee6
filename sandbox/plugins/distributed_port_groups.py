"""The stand-in's distributed port groups.

As the official provider has them (terraform-provider-vsphere, resource_vsphere_distributed_port_group.go and the
structures beside it): the id is the managed object's, another switch replaces, a name is changed in place, and one that
is gone is an error of read and delete. What a program leaves out is computed: read from vCenter, kept in the state, and
**sent back from there** with each update, all three permissions and the configVersion among it. vCenter refuses that
version once anybody else has changed the port group, until the state is refreshed. And after a refresh the uplinks,
left out, show as a change that never ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyVmomi import vim, vmodl

from sandbox import inventory
from sandbox.errors import Refusal
from sandbox.plugins.properties import Kind, Properties, changes, diff_response, has_unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi.runtime.proto import provider_pb2

TYPE = "vsphere:index/distributedPortGroup:DistributedPortGroup"
SWITCH = "distributedVirtualSwitchUuid"
PERMISSIONS = {
    "allowPromiscuous": "allowPromiscuous",
    "allowForgedTransmits": "forgedTransmits",
    "allowMacChanges": "macChanges",
}
DEFAULTS: Properties = {"autoExpand": True, "type": "earlyBinding", "networkResourcePoolKey": "-1"}
KNOWN = {SWITCH, "name", "description", "vlanRanges", *PERMISSIONS, *DEFAULTS}
UPLINKS = ("activeUplinks", "standbyUplinks")
VLAN_ID_MAX = 4094


def check(news: Properties) -> tuple[Properties, dict[str, str]]:
    """The inputs with the provider's defaults, and the reasons for which they are not taken, by property."""
    inputs = {**DEFAULTS, **news}
    reasons = dict.fromkeys(sorted(set(news) - KNOWN), "the sandbox's stand-in doesn't know this property")
    reasons |= {key: "is required by the sandbox's stand-in" for key in (SWITCH, "name") if key not in news}
    for ids in news.get("vlanRanges", []):
        for key, vlan in ids.items():
            if not has_unknown(vlan) and not 0 <= vlan <= VLAN_ID_MAX:
                reasons["vlanRanges"] = f"expected {key} to be in the range (0 - {VLAN_ID_MAX}), got {vlan}"
    return inputs, reasons


def diff(state: Properties, olds: Properties, news: Properties, ignored: Sequence[str]) -> provider_pb2.DiffResponse:
    """Compares inputs, and has the uplinks' unending change where a read has put them into the state."""
    found = changes(olds, news)
    found |= {key: Kind.ADD for key in UPLINKS if key in state and key not in news and key not in ignored}
    return diff_response(found, replacing={SWITCH}, delete_first=False)


def create(session: Any, news: Properties) -> tuple[str, Properties]:
    """Makes it; gives its id and how it is."""
    try:
        switch = session.content.dvSwitchManager.QueryDvsByUuid(news[SWITCH])
    except vmodl.MethodFault as fault:
        raise Refusal(f'could not find DVS "{news[SWITCH]}": {words(fault)}') from None
    try:
        made = inventory.result(switch.CreateDVPortgroup_Task(_specification(news, {})))
    except vmodl.MethodFault as fault:
        raise Refusal(f"error waiting for portgroup creation to complete: {words(fault)}") from None
    moid = str(made._GetMoId())  # noqa: SLF001, pyVmomi's own way
    # Lists that are empty are not in the state before the first refresh.
    return moid, {key: value for key, value in read(session, moid).items() if key not in UPLINKS}


def read(session: Any, moid: str) -> Properties:
    """How it is."""
    config = _config(session, moid)
    ports = config.defaultPortConfig
    ranges = ports.vlan.vlanId if isinstance(ports.vlan, vim.dvs.VmwareDistributedVirtualSwitch.TrunkVlanSpec) else []
    return {
        SWITCH: config.distributedVirtualSwitch.uuid,
        "name": config.name,
        **({"description": config.description} if config.description else {}),
        "key": config.key,
        "configVersion": config.configVersion,
        "type": config.type,
        "autoExpand": bool(config.autoExpand),
        "networkResourcePoolKey": config.vmVnicNetworkResourcePoolKey or DEFAULTS["networkResourcePoolKey"],
        "numberOfPorts": config.numPorts,
        "vlanRanges": [{"minVlan": ids.start, "maxVlan": ids.end} for ids in ranges],
        **{key: bool(getattr(ports.securityPolicy, field).value) for key, field in PERMISSIONS.items()},
        **{key: [] for key in UPLINKS},
    }


def update(session: Any, moid: str, state: Properties, news: Properties) -> Properties:
    """Writes all of it, with what the state has where the program has nothing."""
    try:
        inventory.result(_object(session, moid).ReconfigureDVPortgroup_Task(_specification(news, state)))
    except vmodl.MethodFault as fault:
        raise Refusal(f"error waiting for portgroup update to complete: {words(fault)}") from None
    return read(session, moid)


def delete(session: Any, moid: str) -> None:
    """Destroys it; one in use stays, with an error."""
    _config(session, moid)
    try:
        inventory.result(_object(session, moid).Destroy_Task())
    except vmodl.MethodFault as fault:
        raise Refusal(f"error waiting for portgroup deletion to complete: {words(fault)}") from None


def words(error: Exception) -> str:
    """A fault's type and message; its text alone is empty for some."""
    message = getattr(error, "msg", "") or str(error).partition("\n")[0]
    return f"{type(error).__name__.rpartition('.')[2]}: {message}".rstrip(": ")


def _object(session: Any, moid: str) -> Any:
    return vim.dvs.DistributedVirtualPortgroup(moid, session._stub)  # noqa: SLF001, pyVmomi's own way


def _config(session: Any, moid: str) -> Any:
    try:
        return _object(session, moid).config
    except vmodl.fault.ManagedObjectNotFound as fault:
        raise Refusal(f'could not find portgroup "{moid}": {words(fault)}') from None


def _specification(news: Properties, state: Properties) -> Any:
    values = {**state, **news}
    switch = vim.dvs.VmwareDistributedVirtualSwitch
    ports = switch.VmwarePortConfigPolicy()
    if values.get("vlanRanges"):
        ranges = [vim.NumericRange(start=ids["minVlan"], end=ids["maxVlan"]) for ids in values["vlanRanges"]]
        ports.vlan = switch.TrunkVlanSpec(vlanId=ranges)
    given = {field: vim.BoolPolicy(value=values[key]) for key, field in PERMISSIONS.items() if key in values}
    if given:
        ports.securityPolicy = switch.SecurityPolicy(**given)
    return vim.dvs.DistributedVirtualPortgroup.ConfigSpec(
        configVersion=state.get("configVersion"),
        name=values["name"],
        description=values.get("description"),
        type=values["type"],
        autoExpand=values["autoExpand"],
        vmVnicNetworkResourcePoolKey=values["networkResourcePoolKey"],
        numPorts=state.get("numberOfPorts"),
        defaultPortConfig=ports,
    )
