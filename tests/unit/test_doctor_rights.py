"""Which of the rights in docs/rbac.yaml a lab needs, and how the missing ones are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from clients.cluster import access
from lab.doctor import rights
from lab.doctor.rights import EVERYTHING, Right
from tests.unit import facts

RULES = list(yaml.safe_load_all((Path(__file__).parents[2] / "docs/rbac.yaml").read_text(encoding="utf-8")))
MACHINE_API = "openshift-machine-api"


class Api:
    """Allows all but what it is told to refuse."""

    def __init__(self, *refused: Right, admin: bool = False) -> None:
        self.refused, self.admin = refused, admin
        self.asked: list[dict[str, str]] = []

    def may(self, attributes: dict[str, str]) -> bool:
        self.asked.append(attributes)
        if attributes == EVERYTHING.attributes:
            return self.admin
        return attributes not in [right.attributes for right in self.refused]


def resources(**sections: Any) -> set[tuple[str, str]]:
    return {(right.resource, right.verb) for right in rights.needed(RULES, facts.lab(**sections))}


def test_every_lab_needs_the_roles_without_a_suffix_and_no_other() -> None:
    found = rights.needed(RULES, facts.lab())
    assert found == rights.needed(RULES, None)
    assert Right(group="nmstate.io", resource="nodenetworkconfigurationpolicies", verb="create") in found
    assert Right(group="machine.openshift.io", resource="machinesets", verb="patch", namespace=MACHINE_API) in found
    assert ("subscriptions", "create") not in resources()


@pytest.mark.parametrize(
    ("sections", "right"),
    [
        ({"operators": {"mode": "manage"}}, ("subscriptions", "create")),
        ({"template": {"bootImages": "optOut"}}, ("machineconfigurations", "patch")),
        ({"exampleVm": {"vlan": 1928, "namespace": "blue"}}, ("virtualmachines", "create")),
        (
            {"nodeNetwork": {"bridging": "ovn-localnet", "attachments": "cudn"}},
            ("clusteruserdefinednetworks", "create"),
        ),
    ],
)
def test_a_part_of_the_stack_file_needs_its_own_role(sections: dict[str, Any], right: tuple[str, str]) -> None:
    assert right not in resources()
    assert right in resources(**sections)


def test_a_command_has_a_role_of_its_own_which_no_lab_needs() -> None:
    own = {(right.resource, right.verb) for right in rights.of_command(RULES, "prove")}
    assert {("pods", "create"), ("events", "list"), ("securitycontextconstraints", "use")} <= own
    assert ("pods", "create") not in resources()
    assert rights.of_command(RULES, "nothing") == []


def test_a_right_on_one_object_is_asked_for_on_that_object() -> None:
    (patch,) = [item for item in rights.needed(RULES, facts.lab(template={"bootImages": "optOut"})) if item.name]
    assert patch.attributes == {
        "group": "operator.openshift.io",
        "resource": "machineconfigurations",
        "verb": "patch",
        "namespace": "",
        "name": "cluster",
    }


def test_an_administrator_is_asked_one_question() -> None:
    api = Api(admin=True)
    assert access.lacking(api, rights.needed(RULES, None)) == []  # type: ignore[arg-type]
    assert api.asked == [EVERYTHING.attributes]


def test_what_is_missing_is_told_by_resource_with_where_to_get_it() -> None:
    policies = "nodenetworkconfigurationpolicies"
    refused = [
        Right(group="nmstate.io", resource=policies, verb="create"),
        Right(group="nmstate.io", resource=policies, verb="patch"),
        Right(group="", resource="nodes", verb="list"),
        Right(group="machine.openshift.io", resource="machinesets", verb="delete", namespace=MACHINE_API),
    ]
    needed = rights.needed(RULES, facts.lab())
    missing = access.lacking(Api(*refused), needed)  # type: ignore[arg-type]
    assert missing == sorted(refused)
    lines = rights.refusals(missing)
    assert [line.partition(".")[0] for line in lines] == [
        "this user may not list nodes",
        "this user may not delete machinesets",
        "this user may not create, patch nodenetworkconfigurationpolicies",
    ]
    assert lines[1].startswith(
        f"this user may not delete machinesets.machine.openshift.io in namespace {MACHINE_API}. "
    )
    assert all("docs/rbac.yaml" in line for line in lines)
