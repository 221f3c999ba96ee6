"""The VMs behind Machines, as vCenter has them: what a kubelet would find in its machine."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

from sandbox.node_agent import cards

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sandbox.kernel.port_groups import PortGroup

# What the Machine API puts before the VM's BIOS uuid.
PROVIDER_PREFIX = "vsphere://"
# Seconds for vCenter to take a connection.
PATIENCE = 10
# Leaf properties: some of their holders can't be read from a simulated vCenter, and need more rights in a real one.
PROPERTIES = ("config.hardware.device", "config.hardware.memoryMB", "config.hardware.numCPU", "config.nestedHVEnabled")
PLACE = ("config.hardware.device", "runtime.host", "network")


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What the VM is: memory in MiB, the network cards' MAC addresses in the order of its devices."""

    uuid: str
    cpus: int
    memory_mib: int
    nested_virtualization: bool
    macs: tuple[str, ...]


class VCenter:
    """A session that is made anew when it broke."""

    def __init__(self, host: str, port: int, user: str, password: str, ca: Path) -> None:
        """Logs in at the first question."""
        self._login = {"host": host, "port": port, "user": user, "pwd": password, "httpConnectionTimeout": PATIENCE}
        self._ca = ca
        self._session: Any = None

    def hardware(self, provider_id: str) -> Hardware | None:
        """The VM with this providerID, or None where there is none.

        Raises:
            OSError: vCenter can't be asked.
        """
        uuid = provider_id.removeprefix(PROVIDER_PREFIX)
        found: Hardware | None = self._ask(provider_id, lambda content, vm: _read(content, vm, uuid))
        return found

    def _ask(self, provider_id: str, what: Callable[[Any, Any], Any]) -> Any:
        """What vCenter says of the VM with this providerID; None where there is none."""
        uuid = provider_id.removeprefix(PROVIDER_PREFIX)
        try:
            content = self._connected().RetrieveContent()
            vm = content.searchIndex.FindByUuid(uuid=uuid, vmSearch=True, instanceUuid=False)
            return None if vm is None else what(content, vm)
        except vmodl.fault.ManagedObjectNotFound:
            return None  # it went between two questions
        except (OSError, HTTPException, vmodl.MethodFault) as error:
            self.log_out()
            raise OSError(f"{type(error).__name__}: {getattr(error, 'msg', '') or error}") from None

    def port_groups(self, provider_id: str) -> list[PortGroup]:
        """What the cards of the VM with this providerID are in, in the order of its devices; none if it is gone.

        Raises:
            OSError: vCenter can't be asked.
        """
        found: list[PortGroup] | None = self._ask(provider_id, _port_groups)
        return found or []

    def log_out(self) -> None:
        """Ends the session; a vCenter that is gone has ended it already."""
        if self._session is not None:
            session, self._session = self._session, None
            try:
                Disconnect(session)
            except (OSError, HTTPException, vmodl.MethodFault):
                return

    def _connected(self) -> Any:
        if self._session is None:
            # Without a context pyVmomi doesn't verify a vCenter on loopback.
            context = ssl.create_default_context(cafile=self._ca)
            self._session = SmartConnect(**self._login, sslContext=context)
        return self._session


def _read(content: Any, vm: Any, uuid: str) -> Hardware:
    found = _properties(content, vm, PROPERTIES)
    network_cards = [
        item for item in found["config.hardware.device"] if isinstance(item, vim.vm.device.VirtualEthernetCard)
    ]
    return Hardware(
        uuid=uuid,
        cpus=found["config.hardware.numCPU"],
        memory_mib=found["config.hardware.memoryMB"],
        nested_virtualization=bool(found.get("config.nestedHVEnabled")),
        macs=tuple(str(card.macAddress or "") for card in network_cards),
    )


def _port_groups(content: Any, vm: Any) -> list[PortGroup]:
    found = _properties(content, vm, PLACE)
    return cards.port_groups(found["config.hardware.device"], found["runtime.host"], found["network"])


def _properties(content: Any, vm: Any, names: Sequence[str]) -> dict[str, Any]:
    query = vmodl.query.PropertyCollector
    wanted = query.FilterSpec(
        objectSet=[query.ObjectSpec(obj=vm)],
        propSet=[query.PropertySpec(type=vim.VirtualMachine, pathSet=list(names))],
    )
    answer = content.propertyCollector.RetrievePropertiesEx([wanted], query.RetrieveOptions())
    return {item.name: item.val for item in answer.objects[0].propSet}
