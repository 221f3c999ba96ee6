"""What `pulumi stack output` tells: enough to go on without looking anything up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pulumi.output import Unknown

from components.outputs import outputs
from tests.components import fixtures, programs
from tests.components.recorder import Engine, World
from tests.components.run import ATTACHMENT, Run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def servers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        programs.replace_servers(monkeypatch)
        yield


@pytest.fixture(scope="module")
def up(servers: None) -> Run:
    return whole_program(World())


@pytest.fixture(scope="module")
def first_preview(servers: None) -> Run:
    return whole_program(World(preview=True))


def whole_program(world: World) -> Run:
    config = {**fixtures.config(fixtures.sections()), **programs.LOGINS}
    return Engine().run(programs.main, world, config, programs.ENCRYPTED)


def test_names_are_told_as_oc_and_govc_take_them(up: Run) -> None:
    assert {key: value for key, value in up.exports.items() if key != "vmNetwork"} == {
        "portGroup": "Trunk",
        "template": "/Garden/vm/hub-7vxwj/hub-7vxwj-rhcos-cnv",
        "machineSet": "openshift-machine-api/hub-7vxwj-cnv",
        "nodes": ["hub-7vxwj-cnv-4xk2p"],
        "staleMachines": [],
        "policy": "ens224-policy",
        "bridges": {"br-1925": "1925", "br-1926": "1926", "br-1927": "1927", "br-1928": "1928"},
        "networkAttachments": ["provisioning/vlan-1925", "shared/vlan-1925", "provisioning/vlan-1928"],
    }


def test_a_bridge_of_many_vlans_is_told_once_with_their_ranges() -> None:
    """Each `up` prints the outputs, and each step of a run writes them into the state."""
    told = outputs(fixtures.lab(nodeNetwork={"nic": "ens224", "bridging": "vlan-aware"}), None, [])
    assert told["bridges"] == {"br-trunk": "1925-1928"}


def test_each_attachment_that_is_made_is_told(up: Run) -> None:
    made = {"{namespace}/{name}".format(**item.inputs["metadata"]) for item in up.of(ATTACHMENT)}
    assert set(up.exports["networkAttachments"]) == made


def test_the_snippet_attaches_a_vm_to_the_first_vlan_as_it_stands(up: Run) -> None:
    """Below ``spec.template.spec``: an interface and a network find each other by name, the attachment by its path."""
    snippet: dict[str, Any] = yaml.safe_load(up.exports["vmNetwork"])
    assert snippet == {
        "domain": {"devices": {"interfaces": [{"name": "vlan-1925", "bridge": {}}]}},
        "networks": [{"name": "vlan-1925", "multus": {"networkName": "provisioning/vlan-1925"}}],
    }


def test_a_preview_knows_every_name_and_only_not_what_is_still_to_be_made(first_preview: Run, up: Run) -> None:
    unknown = {key for key, value in first_preview.exports.items() if isinstance(value, Unknown)}
    assert unknown == {"template", "nodes", "staleMachines"}
    known = set(up.exports) - unknown
    assert {key: first_preview.exports[key] for key in known} == {key: up.exports[key] for key in known}


def test_no_login_is_told(up: Run) -> None:
    for secret in (programs.PASSWORD, programs.KUBECONFIG):
        assert secret not in str(up.exports)
