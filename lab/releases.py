"""Which OpenShift release does what: the only place that knows.

A release is "4.20" as text: as a number it would be 4.2.
"""

from __future__ import annotations

SUPPORTED = ("4.10", *(f"4.{minor}" for minor in range(16, 23)))
NEWEST = SUPPORTED[-1]

# OpenShift's console and documentation write `bridge` from 4.14 on (openshift-docs PR 83885); `cnv-bridge` is the
# older name of the same plugin.
_BRIDGE_PLUGIN_SINCE = (4, 14)
# machine-config-operator's boot-image management acts on vSphere from 4.21 on for those who opt in, and from 4.22 on
# for all who don't opt out (pkg/controller/common/featuregates.go, CheckBootImagePlatform).
_BOOT_IMAGES_SINCE, _BOOT_IMAGES_BY_DEFAULT_SINCE = (4, 21), (4, 22)


def parts(release: str) -> tuple[int, int]:
    """A release as numbers that compare; takes a full version ("4.20.3") too."""
    major, minor = release.split(".")[:2]
    return int(major), int(minor)


def bridge_plugin(release: str) -> str:
    """The CNI plugin that a NetworkAttachmentDefinition for a Linux bridge names."""
    return "bridge" if parts(release) >= _BRIDGE_PLUGIN_SINCE else "cnv-bridge"


def manages_boot_images(release: str) -> bool:
    """Whether the Machine Config Operator may replace the templates of MachineSets on vSphere."""
    return parts(release) >= _BOOT_IMAGES_SINCE


def manages_boot_images_by_default(release: str) -> bool:
    """Whether it does so without being asked to."""
    return parts(release) >= _BOOT_IMAGES_BY_DEFAULT_SINCE
