"""The whole program, from the stack's configuration to its outputs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.runtime import rpc

from cli import stack_file
from tests.components import fixtures, programs, wire
from tests.components.recorder import World
from tests.components.run import POLICY, PORT_GROUP, PROVIDERS

if TYPE_CHECKING:
    from clients.cluster.facts import ClusterFacts
    from clients.vcenter.inventory import Inventory
    from tests.components.recorder import Engine
    from tests.components.run import Run

KUBERNETES, VSPHERE = PROVIDERS
SECRETS = (programs.PASSWORD, programs.KUBECONFIG)


class Program:
    """__main__.py on an engine; its servers answer with fixture data, or with what a test gives to a run.

    ``logins`` are what preflight opened its sessions with.
    """

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine, self.monkeypatch = engine, monkeypatch
        self.logins: list[Any] = []

    def run(
        self,
        world: World | None = None,
        *,
        inventory: Inventory | None = None,
        cluster: ClusterFacts | None = None,
        config: dict[str, str] | None = None,
        secrets: tuple[str, ...] = programs.ENCRYPTED,
    ) -> Run:
        self.logins = programs.replace_servers(self.monkeypatch, inventory, cluster)
        return self.engine.run(programs.main, world, config or stack(), secrets)

    def refused(self, **how: Any) -> str:
        """What the program ends with."""
        with pytest.raises(pulumi.RunError) as error:
            self.run(**how)
        return str(error.value)


@pytest.fixture
def program(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(engine, monkeypatch)


def stack(**changes: Any) -> dict[str, str]:
    """The stack's configuration, as Pulumi hands it to the program."""
    return {**fixtures.config(fixtures.sections(**changes)), **programs.LOGINS}


def test_the_program_makes_the_chain_and_nothing_else(program: Program, run: Run) -> None:
    assert {item.urn for item in program.run()} == {item.urn for item in run}


@pytest.mark.parametrize("package", ["vsphere", "kubernetes"])
def test_every_resource_of_a_package_names_the_provider_that_the_program_made(program: Program, package: str) -> None:
    """One that Pulumi made up by itself would log in to some other vCenter or cluster."""
    run = program.run()
    provider = run.one(f"pulumi:providers:{package}")
    resources = [item for item in run.children if item.type.startswith(f"{package}:")]
    assert resources
    for item in resources:
        assert item.request.provider.startswith(f"{provider.urn}::"), item.urn


def test_there_is_one_provider_of_each_package(program: Program) -> None:
    assert sorted(item.type for item in program.run() if item.type.startswith("pulumi:providers:")) == sorted(PROVIDERS)


def test_pulumi_makes_up_no_provider_by_itself() -> None:
    """Two providers by name: with * dynamic resources would have none."""
    settings = stack_file.read_yaml(fixtures.ROOT / "Pulumi.yaml")["config"]
    assert settings["pulumi:disable-default-providers"]["value"] == ["kubernetes", "vsphere"]


def test_the_password_and_the_kubeconfig_are_secrets_of_their_providers(program: Program) -> None:
    run = program.run()
    vcenter, cluster = run.one(VSPHERE).inputs, run.one(KUBERNETES).inputs
    assert rpc.is_rpc_secret(vcenter["password"])
    assert rpc.is_rpc_secret(cluster["kubeconfig"])
    assert rpc.unwrap_rpc_secret(vcenter["password"]) == programs.PASSWORD
    assert rpc.unwrap_rpc_secret(cluster["kubeconfig"]) == programs.KUBECONFIG


def test_no_login_stands_anywhere_else(program: Program) -> None:
    """Neither in a resource's inputs, nor in the providers that are pickled beside them."""
    for item in program.run():
        sent = str(item.request) if item.type not in PROVIDERS else ""
        hidden = str(wire.pickled(item)) if item.is_dynamic else ""
        for secret in SECRETS:
            assert secret not in sent + hidden, item.urn


def test_a_kubeconfig_that_moved_is_the_same_cluster(program: Program) -> None:
    """By its path or content alone, everything in the cluster would have to be made anew."""
    assert program.run().one(KUBERNETES).inputs["clusterIdentifier"] == "hub-7vxwj"


def test_a_kubeconfig_by_path_and_a_context_reach_the_provider(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/me/kubeconfig")
    config = stack(cluster={"context": "hub"})
    del config["kubernetes:kubeconfig"]
    inputs = program.run(config=config).one(KUBERNETES).inputs
    assert (inputs["kubeconfig"], inputs["context"]) == ("/home/me/kubeconfig", "hub")


def test_the_providers_log_in_where_preflight_did(program: Program) -> None:
    """To look at one vCenter and to change another would be worse than not to look."""
    elsewhere = {"vsphere:vsphereServer": "there.example:8443", "vsphere:allowUnverifiedSsl": "true"}
    run = program.run(config={**stack(cluster={"context": "hub"}), **elsewhere})
    cluster, vcenter = program.logins
    made = run.one(VSPHERE).inputs
    assert (vcenter.endpoint, vcenter.user, vcenter.verify_tls) == ("there.example:8443", programs.USER, False)
    assert (made["vsphereServer"], made["user"]) == ("there.example:8443", programs.USER)
    assert made["allowUnverifiedSsl"] == "true"
    assert (cluster.content, cluster.context) == (programs.KUBECONFIG, run.one(KUBERNETES).inputs["context"])


def test_a_bad_stack_file_ends_in_one_error_with_all_of_its_mistakes(program: Program) -> None:
    told = program.refused(config=stack(nodeNetwork={"nic": "enp129s0f1np1"}, hypervisors={"cpus": 0}))
    assert [line.split(":")[2].split()[0] for line in told.splitlines()] == ["hypervisors.cpus", "nodeNetwork.nic"]
    assert all(line.startswith("Pulumi.lab.yaml: cnv-lab:") for line in told.splitlines())


def test_nothing_is_registered_of_a_bad_stack_file(program: Program) -> None:
    """A half of the lab would have to be taken away again."""
    program.refused(config=stack(hypervisors={"cpus": 0}))
    assert program.engine.registered == []


def test_a_key_that_nobody_knows_is_told(program: Program) -> None:
    told = program.refused(config={**stack(), "cnv-lab:hypervisor": "{}"})
    assert "cnv-lab:hypervisor {}: no such key. Did you mean hypervisors?" in told


def test_an_encrypted_section_is_refused_and_not_shown(program: Program) -> None:
    config = stack(trunk={"portGroup": "hidden"})
    told = program.refused(config=config, secrets=(*programs.ENCRYPTED, "cnv-lab:trunk"))
    assert "cnv-lab:trunk" in told
    assert "hidden" not in told


def test_what_stands_in_the_way_ends_in_one_error_and_nothing_is_registered(program: Program) -> None:
    told = program.refused(inventory=fixtures.inventory(fixtures.TRUNK))
    assert "port group Trunk is there already on goat-1.lab.bewley.net, goat-2.lab.bewley.net" in told
    assert "not by this stack; on it are hub2-cnv-x7x7x." in told
    assert program.engine.registered == []


def test_a_port_group_that_the_state_knows_is_ours_and_in_nobodys_way(program: Program) -> None:
    state = {
        host.moid: {"type": PORT_GROUP, "outputs": {"hostSystemId": host.moid, "name": "Trunk"}}
        for host in fixtures.hosts()
    }
    assert program.run(World(state=state), inventory=fixtures.inventory(fixtures.TRUNK)).of(PORT_GROUP)


def test_what_the_live_policy_remembers_is_absent_in_the_new_one(program: Program) -> None:
    """From the ledger in the cluster, over preflight, to the policy that is asked for."""
    kind, name = "NodeNetworkConfigurationPolicy", "ens224-policy"
    live = {"kind": kind, "metadata": {"name": name, "annotations": {"cnv-lab/vlans": "1925,1999"}}, "spec": {}}
    world = World(state={"the policy": {"type": POLICY, "outputs": live}})
    made = program.run(world, cluster=fixtures.cluster(policies={name: live})).one(POLICY).inputs
    absent = [item["name"] for item in made["spec"]["desiredState"]["interfaces"] if item["state"] == "absent"]
    assert absent == ["br-1999", "ens224.1999"]
    assert made["metadata"]["annotations"]["cnv-lab/vlans"] == "1925,1926,1927,1928,1999"


@pytest.mark.parametrize(("network", "bridge"), [("OVNKubernetes", "br-vmdata"), ("Calico", "br-trunk")])
def test_the_default_bridge_design_is_by_the_clusters_own_network(program: Program, network: str, bridge: str) -> None:
    config = stack(nodeNetwork={"bridging": None}, cluster={"openshift": "4.20"})
    cluster = replace(fixtures.cluster(), network_type=network)
    made = program.run(config=config, cluster=cluster).one(POLICY).inputs
    assert [item["name"] for item in made["spec"]["desiredState"]["interfaces"]] == ["ens224", bridge]


def test_what_is_probably_not_meant_is_a_warning(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    program.run()
    assert "Pulumi.lab.yaml: cnv-lab:namespaces idle: no VLAN is attached to it." in caplog.text
