"""The marks on things in vCenter that say whose they are.

On the -cnv template: the last line of its notes. On a distributed port group: its description.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

PREFIX = "cnv-lab: "
_ON_PORT_GROUPS = "The trunk of OpenShift hypervisors, made by Pulumi stack {}."


def identity(instance_uuid: str, version: str) -> str:
    """The installer's template as one text, for the state and for people.

    The version is ``summary.config.product.version``, by which the Machine Config Operator knows an RHCOS
    (pkg/controller/bootimage/vsphere_helpers.go). The UUID tells two imports of one version apart.
    """
    return f"RHCOS {version or 'of an unknown version'} ({instance_uuid})"


@dataclass(frozen=True, kw_only=True)
class Marker:
    """Who made a template, and from what.

    ``id`` is the resource's: it stays when the template is exchanged for a newer one, and is another one where the
    resource is replaced. ``source`` is the installer's template by its instance UUID, ``version`` its RHCOS; marks of
    this program's first weeks have no version.
    """

    id: str
    stack: str
    name: str
    source: str
    version: str = ""

    @property
    def identity(self) -> str:
        """What the template was made from."""
        return identity(self.source, self.version)

    def belongs_with(self, other: Marker) -> bool:
        """Whether both are the same resource of the same stack, maybe of different age."""
        return (self.stack, self.name) == (other.stack, other.name)


def write(marker: Marker) -> str:
    """The template's notes: a line for the administrator who finds it, and one for us."""
    return (
        f"RHCOS with nested virtualization, made by Pulumi stack {marker.stack}. Leave the next line as it is.\n"
        f"{PREFIX}{json.dumps(asdict(marker))}"
    )


def beneath(notes: str | None, marker: Marker) -> str:
    """The notes that somebody has written, and the mark below them."""
    return "\n".join(filter(None, [(notes or "").rstrip(), write(marker)]))


def read(notes: str | None) -> Marker | None:
    """The mark in a VM's notes, or None where there is none that can be read."""
    for line in reversed((notes or "").splitlines()):
        if line.startswith(PREFIX):
            try:
                return Marker(**json.loads(line.removeprefix(PREFIX)))
            except (ValueError, TypeError):
                return None
    return None


def of_port_group(stack: str) -> str:
    """A distributed port group's description."""
    return _ON_PORT_GROUPS.format(stack)


def stack_of_port_group(description: str | None) -> str:
    """The stack that wrote this description, or nothing; a person may have added to it."""
    found = re.search(re.escape(_ON_PORT_GROUPS).replace(r"\{\}", r"(\S+)"), description or "")
    return found[1] if found else ""
