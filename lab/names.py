"""The names that the chain's parts find each other by, and the limits that their owners set."""

from __future__ import annotations

PROJECT = "cnv-lab"
# How the program's own clients call themselves, in vCenter's list of sessions and in the API server's audit log; the
# API server takes the part before the slash as the manager of the fields that they patch.
USER_AGENT = f"{PROJECT}/0.1.0"

# Ours, on every Kubernetes object that the program makes: which stack it belongs to.
STACK_LABEL = "cnv-lab/stack"
# Ours, on the policy: every bridge that it has put on nodes and not yet been told to forget. A VLAN's own by the VLAN's
# id, the others by name: "1925,1926,br-trunk".
LEDGER_ANNOTATION = "cnv-lab/vlans"
# Ours, on a MachineSet that a destroy scaled down: how many replicas it had. A destroy that died half-way leaves it
# behind, and the next `up` knows by it that the 0 is ours and not an autoscaler's.
REPLICAS_BEFORE_DESTROY = "cnv-lab/replicas-before-destroy"

MACHINE_API_NAMESPACE = "openshift-machine-api"
CLUSTER_LABEL = "machine.openshift.io/cluster-api-cluster"
MACHINE_SET_LABEL = "machine.openshift.io/cluster-api-machineset"
MACHINE_ROLE_LABEL = "machine.openshift.io/cluster-api-machine-role"
MACHINE_TYPE_LABEL = "machine.openshift.io/cluster-api-machine-type"
VIRTUALIZATION_ROLE_LABEL = "node-role.kubernetes.io/virtualization"

# bridge-marker (cluster-network-addons-operator) counts this resource on each node that has the bridge.
BRIDGE_RESOURCE_ANNOTATION = "k8s.v1.cni.cncf.io/resourceName"
BRIDGE_RESOURCE_PREFIX = "bridge.network.kubevirt.io/"

# The one bridge of the VLAN-aware design; that of OVN-Kubernetes' localnet design, and the name that it is mapped to.
TRUNK_BRIDGE = "br-trunk"
DATA_BRIDGE = "br-vmdata"
LOCALNET = "physnet-vmdata"

KVM_RESOURCE = "devices.kubevirt.io/kvm"

# Where Red Hat's documentation has the two operators, and their singletons' names: the operators know no others.
NMSTATE_NAMESPACE, NMSTATE = "openshift-nmstate", "nmstate"
VIRTUALIZATION_NAMESPACE, HYPERCONVERGED = "openshift-cnv", "kubevirt-hyperconverged"

# Linux, IFNAMSIZ 16 with its closing zero.
INTERFACE_NAME_MAX = 15
# IEEE 802.1Q: 0 is "no VLAN", 4095 is reserved.
VLAN_ID_MIN, VLAN_ID_MAX = 1, 4094
# Bytes. The kernel's least for IPv4 (ETH_MIN_MTU), and the most that vSphere switches pass on.
MTU_MIN, MTU_MAX = 68, 9216
# Of a ClusterUserDefinedNetwork (ovn-kubernetes, pkg/crd/userdefinednetwork/v1, LocalnetConfig.MTU).
NETWORK_MTU_MIN = 576
# A standard port group with this id passes every tag on to the guest (Virtual Guest Tagging, KB 1003806).
STANDARD_TRUNK_VLAN_ID = 4095
# The standard switch that every ESXi host is installed with.
STANDARD_SWITCH = "vSwitch0"
# What the stack file has for the address of an example VM that gets one.
DHCP = "dhcp"
# machine/v1beta1 NetworkDeviceSpec.networkName; vSphere's own limit for inventory names as well.
INVENTORY_NAME_MAX = 80
# A label's value, a policy's name (kubernetes-nmstate's admission) and a DNS label.
LABEL_VALUE_MAX = 63
# A Machine is called <MachineSet>-<5 characters> and its node has the same name, a DNS label.
MACHINE_SET_NAME_MAX = LABEL_VALUE_MAX - 6


def is_platform(namespace: str) -> bool:
    """Whether a namespace is OpenShift's or Kubernetes' own."""
    return namespace in {"default", "openshift"} or namespace.startswith(("openshift-", "kube-"))


def vlan_interface(nic: str, vlan: int) -> str:
    """The VLAN interface on the trunk NIC, as the post names it."""
    return f"{nic}.{vlan}"


def bridge(vlan: int) -> str:
    """The bridge of one VLAN, as the post names it."""
    return f"br-{vlan}"


def vlan_of(bridge_name: str) -> int:
    """The VLAN of a bridge that ``bridge`` has named."""
    return int(bridge_name.removeprefix("br-"))


def attachment(vlan: int) -> str:
    """The NetworkAttachmentDefinition of one VLAN, as the post names it."""
    return f"vlan-{vlan}"


def guest_trunk(name: str) -> str:
    """The NetworkAttachmentDefinition that hands a VM several VLANs with their tags."""
    return f"trunk-{name}"


def apart_rule(stack: str, machine_set: str) -> str:
    """The DRS rule that keeps hypervisors on different hosts: it has a name, and nothing else to tell whose it is."""
    return f"{stack} {machine_set}"


def base_name(inventory_path: str) -> str:
    """The last part of a vSphere inventory path; a bare name is its own."""
    return inventory_path.rstrip("/").rsplit("/", 1)[-1]
