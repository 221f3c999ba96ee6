"""A proof's own script on real kernels: each layer, broken on purpose, is the one that it names.

Without a cluster: the pods' commands are run as they stand, in the nodes' networks and in VMs'.
"""

from __future__ import annotations

import itertools
import json
import time
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from lab.manifests import network_attachments
from lab.parts import Kind
from lab.proof import pods, trail, verdicts
from lab.proof.path import Trunk, path
from lab.proof.reports import MachineReport, NodeReport, read
from sandbox.kernel.guest import PYTHON
from sandbox.kernel.port_groups import PortGroup
from tests.node.box import FIRST, NIC, TRUNK, Box, desired, lab_of, some
from tests.unit.proofs import BACK, THERE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab.plan import Lab
    from lab.proof.pods import Manifest
    from lab.proof.reports import Report
    from lab.proof.verdicts import Drop

T = TypeVar("T", bound="Report")
NODES = ("hub-a", "hub-b")
# Seconds until all have told; and a pod's own times here, where nothing has to be pulled.
PATIENCE = 90
SHORT = {"seconds": 5, "linger": 1, "quiet": 2}
SHARED = "/mnt/shared"
MARK = "0badcafe"
# Of what was told: the guests, and their folders, are the whole file's.
NUMBERS = itertools.count()


class Proof:
    """Two nodes with the lab's bridges, and a VM of the first VLAN on each."""

    def __init__(self, box: Box, lab: Lab) -> None:
        self.box, self.lab = box, lab
        self.ways = [path(lab, vlan) for vlan in lab.vlans]
        self.way = self.ways[0]
        self.run = pods.Run(stack=lab.stack, token=MARK, image="none", nodes=NODES)

    def cards(self) -> list[Drop | None]:
        """Phase one, in both directions."""
        reports = self._told(NodeReport, [self._node(side, sends=True) for side in (0, 1)])
        lacking = [
            verdicts.standing(self.way, node, report, self.lab.policy)
            for node, report in zip(NODES, reports, strict=True)
        ]
        if any(lacking):
            return lacking
        return [verdicts.wire(self.way, ends, reports, Trunk(port_group="trunk")) for ends in (THERE, BACK)]

    def machines(self, attachment: Manifest | None = None) -> list[Drop | None]:
        """Phase two, with the VMs plugged in by another attachment where a test says so."""
        own = next(item for item in network_attachments(self.lab) if item["metadata"]["name"] == f"vlan-{FIRST}")
        for node in NODES:
            self.box.plug(node, attachment or own, FIRST, f"vm-{node}")
        try:
            started = [self._start(*self._node(side, sends=False)) for side in (0, 1)]
            time.sleep(1)
            machines = self._told(MachineReport, [self._machine(side) for side in (0, 1)])
            watchers = [self._read(NodeReport, place) for place in started]
        finally:
            for node in NODES:
                self.box.unplug(f"vm-{node}")
        trunk = Trunk(port_group="trunk")
        return [trail.lost(self.way, ends, watchers, machines, trunk) for ends in (THERE, BACK)]

    def _node(self, side: int, *, sends: bool) -> tuple[int, str, dict[str, Any]]:
        ways = self.ways if sends else [self.way]
        pod = pods.node(self.run, ways, side, namespace="blue", sends=sends)
        return side, "", {**parameters(pod), **SHORT, **({} if sends else {"seconds": PATIENCE / 3})}

    def _machine(self, side: int) -> tuple[int, str, dict[str, Any]]:
        other = self.box.wire.addresses[f"vm-{NODES[1 - side]}"]
        wanted = {**parameters(pods.machine(self.run, self.way, side)), "to": other, **SHORT}
        return side, f"vm-{NODES[side]}", wanted

    def _start(self, side: int, namespace: str, wanted: dict[str, Any]) -> Path:
        guest = self.box.nodes[NODES[side]].guest
        name = f"told-{next(NUMBERS)}"
        inside = ["ip", "netns", "exec", namespace] if namespace else []
        script = [PYTHON, "-c", pods.SCRIPT, json.dumps(wanted), f"{SHARED}/{name}"]
        guest.ask("start", command=[*inside, *script], log=f"{name}.log")
        return guest.shared / name

    def _told(self, kind: type[T], wanted: list[tuple[int, str, dict[str, Any]]]) -> list[T]:
        return [self._read(kind, place) for place in [self._start(*item) for item in wanted]]

    def _read(self, kind: type[T], place: Path) -> T:
        end = time.monotonic() + PATIENCE
        while not place.exists() or not place.read_text(encoding="utf-8"):
            log = place.with_name(f"{place.name}.log")
            assert time.monotonic() < end, log.read_text(encoding="utf-8") if log.exists() else "nothing"
            time.sleep(0.1)
        return read(kind, place.read_text(encoding="utf-8"))


def parameters(pod: Manifest) -> dict[str, Any]:
    """What the script is told."""
    found: dict[str, Any] = json.loads(pod["spec"]["containers"][0]["command"][-1])
    return found


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box(*NODES) as made:
        yield made


@pytest.fixture(params=["per-vlan", "vlan-aware"])
def proof(request: pytest.FixtureRequest, box: Box) -> Iterator[Proof]:
    """All is well, at the beginning of each test."""
    lab = lab_of(request.param, some(2))
    regroup(box, TRUNK)
    box.begin(desired(lab))
    yield Proof(box, lab)
    box.wipe()


def regroup(box: Box, group: PortGroup) -> None:
    for node in box.nodes:
        box.switch.regroup(node, group)


def named(drops: list[Drop | None]) -> list[tuple[Kind, str, str] | None]:
    return [None if drop is None else (drop.layer, drop.name, drop.node) for drop in drops]


def test_where_all_is_well_all_arrives(proof: Proof) -> None:
    assert proof.cards() == [None, None]
    assert proof.machines() == [None, None]


def test_mac_learning_does_as_well_as_promiscuous_mode(proof: Proof) -> None:
    regroup(proof.box, PortGroup(name="trunk", forged_transmits=True, mac_learning=True))
    assert proof.machines() == [None, None]


def test_a_vlan_that_the_port_group_does_not_carry_is_lost_on_the_wire(proof: Proof) -> None:
    regroup(proof.box, PortGroup(name="trunk", ranges=((FIRST + 1, 4094),), promiscuous=True, forged_transmits=True))
    assert named(proof.cards()) == [(Kind.PHYSICAL_TRUNK, "", "")] * 2
    proof.way = proof.ways[1]
    assert proof.cards() == [None, None]


def test_without_forged_transmits_the_cards_hear_each_other_and_the_vms_do_not(proof: Proof) -> None:
    regroup(proof.box, PortGroup(name="trunk", promiscuous=True))
    assert proof.cards() == [None, None]
    drops = proof.machines()
    assert named(drops) == [(Kind.PORT_GROUP, "trunk", "")] * 2
    assert all(drop and "forged transmits" in drop.told for drop in drops)


def test_without_promiscuous_mode_and_mac_learning_only_what_goes_to_all_arrives(proof: Proof) -> None:
    regroup(proof.box, PortGroup(name="trunk", forged_transmits=True))
    drops = proof.machines()
    assert named(drops) == [(Kind.PORT_GROUP, "trunk", "")] * 2
    assert all(drop and "is not promiscuous, nor learns" in drop.told for drop in drops)


def test_one_direction_alone_may_be_lost(proof: Proof) -> None:
    proof.box.switch.regroup(NODES[0], PortGroup(name="trunk", promiscuous=True))
    assert named(proof.machines()) == [(Kind.PORT_GROUP, "trunk", ""), None]


@pytest.mark.parametrize(
    ("command", "layer", "name"),
    [
        (("delete", f"{NIC}.{FIRST}"), Kind.VLAN_INTERFACE, f"{NIC}.{FIRST}"),
        (("delete", f"br-{FIRST}"), Kind.BRIDGE, f"br-{FIRST}"),
        (("set", f"br-{FIRST}", "down"), Kind.BRIDGE, f"br-{FIRST}"),
        (("set", f"{NIC}.{FIRST}", "nomaster"), Kind.BRIDGE, f"br-{FIRST}"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_somebody_took_from_a_node_is_named_with_the_node(
    box: Box, command: tuple[str, ...], layer: Kind, name: str
) -> None:
    lab = lab_of("per-vlan", some(1))
    box.begin(desired(lab))
    guest = box.nodes[NODES[1]].guest
    # NetworkManager would put it back at once.
    for device in (f"{NIC}.{FIRST}", f"br-{FIRST}"):
        guest.run("nmcli", "device", "set", device, "managed", "no")
    guest.run("ip", "link", *command)
    try:
        assert named(Proof(box, lab).cards()) == [None, (layer, name, NODES[1])]
    finally:
        box.wipe()


def test_an_attachment_of_another_vlan_is_named(proof: Proof) -> None:
    other = next(item for item in network_attachments(proof.lab) if item["metadata"]["name"] == f"vlan-{FIRST + 1}")
    assert named(proof.machines(other)) == [(Kind.NAD, f"blue/vlan-{FIRST}", node) for node in NODES]


def test_a_bridge_that_lets_no_more_through_is_named(box: Box) -> None:
    """Nobody sees it but by frames: the bridge is there, and so is its port."""
    lab = lab_of("vlan-aware", some(1))
    regroup(box, TRUNK)
    box.begin(desired(lab))
    box.nodes[NODES[0]].guest.run("bridge", "vlan", "delete", "dev", NIC, "vid", str(FIRST))
    try:
        proof = Proof(box, lab)
        assert proof.cards() == [None, None]
        assert named(proof.machines()) == [(Kind.BRIDGE, "br-trunk", NODES[0])] * 2
    finally:
        box.wipe()


def test_a_card_that_is_down_is_named(box: Box) -> None:
    """The last one: NetworkManager does not take it up again."""
    lab = lab_of("per-vlan", some(1))
    box.begin(desired(lab))
    box.nodes[NODES[1]].guest.run("ip", "link", "set", NIC, "down")
    assert named(Proof(box, lab).cards()) == [None, (Kind.NIC, NIC, NODES[1])]
