"""What a reviewer sees: the workflows' own scripts, run on real previews of the real CLI.

    CNV_LAB_WRITE_PREVIEWS=1 venv/bin/python -m pytest tests/engine/test_report.py

writes docs/sample-preview.md and tests/unit/previews/ anew.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lab.report.preview import OF_THE_MACHINE
from sandbox import project
from tests.engine.cluster import MACHINE_API, until
from tests.engine.pull_request import Repository, Shown, normalized

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

PAGE = project.ROOT / "docs" / "sample-preview.md"
SAMPLES = project.ROOT / "tests" / "unit" / "previews"
WRITE = "CNV_LAB_WRITE_PREVIEWS"
MACHINE_SET = "hub-7vxwj-cnv"
RENAMED = "Attachments | update | networks in namespace `provisioning`: VLAN 1928"
WAITS = "Waits and guards | update | waits for hypervisors"
MARKER = "<!-- cnv-lab preview: sandbox -->"


@pytest.fixture(scope="module")
def repository(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(lab, tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def fresh(repository: Repository) -> Shown:
    """Before anything stands."""
    return repository.preview()


@pytest.fixture(scope="module")
def refused(repository: Repository) -> Shown:
    def spoil(config: dict[str, Any]) -> None:
        config["namespaces"][0]["existing"] = True

    return repository.preview(spoil)


@pytest.fixture(scope="module")
def stands(fresh: Shown, refused: Shown, repository: Repository) -> Repository:
    """The repository, once the lab stands that its main means."""
    assert (fresh.status, refused.status != 0) == (0, True)
    repository.up()
    return repository


def section(name: str, /, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda config: config[name].update(values)


def several(config: dict[str, Any]) -> None:
    """A VLAN retired, one renamed, one added with a namespace of its own, and more memory."""
    config["vlans"] = [vlan for vlan in config["vlans"] if vlan["id"] != 1926]
    config["vlans"][-1]["name"] = "pxe"
    config["vlans"].append({"id": 1929, "name": "storage", "namespaces": ["provisioning", "databases"]})
    config["namespaces"].append({"name": "databases"})
    config["hypervisors"]["memoryMiB"] = 32768


def test_a_lab_that_does_not_stand_yet_is_told_chapter_by_chapter(fresh: Shown) -> None:
    assert fresh.text.splitlines()[0] == MARKER
    assert [row.split(" | ")[0] for row in fresh.rows] == [
        *("Trunk", "Template", "Hypervisors", "Node network", "Attachments", "Attachments", "Waits and guards"),
    ]
    assert {row.split(" | ")[1] for row in fresh.rows} == {"create"}
    assert "from $PATH" not in fresh.text, "where the machine has its plugins is nobody's concern"
    record(fresh, "first")


def test_a_stack_file_that_is_refused_fails_the_check_and_says_why_first(refused: Shown) -> None:
    lines = refused.text.splitlines()
    assert lines[3].startswith("**The preview failed**")
    assert lines[6] == (
        "namespace provisioning is not there, and the stack file says existing: true. Make it, or drop that word."
    )
    assert "No change was found before it failed." in lines
    assert refused.rows == []
    record(refused, "failed")


def test_where_nothing_changes_the_comment_says_so(stands: Repository) -> None:
    shown = stands.preview()
    assert "**Nothing changes.** 22 resources stay as they are." in shown.text
    assert shown.rows == []
    record(shown, "nothing")


def test_a_reviewer_understands_a_change_without_a_checkout(stands: Repository) -> None:
    """The sample page is this comment."""
    shown = stands.preview(several)
    assert shown.rows == [
        "Hypervisors | update | MachineSet `hub-7vxwj-cnv`: memory, MiB `16384` → `32768`",
        "Node network | update | policy `ens224-policy`: VLAN 1929 joins; VLAN 1926 leaves",
        "Attachments | create | namespace `databases`",
        "Attachments | create | networks in namespace `databases`: VLAN 1929",
        f"{RENAMED}: description `provisioning V1928` → `pxe V1928`",
        "Attachments | create | networks in namespace `provisioning`: VLAN 1929",
        f"{WAITS}; takes the nodes' network back at destroy; waits for the nodes' network",
        "Waits and guards | create | asks before namespaces go",
    ]
    twice = shown.part("Look twice:")
    assert "VLAN 1926: taken off the nodes." in twice
    assert "reaches new Machines only" in twice
    before, after = shown.part("The network as it is"), shown.part("The network as it will be")
    assert ("br-1926" in before, "retired bridge<br>br-1926" in after) == (True, True)
    assert ("br-1929" in before, "br-1929" in after) == (False, True)
    assert before.count("```mermaid\nflowchart LR") == after.count("```mermaid\nflowchart LR") == 1
    diff = shown.part("The full diff")
    assert "-     spec.template.spec.providerSpec.value.memoryMiB: 16384" in diff
    assert "+     spec.desiredState.interfaces[br-1926].state: absent" in diff
    record(shown, "change")
    if os.environ.get(WRITE):
        PAGE.write_text(normalized(shown.text), encoding="utf-8")
        for name, picture in shown.pictures.items():
            (SAMPLES / f"{name}.mmd").write_text(picture, encoding="utf-8")
        write_stack_files()
    assert PAGE.read_text(encoding="utf-8") == normalized(shown.text), (
        f"{WRITE}=1 venv/bin/python -m pytest tests/engine/test_report.py writes it"
    )


def test_another_bridge_design_says_whose_network_moves(stands: Repository) -> None:
    shown = stands.preview(section("nodeNetwork", bridging="vlan-aware"))
    policy = "Node network | update | policy `ens224-policy`"
    assert f"{policy}: VLANs 1925-1928 move to another bridge; bridge `br-trunk` comes" in shown.rows
    assert "VLANs 1925-1928: on another bridge. VMs that run lose their network" in shown.part("Look twice:")
    assert "br-1925, br-1926, br-1927, br-1928 go from the nodes" in shown.part("What the program said")
    assert "br-trunk" in shown.part("The network as it will be")


def test_a_nic_that_no_hypervisor_has_is_refused_with_those_that_there_are(stands: Repository) -> None:
    shown = stands.preview(section("nodeNetwork", nic="ens256"))
    assert shown.status != 0
    assert "has no ens256. Correct cnv-lab:nodeNetwork.nic; its NICs are ens192, ens224." in shown.text.splitlines()[6]


def test_another_template_is_told_as_a_replacement_that_leaves_what_runs(stands: Repository) -> None:
    shown = stands.preview(section("template", name="hub-7vxwj-hypervisor"))
    assert shown.rows[0] == (
        "Template | **replace** | template `hub-7vxwj-rhcos-cnv`: `name` `hub-7vxwj-rhcos-cnv` → `hub-7vxwj-hypervisor`"
    )
    assert "the new one stands before the old one goes" in shown.part("Look twice:")
    assert "#   replaced because of name" in shown.part("The full diff")
    record(shown, "replace")


def test_a_change_that_takes_everything_from_its_users_says_all_of_it_apart(stands: Repository) -> None:

    def empty(config: dict[str, Any]) -> None:
        config["vlans"], config["namespaces"], config["hypervisors"]["replicas"] = [], [], 0

    shown = stands.preview(empty)
    twice = shown.part("Look twice:")
    for words in (
        "1 hypervisor is drained and goes",
        "VLANs 1925-1928: taken off the nodes.",
        "namespace `provisioning` is deleted",
        "VMs that name `provisioning/vlan-1928`",
    ):
        assert words in twice
    assert [row for row in shown.rows if "**delete**" in row]


def test_the_nights_look_tells_what_somebody_did_by_hand(stands: Repository, cluster: Cluster) -> None:
    assert stands.drift().status == 0
    cluster.delete("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "vlan-1928", "provisioning")
    kind = ("machine.openshift.io/v1beta1", "MachineSet", MACHINE_SET)
    cluster.patch(*kind, {"spec": {"replicas": 2}}, MACHINE_API)
    until(lambda: len(cluster.machines(MACHINE_SET)) == 2, "the controller followed the hand")
    shown = stands.drift()
    assert shown.status != 0
    assert shown.text.startswith("<!-- cnv-lab drift: sandbox -->\n### Lab `sandbox` is not what its stack file says\n")
    assert "Hypervisors | update | MachineSet `hub-7vxwj-cnv`: replicas `2` → `1`" in shown.rows
    assert (
        "Attachments | create | networks in namespace `provisioning`: VLAN 1928 (is gone, and will be made again)"
    ) in shown.rows
    record(shown, "drift")


def test_no_comment_has_a_login_in_it(fresh: Shown, refused: Shown, lab: Lab) -> None:
    secrets = [lab.instance.load().password, lab.instance.load().passphrase]
    assert not [secret for shown in (fresh, refused) for secret in secrets if secret in shown.text]


def write_stack_files() -> None:
    """Those that the change leads from and to, for who has no cluster to ask for its release."""
    content = yaml.safe_load((project.ROOT / "Pulumi.sandbox.yaml").read_text(encoding="utf-8"))
    config = {key.removeprefix("cnv-lab:"): value for key, value in content["config"].items()}
    config["cluster"]["openshift"] = "4.20"
    for name, change in (("before", lambda _: None), ("after", several)):
        change(config)
        sections = {"config": {f"cnv-lab:{key}": value for key, value in config.items()}}
        (SAMPLES / f"{name}.yaml").write_text(yaml.safe_dump(sections, sort_keys=False), encoding="utf-8")


def record(shown: Shown, name: str) -> None:
    """Keeps what the unit tests read of a preview, where that is asked for: one that has been printed."""
    if os.environ.get(WRITE):
        found = json.loads(normalized(shown.preview))
        # In an order of its own: the engine's is another one in each run.
        found["steps"] = sorted(map(_read, found.get("steps") or []), key=lambda step: str(step["urn"]))
        said = [item for item in found.get("diagnostics") or [] if not OF_THE_MACHINE.search(item["message"])]
        found["diagnostics"] = sorted(said, key=lambda item: str(item["message"]))
        for key in ("config", "duration"):
            found.pop(key, None)
        text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
        (SAMPLES / f"{name}.json").write_text(text, encoding="utf-8")


def _read(step: dict[str, Any]) -> dict[str, Any]:
    """A step without the outputs of what did not differ by a refresh, which nobody reads."""
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    is_of_refresh = step["op"] == "update" and old.get("inputs") == new.get("inputs")
    kept = {"custom", "inputs", *(["outputs"] if is_of_refresh else [])}
    for side in ("oldState", "newState"):
        if side in step:
            step[side] = {key: value for key, value in step[side].items() if key in kept}
    return step
