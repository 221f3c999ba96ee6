"""A VM asks a DHCP server on the physical network for its address: what the post's author saw fail at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.kernel.guest import Guest, Nic
from sandbox.kernel.node import CARD
from sandbox.kernel.port_groups import PortGroup
from sandbox.kernel.switch import UPLINK
from tests.node.box import TRUNK, desired, lab_of, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.kernel.guest import Done
    from tests.node.box import Box

VLANS = some(2)
ONE, TWO = VLANS
SERVER_CARD = "eth0"
ASK = ("busybox", "udhcpc", "-i", CARD, "-n", "-q", "-f", "-T", "1", "-s", "/bin/true")


@pytest.fixture(scope="module")
def served(box: Box) -> Iterator[Box]:
    """The node, and dnsmasq behind the uplink, on the first VLAN alone."""
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
        server.ask("start", command=[*serve.split(), *pool.split(), "--log-dhcp", "--log-facility=-"], log="dnsmasq")
        yield box
    box.switch.unplug(UPLINK)
    box.switch.regroup("node", TRUNK)


@pytest.fixture(scope="module", params=["per-vlan", "vlan-aware"])
def wired(request: pytest.FixtureRequest, served: Box) -> Box:
    """VMs on it."""
    lab = lab_of(request.param, VLANS)
    served.begin(desired(lab))
    served.plug_all(lab, twice=0)
    return served


def ask(box: Box, vlan: int, *, tries: int = 5) -> Done:
    """A second for each try; an answer takes some hundredths."""
    return box.nodes["node"].guest.attempt("ip", "netns", "exec", f"node-{vlan}a", *ASK, "-t", str(tries))


def test_an_address_comes_with_promiscuous_mode_only(wired: Box) -> None:
    wired.switch.regroup("node", PortGroup(name="trunk", forged_transmits=True))
    without = ask(wired, ONE, tries=1)
    assert "no lease" in without.complaint + without.output
    wired.switch.regroup("node", TRUNK)
    assert "lease of 192.0.2.1" in (told := ask(wired, ONE)).complaint + told.output


def test_or_with_mac_learning(wired: Box) -> None:
    wired.switch.regroup("node", PortGroup(name="trunk", forged_transmits=True, mac_learning=True))
    assert "lease of 192.0.2.1" in (told := ask(wired, ONE)).complaint + told.output


def test_and_not_on_another_vlan(wired: Box) -> None:
    wired.switch.regroup("node", TRUNK)
    assert "no lease" in (told := ask(wired, TWO, tries=1)).complaint + told.output
