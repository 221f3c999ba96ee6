"""Nodes' networks as data: nothing is made anywhere; nmstate's own parser and the kernel's rules judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sandbox.node_agent import judgement, kubelet, network, nmstatectl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from sandbox.kernel.node import Node
    from sandbox.node_agent.cluster import Object
    from sandbox.node_agent.machines import Hardware
    from sandbox.node_agent.network import State


class NotAppliedError(Exception):
    """Why a node is not in the desired state: an enactment's message."""


class Networks(Protocol):
    """The networks of all nodes: here as data, or in guests with a kernel (kernel_nodes.py)."""

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Those that have a kernel, where pods run."""
        ...

    def first(self, node: Object, hardware: Hardware, /) -> State:
        """A node's network as it booted.

        Raises:
            OSError: vCenter can't be asked.
            Refusal: it did not boot.
        """
        ...

    def configure(self, node: Object, desired: State, current: State, /) -> State:
        """Brings a node to a state that has the handler's defaults; gives its network as it then is.

        Raises:
            NotAppliedError: it is as it was.
            OSError: nmstate, or vCenter, can't be asked.
            Refusal: the node has ended.
        """
        ...

    def keep(self, names: Collection[str], /) -> None:
        """These nodes are there; any other is no more."""
        ...

    def regroup(self) -> None:
        """What passes between nodes with a kernel is looked up anew.

        Raises:
            OSError: vCenter can't be asked.
        """
        ...


class Simulated:
    """Networks without a kernel."""

    def __init__(self, parser: Path) -> None:
        """Takes the path of nmstatectl."""
        self._parser = parser
        self.nodes: Mapping[str, Node] = {}

    def first(self, node: Object, hardware: Hardware) -> State:
        """As the installer leaves it."""
        return network.first_state(kubelet.address(node), hardware.macs)

    def configure(self, node: Object, desired: State, current: State) -> State:
        """The network after it, if nothing speaks against it.

        Raises:
            NotAppliedError: something does.
            OSError: nmstate's parser can't be run.
        """
        name = node["metadata"]["name"]
        try:
            state = nmstatectl.read(self._parser, desired, current)
        except nmstatectl.RefusedError as refusal:
            raise NotAppliedError(judgement.failure(name, str(refusal))) from None
        found = [*judgement.repeated(desired), *judgement.complaints(state, current)]
        if found:
            raise NotAppliedError(judgement.failure(name, f"NmstateError: InvalidArgument: {'; '.join(found)}"))
        after = network.merged(current, state)
        if network.reaches_the_cluster(current) and not network.reaches_the_cluster(after):
            raise NotAppliedError(judgement.cut_off(name))
        return after

    def keep(self, names: Collection[str]) -> None:
        """Nothing is left of another."""

    def regroup(self) -> None:
        """Nothing passes anywhere."""
