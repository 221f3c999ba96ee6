"""Boot-image management of OpenShift 4.22: our MachineSet is out of it, and what others wrote there stays theirs.

One story on one cluster, in the order of the tests. Without hypervisors: who is enrolled shows in the MachineSets.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from clients.cluster import boot_images as client
from clients.cluster import session
from clients.credentials import ClusterAccess
from sandbox.api_server import ApiError, ApiServer
from sandbox.command_line import running
from sandbox.plays import boot_images as play
from tests.engine.cluster import MACHINE_API

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab

RELEASE = "4.22"
KIND = ("operator.openshift.io/v1", "MachineConfiguration", "cluster")
OURS, WEST, INSTALLERS = "hub-7vxwj-cnv", "hub-7vxwj-west", "hub-7vxwj-worker-0"
BEFORE = "cnv-lab/boot-images-before"
# What an object has besides what somebody wrote into it.
BOOKKEEPING = {"resourceVersion", "uid", "managedFields", "generation", "creationTimestamp"}
THEIRS: dict[str, Any] = {
    "matchLabels": {"machine.openshift.io/cluster-api-cluster": "hub-7vxwj"},
    "matchExpressions": [{"key": "pinned", "operator": "DoesNotExist"}],
}
FOREIGN = {
    "mode": "Partial",
    "partial": {"machineResourceSelector": THEIRS},
}


def expression(stack: str) -> dict[str, Any]:
    return {"key": "cnv-lab/stack", "operator": "NotIn", "values": [f"cnv-lab.{stack}"]}


def configuration(cluster: Cluster) -> dict[str, Any]:
    """The whole object, without bookkeeping."""
    live = cluster.get(*KIND)
    assert live is not None
    live["metadata"] = {key: value for key, value in live["metadata"].items() if key not in BOOKKEEPING}
    return live


def selection(cluster: Cluster) -> dict[str, Any]:
    (entry,) = configuration(cluster)["spec"]["managedBootImages"]["machineManagers"]
    found: dict[str, Any] = entry["selection"]
    return found


def write(cluster: Cluster, wanted: dict[str, Any] | None) -> dict[str, Any]:
    """The cluster's owner says which MachineSets are managed, or says nothing any more; gives the whole object."""
    entry = {"resource": "machinesets", "apiGroup": "machine.openshift.io", "selection": wanted}
    managed = None if wanted is None else {"machineManagers": [entry]}
    cluster.patch(*KIND, {"spec": {"managedBootImages": managed}})
    return configuration(cluster)


def enrolled(cluster: Cluster) -> set[str]:
    """The MachineSets that the live selector has, by the API server's own word."""
    selector = selection(cluster)["partial"]["machineResourceSelector"]
    terms = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for item in selector.get("matchExpressions") or []:
        values = ",".join(item.get("values") or [])
        terms.append({"NotIn": f"{item['key']} notin ({values})", "DoesNotExist": f"!{item['key']}"}[item["operator"]])
    found = cluster.items("machine.openshift.io/v1beta1", "MachineSet", MACHINE_API, ",".join(terms))
    return {item["metadata"]["name"] for item in found}


def choose(lab: Lab, choice: str | None) -> None:
    """Writes template.bootImages, or drops it; no hypervisors."""

    def change(config: dict[str, Any]) -> None:
        config["template"].pop("bootImages", None)
        config["template"] |= {} if choice is None else {"bootImages": choice}
        config["hypervisors"]["replicas"] = 0

    lab.edit(change)


def west(config: dict[str, Any]) -> None:
    """Names of its own for all that has one."""
    config["trunk"]["portGroup"] = "Trunk-west"
    config["template"] |= {"name": "hub-7vxwj-rhcos-west", "bootImages": "optOut"}
    config["hypervisors"] |= {"name": WEST, "replicas": 0}
    config["nodeNetwork"]["name"] = "west"
    config["namespaces"] = []
    config["vlans"] = [{"id": 7, "name": "seven"}]


def test_who_has_not_chosen_is_refused_with_the_choices(lab: Lab) -> None:
    choose(lab, None)
    told = lab.preview().refused()
    assert "cnv-lab:template.bootImages" in told
    assert "Write leave" in told
    assert "optOut" in told


def test_automatic_skew_enforcement_is_refused_and_the_told_way_out_is_one(lab: Lab, cluster: Cluster) -> None:
    choose(lab, "optOut")
    before = configuration(cluster)
    told = lab.up().refused()
    assert "mode Automatic" in told
    assert configuration(cluster) == before
    assert not [item for item in lab.resources() if item["type"].startswith(("kubernetes:", "vsphere:"))]
    way = re.search(r"-p '(\{.*?\})'", told)
    assert way, told
    cluster.patch(*KIND, json.loads(way[1]))
    assert "has not taken it up yet" in lab.preview().refused()
    play.skew_enforcement("manual", lab.instance.name)


def test_it_is_taken_out_where_nobody_has_said_anything(lab: Lab, cluster: Cluster) -> None:
    run = lab.up().succeeded()
    assert f"MachineSet {OURS} is about to be taken out of boot-image management" in run.output
    assert "spec.bootImageSkewEnforcement.manual" in run.output
    assert selection(cluster)["partial"]["machineResourceSelector"] == {"matchExpressions": [expression("sandbox")]}
    assert enrolled(cluster) == {INSTALLERS}
    live = cluster.get(*KIND)
    assert live is not None
    (entry,) = [item for item in live["metadata"]["managedFields"] if item["manager"] == "cnv-lab"]
    assert "f:managedBootImages" in entry["fieldsV1"]["f:spec"]
    again = lab.preview("--refresh", "--expect-no-changes").succeeded()
    assert "about to be taken out" not in again.output, "it is told once"


def test_whoever_leaves_it_again_gets_back_what_was_there_and_is_told_what_that_means(
    lab: Lab, cluster: Cluster
) -> None:
    choose(lab, "leave")
    lab.up().succeeded()
    found = configuration(cluster)
    assert "managedBootImages" not in found["spec"]
    assert BEFORE not in found["metadata"].get("annotations", {})
    assert "it may replace template hub-7vxwj-rhcos-cnv" in lab.preview().succeeded().output


def test_two_stacks_keep_out_of_a_selector_that_is_somebody_elses(lab: Lab, cluster: Cluster) -> None:
    before = write(cluster, FOREIGN)
    choose(lab, "optOut")
    lab.up().succeeded()
    first = configuration(cluster)
    second = lab.second("west", west)
    second.up().succeeded()
    selector = selection(cluster)["partial"]["machineResourceSelector"]
    assert selector["matchLabels"] == THEIRS["matchLabels"]
    assert selector["matchExpressions"] == [*THEIRS["matchExpressions"], expression("sandbox"), expression("west")]
    assert enrolled(cluster) == {INSTALLERS}
    lab.preview("--expect-no-changes").succeeded()
    second.destroy().succeeded()
    assert configuration(cluster) == first, "the other stack is out still"
    lab.destroy().succeeded()
    assert configuration(cluster) == before


def test_who_enrols_it_again_is_seen_in_the_preview_and_mended(lab: Lab, cluster: Cluster) -> None:
    before = write(cluster, {"mode": "All"})
    lab.up().succeeded()
    assert enrolled(cluster) == {INSTALLERS}
    write(cluster, {"mode": "All"})
    assert lab.planned() == {"boot-images": "update"}
    lab.up().succeeded()
    assert enrolled(cluster) == {INSTALLERS}
    lab.destroy().succeeded()
    assert configuration(cluster) == before


def test_what_others_write_in_between_is_kept(lab: Lab, cluster: Cluster) -> None:
    """On the real API server: the first write meets an object that is newer than what was read."""
    write(cluster, {"mode": "All"})
    labels = {"cnv-lab/stack": "cnv-lab.sandbox", **THEIRS["matchLabels"]}
    with session.connect(ClusterAccess(path=str(lab.instance.kubeconfig))) as ours:
        ours.get = after(ours.get, lambda: write(cluster, FOREIGN))  # type: ignore[method-assign]
        client.opt_out(ours, RELEASE, "cnv-lab.sandbox", labels)
        selector = selection(cluster)["partial"]["machineResourceSelector"]
        assert selector["matchExpressions"] == [*THEIRS["matchExpressions"], expression("sandbox")]
        ours.get = after(ours.get, lambda: write(cluster, {"mode": "None"}))  # type: ignore[method-assign]
        client.opt_in(ours, "cnv-lab.sandbox")
    assert selection(cluster) == {"mode": "None"}
    assert BEFORE not in configuration(cluster)["metadata"].get("annotations", {})


@pytest.mark.parametrize(("there", "what"), [({"mode": "All"}, "selection"), (FOREIGN, "selection.partial")])
def test_a_server_side_apply_of_ours_could_neither_share_the_entry_nor_give_it_back(
    lab: Lab, cluster: Cluster, there: dict[str, Any], what: str
) -> None:
    """Why this is no ``…Patch`` resource of Pulumi's Kubernetes provider, which works so (docs/decisions)."""
    before = write(cluster, there)
    api = ApiServer(str(running(lab.instance.name).kubeconfig), None, manager="a-patch-resource")
    ours = {"mode": "Partial", "partial": {"machineResourceSelector": {"matchExpressions": [expression("sandbox")]}}}
    entry = {"resource": "machinesets", "apiGroup": "machine.openshift.io", "selection": ours}
    item = {"apiVersion": KIND[0], "kind": KIND[1], "metadata": {"name": KIND[2]}}
    with pytest.raises(ApiError, match="conflict"):
        api.apply({**item, "spec": {"managedBootImages": {"machineManagers": [entry]}}}, force=False)
    api.apply({**item, "spec": {"managedBootImages": {"machineManagers": [entry]}}}, force=True)
    assert selection(cluster) == ours, "what others had selected is gone"
    with pytest.raises(ApiError, match=rf"machineManagers\[0\]\.{what}: Invalid value"):
        api.apply({**item, "spec": {}}, force=True)
    write(cluster, None)
    api.apply({**item, "spec": {}}, force=True)
    assert write(cluster, there) == before


def after(get: Callable[..., Any], once: Callable[[], object]) -> Callable[..., Any]:
    """The same, and right after its first answer somebody else writes."""
    waiting = [once]

    def found(*arguments: Any) -> Any:
        answer = get(*arguments)
        while waiting:
            waiting.pop()()
        return answer

    return found
