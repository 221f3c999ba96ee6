"""Which parts of this run are the official ones is said at its head; at its end, whether docs/trouble.md is true."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from sandbox import tools
from sandbox.kernel import availability
from sandbox.plugins import choice
from tests.browser import chromium
from tests.engine import trouble

ENGINE = Path(__file__).parent / "engine"
NODE = Path(__file__).parent / "node"
# Half of what a command of Pulumi's CLI takes at its start is Go's garbage collection; memory is not scarce here.
os.environ.setdefault("GOGC", "400")
# The longest first; then what takes a minute or less, and then what takes no time.
MINUTES = ("crashes", "stack_files", "follow_source", "report", "changes", "adopt", "half_way", "bridging")
SLOW = [*(ENGINE / f"test_{name}.py" for name in MINUTES), NODE, ENGINE]
NO_BROWSER = "no Chromium here: the page of `lab topology` was not tried in a browser (apt-get install chromium)"
NO_KERNEL = availability.lacking()
NO_FRAMES = f"no kernel nodes here: no frame was sent through what the program renders: {NO_KERNEL}"
# Told at the head and at the end of each run, for a skipped test would not be seen.
collect_ignore = [
    *([] if chromium.found() else [f"browser/test_topology_{which}.py" for which in ("page", "marks")]),
    *([] if NO_KERNEL is None else [str(path) for path in NODE.glob("test_*.py")]),
]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has what takes minutes first: what is left at the end is short, and no worker waits for long."""
    items.sort(key=lambda item: next((n for n, path in enumerate(SLOW) if item.path.is_relative_to(path)), len(SLOW)))


def pytest_report_header() -> list[str]:
    """A line for the browser, for kernel nodes, for the CLI and for each of its plugins."""
    head = [f"browser: {chromium.found() or NO_BROWSER}", f"kernel nodes: {NO_FRAMES if NO_KERNEL else 'there'}"]
    try:
        cli = tools.path("pulumi")
    except tools.ToolMissingError as error:
        return [*head, f"engine tests cannot run: {error}"]
    cache = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    found = {plugin.executable: choice.official(plugin, cli, cache) for plugin in choice.PLUGINS}
    return [
        *head,
        f"pulumi: {cli.parent.name}",
        *(f"{name}: {f'official, {path}' if path else 'stand-in (sandbox/plugins/)'}" for name, path in found.items()),
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out must not look like what has passed."""
    if not chromium.found():
        terminalreporter.write_line(NO_BROWSER, yellow=True)
    if NO_KERNEL:
        terminalreporter.write_line(NO_FRAMES, yellow=True)


def pytest_configure(config: pytest.Config) -> None:
    """Gives the processes that run the tests one file for the symptoms that they see."""
    if not _is_worker(config):
        handle, path = tempfile.mkstemp(prefix="cnv-lab-troubles-")
        os.close(handle)
        os.environ[trouble.SEEN] = path


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where all engine tests ran, they have shown every symptom that docs/trouble.md explains."""
    if _is_worker(session.config):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    reports = reporter.stats.get("passed", [])
    passed = {Path(session.config.rootpath, report.nodeid.partition("::")[0]) for report in reports}
    unseen = trouble.never_seen()
    Path(os.environ.pop(trouble.SEEN)).unlink()
    if session.exitstatus == pytest.ExitCode.OK and unseen and passed >= set(ENGINE.glob("test_*.py")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("")
        for symptom in sorted(unseen):
            reporter.write_line(f"docs/trouble.md explains what no run has shown: {symptom}", red=True)


def _is_worker(config: pytest.Config) -> bool:
    """Whether another process of pytest's has started this one to run a part of the tests."""
    return hasattr(config, "workerinput")
