"""The things with a name that a VLAN goes through, from the physical switch to the namespaces."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a part is, in the words of its field; in the order in which a frame passes from the switch to a VM.

    The last four are on no frame's way: hypervisors are made by them, and their network.
    """

    PHYSICAL_TRUNK = "physical trunk"
    PORT_GROUP = "port group"
    NIC = "NIC"
    VLAN_INTERFACE = "VLAN interface"
    BRIDGE = "bridge"
    MAPPING = "bridge mapping"
    VLAN = "VLAN"
    NAD = "NetworkAttachmentDefinition"
    CUDN = "ClusterUserDefinedNetwork"
    NAMESPACE = "namespace"
    TEMPLATE = "template"
    MACHINE_SET = "MachineSet"
    NODES = "nodes"
    POLICY = "policy"


class State(StrEnum):
    """How a part stands beside the stack file, where somebody has looked; empty where it is as it should be."""

    AS_WANTED = ""
    MISSING = "missing"
    DIFFERS = "differs"
    # This stack's, and not in its file any more.
    EXTRA = "extra"
    # Somebody else's, on what this stack has; or what the stack file names, made by somebody else.
    FOREIGN = "foreign"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing with a name; ``details`` are what a person wants to know of it, each a short text.

    ``notes`` say what of it is not as the stack file has it, each with the place.
    """

    kind: Kind
    name: str
    details: tuple[str, ...] = ()
    is_retired: bool = False
    state: State = State.AS_WANTED
    notes: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """In a word or two what is special about it: ``retired``, ``missing``; empty where nothing is."""
        return " ".join(word for word in ("retired" if self.is_retired else "", self.state.value) if word)
