"""A lab is the stack file, completed by the worker MachineSet that the installer made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lab import plan, settings
from lab.manifests import machine_set
from lab.mistakes import SettingsError
from tests.unit import facts

if TYPE_CHECKING:
    from lab.plan import Lab

BARE: dict[str, Any] = {"cluster": {"infraId": "hub"}}


def complete(raw: dict[str, Any], worker: dict[str, Any] | None = None, **more: Any) -> Lab:
    found = settings.parse(raw, where=facts.WHERE)
    return plan.complete(found, where=facts.WHERE, worker=worker, **{"stack": facts.STACK, **more})


def refused(raw: dict[str, Any], worker: dict[str, Any] | None = None, **more: Any) -> list[str]:
    with pytest.raises(SettingsError) as error:
        complete(raw, worker, **more)
    return [line.removeprefix(f"{facts.WHERE}: ") for line in str(error.value).splitlines()]


def test_what_the_stack_file_leaves_out_is_the_workers() -> None:
    lab = complete(BARE, facts.worker())
    assert (lab.server, lab.datacenter, lab.datastore, lab.folder) == ("vc.installer", "Yard", "Slow", "/Yard/vm/hub")
    assert lab.resource_pool == "/Yard/host/Sheep/Resources/hub"
    assert (lab.cpus, lab.cores_per_socket, lab.memory_mib, lab.disk_gib) == (4, 4, 8192, 100)
    assert lab.template_source == "hub-rhcos"
    assert lab.machine_network == "VM Network", "the first of the worker's networks"


def test_what_is_written_wins_over_the_worker() -> None:
    lab = complete({**facts.SECTIONS, "hypervisors": {"cpus": 8, "diskGiB": 200}}, facts.worker())
    written = facts.SECTIONS["vcenter"]
    assert (lab.server, lab.datacenter, lab.cluster) == (written["server"], written["datacenter"], written["cluster"])
    assert (lab.datastore, lab.folder, lab.resource_pool) == (written["datastore"], facts.FOLDER, facts.POOL)
    assert lab.machine_network == written["machineNetwork"]
    assert lab.template_source == "rhcos"
    assert (lab.cpus, lab.disk_gib) == (8, 200)
    assert lab.memory_mib == 8192, "the one that is left out"


def test_all_that_nobody_knows_is_named_at_once() -> None:
    lines = refused(BARE)
    assert [line.partition(": ")[0].removeprefix("cnv-lab:") for line in lines] == [
        "vcenter.resourcePool",
        "template.source",
        "hypervisors.cpus",
        "vcenter.server",
        "vcenter.datacenter",
        "vcenter.cluster",
        "vcenter.datastore",
        "vcenter.folder",
        "vcenter.machineNetwork",
        "hypervisors.memoryMiB",
        "hypervisors.diskGiB",
    ]
    assert all("--base" in line for line in lines), "what to do"


def test_with_based_on_none_nobody_is_sent_to_look_for_a_worker() -> None:
    lines = refused({"cluster": {"infraId": "hub", "basedOn": "none"}})
    assert lines
    assert all("(basedOn: none)" in line and "--base" not in line for line in lines)


@pytest.mark.parametrize("key", ["workspace", "network"])
def test_a_worker_without_a_part_of_its_provider_spec_is_a_worker_that_knows_less(key: str) -> None:
    without: dict[str, Any] = {key: None}
    lines = refused(BARE, facts.worker(**without))
    assert {line.partition(".")[0] for line in lines} == {"cnv-lab:vcenter"}


def test_a_worker_without_networks_knows_no_machine_network() -> None:
    (line,) = refused(BARE, facts.worker(network={"devices": []}))
    assert line.startswith("cnv-lab:vcenter.machineNetwork: is missing")


@pytest.mark.parametrize(
    ("pool", "cluster"),
    [
        ("/Garden/host/Goat/Resources", "Goat"),
        ("/Garden/host/Goat/Resources/hub/workers", "Goat"),
        ("/Garden/host/Goat/Resources/hub/Resources", "Goat"),
        ("/Garden/host/pen/Goat/Resources", "pen/Goat"),
    ],
)
def test_the_cluster_is_read_from_the_resource_pools_path(pool: str, cluster: str) -> None:
    """With its folder: vCenter is asked for /Garden/host/<cluster>."""
    vcenter = {key: value for key, value in facts.SECTIONS["vcenter"].items() if key != "cluster"}
    assert facts.lab(vcenter={"resourcePool": pool}).cluster == "Goat", "what is written wins"
    assert complete({**facts.SECTIONS, "vcenter": {**vcenter, "resourcePool": pool}}).cluster == cluster


@pytest.mark.parametrize("pool", ["/Garden/host/Goat", "/Garden/host/Resources", "/Garden/host/Goat/ResourcesX"])
def test_a_pool_that_is_in_no_cluster_names_none(pool: str) -> None:
    vcenter = {key: value for key, value in facts.SECTIONS["vcenter"].items() if key != "cluster"}
    (line,) = refused({**facts.SECTIONS, "vcenter": {**vcenter, "resourcePool": pool}})
    assert line.startswith("cnv-lab:vcenter.cluster: is missing")


@pytest.mark.parametrize(
    ("hypervisors", "inherited", "cores"),
    [
        ({}, 4, 4),
        ({"cpus": 8}, 4, 4),
        ({"cpus": 6}, 4, 1),
        ({"cpus": 2}, 4, 1),
        ({"cpus": 6, "coresPerSocket": 3}, 4, 3),
        ({}, 0, 1),
        ({}, None, 1),
    ],
)
def test_the_workers_cores_per_socket_count_only_where_they_divide_our_cpus(
    hypervisors: dict[str, int], inherited: int | None, cores: int
) -> None:
    lab = complete({**BARE, "hypervisors": hypervisors}, facts.worker(numCPUs=4, numCoresPerSocket=inherited))
    assert lab.cores_per_socket == cores


@pytest.mark.parametrize(
    ("raw", "spec", "start", "reason"),
    [
        ({"vcenter": {"datacenter": "Garden"}}, {}, 'cnv-lab:vcenter.folder "/Yard/vm/hub"', "under /Garden/vm/"),
        ({"vcenter": {"datacenter": "Garden"}}, {}, "cnv-lab:vcenter.resourcePool", "under /Garden/host/"),
        ({"template": {"name": "hub-rhcos"}}, {}, "cnv-lab:template.name", "installer's template"),
        ({}, {"template": "/Yard/vm/hub/" + "r" * 77}, "cnv-lab:template.name", "at most 80 characters"),
        ({"hypervisors": {"coresPerSocket": 3}}, {}, "cnv-lab:hypervisors.coresPerSocket 3", "do not divide 4 CPUs"),
    ],
)
def test_what_does_not_fit_an_inherited_value_is_refused(
    raw: dict[str, Any], spec: dict[str, Any], start: str, reason: str
) -> None:
    lines = [line for line in refused({**BARE, **raw}, facts.worker(**spec)) if line.startswith(start)]
    assert len(lines) == 1
    assert reason in lines[0]


def test_a_template_name_of_80_characters_is_taken() -> None:
    assert len(complete(BARE, facts.worker(template="r" * 76)).template_name) == 80


@pytest.mark.parametrize("stack", ["cnv-lab." + "x" * 56, "cnv-lab.x-", "cnv-lab.a b", "cnv-lab.ä", "cnv-lab.x\n"])
def test_a_stack_name_that_is_no_label_value_is_refused(stack: str) -> None:
    """It goes onto every object as the label cnv-lab/stack, and Kubernetes would refuse them one by one."""
    (line,) = refused(facts.SECTIONS, stack=stack)
    assert line.startswith("the stack's name")
    assert line.endswith("Rename the stack.")


@pytest.mark.parametrize("stack", ["cnv-lab." + "x" * 55, "cnv-lab.a_b-2"])
def test_a_stack_name_that_is_a_label_value_is_taken(stack: str) -> None:
    assert complete(facts.SECTIONS, stack=stack).stack == stack


def test_names_that_are_left_out_are_made_of_what_is_known() -> None:
    lab = complete({**facts.SECTIONS, "template": {"source": "/Garden/vm/hub/rhcos"}, "nodeNetwork": {"nic": "ens256"}})
    assert (lab.template_name, lab.template_path) == ("rhcos-cnv", f"{facts.FOLDER}/rhcos-cnv")
    assert (lab.machine_set, lab.policy) == ("hub-cnv", "ens256-policy")


def test_names_that_are_written_stay() -> None:
    raw = {"template": {"source": "rhcos", "name": "t"}, "hypervisors": {"name": "m"}, "nodeNetwork": {"name": "p"}}
    lab = complete({**BARE, **raw}, facts.worker())
    assert (lab.template_name, lab.machine_set, lab.policy) == ("t", "m", "p")


@pytest.mark.parametrize(
    ("written", "asked", "release"),
    [("auto", "4.18", "4.18"), ("auto", None, "4.22"), ("4.16", "4.18", "4.16")],
)
def test_the_release_is_the_written_one_then_the_clusters_then_the_newest(
    written: str, asked: str | None, release: str
) -> None:
    raw = {**facts.SECTIONS, "cluster": {"infraId": "hub", "openshift": written}}
    assert complete(raw, release=asked).release == release


def test_the_workers_secrets_and_tags_are_taken_over_and_what_is_decided_here_is_not() -> None:
    """A snapshot or a metadata of the worker's in our MachineSet would be somebody else's."""
    lab = complete(facts.SECTIONS, facts.worker(userDataSecret={"name": "mine"}, tagIDs=["urn:x"], snapshot="s"))
    assert lab.provider_extras == {
        "credentialsSecret": {"name": "vsphere-cloud-credentials"},
        "userDataSecret": {"name": "mine"},
        "tagIDs": ["urn:x"],
    }
    value = machine_set(lab)["spec"]["template"]["spec"]["providerSpec"]["value"]
    assert (value["userDataSecret"], value["tagIDs"], value["snapshot"]) == ({"name": "mine"}, ["urn:x"], "")
    assert (value["numCPUs"], value["template"], value["workspace"]["datacenter"]) == (6, "rhcos-cnv", "Garden")
    assert "metadata" not in value


def test_without_a_worker_the_secrets_are_the_installers() -> None:
    assert facts.lab().provider_extras == {
        "credentialsSecret": {"name": "vsphere-cloud-credentials"},
        "userDataSecret": {"name": "worker-user-data"},
    }


def test_vlans_are_in_the_order_of_their_ids_whatever_the_stack_files() -> None:
    lab = facts.lab(vlans=[{"id": 30, "name": "c"}, {"id": 4, "name": "a"}, {"id": 12, "name": "b"}])
    assert lab.vlan_ids == (4, 12, 30)
    assert [vlan.name for vlan in lab.vlans] == ["a", "b", "c"]


@pytest.mark.parametrize("release", ["4.21", "4.22"])
def test_what_is_to_happen_with_boot_images_must_be_chosen_from_4_21_on(release: str) -> None:
    (line,) = refused(facts.SECTIONS | {"cluster": {"infraId": "hub", "openshift": release}})
    assert line.startswith("cnv-lab:template.bootImages: ")
    assert "Write leave" in line
    assert "or optOut" in line


@pytest.mark.parametrize("choice", ["leave", "optOut"])
@pytest.mark.parametrize("release", ["4.20", "4.21", "4.22"])
def test_the_choice_may_be_written_ahead_of_the_release_that_needs_it(choice: str, release: str) -> None:
    assert facts.lab(cluster={"openshift": release}, template={"bootImages": choice}).boot_images == choice


def test_below_4_21_and_where_nobody_knows_the_release_nothing_needs_to_be_chosen() -> None:
    assert facts.lab(cluster={"openshift": "4.20"}).boot_images == ""
    assert facts.lab(cluster={"openshift": "auto"}).boot_images == ""
