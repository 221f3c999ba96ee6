"""The labs that are measured: the sandbox's own stack file with as many VLANs as are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from lab import manifests, names, plan, settings
from sandbox.instance import DEFAULT_RELEASE
from sandbox.project import ROOT

# The first of the consecutive ids.
FIRST_VLAN = 1
# What nobody but our own program makes: without it the installer's template has to do.
TEMPLATE_OF_WORKERS = "hub-7vxwj-rhcos"
# What ours has beside objects, port groups and providers, by what a program without them would have in their place.
COMPONENTS = ("trunk", "template", "hypervisors", "node-network", "attachments", "teardown")
GATES = ("copy", "drain", "hypervisor-rollout", "revert", "policy-rollout", "teardown-check")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a lab is; each VLAN has an attachment in each namespace."""

    vlans: int
    namespaces: int = 1
    hypervisors: int = 1
    design: str = "vlan-aware"

    @property
    def attachments(self) -> int:
        """How many there are."""
        return self.vlans * self.namespaces


def stack_file(size: Size) -> str:
    """The text of a stack file of this size."""
    content = yaml.safe_load((ROOT / "Pulumi.sandbox.yaml").read_text(encoding="utf-8"))
    config: dict[str, Any] = content["config"]
    spaces = [f"bench-{number}" for number in range(1, size.namespaces + 1)]
    config["cnv-lab:hypervisors"]["replicas"] = size.hypervisors
    config["cnv-lab:nodeNetwork"]["bridging"] = size.design
    config["cnv-lab:namespaces"] = [{"name": name} for name in spaces]
    config["cnv-lab:vlans"] = [
        {"id": vlan, "name": f"v{vlan}", "namespaces": spaces} for vlan in range(FIRST_VLAN, FIRST_VLAN + size.vlans)
    ]
    return yaml.safe_dump(content, sort_keys=False)


def gates(size: Size) -> list[str]:
    """A dynamic resource each; a namespace has a guard of its own."""
    return [*GATES, *(f"guard-{number}" for number in range(1, size.namespaces + 1))]


def raw(text: str) -> dict[str, Any]:
    """A stack file's sections."""
    config = yaml.safe_load(text)["config"]
    return {key.removeprefix(f"{names.PROJECT}:"): value for key, value in config.items()}


def parsed(sections: dict[str, Any]) -> settings.Settings:
    """The settings in them."""
    return settings.parse(sections, where="bench")


def completed(found: settings.Settings) -> plan.Lab:
    """The lab that they mean in the sandbox."""
    return plan.complete(found, stack=f"{names.PROJECT}.bench", where="bench", release=DEFAULT_RELEASE)


def objects(size: Size) -> list[dict[str, Any]]:
    """The Kubernetes objects of that lab, for those who do not make a template of their own."""
    made = manifests.in_apply_order(completed(parsed(raw(stack_file(size)))))
    for item in made:
        if item["kind"] == "MachineSet":
            item["spec"]["template"]["spec"]["providerSpec"]["value"]["template"] = TEMPLATE_OF_WORKERS
    return made
