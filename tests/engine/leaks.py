"""Looks for a login in all that a run leaves: in clear, and as it is written by what encodes it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

# Letters that are looked for of a long one: its line may be broken where it was written.
ENOUGH = 60


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """How it may be written, and the bytes of that."""
    yield "in clear", secret.encode()
    yield "in JSON", json.dumps(secret)[1:-1].encode()
    yield "in a URL", quote(secret, safe="").encode()
    yield "in XML", escape(secret, {'"': "&quot;"}).encode()
    # Inside of something longer it begins at any of three places, and what stands beside it blurs the ends.
    for offset in range(3):
        missing = -(offset + len(secret.encode())) % 3
        encoded = base64.b64encode(b"\0" * offset + secret.encode() + b"\0" * missing)
        yield f"in base64, {offset} bytes in", encoded[(0, 2, 3)[offset] : len(encoded) - (0, 2, 3)[missing]]


def of_long(secret: str) -> str:
    """The middle of a key or a token, by which it is found."""
    begin = max(0, (len(secret) - ENOUGH) // 2)
    return secret[begin : begin + ENOUGH]


def found(files: Sequence[Path], secrets: Mapping[str, str]) -> list[str]:
    """A line for each of these secrets in each of these files."""
    wanted = [(name, form, text) for name, secret in secrets.items() for form, text in forms(of_long(secret))]
    return [
        f"{name} {form}: {path}"
        for path in files
        for content in [path.read_bytes()]
        for name, form, text in wanted
        if text in content
    ]


def below(*folders: Path) -> list[Path]:
    """Every file in these folders; what is linked from elsewhere is not followed."""
    return [
        path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()
    ]
