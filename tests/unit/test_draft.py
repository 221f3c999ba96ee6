"""The stack file that ``init`` writes: whole, valid, commented, and what is missing told at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lab import plan, settings
from lab.draft import questions, writing
from lab.draft.questions import BY_KEY, QUESTIONS

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/stack-file.schema.json").read_text(encoding="utf-8"))
ANSWERS: dict[str, Any] = {
    "cluster.infraId": "hub-7vxwj",
    "vcenter.server": "vcenter.lab",
    "vcenter.datacenter": "Garden",
    "vcenter.cluster": "Goat",
    "vcenter.datastore": "VMData-HD",
    "vcenter.folder": "/Garden/vm/hub",
    "vcenter.resourcePool": "/Garden/host/Goat/Resources",
    "vcenter.machineNetwork": "machines",
    "template.source": "hub-rhcos",
    "hypervisors.cpus": 4,
    "hypervisors.memoryMiB": 16384,
}
VLANS = [{"id": 1925, "name": "trans-proxy"}, {"id": 1928, "name": "no", "namespaces": ["blue", "1928"]}]


def written(
    changes: dict[str, Any] | None = None,
    existing: frozenset[str] = frozenset(),
    kept: dict[str, Any] | None = None,
) -> str:
    raw = writing.sections({**ANSWERS, **(changes or {})}, VLANS, existing)
    return writing.text(raw, "docs/stack-file.schema.json", kept, ["Read from cluster hub."])


def parsed(text: str) -> settings.Settings:
    config = yaml.safe_load(text)["config"]
    raw = {key.removeprefix("cnv-lab:"): value for key, value in config.items() if key.startswith("cnv-lab:")}
    return settings.parse(raw, where="Pulumi.x.yaml")


def test_what_is_written_is_a_lab_and_keeps_to_the_schema() -> None:
    text = written()
    jsonschema.validate(yaml.safe_load(text), SCHEMA)
    lab = plan.complete(parsed(text), stack="cnv-lab.x", where="Pulumi.x.yaml")
    assert (lab.server, lab.cpus, lab.disk_gib, lab.vlan_ids) == ("vcenter.lab", 4, 120, (1925, 1928))
    assert lab.switch == "vSwitch0"


def test_editors_find_the_schema_by_the_first_line() -> None:
    assert written().splitlines()[0] == "# yaml-language-server: $schema=docs/stack-file.schema.json"
    assert written().splitlines()[2] == "# Read from cluster hub."


@pytest.mark.parametrize("question", [item for item in QUESTIONS if item.is_decided], ids=lambda item: item.key)
def test_what_is_to_be_decided_has_a_comment_on_its_line(question: questions.Question) -> None:
    text = written({"template.bootImages": "leave"})
    last = question.key.rpartition(".")[2]
    assert any(line.strip().startswith(f"{last}: ") and f" # {question.comment}" in line for line in text.splitlines())


def test_what_yaml_would_read_as_something_else_stands_in_quotes() -> None:
    text = written({"cluster.openshift": "4.20", "template.source": "1925", "vcenter.datastore": "a: b # c"})
    found = parsed(text)
    assert (found.cluster.openshift, found.template.source, found.vcenter.datastore) == ("4.20", "1925", "a: b # c")
    assert found.vlans[1].name == "no"
    assert found.vlans[1].namespaces == ("blue", "1928")


def test_a_namespace_that_is_there_is_not_to_be_made() -> None:
    found = parsed(written(existing=frozenset({"blue"})))
    assert {item.name: item.existing for item in found.namespaces} == {"blue": True, "1928": False}


def test_what_others_have_in_the_file_is_kept() -> None:
    kept = {"encryptionsalt": "v1:abc", "config": {"vsphere:password": {"secure": "v1:def"}}}
    document = yaml.safe_load(written(kept=kept))
    assert document["encryptionsalt"] == "v1:abc"
    assert document["config"]["vsphere:password"] == {"secure": "v1:def"}
    assert document["config"]["cnv-lab:cluster"]["infraId"] == "hub-7vxwj"


@pytest.mark.parametrize(
    ("text", "vlan"),
    [
        ("1925 trans-proxy", {"id": 1925, "name": "trans-proxy"}),
        (" 1928  provisioning blue  green ", {"id": 1928, "name": "provisioning", "namespaces": ["blue", "green"]}),
        ("x y", {"id": "x", "name": "y"}),
        ("1925", {"id": 1925}),
        ("", {"id": ""}),
    ],
)
def test_a_vlan_is_a_line(text: str, vlan: dict[str, Any]) -> None:
    assert questions.vlan(text) == vlan


def test_all_that_is_missing_is_told_at_once_with_the_option_that_gives_it() -> None:
    keys = [mistake.key for mistake in questions.missing({}, [], needs_boot_images=True)]
    assert keys == [*(f"cnv-lab:{key}" for key in ANSWERS_ASKED), "cnv-lab:vlans"]
    (line,) = map(str, questions.missing(ANSWERS, VLANS, needs_boot_images=True))
    assert line == "cnv-lab:template.bootImages: is missing. Add --set template.bootImages=leave|optOut."
    assert not questions.missing(ANSWERS, VLANS, needs_boot_images=False)


ANSWERS_ASKED = [question.key for question in QUESTIONS if question.usual is None]


def test_what_is_set_is_text_or_a_number_as_its_key_wants_it() -> None:
    words = ["cluster.openshift=4.20", "cnv-lab:hypervisors.cpus=8", "trunk.portGroup=a=b", "hypervisors.replicas=two"]
    assert not questions.mistaken(words)
    assert questions.given(words) == {
        "cluster.openshift": "4.20",
        "hypervisors.cpus": 8,
        "trunk.portGroup": "a=b",
        "hypervisors.replicas": "two",
    }


def test_a_key_that_is_none_is_told_with_the_nearest() -> None:
    misspelt, bare = questions.mistaken(["vcenter.dataStore=x", "vcenter.datastore", "vcenter.datastore=ok"])
    assert "Did you mean vcenter.datastore=…?" in str(misspelt)
    assert "vcenter.datastore" in str(bare)


def test_every_key_is_one_of_the_stack_file() -> None:
    for key in BY_KEY:
        section, *way = key.split(".")
        model: Any = settings.SECTIONS[section]
        for step in way:
            (field,) = [field for field in model.model_fields.values() if field.alias == step]
            model = field.annotation
