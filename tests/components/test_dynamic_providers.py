"""The dynamic providers themselves: what of them lies in Pulumi's state, and where their logins come from."""

from __future__ import annotations

import ast
import pickletools
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from clients.errors import LabError
from components.dynamic.access import ACCESS
from components.dynamic.plain_errors import plain_errors
from tests.components import programs, wire
from tests.components.recorder import PROJECT
from tests.components.run import (
    GUARD,
    HYPERVISOR_DRAIN,
    HYPERVISOR_ROLLOUT,
    POLICY_REVERT,
    POLICY_ROLLOUT,
    TEARDOWN_CHECK,
    TEMPLATE,
)

if TYPE_CHECKING:
    from tests.components.run import Run

ROOT = Path(__file__).parents[2]
DYNAMIC = ROOT / "components" / "dynamic"
MODULES = {
    TEMPLATE: ("components.dynamic.template", "TemplateProvider"),
    HYPERVISOR_DRAIN: ("components.dynamic.hypervisor_drain", "HypervisorDrainProvider"),
    HYPERVISOR_ROLLOUT: ("components.dynamic.hypervisor_rollout", "HypervisorRolloutProvider"),
    POLICY_REVERT: ("components.dynamic.policy_revert", "PolicyRevertProvider"),
    POLICY_ROLLOUT: ("components.dynamic.policy_rollout", "PolicyRolloutProvider"),
    GUARD: ("components.dynamic.namespace_guard", "NamespaceGuardProvider"),
    TEARDOWN_CHECK: ("components.dynamic.teardown_check", "TeardownCheckProvider"),
}


@pytest.mark.parametrize("kind", MODULES)
def test_a_provider_is_a_reference_that_every_state_can_still_follow(run: Run, kind: str) -> None:
    """By value it would be another one after each upgrade; a class that moved could not destroy what it made."""
    for item in run.of(kind):
        words = [argument for _, argument, _ in pickletools.genops(wire.pickled(item)) if isinstance(argument, str)]
        assert tuple(words) == MODULES[kind], "a module, a class, and nothing that it holds"


@pytest.mark.parametrize("kind", MODULES)
def test_a_provider_keeps_nothing_of_the_configuration_that_it_is_given(run: Run, kind: str) -> None:
    """What it kept would be pickled into the state with the next resource."""
    provider = wire.provider(run.of(kind)[0])
    provider.configure(configuration(programs.LOGINS))
    assert not vars(provider)


def test_a_diff_loads_none_of_the_clients() -> None:
    """Each preview starts a process for the providers; loading what only acts would double what it costs."""
    imports = [f"import {module}" for module, _ in MODULES.values()]
    assert loaded("kubernetes", "pyVmomi", "pydantic", by=imports) == []


def test_what_acts_loads_neither_the_stack_files_sections_nor_the_checks_before_an_up() -> None:
    """Its inputs say all that it needs; making the sections' models takes as long as loading all of our clients."""
    imports = [line for path in DYNAMIC.glob("*.py") for line in imports_where_needed(path)]
    assert {"from clients import teardown", "from clients.cluster import node_network"} <= set(imports)
    assert loaded("lab.sections", "lab.settings", "clients.preflight", "clients.checks", by=imports) == []


@pytest.mark.parametrize(("side", "others"), [("clients.cluster", "pyVmomi"), ("clients.vcenter", "kubernetes")])
def test_what_acts_on_one_server_does_not_load_the_client_of_the_other(side: str, others: str) -> None:
    """A VLAN more is nothing that vCenter has to know of."""
    imports = [line for path in DYNAMIC.glob("*.py") for line in imports_where_needed(path)]
    own = [line for line in imports if line.startswith((f"from {side}", "from clients import credentials"))]
    assert {f"from {side} import session", "from clients import credentials"} <= set(own)
    assert loaded(others, by=own) == []


def imports_where_needed(path: Path) -> list[str]:
    """What the functions of a module import of the clients and the pure core, a line each."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    found = [node for item in functions for node in ast.walk(item) if isinstance(node, ast.ImportFrom)]
    return [ast.unparse(node) for node in found]


def loaded(*modules: str, by: list[str]) -> list[str]:
    """Which of these a process of its own has after these imports."""
    script = "\n".join([*by, f"import sys; print(*sorted({set(modules)} & sys.modules.keys()))"])
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_provider_logs_in_as_the_configuration_says(run: Run, used: list[Any]) -> None:
    provider = wire.provider(run.one(TEMPLATE))
    provider.configure(configuration({**programs.LOGINS, "vsphere:vsphereServer": "there.example:8443"}))
    with ACCESS.vcenter(), ACCESS.cluster():
        vcenter, cluster = used
    assert (vcenter.endpoint, vcenter.user, vcenter.password) == (
        "there.example:8443",
        programs.USER,
        programs.PASSWORD,
    )
    assert cluster.content == programs.KUBECONFIG


def test_the_template_remembers_the_vcenter_that_only_the_worker_machine_set_names(run: Run, used: list[Any]) -> None:
    """A destroy runs without the program, and so without the MachineSet."""
    provider, inputs = wire.provider(run.one(TEMPLATE)), run.one(TEMPLATE).inputs
    provider.configure(configuration(programs.LOGINS))
    provider.delete("an id", inputs)
    assert used[0].endpoint == "vcenter.lab.bewley.net"


def test_what_is_meant_for_a_person_is_told_without_a_traceback() -> None:
    told = as_pulumi_tells(LabError("the folder is not there. Make it."))
    assert told == "RefusedError: the folder is not there. Make it.\n"


def test_an_error_of_ours_keeps_its_traceback_after_a_refusal() -> None:
    as_pulumi_tells(LabError("the folder is not there. Make it."))
    assert "Traceback" in as_pulumi_tells(KeyError("a bug"))


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The logins that sessions are opened with; nothing behind them."""
    monkeypatch.setattr(ACCESS, "_request", None)
    monkeypatch.setattr("clients.vcenter.template_swap.delete", lambda *_: False)
    return programs.replace_servers(monkeypatch)


@pytest.fixture(autouse=True)
def own_traceback_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.tracebacklimit", 1000, raising=False)


def configuration(values: dict[str, str]) -> ConfigureRequest:
    return ConfigureRequest(Config(raw_config=values, project_name=PROJECT))


def as_pulumi_tells(error: Exception) -> str:
    """What Pulumi's dynamic server makes of an error that leaves a provider."""

    def work() -> None:
        raise error

    try:
        with plain_errors():
            work()
    except Exception:  # noqa: BLE001, as Pulumi does
        return traceback.format_exc()
    return "no error"
