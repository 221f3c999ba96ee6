"""Stands for the kubelet and the handlers of every machine in the sandbox, the machine-approver, OLM and two operators.

It gives each Machine that runs a Node and a NodeNetworkState, from what its VM in vCenter is, and brings policies to
these nodes with the types, reasons and messages of kubernetes-nmstate. nmstate's own parser and the kernel's rules
judge them.

Not here: a kernel (no frame moves, no interface is made), but with --door, where each node's network is a guest's, and
pods run there; containers on other nodes (a pod that is to go ends, none is started),
heartbeats, taints, events, the policy's count of unavailable nodes, the statistics of an enactment (features), captures
and DNS in a policy, routes that a policy asks for, and the minutes that a real node takes for all of it.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.api_server import ApiServer
from sandbox.node_agent.agent import Agent
from sandbox.node_agent.door import Door
from sandbox.node_agent.kernel_nodes import KernelNodes
from sandbox.node_agent.machines import VCenter
from sandbox.node_agent.pace import Pace
from sandbox.node_agent.simulated import Simulated
from sandbox.operators import Switches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.node_agent.simulated import Networks

# Seconds between two looks.
INTERVAL = 0.2
CREDENTIALS = ("VSPHERE_USER", "VSPHERE_PASSWORD")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.node_agent", description=__doc__)
    parser.add_argument("--kubeconfig", required=True, type=Path)
    parser.add_argument("--vcenter", required=True, metavar="HOST:PORT")
    parser.add_argument("--ca", required=True, type=Path, help="vCenter's certificate")
    parser.add_argument("--nmstatectl", required=True, type=Path, help="nmstate's parser")
    parser.add_argument(
        "--approver-off", required=True, type=Path, help="while this file is there, nobody approves certificates"
    )
    parser.add_argument("--olm", required=True, type=Path, help="the folder of switches for the operators")
    parser.add_argument("--door", type=Path, help="nodes have a kernel, and tests of their wire are asked for here")
    wanted = parser.parse_args(arguments)
    host, _, port = wanted.vcenter.rpartition(":")
    missing = [name for name in CREDENTIALS if not os.environ.get(name)]
    if missing or not port.isdecimal():
        parser.error(f"{' and '.join(missing)} must be set" if missing else "--vcenter must be HOST:PORT")
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("sandbox").setLevel(logging.INFO)
    # It would tell of every attempt to reach a server that is down.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    user, password = (os.environ[name] for name in CREDENTIALS)
    vcenter = VCenter(host, int(port), user, password, wanted.ca)
    api = ApiServer(str(wanted.kubeconfig), None, manager="node-agent")
    networks: Networks = Simulated(wanted.nmstatectl)
    kernels = door = None
    if wanted.door:
        networks = kernels = KernelNodes(vcenter, networks)
        door = Door(wanted.door, api, kernels)
    agent = Agent(api, vcenter, networks, wanted.approver_off, Switches(wanted.olm))
    pace = Pace(api)
    while not end.wait(INTERVAL):
        if pace.is_due():
            agent.round()
        if door:
            door.answer()
    if kernels:
        kernels.end()
    vcenter.log_out()


if __name__ == "__main__":
    main()
