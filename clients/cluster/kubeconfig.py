"""Makes a client of a kubeconfig, and leaves nothing of it on the disk."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from kubernetes.config import kube_config, new_client_from_config, new_client_from_config_dict

if TYPE_CHECKING:
    from kubernetes import client

    from clients.credentials import ClusterAccess

# The kubernetes package keeps a kubeconfig's certificates and key in temporary files, and hands out a file's name
# before its content is written (config/kube_config.py, _create_temp_file_with_content); Pulumi asks for resources side
# by side.
_LOADING = threading.Lock()


def load(access: ClusterAccess, configuration: client.Configuration) -> client.ApiClient:
    """A client for this login; it has read all that it needs.

    Raises:
        ConfigException: the kubeconfig is none, or has no such context.
        OSError: a file in it cannot be read, or is no certificate or key.
    """
    files: dict[str, str] = kube_config._temp_files  # noqa: SLF001, the package has no other word for them
    with _LOADING:
        before = set(files)
        try:
            api = _client(access, configuration)
            _keep_in_memory(api)
        finally:
            # Now, for the engine kills its plugins: what is on the disk at their end stays there.
            for content in set(files) - before:
                Path(files.pop(content)).unlink(missing_ok=True)
    return api


def _client(access: ClusterAccess, configuration: client.Configuration) -> client.ApiClient:
    api: client.ApiClient
    if access.content is not None:
        content = yaml.safe_load(access.content)
        api = new_client_from_config_dict(content, context=access.context, client_configuration=configuration)
    else:
        api = new_client_from_config(
            config_file=access.path, context=access.context, client_configuration=configuration
        )
    return api


def _keep_in_memory(api: client.ApiClient) -> None:
    """Has the client's connections use what is in its files now, in place of the files."""
    settings, pool = api.configuration, api.rest_client.pool_manager.connection_pool_kw
    context = ssl.create_default_context(cafile=settings.ssl_ca_cert)
    if not settings.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    for name in ("cert_file", "key_file", "ca_certs", "ca_cert_data"):
        pool.pop(name, None)
    pool["ssl_context"] = context
