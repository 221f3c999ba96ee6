"""Stand-in for ``pulumi-resource-vsphere``: both kinds of switches' port groups, on a real vSphere API.

Distributed ones are in distributed_port_groups.py. Standard ones are here, as the official provider has them
(terraform-provider-vsphere, resource_vsphere_host_port_group.go): one resource a host, the id
``tf-HostPortGroup:<host>:<name>``, host, switch and name only by a replace, an unset permission is a plain no, and a
port group that is gone is an error of read and delete, not an absence.

Not here: every other resource, all functions, import, names that Pulumi makes up (refused), NIC teaming and shaping
(refused).
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

from sandbox.errors import Refusal
from sandbox.plugins import distributed_port_groups
from sandbox.plugins.distributed_port_groups import PERMISSIONS, words
from sandbox.plugins.properties import Properties, changes, diff_response, from_struct, has_unknown, to_struct
from sandbox.plugins.serving import serve, told_plainly

VERSION = "4.18.2"
CONFIGURATION = {"user", "password", "vsphereServer", "allowUnverifiedSsl", "apiTimeout", "version"}
HOST_PORT_GROUP = "vsphere:index/hostPortGroup:HostPortGroup"
REQUIRED = ("hostSystemId", "name", "virtualSwitchName")
KNOWN = {*REQUIRED, *PERMISSIONS, "vlanId"}
# 4095 hands all tags to the guest (vSphere's virtual guest tagging).
VLAN_ID_MAX = 4095
HTTPS = 443


class VSphereProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider resource of a program."""

    def __init__(self) -> None:
        """Not logged in yet."""
        self._session: Any = None

    def log_out(self) -> None:
        """Ends the session in vCenter, where it would count against a limit for half an hour."""
        if self._session is not None:
            with suppress(OSError, vmodl.MethodFault):
                Disconnect(self._session)

    @told_plainly
    def CheckConfig(self, request: provider_pb2.CheckRequest, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Refuses options that only the official provider knows."""
        unknown = sorted(set(from_struct(request.news)) - CONFIGURATION)
        failures = [
            provider_pb2.CheckFailure(property=key, reason="the sandbox's stand-in doesn't know this option")
            for key in unknown
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @told_plainly
    def DiffConfig(self, request: provider_pb2.DiffRequest, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """No option makes another vCenter of it."""
        found = changes(from_struct(request.olds), from_struct(request.news))
        return diff_response(found, replacing=set(), delete_first=False)

    @told_plainly
    def Configure(self, request: provider_pb2.ConfigureRequest, _context: Any) -> provider_pb2.ConfigureResponse:  # noqa: N802
        """Logs in."""
        config = from_struct(request.args)
        if not has_unknown(config):
            self._session = _log_in(config)
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False)

    @told_plainly
    def Check(self, request: provider_pb2.CheckRequest, _context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        """Checks names and ranges, fills in defaults."""
        kinds = {HOST_PORT_GROUP: _check, distributed_port_groups.TYPE: distributed_port_groups.check}
        if request.type not in kinds:
            raise Refusal(f"the sandbox's stand-in for the vSphere provider doesn't know {request.type}")
        news, reasons = kinds[request.type](from_struct(request.news))
        failures = [provider_pb2.CheckFailure(property=key, reason=reason) for key, reason in reasons.items()]
        return provider_pb2.CheckResponse(inputs=to_struct(news), failures=failures)

    @told_plainly
    def Diff(self, request: provider_pb2.DiffRequest, _context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        """Compares the inputs of last time with those of now."""
        olds, news = from_struct(request.old_inputs), from_struct(request.news)
        if _is_distributed(request):
            return distributed_port_groups.diff(from_struct(request.olds), olds, news, request.ignoreChanges)
        return diff_response(changes(olds, news), replacing=set(REQUIRED), delete_first=False)

    @told_plainly
    def Create(self, request: provider_pb2.CreateRequest, _context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        """Adds the port group to its host."""
        news = from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        if _is_distributed(request):
            moid, made = distributed_port_groups.create(self._logged_in(), news)
            return provider_pb2.CreateResponse(id=moid, properties=to_struct(made))
        try:
            self._network(news).AddPortGroup(_specification(news))
        except vmodl.MethodFault as fault:
            raise Refusal(f"error adding port group: {words(fault)}") from None
        made = self._read(news)
        return provider_pb2.CreateResponse(id=_id(news), properties=to_struct(made))

    @told_plainly
    def Update(self, request: provider_pb2.UpdateRequest, _context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        """Writes the whole of the port group's specification."""
        news = from_struct(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=request.news)
        if _is_distributed(request):
            now = distributed_port_groups.update(self._logged_in(), request.id, from_struct(request.olds), news)
            return provider_pb2.UpdateResponse(properties=to_struct(now))
        try:
            self._network(news).UpdatePortGroup(news["name"], _specification(news))
        except vmodl.MethodFault as fault:
            raise Refusal(f"error updating port group: {words(fault)}") from None
        return provider_pb2.UpdateResponse(properties=to_struct(self._read(news)))

    @told_plainly
    def Read(self, request: provider_pb2.ReadRequest, _context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        """The live port group; one that is gone is an error, as it is with the official provider."""
        inputs = from_struct(request.inputs)
        if not inputs:
            raise Refusal("the sandbox's stand-in can't import port groups")
        is_distributed = _is_distributed(request)
        live = distributed_port_groups.read(self._logged_in(), request.id) if is_distributed else self._read(inputs)
        given = {key: live.get(key, value) for key, value in inputs.items()}
        return provider_pb2.ReadResponse(id=request.id, properties=to_struct(live), inputs=to_struct(given))

    @told_plainly
    def Delete(self, request: provider_pb2.DeleteRequest, _context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Takes the port group off its host; one in use stays, with an error."""
        if _is_distributed(request):
            distributed_port_groups.delete(self._logged_in(), request.id)
            return empty_pb2.Empty()
        olds = from_struct(request.properties)
        try:
            self._network(olds).RemovePortGroup(olds["name"])
        except vmodl.MethodFault as fault:
            raise Refusal(f"error deleting port group: {words(fault)}") from None
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: N802
        """Nothing to give back: the engine ends this process."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        """The official provider's version that this one follows."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def _logged_in(self) -> Any:
        if self._session is None:
            raise Refusal("the provider has not been configured")
        return self._session

    def _network(self, properties: Properties) -> Any:
        host = vim.HostSystem(properties["hostSystemId"], self._logged_in()._stub)  # noqa: SLF001, pyVmomi's own way
        try:
            return host.configManager.networkSystem
        except vmodl.fault.ManagedObjectNotFound:
            raise Refusal(f"error loading host: no host {properties['hostSystemId']}") from None

    def _read(self, properties: Properties) -> Properties:
        name = properties["name"]
        groups = self._network(properties).networkInfo.portgroup
        live = next((group for group in groups if group.spec.name == name), None)
        if live is None:
            raise Refusal(f"could not find port group {name}")
        security = live.spec.policy.security if live.spec.policy else None
        computed = live.computedPolicy.security if live.computedPolicy else None
        return {
            "hostSystemId": properties["hostSystemId"],
            "name": name,
            "virtualSwitchName": live.spec.vswitchName,
            "vlanId": live.spec.vlanId,
            **{key: bool(getattr(security, field, False)) for key, field in PERMISSIONS.items()},
            "key": live.key or "",
            "computedPolicy": {
                key: str(bool(getattr(computed, field, False))).lower()
                for key, field in (
                    ("allow_promiscuous", "allowPromiscuous"),
                    ("allow_forged_transmits", "forgedTransmits"),
                    ("allow_mac_changes", "macChanges"),
                )
            },
            "ports": [{"key": port.key, "macAddresses": list(port.mac), "type": port.type} for port in live.port],
        }


def _is_distributed(request: Any) -> bool:
    """By the type in the resource's URN, before its name."""
    return f"{distributed_port_groups.TYPE}::" in request.urn


def _check(given: Properties) -> tuple[Properties, dict[str, str]]:
    news = {"vlanId": 0, **given}
    reasons = dict.fromkeys(sorted(set(news) - KNOWN), "the sandbox's stand-in doesn't know this property")
    reasons |= {key: "is required by the sandbox's stand-in" for key in REQUIRED if key not in news}
    vlan = news["vlanId"]
    if not has_unknown(vlan) and not 0 <= vlan <= VLAN_ID_MAX:
        reasons["vlanId"] = f"expected vlan_id to be in the range (0 - {VLAN_ID_MAX}), got {vlan}"
    return news, reasons


def _log_in(config: Properties) -> Any:
    host, _, port = str(config.get("vsphereServer", "")).partition(":")
    unverified = str(config.get("allowUnverifiedSsl", "")).lower() == "true"
    # A context of our own: pyVmomi, left alone, verifies nothing on loopback.
    context = ssl._create_unverified_context() if unverified else ssl.create_default_context()  # noqa: S323, SLF001  asked for
    try:
        return SmartConnect(
            host=host,
            port=int(port or HTTPS),
            user=config.get("user", ""),
            pwd=config.get("password", ""),
            sslContext=context,
        )
    except (OSError, vmodl.MethodFault) as error:
        raise Refusal(f"error setting up new vSphere SOAP client: {words(error)}") from None


def _specification(properties: Properties) -> Any:
    security = vim.host.NetworkPolicy.SecurityPolicy(
        **{field: bool(properties.get(key, False)) for key, field in PERMISSIONS.items()}
    )
    return vim.host.PortGroup.Specification(
        name=properties["name"],
        vswitchName=properties["virtualSwitchName"],
        vlanId=properties["vlanId"],
        policy=vim.host.NetworkPolicy(security=security),
    )


def _id(properties: Properties) -> str:
    return f"tf-HostPortGroup:{properties['hostSystemId']}:{properties['name']}"


def main() -> None:
    """Serves the engine that started this."""
    provider = VSphereProvider()
    serve(
        lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server),
        at_end=provider.log_out,
    )


if __name__ == "__main__":
    main()
