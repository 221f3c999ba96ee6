"""Every release with every bridge design: strict models take what is rendered, and so does nmstate's own parser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from lab import plugs, ranges, releases
from lab.manifests import machine_set, network_attachments, node_network, policy
from lab.manifests.bridging import DESIGNS
from lab.manifests.cni import Config
from lab.mistakes import SettingsError
from lab.releases import SUPPORTED
from sandbox import tools
from sandbox.node_agent import judgement, network, nmstatectl
from tests.unit import facts

if TYPE_CHECKING:
    from lab.plan import Lab

ROOT = Path(__file__).parents[2]
VLANS = [{"id": number, "name": "x", "namespaces": ["blue"]} for number in (2, 3, 4, 4094)]
ROUTER = {"kind": "trunk", "name": "router", "ids": [2, 3], "namespaces": ["blue"]}
NODE = network.first_state("192.168.4.61", ("00:0c:29:00:00:01", "00:0c:29:00:00:02"))
SWITCHES: dict[str, dict[str, Any]] = {
    "standard": {},
    "distributed": {"switch": {"kind": "distributed", "name": "VDS"}},
    "somebody's": {"ownership": "existing"},
}
CASES = [(release, design, switch) for release in SUPPORTED for design in DESIGNS for switch in SWITCHES]


def lab(release: str, design: str, *vlans: dict[str, Any], switch: str = "standard", **node_network: Any) -> Lab:
    return facts.lab(
        trunk=SWITCHES[switch],
        cluster={"openshift": release},
        template={"bootImages": "leave"},
        nodeNetwork={"bridging": design, **node_network},
        vlans=list(vlans or VLANS),
    )


def is_possible(release: str, design: str) -> bool:
    return design != "ovn-localnet" or releases.of(release).ovn_localnet


def taken(current: dict[str, Any], desired: dict[str, Any]) -> dict[str, Any]:
    """The node's network after the handler has applied a desired state; fails where nmstate or the kernel says no."""
    state = nmstatectl.read(tools.path("nmstatectl"), judgement.as_handler_reads(desired), current)
    assert judgement.complaints(state, current) == []
    after = network.merged(current, state)
    assert network.reaches_the_cluster(after)
    return after


@pytest.mark.parametrize(("release", "design", "switch"), CASES)
def test_what_is_rendered_is_taken_by_strict_models_and_by_nmstate(release: str, design: str, switch: str) -> None:
    if not is_possible(release, design):
        with pytest.raises(SettingsError):
            lab(release, design, switch=switch)
        return
    guests = [ROUTER] if design == "vlan-aware" else []
    wanted = lab(release, design, *VLANS, *guests, switch=switch, mtu=9000)
    assert not ranges.lacking(wanted.trunk.ranges, [(2, 4), (4094, 4094)]), "the trunk carries what the bridges need"
    devices = machine_set(wanted)["spec"]["template"]["spec"]["providerSpec"]["value"]["network"]["devices"]
    assert [device["networkName"] for device in devices][1:] == [wanted.port_group], "the nodes' second NIC is on it"
    document = policy(wanted)
    assert document["apiVersion"] == "nmstate.io/v1"
    taken(NODE, document["spec"]["desiredState"])
    carried = plugs.of_policy(document["spec"])
    attachments = network_attachments(wanted)
    assert len(attachments) == len(VLANS) + len(guests)
    for item in attachments:
        config = TypeAdapter(Config).validate_json(item["spec"]["config"])
        plugin = "ovn-k8s-cni-overlay" if design == "ovn-localnet" else releases.of(release).bridge_plugin
        assert config.type == plugin
        assert plugs.of_attachment(item)
        assert all(plugs.is_carried(plug, carried) for plug in plugs.of_attachment(item))


@pytest.mark.parametrize("before", DESIGNS)
@pytest.mark.parametrize("now", DESIGNS)
def test_nmstate_takes_each_change_of_design_and_each_way_back(before: str, now: str) -> None:
    """In one step, with the NIC in its old bridge: nmstate refuses a port that two bridges want."""
    first = policy(lab("4.20", before))
    second = policy(lab("4.20", now), ledger=node_network.read_ledger(first))
    stands = taken(taken(NODE, first["spec"]["desiredState"]), second["spec"]["desiredState"])
    fresh = taken(NODE, policy(lab("4.20", now))["spec"]["desiredState"])
    assert stands == fresh, "nothing is left of the design before"
    back = node_network.reverted("ens224", node_network.read_ledger(second))
    assert taken(stands, back) == NODE | {"interfaces": sorted(NODE["interfaces"], key=network.key)}


def test_nmstate_takes_as_many_vlans_as_there_are_on_one_bridge() -> None:
    many = [{"id": number, "name": "x"} for number in range(1, 4095)]
    bridge = policy(lab("4.20", "vlan-aware", *many))["spec"]["desiredState"]
    found = {item["name"]: item for item in taken(NODE, bridge)["interfaces"]}
    assert found["br-trunk"]["bridge"]["port"][0]["vlan"]["trunk-tags"] == [{"id-range": {"min": 1, "max": 4094}}]


@pytest.mark.parametrize("full", ["4.20.3", "4.20", "4.20.0-rc.1"])
def test_a_full_version_is_of_its_release(full: str) -> None:
    assert releases.of(full) == releases.of("4.20")


def test_the_table_on_the_page_is_made_from_the_same_data() -> None:
    page = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    assert "\n".join(releases.table()) in page


def test_nothing_else_compares_releases() -> None:
    """The knowledge of what a release does is in one place."""
    found = [
        path.name
        for path in sorted((ROOT / "lab").rglob("*.py"))
        if path.name != "releases.py" and "releases.parts(" in path.read_text(encoding="utf-8")
    ]
    assert found == []
