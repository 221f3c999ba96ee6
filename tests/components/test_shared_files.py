"""The program reads what its stack file extends, wherever that lies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
import yaml

from tests.components import fixtures, programs
from tests.components.run import MACHINE_SET, PORT_GROUP

if TYPE_CHECKING:
    from pathlib import Path

    from tests.components.recorder import Engine


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a Pulumi.yaml whose program is elsewhere."""
    programs.replace_servers(monkeypatch)
    monkeypatch.setattr("pulumi.get_root_directory", lambda: str(tmp_path))
    (tmp_path / "Pulumi.yaml").write_text(f"name: cnv-lab\nmain: {fixtures.ROOT}\n")
    return tmp_path


def share(folder: Path, **changes: Any) -> dict[str, str]:
    """Writes the whole lab into house.yaml there; the configuration of a stack file that extends it."""
    folder.mkdir(exist_ok=True)
    sections = {f"cnv-lab:{key}": value for key, value in fixtures.sections(**changes).items()}
    (folder / "house.yaml").write_text(yaml.safe_dump({"config": sections}))
    own = {"cnv-lab:extends": "house.yaml", "cnv-lab:trunk": json.dumps({"portGroup": "Trunk-west"})}
    return {**own, **programs.LOGINS}


def test_the_lab_is_made_of_both_files(engine: Engine, project: Path) -> None:
    """Its vCenter, too, which nothing else names."""
    run = engine.run(programs.main, config=share(project, hypervisors={"cpus": 12}), secrets=programs.ENCRYPTED)
    assert run.one(MACHINE_SET).inputs["spec"]["template"]["spec"]["providerSpec"]["value"]["numCPUs"] == 12
    assert {item.inputs["name"] for item in run.of(PORT_GROUP)} == {"Trunk-west"}


def test_it_lies_beside_the_stack_file_where_pulumi_looks_for_that_in_a_folder_of_its_own(
    engine: Engine, project: Path
) -> None:
    with (project / "Pulumi.yaml").open("a") as file:
        file.write("stackConfigDir: stacks\n")
    assert engine.run(programs.main, config=share(project / "stacks"), secrets=programs.ENCRYPTED).of(PORT_GROUP)


def test_a_mistake_in_it_ends_the_program_with_that_files_name(engine: Engine, project: Path) -> None:
    config = share(project, hypervisors={"cpus": 0})
    with pytest.raises(pulumi.RunError, match=r"^house.yaml: cnv-lab:hypervisors.cpus 0: this number is too small"):
        engine.run(programs.main, config=config, secrets=programs.ENCRYPTED)
    assert engine.registered == []


def test_one_that_is_not_there_ends_the_program_before_anything_is_asked(engine: Engine, project: Path) -> None:
    config = share(project)
    (project / "house.yaml").unlink()
    with pytest.raises(pulumi.RunError, match=r'^Pulumi.lab.yaml: cnv-lab:extends "house.yaml": there is no such file'):
        engine.run(programs.main, config=config, secrets=programs.ENCRYPTED)
