"""The API's kinds that this program reads or changes, and where the API server serves them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind: its group and version as in ``apiVersion``, its name, and its path's last part."""

    api_version: str
    name: str
    plural: str
    namespaced: bool = False

    @property
    def crd(self) -> str:
        """The CustomResourceDefinition's name, for kinds that have one."""
        return f"{self.plural}.{self.api_version.partition('/')[0]}"

    def path(self, name: str | None = None, namespace: str | None = None) -> str:
        """The request path of one object, or of all; without a namespace, of all namespaces."""
        root = "/apis" if "/" in self.api_version else "/api"
        parts = [root, self.api_version]
        if self.namespaced and namespace is not None:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name is not None:
            parts.append(name)
        return "/".join(parts)


NODE = Kind("v1", "Node", "nodes")
NAMESPACE = Kind("v1", "Namespace", "namespaces")
POD = Kind("v1", "Pod", "pods", namespaced=True)
EVENT = Kind("v1", "Event", "events", namespaced=True)
VOLUME_CLAIM = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", namespaced=True)
DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", namespaced=True)
CERTIFICATE_REQUEST = Kind("certificates.k8s.io/v1", "CertificateSigningRequest", "certificatesigningrequests")
CUSTOM_RESOURCE_DEFINITION = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions")
INFRASTRUCTURE = Kind("config.openshift.io/v1", "Infrastructure", "infrastructures")
NETWORK = Kind("config.openshift.io/v1", "Network", "networks")
CLUSTER_VERSION = Kind("config.openshift.io/v1", "ClusterVersion", "clusterversions")
MACHINE_CONFIGURATION = Kind("operator.openshift.io/v1", "MachineConfiguration", "machineconfigurations")
MACHINE_SET = Kind("machine.openshift.io/v1beta1", "MachineSet", "machinesets", namespaced=True)
MACHINE = Kind("machine.openshift.io/v1beta1", "Machine", "machines", namespaced=True)
MACHINE_AUTOSCALER = Kind(
    "autoscaling.openshift.io/v1beta1", "MachineAutoscaler", "machineautoscalers", namespaced=True
)
MACHINE_HEALTH_CHECK = Kind(
    "machine.openshift.io/v1beta1", "MachineHealthCheck", "machinehealthchecks", namespaced=True
)
POLICY = Kind("nmstate.io/v1", "NodeNetworkConfigurationPolicy", "nodenetworkconfigurationpolicies")
# Enactments and states never got a v1.
ENACTMENT = Kind("nmstate.io/v1beta1", "NodeNetworkConfigurationEnactment", "nodenetworkconfigurationenactments")
NETWORK_STATE = Kind("nmstate.io/v1beta1", "NodeNetworkState", "nodenetworkstates")
NETWORK_ATTACHMENT = Kind(
    "k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "network-attachment-definitions", namespaced=True
)
CLUSTER_NETWORK = Kind("k8s.ovn.org/v1", "ClusterUserDefinedNetwork", "clusteruserdefinednetworks")
VIRTUAL_MACHINE = Kind("kubevirt.io/v1", "VirtualMachine", "virtualmachines", namespaced=True)
VIRTUAL_MACHINE_INSTANCE = Kind("kubevirt.io/v1", "VirtualMachineInstance", "virtualmachineinstances", namespaced=True)
# Of the Operator Lifecycle Manager.
SUBSCRIPTION = Kind("operators.coreos.com/v1alpha1", "Subscription", "subscriptions", namespaced=True)
OPERATOR_GROUP = Kind("operators.coreos.com/v1", "OperatorGroup", "operatorgroups", namespaced=True)
CLUSTER_SERVICE_VERSION = Kind(
    "operators.coreos.com/v1alpha1", "ClusterServiceVersion", "clusterserviceversions", namespaced=True
)
INSTALL_PLAN = Kind("operators.coreos.com/v1alpha1", "InstallPlan", "installplans", namespaced=True)
# What the two operators are told to do.
NMSTATE = Kind("nmstate.io/v1", "NMState", "nmstates")
HYPERCONVERGED = Kind("hco.kubevirt.io/v1beta1", "HyperConverged", "hyperconvergeds", namespaced=True)
IMAGE_STREAM_TAG = Kind("image.openshift.io/v1", "ImageStreamTag", "imagestreamtags", namespaced=True)
DATA_VOLUME = Kind("cdi.kubevirt.io/v1beta1", "DataVolume", "datavolumes", namespaced=True)

OPERATORS = {kind.name: kind for kind in (NAMESPACE, OPERATOR_GROUP, SUBSCRIPTION, NMSTATE, HYPERCONVERGED)}
