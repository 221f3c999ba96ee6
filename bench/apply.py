"""One client's server-side apply: ``python -m bench.apply STEP FILE``, with the official Python client."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from kubernetes.config import new_client_from_config
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import NotFoundError

MANAGER = "bench"
FOREGROUND = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"}
PATIENCE_S, INTERVAL_S = 120, 0.1


class Client:
    """Whole objects, by their apiVersion and kind."""

    def __init__(self) -> None:
        """Logs in by KUBECONFIG."""
        self._client = DynamicClient(new_client_from_config())

    def _of(self, item: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        metadata = item["metadata"]
        resource = self._client.resources.get(api_version=item["apiVersion"], kind=item["kind"])
        return resource, {"name": metadata["name"], "namespace": metadata.get("namespace")}

    def apply(self, item: dict[str, Any], **query: Any) -> None:
        """Makes or changes one."""
        resource, place = self._of(item)
        try:
            resource.server_side_apply(body=item, **place, field_manager=MANAGER, force_conflicts=True, **query)
        except NotFoundError:
            # A dry run of what is in a namespace that is not there yet.
            if not query:
                raise

    def delete(self, item: dict[str, Any]) -> None:
        """Begins to delete one, with what it owns."""
        resource, place = self._of(item)
        resource.delete(**place, body=FOREGROUND)

    def is_there(self, item: dict[str, Any]) -> bool:
        """Whether it is there."""
        resource, place = self._of(item)
        try:
            resource.get(**place)
        except NotFoundError:
            return False
        return True


def main() -> None:
    """Does one step."""
    step, path = sys.argv[1:]
    objects = json.loads(Path(path).read_text(encoding="utf-8"))["objects"]
    client = Client()
    if step == "destroy":
        for item in reversed(objects):
            client.delete(item)
        deadline = time.monotonic() + PATIENCE_S
        for item in reversed(objects):
            while client.is_there(item):
                if time.monotonic() > deadline:
                    sys.exit(f"{item['kind']} {item['metadata']['name']} is still there")
                time.sleep(INTERVAL_S)
        return
    query = {"dry_run": "All"} if step == "preview" else {}
    for item in objects:
        client.apply(item, **query)


if __name__ == "__main__":
    main()
