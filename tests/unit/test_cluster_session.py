"""A session with the API server, before anything is asked of it."""

from __future__ import annotations

import base64
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO, Any

import pytest
import yaml
from kubernetes.config import kube_config

from clients.cluster import session
from clients.credentials import ClusterAccess
from clients.errors import LabError

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


class Context:
    """In the place of TLS's own, which takes real certificates only."""

    def load_cert_chain(self, certificate: str, _key: str | None) -> None:
        self.certificate = Path(certificate).read_text(encoding="utf-8")


def test_no_file_with_a_login_is_left_while_a_session_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine kills plugins: what is on the disk at that moment stays there."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("ssl.create_default_context", lambda **_: Context())
    with session.connect(ClusterAccess(content=kubeconfig("a certificate of this test"))):
        assert list(tmp_path.iterdir()) == []


def test_a_certificate_that_is_none_is_told_and_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    access = ClusterAccess(content=kubeconfig("no certificate"))
    with pytest.raises(LabError, match=r"kubeconfig .* cannot be used"), session.connect(access):
        pass
    assert list(tmp_path.iterdir()) == []


def test_two_sessions_at_once_both_have_the_whole_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi asks for resources side by side, and each has a session of its own in one process."""
    access = ClusterAccess(content=kubeconfig("a certificate of two sessions"))
    is_writing, may_write = threading.Event(), threading.Event()

    def slowly(path: str, mode: str) -> IO[Any]:
        is_writing.set()
        assert may_write.wait(10)
        return Path(path).open(mode)

    def certificate() -> str:
        with session.connect(access) as cluster:
            context = cluster._api.rest_client.pool_manager.connection_pool_kw["ssl_context"]
            return str(context.certificate)

    monkeypatch.setattr("ssl.create_default_context", lambda **_: Context())
    monkeypatch.setattr(kube_config, "open", slowly, raising=False)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(certificate)
        assert is_writing.wait(10)
        second = threads.submit(certificate)
        wait([second], timeout=TOO_EARLY)
        may_write.set()
        assert {first.result(), second.result()} == {"a certificate of two sessions"}
