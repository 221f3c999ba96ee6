"""Named points at which a run dies, and the documented way on from each. docs/recover.md is their page.

A point is reached by what the engine's event log, vCenter or the API server tell; what comes next is kept from going
on (a call that vCenter holds, an object with a finalizer, a part that is frozen), so that the run dies there and
nowhere else.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.engine.admission import held
from tests.engine.cluster import until
from tests.engine.running import Running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.engine.cluster import Cluster
    from tests.engine.lab import Lab
    from tests.engine.vcenter import VCenter

MACHINE_SET = "hub-7vxwj-cnv"
TEMPLATE = "hub-7vxwj-rhcos-cnv"
POLICY = ("nmstate.io/v1", "NodeNetworkConfigurationPolicy", "ens224-policy")
TRUNK_VLAN = 4095


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where it happens."""

    lab: Lab
    cluster: Cluster
    vcenter: VCenter

    @contextmanager
    def holds(self, method: str, *, skip: int = 0) -> Iterator[None]:
        """VCenter lets a call wait. At the end of a template's change, `Logout` is the provider's last one."""
        self.lab.hold_call(method, skip=skip)
        try:
            yield
        finally:
            self.lab.forget_faults()

    def api_server_dies_and_comes_back(self) -> None:
        """With its clients: those would find back to it by themselves, but take up to two minutes."""
        self.lab.kill("kube-apiserver")
        self.lab.start("kube-apiserver")
        for part in ("kube-controller-manager", "machineset", "vsphere", "nodelink-controller"):
            self.lab.kill(part)
            self.lab.start(part)

    def trunks(self) -> int:
        """On how many hosts the port group is."""
        return len(self.vcenter.port_groups("Trunk"))

    def machine_set(self) -> dict[str, object]:
        """The hypervisors' specification."""
        found = self.cluster.machine_set(MACHINE_SET)
        assert found is not None
        return dict(found["spec"])


@dataclass(frozen=True)
class Point:
    """``dies`` begins the run and ends it; ``way_on`` are the commands after it, the last one decides what is left.

    ``of`` is what dies: an `up` from nothing, or a `destroy` of the whole lab.
    """

    name: str
    of: str
    dies: Callable[[Scene], None]
    way_on: tuple[str, ...]


# --- up ---------------------------------------------------------------------------------------------------------------


def while_the_state_is_written(scene: Scene) -> None:
    """Nothing is made. The state is swapped in one go; what the backend writes beside it is not, and is half there."""
    with Running(scene.lab, "up") as run:
        run.wait_for("before create TrunkPortGroup")
        run.kill()
    (beside,) = (scene.lab.instance.folder / "state").glob(".pulumi/stacks/*/*.json.attrs")
    beside.write_text("", encoding="utf-8")


def a_port_group_that_vcenter_made_after_all(scene: Scene) -> None:
    """One host has it; the other's call is carried out when nobody listens any more."""
    with scene.holds("AddPortGroup", skip=1), Running(scene.lab, "up") as run:
        until(lambda: scene.trunks() == 1, "one host has the port group")
        run.wait_for("after create HostPortGroup")
        run.kill()
    (host,) = [host for host in scene.vcenter.hosts() if host.name not in scene.vcenter.port_groups("Trunk")]
    scene.vcenter.add_port_group(host, "Trunk", TRUNK_VLAN)


def after_the_clone(scene: Scene) -> None:
    """The template is made; the state does not know."""
    with Running(scene.lab, "up") as run:
        run.wait_for("before create Template")
        with scene.holds("Logout"):
            until(lambda: scene.vcenter.vm(TEMPLATE), "the template is there")
            run.kill()


def after_the_machine_set(scene: Scene) -> None:
    """It is made, its Machines are on their way; the state does not know."""
    made = held(scene.lab.instance, scene.cluster, "machine.openshift.io", "machinesets")
    with made as creation, Running(scene.lab, "up") as run:
        creation.wait()
        run.freeze()
        creation.let()
        until(lambda: scene.cluster.machine_set(MACHINE_SET), "the MachineSet is there")
        run.kill()


def while_the_machines_become_nodes(scene: Scene) -> None:
    """The rollout waits for a node; nothing more is being made."""
    with scene.lab.frozen("node-agent"), Running(scene.lab, "up") as run:
        run.wait_for("before create HypervisorRollout")
        until(lambda: scene.cluster.machines(MACHINE_SET), "the Machine is there")
        run.kill()


def the_api_server_while_the_machines_become_nodes(scene: Scene) -> None:
    """A server that dies and comes back is waited for: the run itself goes through."""
    with scene.lab.frozen("node-agent"), Running(scene.lab, "up") as run:
        run.wait_for("before create HypervisorRollout")
        run.wait_to_tell("has no node yet")
        scene.api_server_dies_and_comes_back()
        scene.lab.thaw("node-agent")
        run.ends().succeeded()


def while_the_policy_rolls_out(scene: Scene) -> None:
    """The policy is there; no node has it yet."""
    made = held(scene.lab.instance, scene.cluster, "nmstate.io", "nodenetworkconfigurationpolicies")
    with made as creation, Running(scene.lab, "up") as run:
        creation.wait()
        with scene.lab.frozen("node-agent"):
            creation.let()
            run.wait_for("before create PolicyRollout")
            run.kill()


# --- destroy ----------------------------------------------------------------------------------------------------------


def while_the_bridges_are_taken_back(scene: Scene) -> None:
    """The policy says absent; the nodes have not heard of it."""
    with scene.lab.frozen("node-agent"), Running(scene.lab, "destroy") as run:
        run.wait_for("before delete PolicyRevert")
        until(lambda: "absent" in str(scene.cluster.get(*POLICY)), "the policy takes everything back")
        run.kill()


def while_the_policy_goes(scene: Scene) -> None:
    """It is gone before the state knows."""
    scene.cluster.patch(*POLICY, {"metadata": {"finalizers": ["held.by/a-test"]}})
    with Running(scene.lab, "destroy") as run:
        run.wait_for("before delete NodeNetworkConfigurationPolicy")
        until(lambda: "deletionTimestamp" in (scene.cluster.get(*POLICY) or {})["metadata"], "the policy goes")
        run.kill()
    scene.cluster.patch(*POLICY, {"metadata": {"finalizers": []}})
    until(lambda: scene.cluster.get(*POLICY) is None, "the policy is gone")


def while_the_machines_go(scene: Scene) -> None:
    """Scaled to 0, and every Machine is still there."""
    with scene.lab.frozen("vsphere"), Running(scene.lab, "destroy") as run:
        run.wait_for("before delete HypervisorDrain")
        until(lambda: scene.machine_set()["replicas"] == 0, "the MachineSet is scaled to 0")
        run.kill()


def the_plugin_while_the_bridges_are_taken_back(scene: Scene) -> None:
    """The engine outlives its dynamic provider: no lock is left, and nobody has to recover."""
    with scene.lab.frozen("node-agent"), Running(scene.lab, "destroy") as run:
        run.wait_for("before delete PolicyRevert")
        until(lambda: "absent" in str(scene.cluster.get(*POLICY)), "the policy takes everything back")
        run.kill_plugin("dynamic_provider")
        assert run.ends().code != 0


def the_api_server_while_the_machines_go(scene: Scene) -> None:
    """Waited for, as it is by `up`."""
    with scene.lab.frozen("vsphere"), Running(scene.lab, "destroy") as run:
        run.wait_for("before delete HypervisorDrain")
        run.wait_to_tell("waiting for Machine")
        scene.api_server_dies_and_comes_back()
        run.ends().succeeded()


def after_the_template(scene: Scene) -> None:
    """The template is gone; the state does not know."""
    with Running(scene.lab, "destroy") as run:
        run.wait_for("before delete Template")
        with scene.holds("Logout"):
            until(lambda: scene.vcenter.vm(TEMPLATE) is None, "the template is gone")
            run.kill()


def after_the_last_port_group(scene: Scene) -> None:
    """One host's is gone; the other's went when nobody listened any more."""
    with scene.holds("RemovePortGroup", skip=1), Running(scene.lab, "destroy") as run:
        until(lambda: scene.trunks() == 1, "one host's port group is gone")
        run.wait_for("after delete HostPortGroup")
        run.kill()
    for name in scene.vcenter.port_groups("Trunk"):
        (host,) = [host for host in scene.vcenter.hosts() if host.name == name]
        scene.vcenter.remove_port_group(host, "Trunk")


# In an order in which most points find the lab as the one before leaves it.
POINTS = (
    Point("while the state is written", "up", while_the_state_is_written, ("recover", "destroy")),
    Point("after the clone", "up", after_the_clone, ("recover", "destroy")),
    Point("after the MachineSet", "up", after_the_machine_set, ("recover", "destroy")),
    Point("while the policy rolls out", "up", while_the_policy_rolls_out, ("recover", "destroy")),
    Point("a port group made after all", "up", a_port_group_that_vcenter_made_after_all, ("recover", "up")),
    Point("while bridges are taken back", "destroy", while_the_bridges_are_taken_back, ("recover", "up")),
    Point("the plugin meanwhile", "destroy", the_plugin_while_the_bridges_are_taken_back, ("up",)),
    Point("while Machines go", "destroy", while_the_machines_go, ("recover", "up")),
    Point("after the template", "destroy", after_the_template, ("recover", "up")),
    Point("while the policy goes", "destroy", while_the_policy_goes, ("recover", "destroy")),
    Point("while Machines become nodes", "up", while_the_machines_become_nodes, ("recover", "up")),
    Point("the API server while Machines go", "destroy", the_api_server_while_the_machines_go, ("destroy",)),
    Point("the API server meanwhile", "up", the_api_server_while_the_machines_become_nodes, ("up",)),
    Point("after the last port group", "destroy", after_the_last_port_group, ("recover", "destroy")),
)
