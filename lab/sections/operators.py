"""NMState and OpenShift Virtualization: who installs them, and from where."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lab.sections.base import Section, Text, one_of


class Package(Section):
    """Where the Operator Lifecycle Manager takes an operator from.

    ``all_namespaces``: the operator watches all of them. Red Hat's builds want their own namespace only, the
    community's want all.
    """

    package: Text
    channel: Text = "stable"
    source: Text = "redhat-operators"
    source_namespace: Text = "openshift-marketplace"
    all_namespaces: bool = False


class Nmstate(Package):
    """The NMState operator's package."""

    package: Text = "kubernetes-nmstate-operator"


class Virtualization(Package):
    """OpenShift Virtualization's package."""

    package: Text = "kubevirt-hyperconverged"


class Operators(Section):
    """Whether the two operators are made, looked at, or not even looked at."""

    mode: Annotated[Literal["manage", "expect", "ignore"], one_of("manage", "expect", "ignore")] = "expect"
    nmstate: Nmstate = Nmstate()
    virtualization: Virtualization = Virtualization()
    approval: Annotated[Literal["Automatic", "Manual"], one_of("Automatic", "Manual")] = "Automatic"
    eviction_strategy: Annotated[
        Literal["LiveMigrate", "LiveMigrateIfPossible", "None", "External"],
        one_of("LiveMigrate", "LiveMigrateIfPossible", "None", "External"),
    ] = "LiveMigrate"
    remove_on_destroy: bool = False
    timeout_minutes: Annotated[int, Field(ge=1)] = 30
