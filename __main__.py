"""The lab of one stack file: settings, preflight, components, outputs."""

from __future__ import annotations

import os

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_vsphere as vsphere

from clients import credentials, shared_files
from clients.credentials import Logins
from clients.errors import LabError
from clients.preflight import Preflight, preflight
from components import config, wiring
from components.outputs import export, outputs
from components.recorded import recorded
from lab import settings
from lab.mistakes import SettingsError
from lab.plan import Lab


def look() -> Preflight:
    """What the stack file means on what is there; ends the program, nothing made, when something is in the way."""
    where = f"Pulumi.{pulumi.get_stack()}.yaml"
    try:
        wanted = shared_files.parse(config.sections(), where=where, folder=config.folder())
        for warning in settings.warnings(wanted):
            pulumi.log.warn(f"{where}: {warning}")
        stack = f"{pulumi.get_project()}.{pulumi.get_stack()}"
        logins = Logins(get=config.value, environ=os.environ)
        found = preflight(wanted, stack=stack, where=where, logins=logins, recorded=recorded())
    except (LabError, SettingsError) as error:
        raise pulumi.RunError(str(error)) from None
    for line in found.news:
        pulumi.log.info(line)
    for line in found.warnings:
        pulumi.log.warn(line)
    return found


def providers(lab: Lab) -> list[pulumi.ProviderResource]:
    """The providers, logged in as preflight was; the password is a secret in the state as well."""
    cluster = credentials.cluster(config.value, os.environ)
    found: list[pulumi.ProviderResource] = [
        kubernetes.Provider(
            "cluster",
            kubeconfig=pulumi.Output.secret(cluster.content) if cluster.content else cluster.path,
            context=cluster.context,
            # A kubeconfig that moved is not another cluster, of which everything would have to be made again.
            cluster_identifier=lab.infra_id,
        )
    ]
    if lab.existing is None:
        vcenter = credentials.vcenter(config.value, os.environ, lab.server)
        found.append(
            vsphere.Provider(
                "vcenter",
                vsphere_server=vcenter.endpoint,
                user=vcenter.user,
                password=pulumi.Output.secret(vcenter.password),
                allow_unverified_ssl=not vcenter.verify_tls,
            )
        )
    return found


found = look()
made = wiring.build(found, pulumi.ResourceOptions(providers=providers(found.lab)))
export(outputs(found.lab, made.machines, found.nodes))
