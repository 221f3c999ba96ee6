"""The privileges in vCenter that a lab's user needs: which, on what, for what; nothing beyond them is ever asked for.

Each is the one that vSphere's API reference requires for a call of this program or of the vSphere provider
(https://developer.broadcom.com/xapis/virtual-infrastructure-json-api/latest/, a method's "Required privileges").
What the reference leaves open is taken from "Required Privileges for Common Tasks" in the vSphere Security guide.
The Machine API clones hypervisors by a login of its own, which OpenShift keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.plan import Lab

# Chapters of the chain, as a preview's comment calls them.
TRUNK, TEMPLATE, HYPERVISORS = "Trunk", "Template", "Hypervisors"
EVERY_CHAPTER = "all"
# Of the guide, where no method's page says it.
COMMON_TASKS = "Deploy a virtual machine from a template (common tasks)"


class Place(Enum):
    """Kinds of objects that a privilege is asked for on; the value is what a person calls it."""

    DATACENTER = "datacenter"
    CLUSTER = "cluster"
    HOST = "host"
    RESOURCE_POOL = "resource pool"
    DATASTORE = "datastore"
    # Of VMs; the template will be in it.
    FOLDER = "folder"
    SOURCE = "installer's template"
    MACHINE_NETWORK = "machine network"
    # The trunk's port group; as long as it is not there, the folder of networks that it will be in.
    TRUNK = "trunk"
    SWITCH = "distributed switch"
    # The folder that the distributed switch is in: its port groups are beside it, not below it.
    SWITCH_FOLDER = "distributed switch's folder"


class When(Enum):
    """Which labs need a privilege; the value is how the stack file says it."""

    ALWAYS = "always"
    STANDARD = "trunk.switch.kind: standard"
    DISTRIBUTED = "trunk.switch.kind: distributed"
    TRUNK_NIC = "template.trunkNic: true"
    ANTI_AFFINITY = "hypervisors.antiAffinity: true"

    def holds(self, lab: Lab) -> bool:
        """Whether this lab is one of them; a trunk that somebody else owns is not touched."""
        is_made = not lab.trunk.existing
        return {
            When.ALWAYS: True,
            When.STANDARD: is_made and not lab.trunk.is_distributed,
            When.DISTRIBUTED: is_made and lab.trunk.is_distributed,
            When.TRUNK_NIC: lab.trunk_nic,
            When.ANTI_AFFINITY: lab.anti_affinity,
        }[self]


@dataclass(frozen=True, kw_only=True)
class Privilege:
    """One privilege: its id in the API, where it must be held, and the calls (or the guide's task) that require it."""

    id: str
    place: Place
    chapter: str
    purpose: str
    source: str
    when: When = When.ALWAYS


PRIVILEGES = (
    Privilege(
        id="System.Read",
        place=Place.DATACENTER,
        chapter=EVERY_CHAPTER,
        purpose="reads what is there, networks and all; every role has it",
        source="RetrievePropertiesEx, HasPrivilegeOnEntities",
    ),
    Privilege(
        id="Host.Config.Network",
        place=Place.HOST,
        chapter=TRUNK,
        purpose="makes, changes and removes the port group on each host",
        source="AddPortGroup, UpdatePortGroup, RemovePortGroup",
        when=When.STANDARD,
    ),
    Privilege(
        id="DVPortgroup.Create",
        place=Place.SWITCH,
        chapter=TRUNK,
        purpose="makes the port group",
        source="CreateDVPortgroup_Task",
        when=When.DISTRIBUTED,
    ),
    Privilege(
        id="DVPortgroup.Modify",
        place=Place.SWITCH_FOLDER,
        chapter=TRUNK,
        purpose="sets the port group's VLANs and MAC learning",
        source="ReconfigureDVPortgroup_Task",
        when=When.DISTRIBUTED,
    ),
    Privilege(
        id="DVPortgroup.PolicyOp",
        place=Place.SWITCH_FOLDER,
        chapter=TRUNK,
        purpose="sets what the port group lets through",
        source="ReconfigureDVPortgroup_Task",
        when=When.DISTRIBUTED,
    ),
    Privilege(
        id="DVPortgroup.Delete",
        place=Place.SWITCH_FOLDER,
        chapter=TRUNK,
        purpose="removes the port group",
        source="Destroy_Task",
        when=When.DISTRIBUTED,
    ),
    Privilege(
        id="VirtualMachine.Provisioning.CloneTemplate",
        place=Place.SOURCE,
        chapter=TEMPLATE,
        purpose="clones it",
        source="CloneVM_Task",
    ),
    Privilege(
        id="VirtualMachine.Inventory.CreateFromExisting",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="puts the clone there",
        source="CloneVM_Task",
    ),
    Privilege(
        id="VirtualMachine.Config.AddNewDisk",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="gives the clone its disk",
        source=COMMON_TASKS,
    ),
    Privilege(
        id="VirtualMachine.Config.Settings",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="switches nested virtualization, performance counters and IOMMU",
        source="ReconfigVM_Task",
    ),
    Privilege(
        id="VirtualMachine.Config.Annotation",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="writes the mark that tells whose the template is",
        source="ReconfigVM_Task",
    ),
    Privilege(
        id="VirtualMachine.Config.AddRemoveDevice",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="adds the second network card, and removes it",
        source="ReconfigVM_Task",
        when=When.TRUNK_NIC,
    ),
    Privilege(
        id="VirtualMachine.Provisioning.MarkAsVM",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="changes the template: as a VM that is never started",
        source="MarkAsVirtualMachine",
    ),
    Privilege(
        id="VirtualMachine.Provisioning.MarkAsTemplate",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="makes it a template again",
        source="MarkAsTemplate",
    ),
    Privilege(
        id="VirtualMachine.Config.Rename",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="exchanges the template for a newer one of the same name",
        source="Rename_Task",
    ),
    Privilege(
        id="VirtualMachine.Inventory.Delete",
        place=Place.FOLDER,
        chapter=TEMPLATE,
        purpose="deletes the template",
        source="Destroy_Task",
    ),
    Privilege(
        id="Datastore.AllocateSpace",
        place=Place.DATASTORE,
        chapter=TEMPLATE,
        purpose="puts the clone's disk there",
        source="CloneVM_Task",
    ),
    Privilege(
        id="Resource.AssignVMToPool",
        place=Place.RESOURCE_POOL,
        chapter=TEMPLATE,
        purpose="changes the template: a VM is in a pool",
        source="MarkAsVirtualMachine",
    ),
    Privilege(
        id="Network.Assign",
        place=Place.MACHINE_NETWORK,
        chapter=TEMPLATE,
        purpose="the clone's first network card stays on it",
        source=COMMON_TASKS,
    ),
    Privilege(
        id="Network.Assign",
        place=Place.TRUNK,
        chapter=TEMPLATE,
        purpose="puts the second network card on it",
        source=COMMON_TASKS,
        when=When.TRUNK_NIC,
    ),
    Privilege(
        id="Host.Inventory.EditCluster",
        place=Place.CLUSTER,
        chapter=HYPERVISORS,
        purpose="writes the DRS rule that keeps hypervisors apart",
        source="ReconfigureComputeResource_Task",
        when=When.ANTI_AFFINITY,
    ),
)


def needed(lab: Lab) -> tuple[Privilege, ...]:
    """Those that this lab's `up`, refresh, changes and destroy need; none where its hypervisors exist already."""
    return tuple(item for item in PRIVILEGES if lab.existing is None and item.when.holds(lab))
