"""``python -m lab init`` as a person types it: what it reads, asks, writes, and never writes over."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.main import app
from clients.cluster import facts as cluster_facts
from clients.cluster import session as cluster_session
from clients.cluster.operators import OperatorFacts
from clients.errors import LabError
from clients.vcenter import inventory
from clients.vcenter import session as vcenter_session
from clients.vcenter.distributed import Switch
from tests.unit import facts
from tests.unit.test_cli import lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VLAN = ["--vlan", "1925 trans-proxy", "--vlan", "1928 provisioning blue"]


class Place:
    """A folder to write into, and what the servers answer."""

    def __init__(self, folder: Path) -> None:
        """Nothing is to be read at first."""
        self.folder = folder
        self.cluster: Any = LabError("the cluster's kubeconfig cannot be used. Set KUBECONFIG.")
        self.inventory: Any = LabError("vCenter refuses the login. Check it.")
        self.terminal = False

    def init(self, *words: str, answers: str = "") -> Result:
        """Runs it there."""
        with contextlib.chdir(self.folder):
            return CliRunner().invoke(app, ["init", *words], input=answers, catch_exceptions=False)

    def config(self, stack: str = "x") -> dict[str, Any]:
        """What stands in the file."""
        text = (self.folder / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
        return {key.removeprefix("cnv-lab:"): value for key, value in yaml.safe_load(text)["config"].items()}

    def files(self) -> list[str]:
        """What was written."""
        return [path.name for path in self.folder.iterdir()]


def _give(thing: Any) -> Any:
    if isinstance(thing, Exception):
        raise thing
    return thing


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path)

    @contextlib.contextmanager
    def session(_access: Any) -> Iterator[Any]:
        yield type("Session", (), {"endpoint": "vcenter.lab"})

    monkeypatch.setattr(cluster_session, "connect", session)
    monkeypatch.setattr(cluster_facts, "take", lambda _: _give(made.cluster))
    monkeypatch.setattr(vcenter_session, "connect", session)
    monkeypatch.setattr(inventory, "take", lambda *_: _give(made.inventory))
    monkeypatch.setenv("VSPHERE_USER", "admin")
    monkeypatch.setenv("VSPHERE_PASSWORD", "s3cret")
    monkeypatch.setattr("cli.init.has_terminal", lambda: made.terminal)
    return made


def test_the_cluster_and_its_worker_answer_and_the_file_is_a_lab(place: Place) -> None:
    place.cluster = facts.cluster()
    done = place.init("--yes", "--stack", "x", *VLAN)
    assert done.exit_code == 0, done.stderr
    config = place.config()
    assert config["cluster"] == {"infraId": "hub", "openshift": "auto"}
    assert config["vcenter"] == {
        "server": "vc.installer",
        "datacenter": "Yard",
        "cluster": "Sheep",
        "datastore": "Slow",
        "folder": "/Yard/vm/hub",
        "resourcePool": "/Yard/host/Sheep/Resources/hub",
        "machineNetwork": "VM Network",
    }
    assert config["hypervisors"] == {"replicas": 1, "cpus": 4, "coresPerSocket": 4, "memoryMiB": 8192, "diskGiB": 100}
    assert config["template"] == {"source": "hub-rhcos"}
    assert config["nodeNetwork"]["bridging"] == "ovn-localnet"
    assert config["vlans"][1] == {"id": 1928, "name": "provisioning", "namespaces": ["blue"]}
    for command in ("check", "render"):
        again = lab(command, "--stack", "x", cwd=place.folder)
        assert again.exit_code == 0, again.stderr


def test_vcenter_answers_for_the_switch_and_the_templates_disk(place: Place) -> None:
    place.cluster = facts.cluster()
    hosts = (facts.host("goat-1", switches=("vSwitch1", "vSwitch2")), facts.host("goat-2", switches=("vSwitch2",)))
    place.inventory = facts.inventory(hosts=hosts, source=facts.vm(disks_gib=(130.5,)))
    assert place.init("--yes", "--stack", "x", *VLAN).exit_code == 0
    assert place.config()["trunk"]["switch"] == {"kind": "standard", "name": "vSwitch2"}
    assert place.config()["hypervisors"]["diskGiB"] == 131


def switch(name: str, *hosts: str, version: tuple[int, ...] = (8, 0, 0)) -> Switch:
    moids = frozenset(f"moid-{host}" for host in hosts)
    return Switch(name=name, moid=name, uuid=name, version=version, hosts=moids)


@pytest.mark.parametrize(
    ("switches", "kind"),
    [
        ([switch("VDS", "goat-1", "goat-2")], "distributed"),
        ([switch("VDS", "goat-1")], "standard"),
        ([switch("VDS", "goat-1", "goat-2", version=(6, 5))], "standard"),
        ([switch("A", "goat-1", "goat-2"), switch("B", "goat-1", "goat-2")], "standard"),
        ([switch("A", "goat-1"), switch("B", "goat-1", "goat-2")], "distributed"),
    ],
)
def test_a_distributed_switch_is_taken_where_there_is_one_that_will_do(
    place: Place, switches: list[Switch], kind: str
) -> None:
    place.cluster, place.inventory = facts.cluster(), facts.inventory(switches=tuple(switches))
    assert place.init("--yes", "--stack", "x", *VLAN).exit_code == 0
    assert place.config()["trunk"]["switch"]["kind"] == kind


def test_where_nothing_can_be_read_all_that_is_missing_is_told_at_once_and_nothing_is_written(place: Place) -> None:
    done = place.init("--yes", "--stack", "x")
    assert (done.exit_code, place.files()) == (1, [])
    for key in ("cluster.infraId", "vcenter.folder", "template.source", "hypervisors.cpus"):
        assert f"cnv-lab:{key}: is missing" in done.stderr
    assert "cnv-lab:vlans: is missing" in done.stderr
    assert "not read: the cluster's kubeconfig" in done.stderr
    assert "s3cret" not in done.output


def test_without_a_terminal_nothing_is_asked(place: Place) -> None:
    place.cluster = facts.cluster()
    done = place.init("--stack", "x")
    assert done.exit_code == 1
    assert "cnv-lab:vlans: is missing" in done.stderr


def test_what_was_given_wins_over_what_is_read_and_what_is_wrong_with_it_is_told(place: Place) -> None:
    place.cluster = facts.cluster()
    assert place.init("--yes", "--stack", "x", *VLAN, "--set", "vcenter.datastore=Fast").exit_code == 0
    assert place.config()["vcenter"]["datastore"] == "Fast"
    done = place.init("--yes", "--stack", "y", *VLAN, "--set", "trunk.switch.kind=purple", "--vlan", "0 zero")
    assert done.exit_code == 1
    assert [line.split()[1] for line in done.stderr.splitlines() if "Pulumi.y" in line] == [
        "cnv-lab:trunk.switch.kind",
        "cnv-lab:vlans[2].id",
    ]


def test_a_file_that_is_there_is_not_written_over_unless_forced_and_pulumis_part_of_it_stays(place: Place) -> None:
    place.cluster = facts.cluster()
    path = place.folder / "Pulumi.x.yaml"
    path.write_text("encryptionsalt: v1:abc\nconfig:\n  vsphere:user: me\n  cnv-lab:cluster: {infraId: old}\n")
    done = place.init("--yes", "--stack", "x", *VLAN)
    assert done.exit_code == 1
    assert "is there already" in done.stderr
    assert "infraId: old" in path.read_text()
    assert place.init("--yes", "--stack", "x", *VLAN, "--force").exit_code == 0
    assert yaml.safe_load(path.read_text())["encryptionsalt"] == "v1:abc"
    assert (place.config()["vsphere:user"], place.config()["cluster"]["infraId"]) == ("me", "hub")


def test_a_release_that_has_no_right_answer_for_boot_images_wants_one(place: Place) -> None:
    place.cluster = facts.cluster(release="4.22")
    done = place.init("--yes", "--stack", "x", *VLAN)
    assert [line for line in done.stderr.splitlines() if "Pulumi.x" in line] == [
        "Pulumi.x.yaml: cnv-lab:template.bootImages: is missing. Add --set template.bootImages=leave|optOut."
    ]
    assert place.init("--yes", "--stack", "x", *VLAN, "--set", "template.bootImages=leave").exit_code == 0


def test_a_cluster_on_another_platform_is_sent_to_the_example_for_it(place: Place) -> None:
    place.cluster = facts.cluster(platform="BareMetal")
    done = place.init("--yes", "--stack", "x", *VLAN)
    assert done.exit_code == 1
    assert "Pulumi.existing-nodes.yaml" in done.stderr


def test_a_bare_cluster_gets_its_operators_from_the_stack(place: Place) -> None:
    bare = OperatorFacts(serves_subscriptions=True)
    place.cluster = facts.cluster(operators=bare, missing=(cluster_facts.NEEDED[1], cluster_facts.NEEDED[3]))
    assert place.init("--yes", "--stack", "x", *VLAN).exit_code == 0
    assert place.config()["operators"] == {"mode": "manage"}


def test_a_person_is_asked_what_only_they_know_and_enter_takes_what_is_usual(place: Place) -> None:
    place.cluster, place.terminal = facts.cluster(), True
    # The stack's name; port group, switch's kind and name, replicas, NIC, bridging; VLANs.
    answers = ["x", "Trunk-2", "", "", "2", "", "vlan-aware", "1925 trans-proxy", "1928 provisioning blue", ""]
    done = place.init(answers="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    config = place.config()
    assert config["trunk"]["portGroup"] == "Trunk-2"
    assert (config["hypervisors"]["replicas"], config["nodeNetwork"]["bridging"]) == (2, "vlan-aware")
    assert [vlan["id"] for vlan in config["vlans"]] == [1925, 1928]
    assert "vcenter.datacenter" not in done.output, "it was read"


@pytest.mark.parametrize(
    ("there", "answers", "wanted"),
    [
        ([switch("VDS", "goat-1", "goat-2")], ["standard", ""], {"kind": "standard", "name": "vSwitch0"}),
        ([], ["distributed", "VDS"], {"kind": "distributed", "name": "VDS"}),
    ],
)
def test_a_switch_of_the_other_kind_does_not_keep_the_name_that_was_read(
    place: Place, there: list[Switch], answers: list[str], wanted: dict[str, str]
) -> None:
    place.cluster, place.inventory, place.terminal = facts.cluster(), facts.inventory(switches=tuple(there)), True
    done = place.init("--stack", "x", *VLAN, answers="\n".join(["", *answers, "", "", ""]) + "\n")
    assert done.exit_code == 0, done.output
    assert place.config()["trunk"]["switch"] == wanted


def test_an_answer_that_is_wrong_is_asked_for_again(place: Place) -> None:
    place.cluster, place.terminal = facts.cluster(), True
    answers = ["", "purple", "", "two", "", "", "0 zero", "", "standard", "2", "1925 trans-proxy", ""]
    done = place.init("--stack", "x", answers="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    config = place.config()
    assert (config["trunk"]["switch"]["kind"], config["hypervisors"]["replicas"]) == ("standard", 2)
    assert config["vlans"] == [{"id": 1925, "name": "trans-proxy"}]


def test_names_that_cannot_be_a_stacks_are_refused(place: Place) -> None:
    for name in ("../x", "a b", ""):
        done = place.init("--yes", "--stack", name, *VLAN)
        assert (done.exit_code, place.files()) == (1, [])
        assert "cannot be a stack's name" in done.stderr
    assert "--stack NAME" in place.init("--yes").stderr
