"""The stack file's sections, one model each: what may stand there, and the limits of who reads it.

Values are checked alone here; what two sections must agree on is checked in lab/agreement.py.
"""

from __future__ import annotations

from lab.sections.base import DNS_LABEL, Section
from lab.sections.cluster import Cluster, Vcenter
from lab.sections.example_vm import ExampleVm
from lab.sections.hypervisors import Hypervisors, Switch, Template, Trunk
from lab.sections.network import GuestTrunk, Namespace, NodeNetwork, Vlan
from lab.sections.operators import Operators, Package

__all__ = [
    "DNS_LABEL",
    "Cluster",
    "ExampleVm",
    "GuestTrunk",
    "Hypervisors",
    "Namespace",
    "NodeNetwork",
    "Operators",
    "Package",
    "Section",
    "Switch",
    "Template",
    "Trunk",
    "Vcenter",
    "Vlan",
]
