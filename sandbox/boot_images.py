"""What the Machine Config Operator says of boot images in the status of MachineConfiguration/cluster.

After its syncManagedBootImagesStatus and syncBootImageSkewEnforcementStatus (pkg/operator/sync.go), for vSphere. The
operator itself does not run here: the status is written once, and by `play skew-enforcement`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab import releases

if TYPE_CHECKING:
    from sandbox.api_server import ApiServer

_METADATA = {"apiVersion": "operator.openshift.io/v1", "kind": "MachineConfiguration", "metadata": {"name": "cluster"}}
MODES = ("automatic", "manual", "none")


def tell(api: ApiServer, release: str) -> None:
    """Writes what the operator of this release says of a cluster whose owner has said nothing."""
    if not releases.manages_boot_images(release):
        return
    is_default = releases.manages_boot_images_by_default(release)
    entry = {"resource": "machinesets", "apiGroup": "machine.openshift.io"}
    selection = {"mode": "All" if is_default else "None"}
    status: dict[str, Any] = {"managedBootImagesStatus": {"machineManagers": [{**entry, "selection": selection}]}}
    if is_default:
        status["bootImageSkewEnforcementStatus"] = _automatic(release)
    api.apply({**_METADATA, "status": status}, force=True, subresource="/status")


def enforce_skew(api: ApiServer, release: str, mode: str) -> None:
    """The cluster's owner chooses one of ``MODES``, and the operator answers."""
    manual = {"mode": "OCPVersion", "ocpVersion": f"{release}.6"}
    words: dict[str, dict[str, Any]] = {"manual": {"mode": "Manual", "manual": manual}, "none": {"mode": "None"}}
    wanted = words.get(mode)
    path = api.path(_METADATA)
    for part, body in (
        ("", {"spec": {"bootImageSkewEnforcement": wanted}}),
        # What a union holds besides goes with the other mode: the API allows one at a time.
        ("/status", {"status": {"bootImageSkewEnforcementStatus": None}}),
        ("/status", {"status": {"bootImageSkewEnforcementStatus": wanted or _automatic(release)}}),
    ):
        api.request("PATCH", path + part, body=body, content="application/merge-patch+json")


def _automatic(release: str) -> dict[str, Any]:
    return {"mode": "Automatic", "automatic": {"ocpVersion": f"{release}.6"}}
