"""The comment on a large lab: GitHub takes 65,536 characters, and what a reviewer needs is within them."""

from __future__ import annotations

import pytest

from cli.report.comment import LIMIT
from cli.topology import mermaid
from lab import manifests
from lab.topology import topology
from tests.unit import facts
from tests.unit.report_samples import ATTACHMENT, POLICY, comment, preview, rows, step

NAMESPACES = ("blue", "green")


@pytest.mark.parametrize("vlans", [4, 400])
def test_a_lab_of_many_vlans_fits_with_its_table_and_both_pictures_whole(vlans: int) -> None:
    """Of the diff the end is left out where there is no room, and the comment says so."""
    lab, empty = (
        facts.lab(
            nodeNetwork={"bridging": "vlan-aware"},
            namespaces=[{"name": name} for name in NAMESPACES],
            vlans=[{"id": vlan, "name": f"v{vlan}", "namespaces": list(NAMESPACES)} for vlan in listed],
        )
        for listed in (range(1, vlans + 1), ())
    )
    steps = [
        step("update", POLICY, "node-network", manifests.policy(empty), manifests.policy(lab)),
        *(
            step("create", ATTACHMENT, f"{item['metadata']['namespace']}-{item['metadata']['name']}", None, item)
            for item in manifests.network_attachments(lab)
        ),
    ]
    pictures = {name: mermaid.write(topology(drawn)) for name, drawn in (("Before", empty), ("After", lab))}
    text = comment(preview(*steps), topologies=pictures)
    size = len(text.encode("utf-16-le")) // 2
    assert size <= LIMIT == 65_536
    assert rows(text) == [
        f"Node network | update | policy `ens224-policy`: VLANs 1-{vlans} join; bridge `br-trunk` comes",
        f"Attachments | create | networks in namespace `blue`: VLANs 1-{vlans}",
        f"Attachments | create | networks in namespace `green`: VLANs 1-{vlans}",
    ]
    assert all(f"```mermaid\n{picture}```" in text for picture in pictures.values())
    assert text.count("<details>") == text.count("</details>") == 3
    assert ("lines are left out: a comment holds 65536 characters" in text) == (vlans == 400)
    assert vlans != 400 or size > LIMIT - 1000, "the room is used"
