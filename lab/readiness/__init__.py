"""Verdicts: whether hypervisors and their network are what was asked for, read from the live objects.

Pure functions from facts to a verdict, so that a test can list every case. Facts are Kubernetes objects as the API
gives them. ``Failed`` means that waiting longer cannot help; what may still come right by itself is ``Waiting``.
"""

from lab.readiness.controller import ANEW, REMEDIES, TRY_ANEW
from lab.readiness.departures import machines_gone
from lab.readiness.facts import Facts
from lab.readiness.going import going
from lab.readiness.kvm import Origin
from lab.readiness.machines import hypervisors, machines_without_kvm, stale_machines, unserved_nodes
from lab.readiness.operators import available, installed
from lab.readiness.policies import carrying, changeable, node_network, ready_nodes, taken_back
from lab.readiness.verdicts import Failed, Ready, Verdict, Waiting

__all__ = [
    "ANEW",
    "REMEDIES",
    "TRY_ANEW",
    "Facts",
    "Failed",
    "Origin",
    "Ready",
    "Verdict",
    "Waiting",
    "available",
    "carrying",
    "changeable",
    "going",
    "hypervisors",
    "installed",
    "machines_gone",
    "machines_without_kvm",
    "node_network",
    "ready_nodes",
    "stale_machines",
    "taken_back",
    "unserved_nodes",
]
