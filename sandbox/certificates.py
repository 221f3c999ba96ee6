"""The sandbox's own certificate authority, made by openssl for one instance."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from sandbox.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

# As long as anybody keeps a sandbox: they are not renewed.
DAYS = "3650"
LOOPBACK_NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc"


def make(folder: Path) -> None:
    """A CA, certificates for the API server and the Machine API's webhooks, an administrator's, a signing key.

    Raises:
        Refusal: openssl is missing or fails.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / "complete").exists():
        return
    _key(folder, "ca")
    _openssl(folder, "req -x509 -new -key ca.key -out ca.crt -subj /CN=cnv-lab-sandbox", "-days", DAYS)
    _signed(folder, "apiserver", "/CN=kube-apiserver", f"{LOOPBACK_NAMES}\nextendedKeyUsage=serverAuth")
    _signed(folder, "admin", "/O=system:masters/CN=sandbox-admin", "extendedKeyUsage=clientAuth")
    # The webhook server wants these names in a folder of their own.
    (folder / "webhook").mkdir(exist_ok=True)
    _signed(folder, "webhook/tls", "/CN=machine-api-webhooks", f"{LOOPBACK_NAMES}\nextendedKeyUsage=serverAuth")
    _key(folder, "service-accounts")
    _openssl(folder, "ec -in service-accounts.key -pubout -out service-accounts.pub")
    (folder / "complete").touch()


def _key(folder: Path, name: str) -> None:
    _openssl(folder, f"ecparam -name prime256v1 -genkey -noout -out {name}.key")


def _signed(folder: Path, name: str, subject: str, extensions: str) -> None:
    _key(folder, name)
    _openssl(folder, f"req -new -key {name}.key -out {name}.csr", "-subj", subject)
    (folder / f"{name}.ext").write_text(extensions + "\n", encoding="utf-8")
    _openssl(
        folder,
        f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out {name}.crt -extfile {name}.ext",
        "-days",
        DAYS,
    )


def _openssl(folder: Path, command: str, *more: str) -> None:
    # openssl is chatty on stderr when all is well; it is shown when something is not.
    try:
        done = subprocess.run(
            ["openssl", *command.split(), *more], cwd=folder, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Refusal("openssl is missing: apt-get install openssl") from None
    if done.returncode:
        raise Refusal(f"openssl {command} failed: {done.stderr.strip()}")
