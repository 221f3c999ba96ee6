"""The stack file's JSON Schema is current, tells each key's meaning, and marks what an editor can."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

from cli import schema
from tests.unit import facts
from tests.unit.test_cli import lab

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs/stack-file.schema.json"
OF_SHARED_FILES = ROOT / "docs/shared-file.schema.json"
SHARED_FILE = ROOT / "examples/stacks/labs/garden.yaml"
STACK_FILES = ["Pulumi.lab.yaml", "Pulumi.sandbox.yaml"]


def wrong(**sections: Any) -> list[str]:
    """Where an editor marks the small lab with these sections in it, and what is written there."""
    raw = {**copy.deepcopy(facts.SECTIONS), **sections}
    config = {f"cnv-lab:{key}": value for key, value in raw.items()}
    return marked({"config": {**config, "vsphere:user": "me"}, "encryptionsalt": "v1:…"})


def marked(document: Any) -> list[str]:
    validator = jsonschema.Draft7Validator(json.loads(schema.to_json()))
    return [".".join(str(step) for step in error.absolute_path) for error in validator.iter_errors(document)]


def test_the_committed_schema_is_what_the_program_makes() -> None:
    """After a change: python -m lab schema > docs/stack-file.schema.json."""
    assert lab("schema").stdout == COMMITTED.read_text(encoding="utf-8")


def test_so_is_that_of_shared_files() -> None:
    """After a change: python -m lab schema --shared > docs/shared-file.schema.json."""
    assert lab("schema", "--shared").stdout == OF_SHARED_FILES.read_text(encoding="utf-8")


def marked_in_shared(document: Any) -> list[str]:
    """Where an editor marks a shared file, which finds the other schema beside its own."""
    both = [(path.name, Resource.from_contents(json.loads(path.read_text()))) for path in (COMMITTED, OF_SHARED_FILES)]
    validator = jsonschema.Draft7Validator({"$ref": OF_SHARED_FILES.name}, registry=Registry().with_resources(both))
    return [".".join(str(step) for step in error.absolute_path) for error in validator.iter_errors(document)]


def test_a_shared_file_leads_editors_to_its_schema_and_is_right_by_it() -> None:
    text = SHARED_FILE.read_text(encoding="utf-8")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=../../../docs/shared-file.schema.json"
    assert marked_in_shared(yaml.safe_load(text)) == []


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ({"config": {"cnv-lab:vlans": [{"id": 1}]}}, []),
        ({"config": {"cnv-lab:extends": "far.yaml"}}, []),
        ({"config": {"cnv-lab:vlans": [{"name": "a"}]}}, ["config.cnv-lab:vlans.0"]),
        ({"config": {"cnv-lab:trunk": {"portgroup": "a"}}}, ["config.cnv-lab:trunk"]),
        ({"config": {"vsphere:user": "joe"}}, ["config"]),
        ({"config": {}, "encryptionsalt": "v1:…"}, [""]),
        ({}, [""]),
    ],
)
def test_an_editor_marks_what_cannot_stand_in_a_shared_file(document: Any, where: list[str]) -> None:
    assert marked_in_shared(document) == where


def test_a_stack_file_may_leave_to_a_shared_one_what_it_else_must_say() -> None:
    left = {
        "cnv-lab:cluster": {},
        "cnv-lab:vlans": [{"id": 1}],
        "cnv-lab:exampleVm": {},
        "cnv-lab:namespaces": [{"name": "a"}],
    }
    assert marked({"config": {**left, "cnv-lab:extends": "labs/house.yaml"}}) == []
    assert sorted(marked({"config": left})) == [
        "config.cnv-lab:cluster",
        "config.cnv-lab:exampleVm",
        "config.cnv-lab:exampleVm",
        "config.cnv-lab:vlans.0",
    ]
    assert marked({"config": {}}) == ["config"]
    assert marked({"config": {"cnv-lab:extends": 3}}) == ["config.cnv-lab:extends"]


def test_it_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(json.loads(schema.to_json()))


@pytest.mark.parametrize("name", STACK_FILES)
def test_stack_files_lead_editors_to_it_and_are_right_by_it(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={COMMITTED.relative_to(ROOT)}"
    assert marked(yaml.safe_load(text)) == []


def properties(node: Any) -> Iterator[tuple[str, Any]]:
    for name, definition in node["definitions"].items():
        for key, value in definition["properties"].items():
            yield f"{name}.{key}", value


# On the page their names, or the keys that they stand in, say it all.
TOLD_BY_THEIR_NAMES = {
    *("ExampleVm.name", "Namespace.name", "Hypervisors.coresPerSocket", "Existing.nodeSelector", "Trunk.switch"),
    *("Operators.nmstate", "Operators.virtualization", "Nmstate.channel"),
    *(f"Virtualization.{key}" for key in ("channel", "source", "sourceNamespace", "allNamespaces")),
}


def test_each_key_has_its_meaning_from_the_page() -> None:
    without = {key for key, value in properties(json.loads(schema.to_json())) if not value.get("description")}
    assert without == TOLD_BY_THEIR_NAMES


def test_meanings_are_plain_words() -> None:
    told = schema.meanings()
    assert told["vlans", "id"] == "1 to 4094, once each"
    assert told["cluster", "openshift"].endswith("or auto: the cluster is asked")
    assert "switches helps to choose" in told["trunk", "switch.kind"]
    assert not [text for text in told.values() if "](" in text or "`" in text]


GUEST = {"kind": "trunk", "name": "fw", "ids": [1928]}


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"vlans": [{"id": 1, "name": "a"}, {"kind": "access", "id": 4094, "name": "b"}, GUEST]},
        {"nodeNetwork": {"maxUnavailable": "50%", "mtu": 9000, "retireInUse": [1925]}},
        {"hypervisors": {"existing": {"nodeSelector": {"a": ""}}}},
        {"cluster": {"infraId": "hub", "context": None}},
    ],
)
def test_an_editor_marks_nothing_in_what_is_right(sections: dict[str, Any]) -> None:
    assert wrong(**sections) == []


@pytest.mark.parametrize(
    ("sections", "where"),
    [
        ({"vlan": []}, "config"),
        ({"cluster": {}}, "config.cnv-lab:cluster"),
        ({"cluster": {"infraId": "hub", "openshift": 4.2}}, "config.cnv-lab:cluster.openshift"),
        ({"cluster": {"infraId": "hub", "openshift": "4.9"}}, "config.cnv-lab:cluster.openshift"),
        ({"vlans": [{"id": 4095, "name": "a"}]}, "config.cnv-lab:vlans.0.id"),
        ({"vlans": [{**GUEST, "id": 5}]}, "config.cnv-lab:vlans.0"),
        ({"vlans": [{**GUEST, "ids": [0]}]}, "config.cnv-lab:vlans.0.ids.0"),
        ({"vlans": {}}, "config.cnv-lab:vlans"),
        ({"trunk": {"switch": {"kind": "distibuted"}}}, "config.cnv-lab:trunk.switch.kind"),
        ({"trunk": {"portgroup": "Trunk"}}, "config.cnv-lab:trunk"),
        ({"nodeNetwork": {"bridging": "vlan"}}, "config.cnv-lab:nodeNetwork.bridging"),
        ({"hypervisors": {"replicas": -1}}, "config.cnv-lab:hypervisors.replicas"),
    ],
)
def test_an_editor_marks_where_it_is_wrong(sections: dict[str, Any], where: str) -> None:
    assert wrong(**sections)[:1] == [where]
