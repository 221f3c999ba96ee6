"""The template follows the installer's, and outlives what others do to it and where a run dies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyVmomi import vim

from sandbox.plays import rhcos

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
SOURCE, TEMPLATE = "hub-7vxwj-rhcos", "hub-7vxwj-rhcos-cnv"
NEW, OLD = f"{TEMPLATE}.new", f"{TEMPLATE}.old"
UPDATED = {"template": "update"}


@pytest.fixture(scope="module", autouse=True)
def standing(lab: Lab) -> None:
    """The post's lab."""
    lab.up().succeeded()


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The stack file is the post's."""
    lab.original()


def planned(lab: Lab, *arguments: str) -> dict[str, str]:
    """What a preview would change, without what it only looks at."""
    return {name: step for name, step in lab.planned(*arguments).items() if step != "refresh"}


def version(vcenter: VCenter, name: str) -> str:
    """The RHCOS of a template, as vCenter shows it."""
    vm = vcenter.vm(name)
    assert vm is not None, name
    return str(vm.config.vAppConfig.product[0].version)


def upgrade(lab: Lab, vcenter: VCenter) -> str:
    """The next RHCOS comes; gives its version."""
    head, _, last = version(vcenter, SOURCE).rpartition("-")
    newer = f"{head}-{int(last) + 1}"
    rhcos.upgrade(newer, lab.instance.name)
    return newer


def is_whole(vcenter: VCenter) -> None:
    """The one template of the post, never started, nothing beside it."""
    assert vcenter.templates() == {SOURCE, TEMPLATE}
    vm = vcenter.vm(TEMPLATE)
    assert vm is not None
    config = vm.config
    assert (config.template, config.nestedHVEnabled, config.vPMCEnabled, config.flags.vvtdEnabled) == (True,) * 4
    assert vcenter.cards(vm) == ["lab-192-168-4-0-b24", "Trunk"]
    assert '"stack": "cnv-lab.sandbox"' in config.annotation
    assert version(vcenter, SOURCE) in config.annotation, "the mark tells what it was made from"
    assert vcenter.uuid(SOURCE) in config.annotation
    assert version(vcenter, TEMPLATE) == version(vcenter, SOURCE)
    assert not [event for event in vcenter.events(TEMPLATE) if "PoweredOn" in event]


def machines(cluster: Cluster) -> list[tuple[str, Any, int]]:
    """Each hypervisor's Machine, and how often its specification has changed."""
    return [
        (item["metadata"]["uid"], item["metadata"].get("deletionTimestamp"), item["metadata"]["generation"])
        for item in cluster.machines(MACHINE_SET)
    ]


def test_a_newer_rhcos_of_the_installers_is_seen_in_the_preview_and_followed(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    before, hypervisors = vcenter.uuid(TEMPLATE), machines(cluster)
    was = version(vcenter, SOURCE)
    newer = upgrade(lab, vcenter)
    assert planned(lab) == UPDATED
    told = lab.up().succeeded().output
    assert newer in told
    assert was in told
    is_whole(vcenter)
    assert vcenter.uuid(TEMPLATE) != before, "another one, not the old one changed"
    assert machines(cluster) == hypervisors
    lab.preview("--refresh", "--expect-no-changes").succeeded()


def test_a_newer_rhcos_that_is_not_to_be_followed_is_a_warning(lab: Lab, vcenter: VCenter) -> None:
    was = version(vcenter, TEMPLATE)
    newer = upgrade(lab, vcenter)
    lab.edit(lambda config: config["template"].update(followSource=False))
    told = lab.preview("--expect-no-changes").succeeded().output
    for word in ("warning: ", was, newer, "cnv-lab:template.followSource"):
        assert word in told


# Which call fails, after how many that succeed, what stands then, and how the next `up` is called.
DEATHS: dict[str, tuple[str, int, set[str], tuple[str, ...]]] = {
    "the successor made": ("Rename_Task", 0, {TEMPLATE, NEW}, ()),
    "the old one out of the way": ("Rename_Task", 1, {OLD, NEW}, ("--refresh",)),
    "the successor in its place": ("Destroy_Task", 0, {TEMPLATE, OLD}, ("--refresh",)),
    "the successor in its place, not refreshed": ("Destroy_Task", 0, {TEMPLATE, OLD}, ()),
}


@pytest.mark.parametrize("death", DEATHS)
def test_an_exchange_that_died_is_finished_by_the_next_up(lab: Lab, vcenter: VCenter, death: str) -> None:
    method, after, left, refresh = DEATHS[death]
    upgrade(lab, vcenter)
    lab.next_call_fails(method, "ConcurrentAccess", after=after)
    assert "ConcurrentAccess" in lab.up().refused()
    assert vcenter.templates() == {SOURCE, *left}
    lab.up(*refresh).succeeded()
    is_whole(vcenter)


def test_a_successor_that_was_half_made_is_seen_and_goes(lab: Lab, vcenter: VCenter) -> None:
    """It carries our mark, for that is in the clone's specification; its disk may be anything."""
    there = vcenter.moid(TEMPLATE)
    vcenter.clone(TEMPLATE, NEW, template=False)
    assert planned(lab) == UPDATED, "though nothing else makes the template change"
    lab.up().succeeded()
    is_whole(vcenter)
    assert vcenter.moid(TEMPLATE) == there, "nothing was wrong with that one"


def test_what_boot_image_management_put_in_its_place_is_mended_where_the_stack_file_says_leave(
    lab: Lab, cluster: Cluster, vcenter: VCenter
) -> None:
    hypervisors = machines(cluster)
    rhcos.boot_images(version(vcenter, SOURCE), lab.instance.name)
    lab.edit(lambda config: config["template"].update(bootImages="optOut"))
    told = lab.preview().refused()
    for word in (TEMPLATE, "was replaced by somebody", "no nested virtualization", "bootImages leave", "optOut"):
        assert word in told, told
    lab.original()
    assert planned(lab, "--refresh") == UPDATED, "a refresh does not forget that it was ours"
    told = lab.up().succeeded().output
    assert f"{TEMPLATE}: replaced by somebody. It is made anew" in told
    is_whole(vcenter)
    assert machines(cluster) == hypervisors


def test_a_source_that_is_out_of_reach_changes_nothing_and_is_a_warning(lab: Lab, vcenter: VCenter) -> None:
    vcenter.rename(SOURCE, "moved-away")
    try:
        told = lab.up("--expect-no-changes").succeeded().output
    finally:
        vcenter.rename("moved-away", SOURCE)
    for word in ("warning: ", f"{SOURCE} is not in", "hypervisors go on being made from", "template.source"):
        assert word in told
    is_whole(vcenter)


def harm(vcenter: VCenter) -> None:
    vcenter.change_template(TEMPLATE, vcenter.without_second_card(TEMPLATE))
    vcenter.change_template(TEMPLATE, vim.vm.ConfigSpec(nestedHVEnabled=False))


HANDS: dict[str, Callable[[VCenter], None]] = {
    "nested virtualization off, trunk NIC missing": harm,
    "not a template any more": lambda vcenter: vcenter.make_a_vm(TEMPLATE),
    "gone": lambda vcenter: vcenter.destroy(TEMPLATE),
}


@pytest.mark.parametrize("what", HANDS)
def test_what_somebody_did_to_it_is_told_and_mended_without_a_refresh(lab: Lab, vcenter: VCenter, what: str) -> None:
    HANDS[what](vcenter)
    assert f'=> "{what}"' in lab.preview("--diff").succeeded().output
    lab.up().succeeded()
    is_whole(vcenter)


@pytest.mark.parametrize("what", HANDS)
def test_what_somebody_did_to_it_is_mended_after_a_refresh(lab: Lab, vcenter: VCenter, what: str) -> None:
    HANDS[what](vcenter)
    lab.up("--refresh").succeeded()
    is_whole(vcenter)


def test_another_datastore_gets_a_template_of_the_same_name(lab: Lab, vcenter: VCenter) -> None:
    vcenter.add_datastore("Fast", lab.instance.data / "fast")
    before = vcenter.moid(TEMPLATE)
    lab.edit(lambda config: config["vcenter"].update(datastore="Fast"))
    assert planned(lab)["template"] == "update"
    lab.up().succeeded()
    vm = vcenter.vm(TEMPLATE)
    assert vm is not None
    assert [str(datastore.name) for datastore in vm.datastore] == ["Fast"]
    assert vcenter.moid(TEMPLATE) != before
    is_whole(vcenter)


def test_a_destroy_takes_what_an_exchange_left(lab: Lab, vcenter: VCenter) -> None:
    upgrade(lab, vcenter)
    lab.next_call_fails("Rename_Task", "ConcurrentAccess", after=1)
    lab.up().refused()
    assert vcenter.templates() == {SOURCE, OLD, NEW}
    lab.destroy().succeeded()
    assert vcenter.templates() == {SOURCE}
