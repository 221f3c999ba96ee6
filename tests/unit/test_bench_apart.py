"""What `make bench` measures apart."""

from __future__ import annotations

import re

import pytest

from bench import apart
from sandbox.errors import Refusal


def test_what_a_process_loads_is_told_library_by_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "TRIES", 1)
    monkeypatch.setattr(apart, "LOADED", {"nothing": "sys", "vCenter's client": "pyVmomi"})
    told = [re.fullmatch(r"\| (.+) \| (\d+\.\d\d) s \|", line) for line in apart.loading()]
    seconds = {found[1]: float(found[2]) for found in told if found}
    assert list(seconds) == ["nothing", "vCenter's client"]
    assert seconds["nothing"] < seconds["vCenter's client"]


def test_what_cannot_be_loaded_costs_nothing_but_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LOADED", {"nobody's": "no_such_module"})
    with pytest.raises(Refusal, match="no_such_module can't be loaded"):
        list(apart.loading())
