"""What a pod has in its guest: a network namespace with its networks plugged in, and a process."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.errors import Refusal
from sandbox.kernel.guest import CommandError
from sandbox.node_agent import multus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.kernel.node import Node
    from sandbox.node_agent.multus import Network

log = logging.getLogger(__name__)

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Plug:
    """A network, and how it is plugged in: its plugins' configurations in their order, and CNI_ARGS."""

    network: Network
    plugins: Sequence[Object]
    arguments: str


@dataclass(kw_only=True)
class Sandbox:
    """A pod's; one of the host's network has no namespace of its own."""

    uid: str
    home: Node
    is_host: bool
    plugs: list[Plug] = field(default_factory=list)
    # Multus' annotation.
    networks: str = ""

    def plug(self, pod: Mapping[str, Any], plugs: Sequence[Plug]) -> None:
        """Makes the network namespace and plugs it in; or nothing is left of it.

        Raises:
            CommandError: there is no namespace to be had.
            NotPluggedError: a plugin refused.
            Refusal: the guest has ended.
        """
        self.home.guest.ask("make_namespace", name=self.uid)
        try:
            results = [(item.network, self._add(pod, item)) for item in plugs]
        except multus.NotPluggedError:
            self.end()
            raise
        self.networks = multus.status(results) if results else ""

    def _add(self, pod: Mapping[str, Any], plug: Plug) -> Object:
        """The last plugin's answer."""
        self.plugs.append(plug)
        result: Object = {}
        for config in plug.plugins:
            handed = {**config, "prevResult": result} if result else config
            try:
                result = self.home.plug("ADD", self.uid, handed, plug.network.interface, plug.arguments)
            except CommandError as error:
                raise multus.not_added(pod, config, str(error)) from None
        return result

    def start(self, process: Mapping[str, Any]) -> str:
        """Starts its process; gives what stands against it, or nothing.

        Raises:
            CommandError: the guest could not.
            Refusal: the guest has ended.
        """
        namespace = "" if self.is_host else self.uid
        return str(self.home.guest.ask("start_pod", uid=self.uid, namespace=namespace, **process))

    def tell(self, number: int) -> None:
        """Sends its process a signal.

        Raises:
            Refusal: the guest has ended, or could not.
        """
        try:
            self.home.guest.ask("tell_pod", uid=self.uid, number=number)
        except CommandError as error:
            raise Refusal(str(error)) from None

    def end(self) -> None:
        """Its process, its cards and its namespace go."""
        guest = self.home.guest
        try:
            guest.ask("forget_pod", uid=self.uid)
            if not self.is_host:
                self._unplug()
                guest.ask("end_namespace", name=self.uid)
        except (CommandError, Refusal) as error:
            log.warning("pod %s on node %s: %s", self.uid, guest.name, error)

    def _unplug(self) -> None:
        """What a plugin has against it keeps nobody from ending the namespace, and the cards with it."""
        for plug in reversed(self.plugs):
            for config in reversed(plug.plugins):
                try:
                    self.home.plug("DEL", self.uid, config, plug.network.interface, plug.arguments)
                except CommandError as error:
                    log.warning("pod %s on node %s: CNI DEL: %s", self.uid, self.home.guest.name, error)
