"""A session with the API server, before anything is asked of it."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import yaml
from kubernetes.config import kube_config

from clients.cluster import session

if TYPE_CHECKING:
    import pytest

# Seconds that the second session has to be done too early.
TOO_EARLY = 0.5


def kubeconfig(certificate: str) -> str:
    user = {"client-certificate-data": base64.b64encode(certificate.encode()).decode()}
    return yaml.safe_dump(
        {
            "current-context": "lab",
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin"}}],
            "clusters": [{"name": "lab", "cluster": {"server": "https://api.example:6443"}}],
            "users": [{"name": "admin", "user": user}],
        }
    )


def test_two_sessions_at_once_both_have_the_whole_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi asks for resources side by side, and each has a session of its own in one process."""
    access = session.ClusterAccess(content=kubeconfig("a certificate of two sessions"))
    is_writing, may_write = threading.Event(), threading.Event()

    def slowly(path: str, mode: str) -> IO[Any]:
        is_writing.set()
        assert may_write.wait(10)
        return Path(path).open(mode)

    def certificate() -> str:
        with session.connect(access) as cluster:
            return Path(cluster._api.configuration.cert_file).read_text(encoding="utf-8")

    monkeypatch.setattr(kube_config, "open", slowly, raising=False)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(certificate)
        assert is_writing.wait(10)
        second = threads.submit(certificate)
        wait([second], timeout=TOO_EARLY)
        may_write.set()
        assert {first.result(), second.result()} == {"a certificate of two sessions"}
