"""A switch with nodes on it: policies are applied, VMs plug in, and frames are judged."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from lab.manifests import network_attachments, policy
from sandbox.kernel.guest import CommandError, Guest, Nic
from sandbox.kernel.node import AppliedError, Node
from sandbox.kernel.port_groups import PortGroup
from sandbox.kernel.probes import OUTSIDE, Probe, Wire
from sandbox.kernel.switch import Switch
from tests.node import law
from tests.unit import facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lab.plan import Lab

State = dict[str, Any]
NIC, FIRST, FOREIGN = "ens224", 1925, 4001
# What nested VMs need (docs/switches.md); each is there until a test takes it away.
TRUNK = PortGroup(name="trunk", promiscuous=True, forged_transmits=True)


def lab_of(design: str, vlans: Iterable[int], **node_network: Any) -> Lab:
    """A lab with these VLANs; each is its namespace's."""
    listed = [{"id": vlan, "name": f"v{vlan}", "namespaces": ["blue"]} for vlan in vlans]
    return facts.lab(nodeNetwork={"bridging": design, **node_network}, vlans=listed)


def some(count: int) -> range:
    """That many VLANs, as in the post's lab."""
    return range(FIRST, FIRST + count)


def desired(lab: Lab, ledger: Collection[str] = ()) -> State:
    """What the lab's policy asks of a node."""
    state: State = policy(lab, ledger)["spec"]["desiredState"]
    return state


class Box:
    """Some nodes on one switch, and who is plugged in where."""

    def __init__(self, *nodes: str, group: PortGroup = TRUNK, jumbo: bool = False) -> None:
        self._stack = ExitStack()
        self.switch = self._stack.enter_context(Switch())
        self.nodes: dict[str, Node] = {}
        self.homes: dict[str, law.Home] = {}
        self._attachments: dict[str, State] = {}
        self._applied: State | None = None
        try:
            for number, name in enumerate(nodes, start=1):
                address = f"00:50:56:00:00:{number:02x}"
                nic = Nic(name=NIC, address=address, cable=self.switch.plug(name, address, group))
                self.nodes[name] = Node(self._stack.enter_context(Guest(name, [nic], jumbo=jumbo)))
        except BaseException:
            self._stack.close()
            raise
        self.wire = Wire(switch=self.switch, guests={name: node.guest for name, node in self.nodes.items()}, nic=NIC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def apply(self, state: State) -> None:
        """On every node."""
        self._applied = None
        for node in self.nodes.values():
            node.apply(state)
        self._applied = state

    def begin(self, state: State) -> None:
        """Every node has this state alone, and no VM; where that was applied last, it is not applied again."""
        if self._applied == state:
            self._end_vms()
        else:
            self.wipe()
            self.apply(state)

    def plug(self, node: str, attachment: State, vlan: int, vm: str) -> None:
        """A VM of this VLAN on this node."""
        self.nodes[node].attach(vm, attachment)
        self.homes[vm] = (node, vlan)
        self._attachments[vm] = attachment
        self.wire.listen(node, vm)

    def unplug(self, vm: str) -> None:
        """The VM is gone."""
        self.wire.forget(vm)
        node, _ = self.homes.pop(vm)
        self.nodes[node].detach(vm, self._attachments.pop(vm))

    def plug_all(self, lab: Lab, *, twice: int = 2) -> None:
        """A VM for each VLAN on each node, two for the first ones: neighbours hear each other without the switch."""
        by_name = {item["metadata"]["name"]: item for item in network_attachments(lab)}
        for node in self.nodes:
            for place, vlan in enumerate(lab.vlan_ids):
                for letter in "ab" if place < twice else "a":
                    self.plug(node, by_name[f"vlan-{vlan}"], vlan, f"{node}-{vlan}{letter}")

    def wipe(self) -> None:
        """Every node is as it was booted: its cards, and no VM."""
        self._end_vms()
        self._applied = None
        for node in self.nodes.values():
            node.forget_all()

    def _end_vms(self) -> None:
        for vm in list(self.homes):
            self.wire.forget(vm)
            self.nodes[self.homes.pop(vm)[0]].end_vm(vm)

    def strays(self, lab: Lab, probes: Iterable[Probe]) -> list[str]:
        """A line for each frame that came out elsewhere than it must, or not where it must."""
        listed = list(probes)
        wanted = [law.expected(lab.bridging, self.homes, lab.vlan_ids, probe) for probe in listed]
        heard = self.wire.send(listed)
        return [
            f"{probe.sender} sends {probe.tags or 'untagged'}: heard {found}, not {right}"
            for probe, found, right in zip(listed, heard, wanted, strict=True)
            if found != right
        ]


def untagged(box: Box) -> list[Probe]:
    """Every VM says something."""
    return [Probe(sender=vm) for vm in box.homes]


def from_trunk(lab: Lab) -> list[Probe]:
    """Every VLAN of the lab is spoken to from outside."""
    return [Probe(sender=OUTSIDE, tags=(vlan,)) for vlan in lab.vlan_ids]


def foreign(lab: Lab) -> list[Probe]:
    """What is nobody's, from outside: without a tag, of other VLANs, and a VLAN in a VLAN that is none of ours."""
    vlan = lab.vlan_ids[0]
    return [Probe(sender=OUTSIDE, tags=tags) for tags in ((), (FOREIGN,), (1,), (FOREIGN, vlan))]


def hopping(box: Box, lab: Lab) -> list[Probe]:
    """Every VM tries to get into another VLAN, as does the outside by a tag within a tag."""
    first, second = lab.vlan_ids[:2]
    tags = ((first,), (second,), (FOREIGN,), (first, second), (second, first))
    inner = [Probe(sender=vm, tags=tried) for vm in box.homes for tried in tags]
    return [*inner, Probe(sender=OUTSIDE, tags=(first, second)), Probe(sender=OUTSIDE, tags=(second, first))]


def all_probes(box: Box, lab: Lab) -> list[Probe]:
    """Everything that a design must stand."""
    return [*untagged(box), *from_trunk(lab), *foreign(lab), *hopping(box, lab)]


def complaints(box: Box, lab: Lab, state: State, attachments: Iterable[State]) -> list[str]:
    """What is wrong with these manifests on a node, in the words of whoever refuses; or frames that stray.

    Applied twice: some faults show only then.
    """
    try:
        box.begin(state)
        for item in attachments:
            vlan = int(item["metadata"]["name"].removeprefix("vlan-"))
            for letter in "ab":
                box.plug(next(iter(box.nodes)), item, vlan, f"vm-{vlan}{letter}")
        found = box.strays(lab, all_probes(box, lab))
        if not found:
            box.apply(state)
            found = box.strays(lab, all_probes(box, lab))
    except (AppliedError, CommandError) as error:
        return [str(error)]
    return found
