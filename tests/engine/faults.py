"""The sandbox's two fault endpoints, and the page that is written from what faults did."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

HEAD = """# What the program makes of faults

Written by `tests/engine/test_faults.py` from what happened in it, on the sandbox: each fault was provoked
([how](sandbox.md#breaking-things)), each line is what was told. This writes it anew:

    CNV_LAB_WRITE_FAULTS=1 venv/bin/python -m pytest tests/engine/test_faults.py

The calls that the Kubernetes and vSphere providers make are not in it: what they make of faults is theirs. Pauses grow
from half a second to ten; `clients/vcenter/tasks.py` and `clients/cluster/retry.py` have the limits.
"""
COLUMNS = (
    "| where | fault | what the program did | what was told | what the next run found and did |\n|---|---|---|---|---|"
)
# What differs from run to run, and what stands for it on the page.
VOLATILE = (
    (r"127\.0\.0\.1:\d+", "HOST:PORT"),
    (r"\b(vm|task|folder|group-v)-\d+\b", r"\1-N"),
    (r"[\d.]+ GiB are free", "N GiB are free"),
    (r"(hub-7vxwj-cnv)-[a-z0-9]{5}\b", r"\1-XXXXX"),
)


class Endpoint:
    """One of them: vCenter's, or that of the proxy before the API server."""

    def __init__(self, port: int) -> None:
        """Takes its port on loopback."""
        self._port = port

    def add(self, **rule: Any) -> None:
        """Puts a rule into force."""
        self._ask("POST", json.dumps(rule))

    def counts(self) -> Any:
        """How often each rule was met, in the endpoint's own form."""
        return json.loads(self._ask("GET"))

    def clear(self) -> None:
        """Removes all rules."""
        self._ask("DELETE")

    def _ask(self, method: str, body: str | None = None) -> bytes:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(method, "/faults", body)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        assert answer.status == HTTPStatus.OK, said
        return said


@dataclass
class Page:
    """The rows by their section, in the order in which they happened."""

    sections: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def row(self, section: str, *cells: str) -> None:
        """One thing that happened: where, which fault, what was done, told, and found by the next run."""
        rows = self.sections.setdefault(section, [])
        row = tuple(_plain(cell) for cell in cells)
        for number, other in enumerate(rows):
            if other[1:] == row[1:]:  # the same at another place
                rows[number] = (f"{other[0]}; {row[0].removeprefix(other[0].partition(', ')[0] + ', ')}", *row[1:])
                return
            if (other[0], *other[2:]) == (row[0], *row[2:]):  # another fault to the same effect
                rows[number] = (row[0], f"{other[1]}; {row[1]}", *row[2:])
                return
        rows.append(row)

    def text(self) -> str:
        """The whole page."""
        parts = [HEAD]
        for section, rows in self.sections.items():
            lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
            parts.append(f"## {section}\n\n{COLUMNS}\n{lines}\n")
        return "\n".join(parts)


def _plain(cell: str) -> str:
    for pattern, instead in VOLATILE:
        cell = re.sub(pattern, instead, cell)
    return cell.replace("|", "\\|")
