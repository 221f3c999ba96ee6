"""What the limited user was asked for: the API server's audit log, and vCenter's own list of what calls required."""

from __future__ import annotations

import json
from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import yaml

from sandbox import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.lab import Lab

# Namespace ("" for all), API group, resource, verb.
Rule = tuple[str, str, str, str]
DECISION = "authorization.k8s.io/decision"


def rules() -> set[Rule]:
    """Those of docs/rbac.yaml, one by one."""
    return {
        (item["metadata"].get("namespace", ""), group, resource, verb)
        for item in yaml.safe_load_all(limited.RULES.read_text(encoding="utf-8"))
        for rule in item.get("rules") or ()
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def requests(lab: Lab, decision: str) -> set[Rule]:
    """What the ServiceAccount asked for and was allowed, or forbidden; questions about kinds left out.

    An apply that made an object took the right to create as well: the API server asks for both.
    """
    found = set()
    for item in _log(lab):
        if "objectRef" in item and item["annotations"][DECISION] == decision:
            on = item["objectRef"]
            verbs = {item["verb"], *(["create"] if item["responseStatus"]["code"] == HTTPStatus.CREATED else ())}
            found |= {(on.get("namespace", ""), on.get("apiGroup", ""), on["resource"], verb) for verb in verbs}
    return found


def _log(lab: Lab) -> Iterator[dict[str, Any]]:
    with lab.instance.audit_log.open(encoding="utf-8") as log:
        for line in log:
            yield json.loads(line)


def used(asked: set[Rule]) -> set[Rule]:
    """The rules that these requests took; of several the one for the namespace."""
    found = set()
    for namespace, *what in asked:
        fitting = [rule for rule in rules() if [*rule[1:]] == what and rule[0] in {namespace, ""}]
        found |= {max(fitting)} if fitting else set()
    return found


def required(lab: Lab) -> set[str]:
    """The privileges that calls to vCenter required of the limited user, as the simulator has looked them up."""
    connection = HTTPConnection("127.0.0.1", lab.instance.load().ports["vcenter-faults"], timeout=10)
    try:
        connection.request("GET", "/privileges")
        told: list[str] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return {line.partition(" on ")[0] for line in told}
