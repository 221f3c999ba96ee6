"""docs/credentials.md and docs/rbac.yaml say what the code needs: every privilege, every kind, and no Secret."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from clients.cluster import kinds
from clients.cluster.kinds import Kind
from lab.privileges import PRIVILEGES, Place

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "credentials.md"
RULES = list(yaml.safe_load_all((ROOT / "docs" / "rbac.yaml").read_text(encoding="utf-8")))
# Where an administrator gives it: on the post's objects, each of which hands it down.
GIVEN = {
    "/Garden/host/Goat": (Place.CLUSTER, Place.HOST, Place.RESOURCE_POOL),
    "/Garden/datastore/VMData-HD": (Place.DATASTORE,),
    "/Garden/vm/hub-7vxwj": (Place.FOLDER, Place.SOURCE),
    "/Garden/network": (Place.MACHINE_NETWORK, Place.TRUNK, Place.SWITCH, Place.SWITCH_FOLDER),
}


def privileges() -> str:
    rows = (
        f"| `{item.id}` | {item.place.value} | {item.chapter} | {item.purpose} | {item.when.value} | {item.source} |"
        for item in PRIVILEGES
    )
    head = "| privilege | on | chapter | what for | needed | required by |\n|---|---|---|---|---|---|"
    return "\n".join([head, *rows])


def commands() -> str:
    lines = ["    govc permissions.set -principal cnv-lab@vsphere.local -role ReadOnly -propagate=true /Garden"]
    for path, places in GIVEN.items():
        role = f"cnv-lab-{path.split('/')[2]}"
        ids = " ".join(sorted({item.id for item in PRIVILEGES if item.place in places}))
        lines += [
            f"    govc role.create {role} {ids}",
            f"    govc permissions.set -principal cnv-lab@vsphere.local -role {role} -propagate=true {path}",
        ]
    return "\n".join(lines)


@pytest.mark.parametrize("part", [privileges, commands], ids=["the table", "the commands"])
def test_the_page_has_every_privilege_as_the_code_lists_it(part: Callable[[], str]) -> None:
    """With CNV_LAB_WRITE_CREDENTIALS=1 it is written anew, between its marks."""
    mark = f"<!-- {part.__name__} -->"
    before, old, after = PAGE.read_text(encoding="utf-8").split(mark)
    wanted = f"\n{part()}\n"
    if os.environ.get("CNV_LAB_WRITE_CREDENTIALS"):
        PAGE.write_text(mark.join([before, wanted, after]), encoding="utf-8")
        old = wanted
    assert old == wanted


def test_every_place_is_given_somewhere() -> None:
    assert {place for places in GIVEN.values() for place in places} == set(Place) - {Place.DATACENTER}


@pytest.mark.parametrize(
    "kind", [item for item in vars(kinds).values() if isinstance(item, Kind)], ids=lambda kind: kind.name
)
def test_every_kind_that_the_program_asks_for_has_a_rule(kind: Kind) -> None:
    group = kind.api_version.partition("/")[0] if "/" in kind.api_version else ""
    granted = [rule for item in RULES for rule in item.get("rules") or () if group in rule["apiGroups"]]
    assert any(kind.plural in rule["resources"] for rule in granted)


def test_no_rule_reads_secrets_or_everything() -> None:
    for item in RULES:
        for rule in item.get("rules") or ():
            assert "secrets" not in rule["resources"]
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]


def test_every_role_is_bound_to_the_one_account() -> None:
    roles = {(item["kind"], item["metadata"]["name"]) for item in RULES if item["kind"] in {"Role", "ClusterRole"}}
    bound = {
        (item["roleRef"]["kind"], item["roleRef"]["name"])
        for item in RULES
        if item["kind"].endswith("Binding")
        and item["subjects"] == [{"kind": "ServiceAccount", "name": "cnv-lab", "namespace": "cnv-lab"}]
    }
    assert roles == bound
