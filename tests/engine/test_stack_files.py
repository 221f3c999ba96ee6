"""Each stack file of examples/stacks, up and down in one sandbox: only vCenter's address is another there."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sandbox import project
from tests.engine.cluster import until
from tests.engine.lab import Lab
from tests.engine.plays import play
from tests.engine.worker import under_the_policy

if TYPE_CHECKING:
    from tests.engine.cluster import Cluster

# One of the stacks installs them.
OPERATORS = "none"
FOLDER = project.ROOT / "examples" / "stacks"
FILES = {path.name.split(".")[1]: path for path in FOLDER.glob("Pulumi.*.yaml")}
# First the stack that installs the operators: the others find them.
ORDER = sorted(FILES, key=lambda name: (name != "operators", name))


def adapted(text: str) -> tuple[dict[str, Any], str]:
    """The file's sections, and its text for the sandbox: what it shares with others stays as it is."""
    content = yaml.safe_load(text)
    if {"cnv-lab:vcenter", "cnv-lab:extends"} & set(content["config"]):
        content["config"].setdefault("cnv-lab:vcenter", {})["server"] = "127.0.0.1"
    return content["config"], yaml.safe_dump(content, sort_keys=False)


@pytest.mark.parametrize("name", ORDER)
def test_the_lab_comes_up_stays_as_it_is_and_goes(name: str, lab: Lab, cluster: Cluster) -> None:
    config, text = adapted(FILES[name].read_text(encoding="utf-8"))
    shutil.copytree(FOLDER / "labs", lab.instance.project / "labs", dirs_exist_ok=True)
    project.add_stack(lab.instance, lab.instance.load(), name, text)
    stack = Lab(instance=lab.instance, stack=name)
    trunk, existing = config.get("cnv-lab:trunk", {}), config["cnv-lab:hypervisors"].get("existing")
    if trunk.get("ownership") == "existing":
        play(lab, "port-group", trunk["portGroup"], "--vlans", "1925-1928", "--mac-learning")
    with under_the_policy(cluster, labels=existing["nodeSelector"]) if existing else nullcontext():
        stack.up().succeeded()
        for place in stack.outputs()["networkAttachments"]:
            # Those of a ClusterUserDefinedNetwork OVN-Kubernetes makes, in its own time.
            until(partial(cluster.attachment, *place.split("/")), place)
        stack.preview("--refresh", "--expect-no-changes").succeeded()
        stack.destroy().succeeded()
    assert cluster.policy(config["cnv-lab:nodeNetwork"].get("name", "ens224-policy")) is None
    assert stack.resources() == []
