"""The VMs behind Machines, as vCenter has them: what a kubelet would find in its machine."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

if TYPE_CHECKING:
    from pathlib import Path

# How systemd names a VM's vmxnet3 cards in RHCOS, in the order of the devices (by PCI slot).
CARD_NAMES = ("ens192", "ens224", "ens256", "ens161", "ens193", "ens225", "ens257", "ens162", "ens194", "ens226")
PROVIDER_PREFIX = "vsphere://"


@dataclass(frozen=True, kw_only=True)
class Card:
    """One network card; ``network`` is the port group's name."""

    name: str
    mac: str


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What the VM is; memory in MiB."""

    cpus: int
    memory_mib: int
    nested_virtualization: bool
    cards: tuple[Card, ...]


class VCenter:
    """A session that is made anew when it broke."""

    def __init__(self, host: str, port: int, user: str, password: str, ca: Path) -> None:
        """Logs in at the first question."""
        self._login = {"host": host, "port": port, "user": user, "pwd": password}
        self._ca = ca
        self._session: Any = None

    def hardware(self, provider_id: str) -> Hardware | None:
        """The VM with this providerID (vsphere://<BIOS uuid>), or None.

        Raises:
            OSError: vCenter can't be reached.
        """
        try:
            content = self._connected().RetrieveContent()
            uuid = provider_id.removeprefix(PROVIDER_PREFIX)
            vm = content.searchIndex.FindByUuid(uuid=uuid, vmSearch=True, instanceUuid=False)
            return None if vm is None else _read(content, vm)
        except vmodl.fault.ManagedObjectNotFound:
            return None
        except (OSError, vmodl.MethodFault) as error:
            self.log_out()
            raise OSError(f"vCenter: {type(error).__name__}") from None

    def log_out(self) -> None:
        """Ends the session."""
        if self._session is not None:
            session, self._session = self._session, None
            try:
                Disconnect(session)
            except (OSError, vmodl.MethodFault):
                return

    def _connected(self) -> Any:
        if self._session is None:
            context = ssl.create_default_context(cafile=self._ca)
            self._session = SmartConnect(**self._login, sslContext=context)
        return self._session


def _read(content: Any, vm: Any) -> Hardware:
    paths = ["config.hardware.numCPU", "config.hardware.memoryMB", "config.hardware.device", "config.nestedHVEnabled"]
    query = vmodl.query.PropertyCollector
    wanted = query.FilterSpec(
        objectSet=[query.ObjectSpec(obj=vm)], propSet=[query.PropertySpec(type=vim.VirtualMachine, pathSet=paths)]
    )
    answer = content.propertyCollector.RetrievePropertiesEx([wanted], query.RetrieveOptions())
    found = {item.name: item.val for item in answer.objects[0].propSet}
    cards = [item for item in found["config.hardware.device"] if isinstance(item, vim.vm.device.VirtualEthernetCard)]
    return Hardware(
        cpus=found["config.hardware.numCPU"],
        memory_mib=found["config.hardware.memoryMB"],
        nested_virtualization=bool(found.get("config.nestedHVEnabled")),
        cards=tuple(
            Card(name=name, mac=str(card.macAddress or "")) for name, card in zip(CARD_NAMES, cards, strict=False)
        ),
    )
