"""What the cluster must let a lab's user do, by docs/rbac.yaml: its rules are what an administrator gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import names
from lab.words import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lab.plan import Lab

GIVEN_BY = "Give it the rules of docs/rbac.yaml (oc apply -f docs/rbac.yaml); docs/credentials.md says more."
# Verbs that a lab on nodes that exist has of the Machine API: it makes no machines.
READING = frozenset({"get", "list"})


@dataclass(frozen=True, order=True, kw_only=True)
class Right:
    """One verb on one resource; without a namespace in all of them, or on what has none; without a name on all."""

    group: str
    resource: str
    verb: str
    namespace: str = ""
    name: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """As a SelfSubjectAccessReview asks for it."""
        return {
            "group": self.group,
            "resource": self.resource,
            "verb": self.verb,
            "namespace": self.namespace,
            "name": self.name,
        }


EVERYTHING = Right(group="*", resource="*", verb="*")


def needed(documents: Iterable[Mapping[str, Any]], lab: Lab | None) -> list[Right]:
    """The rights in these documents that this lab needs; of a lab that is not known, what each needs."""
    found = set()
    for item in documents:
        if item["kind"] not in {"Role", "ClusterRole"} or not _is_for(item["metadata"]["name"], lab):
            continue
        namespace = item["metadata"].get("namespace", "")
        is_read = bool(namespace) and lab is not None and lab.existing is not None
        found |= {right for right in _rights(item, namespace) if not is_read or right.verb in READING}
    return sorted(found)


def of_command(documents: Iterable[Mapping[str, Any]], command: str) -> list[Right]:
    """The rights in these documents that a command of its own takes, beside those of a lab."""
    role = f"{names.PROJECT}-{command}"
    roles = [item for item in documents if item["kind"] in {"Role", "ClusterRole"} and item["metadata"]["name"] == role]
    return sorted({right for item in roles for right in _rights(item, item["metadata"].get("namespace", ""))})


def _is_for(role: str, lab: Lab | None) -> bool:
    """The role without a suffix is everybody's; each of the others goes with a part of the stack file, or a command."""
    part = role.removeprefix(names.PROJECT).removeprefix("-")
    if not part or lab is None:
        return not part
    return {
        "example-vm": lab.example_vm is not None,
        "cluster-networks": lab.attachments == "cudn",
        "boot-images": lab.boot_images == "optOut",
        "operators": lab.operators.mode == "manage",
        "prove": False,
    }[part]


def _rights(role: Mapping[str, Any], namespace: str) -> Iterator[Right]:
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    for name in rule.get("resourceNames") or [""]:
                        yield Right(group=group, resource=resource, verb=verb, namespace=namespace, name=name)


def refusals(missing: Sequence[Right]) -> list[str]:
    """A line for each resource of which something is not allowed."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in missing:
        full = f"{right.resource}.{right.group}" if right.group else right.resource
        verbs.setdefault((full, right.namespace), []).append(right.verb)
    return [
        f"this user may not {few(these, 6)} {resource}{f' in namespace {namespace}' if namespace else ''}. {GIVEN_BY}"
        for (resource, namespace), these in verbs.items()
    ]
