"""An admission webhook that keeps one creation waiting: the moment in which an object is asked for and not yet made."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from sandbox.ports import LOOPBACK
from tests.engine.cluster import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.instance import Instance
    from tests.engine.cluster import Cluster

NAME = "held-by-a-test"
# Seconds that the API server waits for a webhook; the most that it takes.
TIMEOUT = 30
CONFIGURATION = ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")


class Held:
    """A creation that waits for a word."""

    def __init__(self) -> None:
        self._asked, self._let = threading.Event(), threading.Event()

    def answer(self) -> None:
        """Called by the API server's request."""
        self._asked.set()
        self._let.wait(TIMEOUT)

    def wait(self) -> None:
        """Until the API server has been asked to make the object."""
        until(self._asked.is_set, "the API server is asked for it")

    def let(self) -> None:
        """Lets it be made."""
        self._let.set()


@contextmanager
def held(instance: Instance, cluster: Cluster, group: str, plural: str) -> Iterator[Held]:
    """Holds the next creation of an object of this kind."""
    gate = Held()

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            review: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            gate.answer()
            response = {"uid": review["request"]["uid"], "allowed": True}
            body = json.dumps({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Not to the terminal."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Webhook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(instance.certificates / "webhook/tls.crt", instance.certificates / "webhook/tls.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cluster.create(_configuration(instance, server.server_port, group, plural))
    try:
        yield gate
    finally:
        gate.let()
        cluster.delete(*CONFIGURATION, NAME)
        server.shutdown()
        server.server_close()


def _configuration(instance: Instance, port: int, group: str, plural: str) -> dict[str, Any]:
    api_version, kind = CONFIGURATION
    authority = base64.b64encode((instance.certificates / "ca.crt").read_bytes()).decode()
    rule = {"apiGroups": [group], "apiVersions": ["*"], "resources": [plural], "operations": ["CREATE"]}
    webhook = {
        "name": "held.by.a.test",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": TIMEOUT,
        "clientConfig": {"url": f"https://{LOOPBACK}:{port}/", "caBundle": authority},
        "rules": [rule],
    }
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": NAME}, "webhooks": [webhook]}
