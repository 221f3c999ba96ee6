"""A destroy that could not be carried through says so first, and has taken nothing away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab, Run
    from tests.engine.vcenter import VCenter

# Nothing listens there: to the program, a vCenter that is down. The simulated one would come back with an empty memory.
NO_VCENTER = {"VSPHERE_SERVER": f"{LOOPBACK}:1"}
# On the line of each resource that is gone.
DELETED = " deleted ("


@pytest.fixture(scope="module")
def stands(lab: Lab) -> None:
    """The post's lab."""
    lab.up().succeeded()


@pytest.fixture
def untouched(lab: Lab, cluster: Cluster, vcenter: VCenter, stands: None) -> Iterator[None]:
    """Whatever the test did, state, vCenter and cluster are as before."""

    def everything() -> tuple[Any, ...]:
        return {item["urn"]: item.get("id") for item in lab.resources()}, vcenter.inventory(), specs(cluster)

    before = everything()
    yield
    assert everything() == before


def specs(cluster: Cluster) -> dict[str, Any]:
    """What every object of the cluster is asked to be; statuses change by themselves."""
    return {key: item.get("spec") for key, item in cluster.everything().items()}


def destroy(lab: Lab, environment: Mapping[str, str] | None = None) -> Run:
    return lab.pulumi("destroy", "--yes", "--skip-preview", environment=environment)


def refused(run: Run) -> str:
    """The one error of a run that deleted nothing."""
    told = run.refused()
    assert DELETED not in run.output, run.output
    errors = [line.strip() for line in told.splitlines() if line.strip().startswith("error:")]
    assert len(errors) == 2, told
    assert "error: update failed" in errors, "the engine's own line, below ours"
    return told


@pytest.mark.usefixtures("untouched")
def test_destroy_without_vcenter_says_so_before_anything_is_gone(lab: Lab) -> None:
    told = refused(destroy(lab, NO_VCENTER))
    assert f"vCenter {LOOPBACK}:1 cannot be reached" in told
    assert "API server" not in told
    assert "Nothing has been deleted" in told


@pytest.mark.usefixtures("untouched")
def test_destroy_with_a_wrong_password_says_so_before_anything_is_gone(lab: Lab) -> None:
    run = destroy(lab, {"VSPHERE_PASSWORD": "wr0ng-one"})
    assert "refuses the login" in refused(run)
    assert "wr0ng-one" not in run.output


@pytest.mark.usefixtures("untouched")
def test_destroy_without_the_api_server_says_so_before_anything_is_gone(lab: Lab) -> None:
    lab.kill("kube-apiserver")
    try:
        told = refused(destroy(lab))
        both = refused(destroy(lab, NO_VCENTER))
    finally:
        lab.start("kube-apiserver")
    assert "API server" in told
    assert "vCenter" not in told
    assert "API server" in both, "neither trouble hides the other"
    assert f"vCenter {LOOPBACK}:1 cannot be reached" in both


@pytest.mark.usefixtures("untouched")
def test_destroy_names_a_strangers_vm_on_the_trunk_before_anything_is_gone(lab: Lab, vcenter: VCenter) -> None:
    """The port group is the last to go, and could not: by then the rest would be gone."""
    vcenter.clone("hub-7vxwj-rhcos", "somebodys", network="Trunk")
    try:
        told = refused(destroy(lab))
    finally:
        vcenter.destroy("somebodys")
    assert "port group Trunk" in told
    assert "somebodys" in told
    assert "hub-7vxwj-cnv" not in told.replace("hub-7vxwj-cnv-", ""), told


@pytest.mark.usefixtures("stands")
def test_destroy_goes_through_when_both_are_back(lab: Lab, vcenter: VCenter) -> None:
    """Also from a state of before there was a look: it goes without."""
    (check,) = [item["urn"] for item in lab.resources() if item["type"].endswith("cnvlab:TeardownCheck")]
    lab.pulumi("state", "delete", check, "--yes").succeeded()
    destroy(lab).succeeded()
    assert not vcenter.port_groups("Trunk")
    assert lab.resources() == []
