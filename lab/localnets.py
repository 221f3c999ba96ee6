"""Networks of OVN-Kubernetes on a node's own wire, as attachments ask for them.

Attachments of one network name are the same network, in whatever namespaces they stand, and must say the same of it
(OpenShift, "Multiple networks", "Configuration for a localnet switched topology").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What all must say alike, as an attachment's configuration has it.
_ALIKE = ("topology", "physicalNetworkName", "vlanID", "mtu")
Network = dict[str, Any]


def of_attachment(attachment: Mapping[str, Any]) -> tuple[str, Network] | None:
    """The network's name, and what is said of it; None where it is no such network."""
    try:
        config = json.loads((attachment.get("spec") or {}).get("config") or "{}")
    except ValueError:
        return None
    if not isinstance(config, dict) or config.get("topology") != "localnet" or not config.get("name"):
        return None
    name = str(config["name"])
    # Unsaid, the network's own name is what a bridge is mapped to.
    return name, {key: config.get(key) or (name if key == "physicalNetworkName" else None) for key in _ALIKE}


def of_attachments(attachments: Iterable[Mapping[str, Any]]) -> dict[str, Network]:
    """The networks of several attachments, by name."""
    return dict(found for item in attachments if (found := of_attachment(item)) is not None)


def unlike(one: Network, other: Network) -> list[str]:
    """What the two do not say alike: ``mtu 1500 and 9000``."""
    return [f"{key} {one[key] or 'none'} and {other[key] or 'none'}" for key in _ALIKE if one[key] != other[key]]
