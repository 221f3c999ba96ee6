"""A node's network in a guest: NetworkManager runs, nmstate applies and shows, VMs plug in as by Multus."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import yaml

from lab.capacity import HANDLER
from lab.names import BRIDGE_RESOURCE_ANNOTATION, BRIDGE_RESOURCE_PREFIX
from sandbox import tools
from sandbox.errors import Refusal
from sandbox.kernel.guest import CommandError
from sandbox.node_agent.judgement import as_handler_reads
from sandbox.node_agent.nmstatectl import Output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.kernel.guest import Done, Guest

State = dict[str, Any]

# Without udev and polkit, which are not here. A node's own rule for udev keeps NetworkManager off CNI's veths.
NETWORK_MANAGER = """\
[main]
plugins=keyfile
auth-polkit=false
no-auto-default=*
dns=none
rc-manager=unmanaged
[keyfile]
unmanaged-devices=interface-name:veth*
"""
# Seconds: for NetworkManager to start; and for nmstate.
START, APPLY = 30, HANDLER
INTERVAL = 0.05
# A plugin's name in OpenShift Virtualization, and upstream's: the same program (cluster-network-addons-operator).
PLUGINS = ("bridge", "cnv-bridge")
CNI = "/run/cni"
# Where a VM's card is put, which KubeVirt then hands to it.
CARD = "net1"
# Users that Debian's packages make when they are installed: these are only unpacked. Where the machine has them, its
# own lines come first and count.
USERS = {"messagebus": 990, "dnsmasq": 991}
# One command, for each takes a while in a guest.
SETUP = f"""\
set -e
mkdir -p /etc/NetworkManager/conf.d /run/dbus {CNI}
echo '{NETWORK_MANAGER}' >/etc/NetworkManager/conf.d/node.conf
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
for plugin in {" ".join(PLUGINS)}; do ln -s "$1" {CNI}/$plugin; done
""" + "".join(
    f"""\
echo {user}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin >>/etc/passwd
echo {user}:x:{number}: >>/etc/group
"""
    for user, number in USERS.items()
)


class AppliedError(Exception):
    """nmstate did not bring the node to the state; its own words."""


class Node:
    """What the handler and Multus do on one node."""

    def __init__(self, guest: Guest) -> None:
        """Starts NetworkManager.

        Raises:
            Refusal: it did not start.
        """
        self.guest = guest
        self._nmstatectl = str(tools.path("nmstatectl"))
        guest.run("sh", "-c", SETUP, "sh", str(tools.path("bridge")))
        guest.run("dbus-daemon", "--system", "--fork", "--nopidfile")
        # By a /sys that can't be written NetworkManager knows that there is no udev; bridges' options go through it.
        guest.run("mount", "-o", "remount,ro", "/sys")
        guest.ask("start", command=["/usr/sbin/NetworkManager", "--no-daemon"], log="NetworkManager.log")
        end = time.monotonic() + START
        while guest.attempt("nmcli", "-t", "general", "status").status:
            if time.monotonic() > end:
                log = (guest.shared / "NetworkManager.log").read_text(encoding="utf-8", errors="replace")
                raise Refusal(f"NetworkManager did not start in guest {guest.name} within {START} s:\n{log[-1000:]}")
            time.sleep(INTERVAL)
        guest.run("mount", "-o", "remount,rw", "/sys")

    def apply(self, desired: State) -> None:
        """Brings the node to a desired state, as kubernetes-nmstate's handler does: with its defaults.

        Raises:
            AppliedError: nmstate did not; the node is as it was.
        """
        done = self.guest.attempt(
            *(self._nmstatectl, "apply", "--no-commit", "--timeout", str(APPLY), "-"),
            text=json.dumps(as_handler_reads(desired)),
            patience=APPLY,
        )
        if done.status:
            raise AppliedError(done.complaint.strip())
        self.guest.run(self._nmstatectl, "commit")

    def show(self) -> State:
        """The node's network as a NodeNetworkState reports it.

        Raises:
            CommandError: nmstate could not tell.
        """
        told = self.guest.run(self._nmstatectl, "-q", "show", patience=APPLY)
        state: State = yaml.load(told, Loader=Output)  # noqa: S506
        return state

    def forget_all(self) -> None:
        """Takes away all that was ever applied, and what CNI plugins made up: only cards are left."""
        profiles = self.guest.run("nmcli", "-g", "uuid", "connection", "show").split()
        if profiles:
            # One of a card that CNI made goes with its bridge, and is then missed.
            self.guest.attempt("nmcli", "connection", "delete", *profiles)
        for kind in ("vlan", "bridge"):
            for link in json.loads(self.guest.run("ip", "-json", "link", "show", "type", kind) or "[]"):
                # A VLAN interface goes with what it stands on.
                self.guest.attempt("ip", "link", "delete", link["ifname"])

    def resources(self) -> set[str]:
        """What bridge-marker counts: each Linux bridge (kubevirt/bridge-marker, pkg/marker/marker.go)."""
        links = json.loads(self.guest.run("ip", "-json", "link", "show", "type", "bridge") or "[]")
        return {f"{BRIDGE_RESOURCE_PREFIX}{link['ifname']}" for link in links}

    def takes(self, attachment: Mapping[str, Any]) -> bool:
        """Whether the scheduler would put a VM with this attachment here."""
        return wanted_by(attachment) <= self.resources()

    def attach(self, vm: str, attachment: Mapping[str, Any]) -> None:
        """Plugs a VM, which is a network namespace here, in by an attachment's CNI configuration; its card is up.

        Raises:
            CommandError: the plugin refused, in its own words.
        """
        self.guest.ask("make_namespace", name=vm)
        try:
            self.plug("ADD", vm, json.loads(attachment["spec"]["config"]))
        except CommandError:
            self.end_vm(vm)
            raise

    def detach(self, vm: str, attachment: Mapping[str, Any]) -> None:
        """Unplugs a VM, and ends it."""
        self.plug("DEL", vm, json.loads(attachment["spec"]["config"]))
        self.end_vm(vm)

    def end_vm(self, vm: str) -> None:
        """Ends a VM without a word to the plugin, as where its node crashed; its card goes with it."""
        self.guest.ask("end_namespace", name=vm)

    def plug(
        self, command: str, namespace: str, config: Mapping[str, Any], card: str = CARD, arguments: str = ""
    ) -> State:
        """What a CNI plugin answers that is to ADD a card to a network namespace, or to DEL it.

        Raises:
            CommandError: the plugin refused, in its own words; or there is no such plugin.
        """
        if config["type"] not in PLUGINS:
            raise CommandError(f'failed to find plugin "{config["type"]}" in path [{CNI}]')
        done = self.guest.attempt(
            f"{CNI}/{config['type']}",
            text=json.dumps(config),
            environment={
                "CNI_COMMAND": command,
                "CNI_CONTAINERID": namespace,
                "CNI_NETNS": f"/run/netns/{namespace}",
                "CNI_IFNAME": card,
                "CNI_ARGS": arguments,
                "CNI_PATH": CNI,
            },
        )
        if done.status:
            raise CommandError(_words(done))
        return dict(json.loads(done.output)) if done.output else {}


def wanted_by(attachment: Mapping[str, Any]) -> set[str]:
    """What the network-resources-injector makes a request of each pod with this attachment: its resourceName."""
    wanted = (attachment["metadata"].get("annotations") or {}).get(BRIDGE_RESOURCE_ANNOTATION)
    return {wanted} if wanted else set()


def _words(done: Done) -> str:
    """A plugin's complaint is an object on its standard output (CNI's specification, "Error")."""
    try:
        told = json.loads(done.output)
        return "; ".join(told[key] for key in ("msg", "details") if told.get(key))
    except (ValueError, KeyError, TypeError):
        return f"{done.output}{done.complaint}".strip()
