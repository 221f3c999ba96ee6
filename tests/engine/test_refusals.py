"""What stands in the way is told in one clear error, before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.cluster import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

TEMPLATE = "hub-7vxwj-rhcos-cnv"


@pytest.fixture(autouse=True)
def post(lab: Lab) -> None:
    """The stack file is the post's; nothing was made of it."""
    lab.original()


def nothing_was_made(lab: Lab) -> bool:
    """Whether the state holds nothing but the stack, and the engine's own provider that was asked for the state."""
    return {resource["type"] for resource in lab.resources()} <= {"pulumi:pulumi:Stack", "pulumi:providers:pulumi"}


def errors(told: str) -> list[str]:
    """The errors of a run."""
    return [line for line in told.splitlines() if line.strip().startswith("error:")]


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_wrong_password_is_told_as_such_and_not_shown(lab: Lab, command: str) -> None:
    run = lab.pulumi(
        command,
        *(["--yes", "--skip-preview"] if command == "up" else []),
        environment={"VSPHERE_PASSWORD": "wr0ng-one"},
    )
    told = run.refused()
    assert len(errors(told)) == 1, told
    assert "refuses the login of" in told
    assert "vsphere:password" in told, "what to do"
    assert "wr0ng-one" not in run.output
    assert nothing_was_made(lab)


def test_a_missing_login_names_the_variable_and_the_config_key(lab: Lab) -> None:
    told = lab.pulumi("preview", environment={"VSPHERE_PASSWORD": "", "VSPHERE_USER": ""}).refused()
    for name in ("VSPHERE_USER", "VSPHERE_PASSWORD", "vsphere:password"):
        assert name in told
    assert nothing_was_made(lab)


def test_a_vcenter_whose_certificate_nobody_vouches_for_is_refused(lab: Lab) -> None:
    told = lab.pulumi("preview", environment={"SSL_CERT_FILE": ""}).refused()
    assert len(errors(told)) == 1, told
    assert "certificate" in told
    assert "allowUnverifiedSsl" in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda config: config["cluster"].update(infraId="hub-other"),
            ["hub-7vxwj", "hub-other", "cnv-lab:cluster.infraId"],
        ),
        (lambda config: config["cluster"].update(basedOn="nobody"), ["nobody", "hub-7vxwj-worker-0"]),
        (lambda config: config["template"].update(source="rhcos"), ["rhcos", "cnv-lab:template.source"]),
        (lambda config: config["vcenter"].update(datastore="Fast"), ["datastore Fast", "cnv-lab:vcenter.datastore"]),
        (lambda config: config["trunk"]["switch"].update(name="vSwitch9"), ["vSwitch9", "goat-1", "vSwitch0"]),
        (
            lambda config: config["trunk"].update(switch={"kind": "distributed", "name": "DVS"}),
            ["DVS", "Garden-VDS", "cnv-lab:trunk.switch.name"],
        ),
        (lambda config: config["hypervisors"].update(diskGiB=10), ["10", "16 GiB", "cannot shrink"]),
        (lambda config: config["vlans"].append({"id": 4095, "name": "all"}), ["4095", "4094"]),
        (lambda config: config.update(surprise={}), ["surprise"]),
    ],
    ids=[
        "another cluster",
        "no such worker",
        "no source",
        "no datastore",
        "no switch",
        "no VDS",
        "small disk",
        "VLAN id",
        "key",
    ],
)
def test_what_the_stack_file_gets_wrong_is_refused(
    lab: Lab, change: Callable[[dict[str, Any]], None], words: list[str]
) -> None:
    lab.edit(change)
    told = lab.preview().refused()
    assert len(errors(told)) == 1, told
    for word in words:
        assert word in told, told
    assert nothing_was_made(lab)


def test_all_that_is_wrong_is_told_at_once(lab: Lab) -> None:
    def break_it(config: dict[str, Any]) -> None:
        config["vcenter"].update(datastore="Fast", machineNetwork="dmz")
        config["template"]["source"] = "rhcos"
        config["cluster"]["infraId"] = "hub-other"

    lab.edit(break_it)
    told = lab.preview().refused()
    for word in ("Fast", "dmz", "rhcos", "hub-other"):
        assert word in told, told


def test_a_post_that_was_followed_by_hand_is_named_whole(lab: Lab, cluster: Cluster, vcenter: VCenter) -> None:
    for host in vcenter.hosts():
        vcenter.add_port_group(host, "Trunk", 4095)
    vcenter.clone("hub-7vxwj-rhcos", TEMPLATE)
    policy = {
        "apiVersion": "nmstate.io/v1",
        "kind": "NodeNetworkConfigurationPolicy",
        "metadata": {"name": "ens224-policy"},
        "spec": {"nodeSelector": {"nobody": ""}, "desiredState": {"interfaces": []}},
    }
    cluster.create(policy)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "provisioning"}})
    until(lambda: (cluster.policy("ens224-policy") or {}).get("status"), "the handler has seen the policy")
    for run in (lab.preview(), lab.up()):
        told = run.refused()
        assert len(errors(told)) == 1, told
        for word in (
            "goat-1",
            "goat-2",
            "port group Trunk",
            TEMPLATE,
            "ens224-policy",
            "provisioning",
            "existing: true",
        ):
            assert word in told, told
    assert nothing_was_made(lab)
    assert vcenter.vm(TEMPLATE) is not None, "nothing was taken away either"
    for host in vcenter.hosts():
        vcenter.remove_port_group(host, "Trunk")
    vcenter.destroy(TEMPLATE)
    cluster.delete("nmstate.io/v1", "NodeNetworkConfigurationPolicy", "ens224-policy")
    cluster.delete("v1", "Namespace", "provisioning")
    until(lambda: cluster.get("v1", "Namespace", "provisioning") is None, "the namespace is gone")
    lab.preview().succeeded()


def test_a_stopped_api_server_is_told_in_one_error(lab: Lab) -> None:
    lab.kill("kube-apiserver")
    try:
        told = lab.up().refused()
    finally:
        lab.start("kube-apiserver")
    assert len(errors(told)) == 1, told
    assert "cannot be reached" in told
    assert "KUBECONFIG" in told
    assert nothing_was_made(lab)


def test_a_stopped_vcenter_is_told_in_one_error(lab: Lab) -> None:
    """The last one here: the simulator starts again with an empty memory."""
    lab.stop("vcenter")
    try:
        told = lab.up().refused()
    finally:
        lab.start("vcenter")
    assert len(errors(told)) == 1, told
    assert "vCenter 127.0.0.1" in told
    assert "cannot be reached" in told
    assert nothing_was_made(lab)
