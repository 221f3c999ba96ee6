"""`play by-hand` makes what the post has, and nothing that suits this program better."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.plays import by_hand

POST = Path(__file__).parent / "post"


def posts(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((POST / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ["policy", "network_attachment"])
def test_what_is_made_by_hand_is_the_posts_own_manifest(name: str) -> None:
    assert by_hand.manifest(name) == posts(name)


def test_of_the_posts_machine_set_only_the_servers_are_others() -> None:
    found, post = by_hand.manifest("machine_set"), posts("machine_set")
    del post["metadata"]["resourceVersion"]  # with it no server would make it
    post["spec"]["template"]["spec"]["providerSpec"]["value"]["workspace"]["server"] = "127.0.0.1"
    assert found == post
