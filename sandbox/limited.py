"""A user in vCenter and a ServiceAccount in the cluster who may do what lab/privileges.py and docs/rbac.yaml say.

Each privilege is given on the very objects that it is listed for, by a role for each of them: what the list forgets is
refused by the simulated vCenter, which has its own account of what calls require (tools/vcenter/privileges.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from pyVmomi import vim

from lab.privileges import PRIVILEGES, Place
from sandbox import cluster, inventory
from sandbox.errors import Refusal
from sandbox.instance import LIMITED_USER
from sandbox.parts import ROOT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sandbox.instance import Instance, Record

RULES = ROOT / "docs" / "rbac.yaml"
NAME = "cnv-lab"
# A day, in seconds.
TOKEN_LASTS = 86400
# Every role has them.
SYSTEM = ("System.Anonymous", "System.View", "System.Read")


def grant(instance: Instance, record: Record, without: Collection[str] = ()) -> None:
    """Gives both what they need, but for the privileges ``without``; what they had before is taken back.

    Raises:
        Refusal: one of these is none of the privileges that a lab needs.
    """
    unknown = sorted(set(without) - {item.id for item in PRIVILEGES})
    if unknown:
        raise Refusal(f"{', '.join(unknown)}: no lab needs that; docs/credentials.md lists what they need.")
    with inventory.session(instance, record) as content:
        held: dict[Any, set[str]] = {}
        for place, item in _objects(content):
            ids = {one.id for one in PRIVILEGES if one.place is place and one.id not in without}
            held[item] = held.get(item, set()) | ids
        for item, ids in held.items():
            _permit(content.authorizationManager, item, ids)
    _service_account(instance, record)


def _objects(content: Any) -> Iterator[tuple[Place, Any]]:
    """The post's objects, of which there is one of most kinds."""
    (datacenter,) = inventory.all_of(content, vim.Datacenter)
    (cluster_of_hosts,) = inventory.all_of(content, vim.ClusterComputeResource)
    found = content.searchIndex.FindByInventoryPath
    yield Place.DATACENTER, datacenter
    yield Place.CLUSTER, cluster_of_hosts
    yield from ((Place.HOST, host) for host in cluster_of_hosts.host)
    yield Place.RESOURCE_POOL, cluster_of_hosts.resourcePool
    yield Place.DATASTORE, found(f"{inventory.DATACENTER}/datastore/{inventory.DATASTORE}")
    folder = found(f"{inventory.DATACENTER}/vm/{inventory.FOLDER}")
    yield Place.FOLDER, folder
    # Not the template itself: the next one of this name is another object.
    yield Place.SOURCE, folder
    yield Place.MACHINE_NETWORK, found(f"{inventory.DATACENTER}/network/{inventory.NETWORK}")
    yield Place.TRUNK, datacenter.networkFolder
    yield Place.SWITCH, found(f"{inventory.DATACENTER}/network/{inventory.DISTRIBUTED_SWITCH}")
    yield Place.SWITCH_FOLDER, datacenter.networkFolder


def _permit(manager: Any, item: Any, ids: Collection[str]) -> None:
    name = f"{NAME} on {item._GetMoId()}"  # noqa: SLF001, pyVmomi's own way
    wanted = sorted({*SYSTEM, *ids})
    role = next((role for role in manager.roleList if role.name == name), None)
    if role is None:
        number = manager.AddAuthorizationRole(name=name, privIds=wanted)
    else:
        number = role.roleId
        manager.UpdateAuthorizationRole(roleId=number, newName=name, privIds=wanted)
    permission = vim.AuthorizationManager.Permission(
        principal=LIMITED_USER,
        group=False,
        roleId=number,
        # A cluster would hand it down to hosts and pools, which have their own.
        propagate=not isinstance(item, vim.ClusterComputeResource),
    )
    manager.SetEntityPermissions(entity=item, permission=[permission])


def _service_account(instance: Instance, record: Record) -> None:
    api = cluster.log_in(instance)
    for item in yaml.safe_load_all(RULES.read_text(encoding="utf-8")):
        api.apply(item, force=True)
    account = f"/api/v1/namespaces/{NAME}/serviceaccounts/{NAME}/token"
    wanted = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": TOKEN_LASTS},
    }
    token = api.request("POST", account, body=wanted)["status"]["token"]
    cluster.write_kubeconfig(instance, instance.limited_kubeconfig, record.ports["kube-apiserver"], {"token": token})
