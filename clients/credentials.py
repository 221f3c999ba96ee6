"""What a login is, and where it comes from: Pulumi's configuration, then the environment; never a stack file in clear.

The program and the dynamic providers read them by the same two functions, each with its own way to the configuration.
Not beside the sessions that take them: who goes to one server would load the other's client as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clients.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class VCenterAccess:
    """How to reach vCenter. The password never shows in a message."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = HTTPS
    verify_tls: bool = True

    @property
    def endpoint(self) -> str:
        """``host`` or ``host:port``, as a person writes it."""
        return self.host if self.port == HTTPS else f"{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class ClusterAccess:
    """How to reach the cluster: a kubeconfig by content or by path, and a context in it (None: its current one)."""

    content: str | None = field(default=None, repr=False)
    path: str | None = None
    context: str | None = None


@dataclass(frozen=True, kw_only=True)
class Logins:
    """Where logins come from: a configuration value by its key, and the environment."""

    get: Callable[[str], str | None]
    environ: Mapping[str, str]


def vcenter(get: Callable[[str], str | None], environ: Mapping[str, str], server: str | None = None) -> VCenterAccess:
    """How to log in to vCenter.

    Args:
        get: the configuration.
        environ: the environment.
        server: what a shared file or the worker MachineSet names as vCenter, for a stack file that leaves it out.

    Raises:
        LabError: naming what is missing and the two ways to give it.
    """
    endpoint = get("vsphere:vsphereServer") or environ.get("VSPHERE_SERVER") or _section(get, "vcenter").get("server")
    endpoint = endpoint or server
    user = get("vsphere:user") or environ.get("VSPHERE_USER")
    password = get("vsphere:password") or environ.get("VSPHERE_PASSWORD")
    missing = [
        (what, f"{variable} (or `pulumi config set {flag}{key}`)")
        for what, value, variable, flag, key in (
            ("user", user, "VSPHERE_USER", "", "vsphere:user"),
            ("password", password, "VSPHERE_PASSWORD", "--secret ", "vsphere:password"),
            ("server", endpoint, "VSPHERE_SERVER", "", "vsphere:vsphereServer"),
        )
        if not value
    ]
    if missing or not (user and password and endpoint):
        whats, ways = zip(*missing, strict=True)
        raise LabError(
            f"vCenter's {', '.join(whats)} {'is' if len(whats) == 1 else 'are'} not set. Set {', '.join(ways)}."
        )
    host, port = split_endpoint(endpoint)
    unverified = (get("vsphere:allowUnverifiedSsl") or environ.get("VSPHERE_ALLOW_UNVERIFIED_SSL") or "").lower()
    return VCenterAccess(host=host, port=port, user=user, password=password, verify_tls=unverified not in {"true", "1"})


def cluster(get: Callable[[str], str | None], environ: Mapping[str, str]) -> ClusterAccess:
    """How to log in to the cluster: a secret kubeconfig of the stack, or the one that ``oc`` uses."""
    return ClusterAccess(
        content=get("kubernetes:kubeconfig"),
        path=environ.get("KUBECONFIG") or None,
        context=_section(get, "cluster").get("context"),
    )


def split_endpoint(endpoint: str) -> tuple[str, int]:
    """Host and port of ``host[:port]``.

    Raises:
        LabError: for anything else.
    """
    host, _, port = endpoint.partition(":")
    if not host or "/" in endpoint or (port and not port.isdecimal()):
        raise LabError(
            f"vsphere:vsphereServer {endpoint!r} is no host or host:port. Write it without https:// and path."
        )
    return host, int(port or HTTPS)


def _section(get: Callable[[str], str | None], name: str) -> dict[str, str | None]:
    section: dict[str, str | None] = json.loads(get(f"cnv-lab:{name}") or "{}")
    return section
