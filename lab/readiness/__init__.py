"""Verdicts: whether hypervisors and their network are what was asked for, read from the live objects.

Pure functions from facts to a verdict, so that a test can list every case. Facts are Kubernetes objects as the API
gives them. ``Failed`` means that waiting longer cannot help; what may still come right by itself is ``Waiting``.
"""

from lab.readiness.going import going
from lab.readiness.machines import REMEDIES, TRY_ANEW, hypervisors, machines_gone, stale_machines
from lab.readiness.policies import changeable, node_network, ready_nodes, taken_back
from lab.readiness.verdicts import Failed, Ready, Verdict, Waiting

__all__ = [
    "REMEDIES",
    "TRY_ANEW",
    "Failed",
    "Ready",
    "Verdict",
    "Waiting",
    "changeable",
    "going",
    "hypervisors",
    "machines_gone",
    "node_network",
    "ready_nodes",
    "stale_machines",
    "taken_back",
]
