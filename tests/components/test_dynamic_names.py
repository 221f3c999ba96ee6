"""The classes that Pulumi's states refer to, by module and name. A line here may be added; none may ever change."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from pulumi.dynamic import Resource, ResourceProvider

from components import dynamic

# Module, provider, and the resource's type after `pulumi-python:dynamic/cnvlab:`.
NAMES = {
    ("anti_affinity", "AntiAffinityProvider", "AntiAffinity"),
    ("boot_image_opt_out", "BootImageOptOutProvider", "BootImageOptOut"),
    ("hypervisor_drain", "HypervisorDrainProvider", "HypervisorDrain"),
    ("hypervisor_rollout", "HypervisorRolloutProvider", "HypervisorRollout"),
    ("namespace_guard", "NamespaceGuardProvider", "NamespaceGuard"),
    ("operator", "OperatorProvider", "Operator"),
    ("operator_rollout", "OperatorRolloutProvider", "OperatorRollout"),
    ("operators_guard", "OperatorsGuardProvider", "OperatorsGuard"),
    ("policy_revert", "PolicyRevertProvider", "PolicyRevert"),
    ("policy_rollout", "PolicyRolloutProvider", "PolicyRollout"),
    ("port_group_settings", "PortGroupSettingsProvider", "PortGroupSettings"),
    ("teardown_check", "TeardownCheckProvider", "TeardownCheck"),
    ("template", "TemplateProvider", "Template"),
}


def test_no_class_that_a_state_refers_to_has_moved() -> None:
    """A state written by any version is read by this one: what can't be found there can't be destroyed."""
    found = set()
    for module in pkgutil.iter_modules(dynamic.__path__):
        inside = importlib.import_module(f"components.dynamic.{module.name}")
        own = [item for _, item in inspect.getmembers(inside, inspect.isclass) if item.__module__ == inside.__name__]
        providers = [item for item in own if issubclass(item, ResourceProvider)]
        resources = [item for item in own if issubclass(item, Resource)]
        assert len(providers) == len(resources), module.name
        found |= {
            (module.name, provider.__name__, resource._resource_type_name.rpartition(":")[2])
            for provider, resource in zip(providers, resources, strict=True)
        }
    assert found == NAMES
