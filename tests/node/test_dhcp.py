"""A VM asks a DHCP server on the physical network for its address: what the post's author saw fail at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.kernel.guest import Guest, Nic
from sandbox.kernel.node import CARD
from sandbox.kernel.port_groups import PortGroup
from tests.node.box import TRUNK, Box, desired, lab_of, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.kernel.guest import Done

VLANS = some(2)
ONE, TWO = VLANS
SERVER_CARD = "eth0"
ASK = ("busybox", "udhcpc", "-i", CARD, "-n", "-q", "-f", "-t", "3", "-T", "1", "-s", "/bin/true")


@pytest.fixture(scope="module", params=["per-vlan", "vlan-aware"])
def box(request: pytest.FixtureRequest) -> Iterator[Box]:
    """A node with VMs, and dnsmasq behind the uplink, on the first VLAN alone."""
    lab = lab_of(request.param, VLANS)
    with Box("node") as box:
        nic = Nic(name=SERVER_CARD, address="00:50:56:ff:ff:01", cable=box.switch.plug_uplink())
        with Guest("server", [nic], memory_mib=128) as server:
            for command in (
                f"ip link set {SERVER_CARD} up",
                f"ip link add link {SERVER_CARD} name {SERVER_CARD}.{ONE} type vlan id {ONE}",
                f"ip address add 192.0.2.1/24 dev {SERVER_CARD}.{ONE}",
                f"ip link set {SERVER_CARD}.{ONE} up",
            ):
                server.run(*command.split())
            serve = "dnsmasq --keep-in-foreground --user=root --port=0 --no-ping --leasefile-ro --conf-file=/dev/null"
            pool = f"--interface={SERVER_CARD}.{ONE} --dhcp-range=192.0.2.100,192.0.2.150"
            server.ask(
                "start", command=[*serve.split(), *pool.split(), "--log-dhcp", "--log-facility=-"], log="dnsmasq"
            )
            box.apply(desired(lab))
            box.plug_all(lab, twice=0)
            yield box


def ask(box: Box, vlan: int) -> Done:
    return box.nodes["node"].guest.attempt("ip", "netns", "exec", f"node-{vlan}a", *ASK)


def test_an_address_comes_with_promiscuous_mode_only(box: Box) -> None:
    box.switch.regroup("node", PortGroup(name="trunk", forged_transmits=True))
    without = ask(box, ONE)
    assert "no lease" in without.complaint + without.output
    box.switch.regroup("node", TRUNK)
    assert "lease of 192.0.2.1" in (told := ask(box, ONE)).complaint + told.output


def test_or_with_mac_learning(box: Box) -> None:
    box.switch.regroup("node", PortGroup(name="trunk", forged_transmits=True, mac_learning=True))
    assert "lease of 192.0.2.1" in (told := ask(box, ONE)).complaint + told.output


def test_and_not_on_another_vlan(box: Box) -> None:
    box.switch.regroup("node", TRUNK)
    assert "no lease" in (told := ask(box, TWO)).complaint + told.output
