"""The search for logins in what runs leave: it finds them however they are written."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.engine import leaks

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = 'p"a<s&s w/ö\\rd'  # noqa: S105, nobody's
KEY = base64.b64encode(b"-----BEGIN EC PRIVATE KEY-----\n" + bytes(range(200))).decode()


@pytest.mark.parametrize("secret", [PASSWORD, KEY, "ey.ab-_cd"], ids=["password", "key", "token"])
@pytest.mark.parametrize(
    "written",
    [
        lambda secret: f"password={secret}\n",
        lambda secret: json.dumps({"password": secret, "more": 1}),
        lambda secret: urlencode({"a": secret}).replace("+", "%20"),
        *(
            lambda secret, pad=pad: base64.b64encode(f"{'x' * pad}{secret}, and more".encode()).decode()
            for pad in range(3)
        ),
        lambda secret: (
            f"<password>{secret.replace('&', '&amp;').replace('<', '&lt;').replace(chr(34), '&quot;')}</password>"
        ),
    ],
    ids=["in clear", "in JSON", "in a URL", "in base64", "in base64, 1 in", "in base64, 2 in", "in XML"],
)
def test_a_login_is_found_as_it_is_written(tmp_path: Path, secret: str, written: object) -> None:
    assert callable(written)
    (tmp_path / "log").write_text(written(secret), encoding="utf-8")
    assert leaks.found(leaks.below(tmp_path), {"the login": secret})


def test_what_holds_none_is_not_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a password of vCenter is not told", encoding="utf-8")
    assert leaks.found(leaks.below(tmp_path), {"the login": PASSWORD}) == []
