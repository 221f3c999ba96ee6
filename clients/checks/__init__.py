"""Preflight's checks: facts in, lines out. Each line says what, why and what to do; no line, no objection."""

from clients.checks import adoption, boot_images, trunk
from clients.checks.apart import apart
from clients.checks.autoscaler import autoscaled
from clients.checks.bridging import bridging
from clients.checks.cluster import cluster, is_vsphere, worker
from clients.checks.existing import existing, existing_warnings, kvm, nodes
from clients.checks.health import health
from clients.checks.networks import networks
from clients.checks.nic import nic
from clients.checks.objects import objects
from clients.checks.operators import given_up, operators
from clients.checks.retired import retired, retired_in_use
from clients.checks.said import Said, in_cluster, in_vcenter
from clients.checks.template import following, template
from clients.checks.vcenter import new_hosts, port_groups, privileges, vanished, vcenter

__all__ = [
    "Said",
    "adoption",
    "apart",
    "autoscaled",
    "boot_images",
    "bridging",
    "cluster",
    "existing",
    "existing_warnings",
    "following",
    "given_up",
    "health",
    "in_cluster",
    "in_vcenter",
    "is_vsphere",
    "kvm",
    "networks",
    "new_hosts",
    "nic",
    "nodes",
    "objects",
    "operators",
    "port_groups",
    "privileges",
    "retired",
    "retired_in_use",
    "template",
    "trunk",
    "vanished",
    "vcenter",
    "worker",
]
