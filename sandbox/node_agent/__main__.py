"""Stands for the kubelet and the nmstate handler of every machine in the sandbox.

It gives each provisioned Machine a Node and a NodeNetworkState, from what its VM in vCenter is, and brings policies to
these nodes with the types, reasons and messages of kubernetes-nmstate.

Not here: a kernel (no frame moves, no interface is made), pods, heartbeats, drains, the probes and the rollback of a
real handler, captures, and the minutes that a real node takes for all of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
from pathlib import Path

from sandbox.api_server import ApiError, ApiServer
from sandbox.errors import Refusal
from sandbox.node_agent.agent import Agent
from sandbox.node_agent.machines import VCenter

# Seconds between two looks.
INTERVAL = 0.2


def main() -> None:
    """Runs until SIGTERM."""
    parser = argparse.ArgumentParser(description="kubelet and nmstate handler of the sandbox's machines")
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--vcenter", required=True, metavar="HOST:PORT")
    parser.add_argument("--ca", required=True, type=Path, help="vCenter's certificate")
    parser.add_argument("--nmstatectl", required=True, type=Path)
    arguments = parser.parse_args()
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    host, _, port = arguments.vcenter.partition(":")
    user, password = os.environ["VSPHERE_USER"], os.environ["VSPHERE_PASSWORD"]
    vcenter = VCenter(host, int(port), user, password, arguments.ca)
    agent = Agent(ApiServer(arguments.kubeconfig, None, manager="node-agent"), vcenter, arguments.nmstatectl)
    told = ""
    while not end.wait(INTERVAL):
        try:
            agent.round()
            problem = ""
        except (ApiError, Refusal, OSError) as error:
            # A server that is down, or an object that changed under the agent's hands: the next round sees.
            problem = str(error)
        if problem and problem != told:
            print(f"goes on trying: {problem}", flush=True)
        told = problem
    vcenter.log_out()


if __name__ == "__main__":
    main()
