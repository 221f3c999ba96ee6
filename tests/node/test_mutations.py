"""Broken manifests: each must be seen, by whoever refuses it or by a frame that strays. A survivor is a hole above."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lab.manifests import network_attachments
from tests.node.box import NIC, Box, complaints, desired, lab_of, some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

State = dict[str, Any]
VLANS = tuple(some(2))
ONE, TWO = VLANS
PER_VLAN, VLAN_AWARE = "per-vlan", "vlan-aware"
STRAYS, REFUSED = "heard", "VLAN filtering is not enabled"


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One fault, in the manifests of a design; ``seen`` is a part of what is said of it."""

    name: str
    design: str
    spoil: Callable[[State, dict[int, State]], None]
    seen: str = STRAYS


def interface(state: State, name: str) -> State:
    found: State = next(item for item in state["interfaces"] if item["name"] == name)
    return found


def port(state: State, bridge: str) -> State:
    found: State = interface(state, bridge)["bridge"]["port"][0]
    return found


def no_port_vlan(state: State, _plugs: dict[int, State]) -> None:
    del port(state, f"br-{ONE}")["vlan"]


def wrong_id(state: State, _plugs: dict[int, State]) -> None:
    interface(state, f"{NIC}.{ONE}")["vlan"]["id"] = ONE + 10


def crossed_bridges(state: State, _plugs: dict[int, State]) -> None:
    port(state, f"br-{ONE}")["name"], port(state, f"br-{TWO}")["name"] = f"{NIC}.{TWO}", f"{NIC}.{ONE}"


def missing_base(state: State, _plugs: dict[int, State]) -> None:
    interface(state, f"{NIC}.{ONE}")["vlan"]["base-iface"] = "ens225"


def long_name(state: State, _plugs: dict[int, State]) -> None:
    interface(state, f"{NIC}.{ONE}")["name"] = port(state, f"br-{ONE}")["name"] = f"{NIC}-trunk.{ONE}"


def tag_in_tag(state: State, _plugs: dict[int, State]) -> None:
    interface(state, f"{NIC}.{TWO}")["vlan"]["base-iface"] = f"{NIC}.{ONE}"


def no_port(state: State, _plugs: dict[int, State]) -> None:
    bridge = "br-trunk" if any(item["name"] == "br-trunk" for item in state["interfaces"]) else f"br-{ONE}"
    interface(state, bridge)["bridge"]["port"] = []


def nic_as_port(state: State, _plugs: dict[int, State]) -> None:
    port(state, f"br-{ONE}")["name"] = NIC


def access_port(state: State, _plugs: dict[int, State]) -> None:
    port(state, "br-trunk")["vlan"] = {"mode": "access", "tag": ONE}


def spanning_tree(state: State, _plugs: dict[int, State]) -> None:
    interface(state, f"br-{ONE}")["bridge"]["options"]["stp"]["enabled"] = True


def default_vlan(state: State, _plugs: dict[int, State]) -> None:
    del interface(state, "br-trunk")["bridge"]["options"]["vlan-default-pvid"]


def tag_left_out(state: State, _plugs: dict[int, State]) -> None:
    port(state, "br-trunk")["vlan"]["trunk-tags"] = [{"id": TWO}]


def no_filtering(state: State, _plugs: dict[int, State]) -> None:
    port(state, "br-trunk")["vlan"] = {}


def other_bridge(_state: State, plugs: dict[int, State]) -> None:
    plugs[ONE]["bridge"] = f"br-{TWO}"


def missing_bridge(_state: State, plugs: dict[int, State]) -> None:
    plugs[ONE]["bridge"] = f"br-{ONE + 10}"


def no_vlan(_state: State, plugs: dict[int, State]) -> None:
    del plugs[ONE]["vlan"]


def other_vlan(_state: State, plugs: dict[int, State]) -> None:
    plugs[ONE]["vlan"] = TWO


def trunk_for_access(_state: State, plugs: dict[int, State]) -> None:
    del plugs[ONE]["vlan"]
    plugs[ONE]["vlanTrunk"] = [{"id": ONE}]


def other_plugin(_state: State, plugs: dict[int, State]) -> None:
    plugs[ONE]["type"] = "cnv-brigde"


def filtering_and_vlan(state: State, plugs: dict[int, State]) -> None:
    """The post's attachments have a ``vlan``; with the handler's filtering nothing comes in any more."""
    no_port_vlan(state, plugs)
    plugs[ONE]["vlan"] = ONE


# Those that have the same policy are side by side: it is applied once for them.
MUTANTS = (
    Mutant(name="an attachment without vlan", design=VLAN_AWARE, spoil=no_vlan),
    Mutant(name="an attachment with another VLAN", design=VLAN_AWARE, spoil=other_vlan),
    Mutant(name="a trunk for a VM that does not tag", design=VLAN_AWARE, spoil=trunk_for_access),
    Mutant(name="an attachment to another VLAN's bridge", design=PER_VLAN, spoil=other_bridge),
    Mutant(name="an attachment to a bridge that is not there", design=PER_VLAN, spoil=missing_bridge),
    Mutant(name="an attachment with a plugin's name misspelt", design=PER_VLAN, spoil=other_plugin, seen="cnv-brigde"),
    Mutant(name="a bridge's port without vlan", design=PER_VLAN, spoil=no_port_vlan),
    Mutant(name="a wrong VLAN id", design=PER_VLAN, spoil=wrong_id),
    Mutant(name="two bridges with each other's VLAN", design=PER_VLAN, spoil=crossed_bridges),
    Mutant(name="a name of 17 characters", design=PER_VLAN, spoil=long_name, seen=f"{NIC}-trunk.{ONE}"),
    Mutant(name="a VLAN on a VLAN", design=PER_VLAN, spoil=tag_in_tag),
    Mutant(name="a bridge without a port", design=PER_VLAN, spoil=no_port),
    Mutant(name="the NIC itself as a bridge's port", design=PER_VLAN, spoil=nic_as_port),
    Mutant(name="spanning tree, which listens first", design=PER_VLAN, spoil=spanning_tree),
    Mutant(name="filtering, and a vlan in the attachment", design=PER_VLAN, spoil=filtering_and_vlan),
    Mutant(name="VLAN 1 on every port", design=VLAN_AWARE, spoil=default_vlan),
    Mutant(name="a tag left out of the trunk", design=VLAN_AWARE, spoil=tag_left_out),
    Mutant(name="a trunk that does not filter", design=VLAN_AWARE, spoil=no_filtering, seen=REFUSED),
    Mutant(name="an access port for the trunk", design=VLAN_AWARE, spoil=access_port),
    Mutant(name="a trunk bridge without a port", design=VLAN_AWARE, spoil=no_port, seen=REFUSED),
)
# nmstate tries again for a minute.
SLOW = Mutant(name="a NIC that is not there", design=PER_VLAN, spoil=missing_base, seen="compatible device")


@pytest.fixture(scope="module")
def beside() -> Iterator[Future[list[str]]]:
    """What is found of the slow one, on a node of its own, while all others are tried."""
    with ThreadPoolExecutor(max_workers=1) as thread, Box("beside") as box:
        yield thread.submit(found_of, box, SLOW)


def manifests(design: str, spoil: Callable[[State, dict[int, State]], None] | None = None) -> tuple[State, list[State]]:
    """A policy's desired state and the attachments, as the program renders them; and then spoilt."""
    lab = lab_of(design, VLANS)
    state, items = copy.deepcopy(desired(lab)), copy.deepcopy(network_attachments(lab))
    plugs = {vlan: json.loads(item["spec"]["config"]) for vlan, item in zip(VLANS, items, strict=True)}
    if spoil is not None:
        spoil(state, plugs)
    for item, plug in zip(items, plugs.values(), strict=True):
        item["spec"]["config"] = json.dumps(plug)
    return state, items


@pytest.mark.parametrize("design", [PER_VLAN, VLAN_AWARE])
def test_what_the_program_renders_is_not_complained_about(box: Box, design: str) -> None:
    """Else nothing below would prove anything."""
    assert complaints(box, lab_of(design, VLANS), *manifests(design)) == []


def found_of(box: Box, mutant: Mutant) -> list[str]:
    return complaints(box, lab_of(mutant.design, VLANS), *manifests(mutant.design, mutant.spoil))


@pytest.mark.parametrize("mutant", [*MUTANTS, SLOW], ids=lambda mutant: f"{mutant.design}: {mutant.name}")
def test_no_mutant_survives(box: Box, beside: Future[list[str]], mutant: Mutant) -> None:
    found = beside.result() if mutant is SLOW else found_of(box, mutant)
    assert found, f"{mutant.name} survives: no test of frames would see it"
    assert any(mutant.seen in line for line in found), found
