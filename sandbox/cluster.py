"""Puts into an empty API server what an installed cluster has: kinds, the installer's objects, admission."""

from __future__ import annotations

import base64
import string
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sandbox import boot_images, operators, tools
from sandbox.api_server import ApiError, ApiServer
from sandbox.errors import Refusal
from sandbox.instance import VCENTER_USER
from sandbox.node_agent.conditions import now
from sandbox.ports import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.instance import Instance, Record

HERE = Path(__file__).parent
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MANAGER = "cluster-installer"
# Kinds whose status is written like any other field.
WITHOUT_SUBRESOURCE = {"Network"}
# Seconds.
PATIENCE, INTERVAL = 30, 0.05


def write_kubeconfigs(instance: Instance, record: Record) -> None:
    """The administrator's, with everything in it: it may be copied. And the same by way of the fault proxy."""
    certificate = {
        "client-certificate-data": _encoded(instance, "admin.crt"),
        "client-key-data": _encoded(instance, "admin.key"),
    }
    write_kubeconfig(instance, instance.kubeconfig, record.ports["kube-apiserver"], certificate)
    write_kubeconfig(instance, instance.faulty_kubeconfig, record.ports["api-faults"], certificate)


def write_kubeconfig(instance: Instance, path: Path, port: int, user: dict[str, str]) -> None:
    """One with a single context, for this user."""
    cluster = {"server": f"https://{LOOPBACK}:{port}", "certificate-authority-data": _encoded(instance, "ca.crt")}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "sandbox",
        "clusters": [{"name": "sandbox", "cluster": cluster}],
        "users": [{"name": "sandbox", "user": user}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def _encoded(instance: Instance, name: str) -> str:
    return base64.b64encode((instance.certificates / name).read_bytes()).decode()


def log_in(instance: Instance) -> ApiServer:
    """A client of the sandbox's API server."""
    return ApiServer(str(instance.kubeconfig), None, manager=MANAGER)


def wait_until_ready(instance: Instance) -> None:
    """Waits until the API server has finished its own start."""
    api = log_in(instance)

    def is_ready() -> bool:
        # Anything that is stored; /readyz answers in plain text, and a little earlier.
        return bool(api.request("GET", "/api/v1/namespaces/kube-system"))

    _until(is_ready, "the API server is ready")


def install(instance: Instance, record: Record) -> None:
    """Kinds, then the installer's objects of these kinds."""
    is_installed = record.operators == operators.INSTALLED
    kinds = [*_definitions(), *(operators.definitions() if is_installed else ())]
    api = log_in(instance)
    api.path(kinds[0])  # known, before it is asked for from all sides
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(api.apply, force=True), kinds))
    for kind in kinds:
        _until(partial(_is_established, api, kind), f"{kind['metadata']['name']} is established")
    values = {
        "api_port": record.ports["kube-apiserver"],
        "vcenter_port": record.ports["vcenter"],
        "vcenter_user": VCENTER_USER,
        "vcenter_password": record.password,
        "release": record.release,
    }
    files = {"installer.yaml": values, "policy_guard.yaml": {}, "kubelets.yaml": {}}
    if is_installed:
        files["operators.yaml"] = {"moment": now()}
    for item in [item for name, needed in files.items() for item in _objects(name, needed)]:
        status = None if item["kind"] in WITHOUT_SUBRESOURCE else item.pop("status", None)
        _until(partial(api.apply, item, force=True), f"{item['kind']} can be made")
        if status is not None:
            metadata = {key: item["metadata"][key] for key in ("name", "namespace") if key in item["metadata"]}
            whole = {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": metadata, "status": status}
            api.apply(whole, force=True, subresource="/status")
    boot_images.tell(api, record.release)


def register_webhooks(instance: Instance, record: Record) -> None:
    """Lets the API server ask the Machine API's webhooks; only when these listen, for they may be missed unnoticed."""
    authority = base64.b64encode((instance.certificates / "ca.crt").read_bytes()).decode()
    api = log_in(instance)
    for item in _objects("webhooks.yaml", {"webhook_port": record.ports["webhooks"], "ca": authority}):
        api.apply(item, force=True)


def _definitions() -> Iterator[dict[str, Any]]:
    for path in [tools.path("crds.yaml"), *sorted((HERE / "crds").glob("*.yaml"))]:
        yield from filter(None, yaml.load_all(path.read_text(encoding="utf-8"), Loader=LOADER))


def _objects(name: str, values: dict[str, object]) -> Iterator[dict[str, Any]]:
    text = (HERE / "objects" / name).read_text(encoding="utf-8")
    yield from yaml.load_all(string.Template(text).substitute(values), Loader=LOADER)


def _is_established(api: ApiServer, kind: dict[str, Any]) -> bool:
    conditions = ((api.get(kind) or {}).get("status") or {}).get("conditions") or []
    return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)


def _until(holds: Callable[[], object], what: str) -> None:
    """Asks again until it holds: a kind that was just defined is not served at once."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if holds():
                return
            reason = "not yet"
        except (ApiError, Refusal) as error:
            reason = str(error)
        if time.monotonic() > deadline:
            raise Refusal(f"waited {PATIENCE} s until {what}: {reason}")
        time.sleep(INTERVAL)
