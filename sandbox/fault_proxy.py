"""Stands before the sandbox's API server and refuses, holds or cuts off the requests that its rules name.

A client shows the administrator's certificate, and so does the proxy: who may do what stays the same. All else passes
as it is, watches as they come, but for HTTP/2 and the upgraded connections of `oc exec`.

Rules come by HTTP on a second port, as JSON; any key may be left out, but a rule has to do something:

    curl -d '{"method": "PATCH", "path": "*/machinesets/*", "agent": "cnv-lab/*", "skip": 1, "times": 2,
              "status": 503, "retry_after": 1, "message": "overloaded"}' 127.0.0.1:PORT/faults

``skip`` requests pass first, then ``times`` meet the rule (0: all). ``"close": "request"`` closes the connection before
the API server sees the request, ``"close": "answer"`` when it has done what it was asked for. ``"hold": true`` keeps a
request back until the rules are removed. GET shows the rules with how many requests met them, DELETE removes them all.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# Of one connection, not of the message on it.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host"}
REASONS = {409: "Conflict", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}


@dataclass(kw_only=True)
class Rule:
    """Which requests, and what becomes of them; patterns as in a shell, ``*`` also over slashes."""

    method: str = "*"
    path: str = "*"
    agent: str = "*"
    skip: int = 0
    times: int = 0
    status: int = 0
    retry_after: int = 0
    message: str = ""
    close: str = ""
    hold: bool = False
    seen: int = 0
    met: int = 0

    @classmethod
    def told(cls, keys: Any) -> Rule:
        """The rule that a POST carries.

        Raises:
            ValueError: it could never be met, or does nothing.
        """
        own = {key: value for key, value in asdict(cls()).items() if key not in {"seen", "met"}}
        wrong = [key for key, value in dict(keys).items() if type(value) is not type(own.get(key))]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: not of a rule, which is like {json.dumps(own)}")
        rule = cls(**keys)
        if rule.close not in {"", "request", "answer"} or not (rule.status or rule.close or rule.hold):
            raise ValueError('a rule needs a status, "close" ("request" or "answer") or "hold"')
        return rule

    def fits(self, method: str, path: str, agent: str) -> bool:
        """Whether this request meets it; counts those that it lets pass first."""
        pairs = ((method, self.method), (path, self.path), (agent, self.agent))
        if (self.times and self.met >= self.times) or not all(fnmatchcase(*pair) for pair in pairs):
            return False
        self.seen += 1
        return self.seen > self.skip


# Those in force, in the order in which they came.
RULES: list[Rule] = []
CHANGED = threading.Condition()


def meet(method: str, path: str, agent: str) -> Rule:
    """The rule for this request, or an empty one; returns when it holds the request no longer."""
    with CHANGED:
        rule = next((rule for rule in RULES if rule.fits(method, path, agent)), Rule())
        rule.met += 1
        if rule.hold:
            CHANGED.wait_for(lambda: not any(rule is other for other in RULES))
    return rule


class Proxy(BaseHTTPRequestHandler):
    """One client's connection."""

    protocol_version = "HTTP/1.1"
    api: str
    tls: ssl.SSLContext

    def do_GET(self) -> None:
        """Passes the request on, unless a rule says otherwise."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        rule = meet(self.command, self.path.partition("?")[0], self.headers.get("User-Agent", ""))
        if rule.status:
            self._refuse(rule)
        elif rule.close == "request":
            self.close_connection = True
        else:
            self._pass_on(body, answering=not rule.close)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def _refuse(self, rule: Rule) -> None:
        message = rule.message or f"the fault proxy says {rule.status}"
        told = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": rule.status}
        body = json.dumps({**told, "reason": REASONS.get(rule.status, ""), "message": message}).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        self._begin(rule.status, headers | ({"Retry-After": str(rule.retry_after)} if rule.retry_after else {}))
        self.wfile.write(body)

    def _pass_on(self, body: bytes, *, answering: bool) -> None:
        api = HTTPSConnection(self.api, context=self.tls)
        try:
            api.request(self.command, self.path, body or None, _end_to_end(self.headers))
            answer = api.getresponse()
            headers = _end_to_end(answer.headers)
            # Also how a body ends whose length nobody knows yet.
            self.close_connection = not answering or "Content-Length" not in headers
            if answering:
                self._begin(answer.status, headers | ({"Connection": "close"} if self.close_connection else {}))
            while chunk := answer.read1():
                if answering:
                    self.wfile.write(chunk)
        finally:
            api.close()

    def _begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()


def _end_to_end(headers: Any) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key.lower() not in HOP_BY_HOP}


class Control(BaseHTTPRequestHandler):
    """The rules' port."""

    def do_GET(self) -> None:
        """Adds a rule, shows or removes them."""
        with CHANGED:
            try:
                if self.command == "POST":
                    body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    RULES.append(Rule.told(json.loads(body)))
                elif self.command == "DELETE":
                    RULES.clear()
            except (ValueError, TypeError) as error:
                status, told = HTTPStatus.BAD_REQUEST, str(error)
            else:
                status, told = HTTPStatus.OK, json.dumps([asdict(rule) for rule in RULES], indent=2)
            CHANGED.notify_all()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(f"{told}\n".encode())

    do_POST = do_DELETE = do_GET  # noqa: N815


class TlsServer(ThreadingHTTPServer):
    """Each connection's own thread makes its handshake: accept() must not wait for a client."""

    daemon_threads = True
    tls: ssl.SSLContext

    def get_request(self) -> Any:
        """Takes a connection."""
        taken, address = super().get_request()
        return self.tls.wrap_socket(taken, server_side=True, do_handshake_on_connect=False), address


def main(listen: str, control: str, api: str, pki: Path) -> None:
    """Serves at an address (host:port), takes rules at another, passes on to the third."""
    (host, port), (control_host, control_port) = listen.split(":"), control.split(":")
    Proxy.api, Proxy.tls = api, ssl.create_default_context(cafile=pki / "ca.crt")
    Proxy.tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    TlsServer.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pki / "ca.crt")
    TlsServer.tls.verify_mode = ssl.CERT_REQUIRED  # whoever gets through is an administrator to the API server
    TlsServer.tls.load_cert_chain(pki / "apiserver.crt", pki / "apiserver.key")
    rules = ThreadingHTTPServer((control_host, int(control_port)), Control)
    threading.Thread(target=rules.serve_forever, daemon=True).start()
    TlsServer((host, int(port)), Proxy).serve_forever()


if __name__ == "__main__":
    listen, control, api, pki = sys.argv[1:]
    main(listen, control, api, Path(pki))
