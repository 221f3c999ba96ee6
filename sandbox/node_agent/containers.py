"""A pod's container as a process: what the kubelet makes of its command, its arguments and its environment.

Not here: images, so that nothing but the container itself says what runs; volumes; probes, limits and securityContext,
which are passed over.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Object = dict[str, Any]

# The guest's own Python and tools are found, and nothing that a machine has under /usr/local.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LAST_WORDS = "/dev/termination-log"
# The volume of a ServiceAccount's token, that every pod of a cluster has.
TOKEN = "kube-api-access-"  # noqa: S105
# `$$`, `$(NAME)`, and any other use of the sign (kubernetes, third_party/forked/golang/expansion).
REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
# The fields of a pod that its environment may tell; the second argument is its node's address.
FIELDS: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "metadata.name": lambda pod, _: str(pod["metadata"]["name"]),
    "metadata.namespace": lambda pod, _: str(pod["metadata"]["namespace"]),
    "metadata.uid": lambda pod, _: str(pod["metadata"]["uid"]),
    "spec.nodeName": lambda pod, _: str(pod["spec"]["nodeName"]),
    "status.hostIP": lambda _, address: address,
}


def command(pod: Mapping[str, Any]) -> list[str]:
    """The command with its arguments as the pod has them; nothing where the image would have the command."""
    (container, *_) = pod["spec"]["containers"]
    return [*(container.get("command") or ()), *(container.get("args") or ())]


def unsupported(pod: Mapping[str, Any]) -> str:
    """What keeps a pod from running here, although a kubelet would run it; or nothing."""
    spec = pod["spec"]
    volumes = [volume["name"] for volume in spec.get("volumes") or [] if not volume["name"].startswith(TOKEN)]
    if spec.get("restartPolicy") != "Never":
        return f"restartPolicy {spec.get('restartPolicy')} is not played by this node: it runs pods with Never"
    if len(spec["containers"]) > 1 or spec.get("initContainers"):
        return "this node runs pods of one container, without init containers"
    if volumes:
        return f"this node mounts no volumes: {', '.join(volumes)}"
    for item in spec["containers"][0].get("env") or []:
        if item.get("valueFrom") and _path(item) not in FIELDS:
            return f"variable {item['name']}: this node knows only the fields {', '.join(FIELDS)}"
    if spec["containers"][0].get("envFrom"):
        return "this node fills an environment from no ConfigMap or Secret"
    return ""


def process(pod: Mapping[str, Any], host_address: str) -> Object:
    """What `start_pod` of the guest's agent needs (sandbox/kernel/inside/pods.py), but for whose it is and where."""
    (container,) = pod["spec"]["containers"]
    environment = {"PATH": PATH, "HOME": "/root", "HOSTNAME": host_name(pod)}
    for item in container.get("env") or []:
        value = item.get("value") or ""
        if item.get("valueFrom"):
            value = FIELDS[_path(item)](pod, host_address)
        environment[item["name"]] = expanded(value, environment)
    return {
        "command": [expanded(word, environment) for word in command(pod)],
        "environment": environment,
        "folder": container.get("workingDir") or "/",
        "name": host_name(pod),
        "last_words": container.get("terminationMessagePath") or LAST_WORDS,
    }


def host_name(pod: Mapping[str, Any]) -> str:
    """The host's name within the pod."""
    spec = pod["spec"]
    return str(spec["nodeName"] if spec.get("hostNetwork") else spec.get("hostname") or pod["metadata"]["name"])


def _path(variable: Mapping[str, Any]) -> str:
    return str((variable["valueFrom"].get("fieldRef") or {}).get("fieldPath", ""))


def expanded(text: str, environment: Mapping[str, str]) -> str:
    """With known variables in the place of ``$(NAME)``; ``$$`` is one sign, and no reference begins with it."""
    return REFERENCE.sub(lambda found: "$" if found[1] is None else environment.get(found[1], found[0]), text)


def last_words(pod: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """A container's termination message, of what the guest has told of its end."""
    (container,) = pod["spec"]["containers"]
    falls_back = container.get("terminationMessagePolicy") == "FallbackToLogsOnError"
    if not told["words"] and falls_back and told["code"]:
        return str(told["output"])
    return str(told["words"])
