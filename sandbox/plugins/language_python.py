"""Stand-in for ``pulumi-language-python``, the host that runs a Python program for the engine.

It answers over the SDK's own ``LanguageServer`` and runs the program in this process, as the official host's runner
does in one of its own: the working directory is the program's, ``__main__.py`` runs by runpy, its folder is first on
sys.path only meanwhile.

Not here: choosing or making a virtual environment (the wrapper starts this with the project's), naming the plugins
that the program will need, type checkers, debuggers, packaging, code generation, policy packs.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib.metadata
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pulumi
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.automation._server import LanguageServer
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from sandbox.plugins.serving import engine_address, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

# Four calls in flight for each parallel operation, as the official runner has.
CALLS_PER_OPERATION = 4


class PythonHost(LanguageServer):
    """Runs programs; what it need not do is answered with nothing."""

    def __init__(self, engine: str) -> None:
        """Takes the engine's ``host:port``: the program's log lines go there."""
        super().__init__(program=lambda: None)  # Run() here makes its own
        self._engine = engine

    def Run(self, request: language_pb2.RunRequest, context: Any) -> language_pb2.RunResponse:  # noqa: ARG002, N802
        """Runs the program once.

        Its error is logged here and the answer says ``bail`` (already told), so that it shows once.
        """
        return contextvars.copy_context().run(self._run, request)

    def _run(self, request: language_pb2.RunRequest) -> language_pb2.RunResponse:
        # A failed deployment leaves tasks behind that nobody awaits; asyncio would report each of them.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        folder = Path(request.info.program_directory or request.pwd)
        os.chdir(folder)
        sys.argv = [request.program, *request.args]
        reset_options(
            project=request.project,
            stack=request.stack,
            root_directory=request.info.root_directory,
            parallel=request.parallel,
            engine_address=self._engine,
            monitor_address=request.monitor_address,
            preview=request.dryRun,
            organization=request.organization or "organization",
        )
        set_all_config(dict(request.config), list(request.configSecretKeys))
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.set_default_executor(ThreadPoolExecutor(max(request.parallel, 1) * CALLS_PER_OPERATION))
        try:
            loop.run_until_complete(run_in_stack(lambda: _program(request.info.entry_point or ".")))
        except pulumi.RunError as error:
            pulumi.log.error(str(error))
            return language_pb2.RunResponse(bail=True)
        except SystemExit as leaving:
            return _left_by(leaving)
        except Exception as error:  # noqa: BLE001  whatever the program raises
            if isinstance(error, grpc.RpcError) and error.code() == grpc.StatusCode.UNAVAILABLE:
                return language_pb2.RunResponse(bail=True)  # the engine is ending and has said why
            pulumi.log.error(f"Program failed with an unhandled exception:\n{readable(error, folder)}")
            return language_pb2.RunResponse(bail=True)
        finally:
            _close(loop)
            sys.stdout.flush()
            sys.stderr.flush()
        return language_pb2.RunResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: ARG002, N802
        """The SDK's version: the official host has the same."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def Handshake(self, request: Any, context: Any) -> language_pb2.LanguageHandshakeResponse:  # noqa: ARG002, N802
        """Nothing to agree on."""
        return language_pb2.LanguageHandshakeResponse()

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ARG002, N802
        """Nothing to install: the virtual environment is there, this host runs in it."""
        return iter(())

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> language_pb2.RuntimeOptionsResponse:  # noqa: ARG002, N802
        """No questions for ``pulumi new``."""
        return language_pb2.RuntimeOptionsResponse()

    def GetProgramDependencies(self, request: Any, context: Any) -> language_pb2.GetProgramDependenciesResponse:  # noqa: ARG002, N802
        """What the environment has installed, for ``pulumi about``."""
        found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[language_pb2.DependencyInfo(name=name, version=found[name]) for name in sorted(found)],
        )

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: ARG002, N802
        """Nothing to cancel: the program ends with the engine's monitor."""
        return empty_pb2.Empty()


def _program(entry_point: str) -> None:
    """Runs the program, as ``python FOLDER`` would. The engine starts a host for each run: nothing to forget."""
    runpy.run_path(entry_point, run_name="__main__")


def _left_by(leaving: SystemExit) -> language_pb2.RunResponse:
    """The answer for a program that called ``sys.exit()``: a failure unless the code is 0 or none was given."""
    if leaving.code is None or leaving.code == 0:
        return language_pb2.RunResponse()
    code = leaving.code
    if not isinstance(code, int):
        print(code, file=sys.stderr)  # as Python itself does with a text
        code = 1
    return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {code}")


def readable(error: BaseException, folder: Path) -> str:
    """The traceback of a program's error from the program's own first frame on.

    What comes before is this host, runpy, asyncio and the SDK. Where no frame is the program's (a call of the SDK
    failed in the background), all that isn't this host's stays.
    """
    told = traceback.TracebackException.from_exception(error)
    links = [told]
    while (link := links[-1].__cause__ or links[-1].__context__) is not None:
        links.append(link)
    for link in links:
        frames = [frame for frame in link.stack if Path(frame.filename).resolve() != Path(__file__).resolve()]
        first = next((n for n, frame in enumerate(frames) if _is_of(folder, frame.filename)), 0)
        link.stack = traceback.StackSummary.from_list(frames[first:])
    return "".join(told.format()).rstrip()


def _is_of(folder: Path, filename: str) -> bool:
    """Whether a frame's file is the program's own, not one that is installed (a venv may be in the same folder)."""
    if filename.startswith("<"):  # <frozen runpy>
        return False
    path = Path(filename).resolve()
    return path.is_relative_to(folder.resolve()) and not path.is_relative_to(Path(sys.prefix).resolve())


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Ends a program's loop without a word about what still waits on it."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.close()


def main() -> None:
    """Serves the engine that started this."""
    # What the program prints shows as it happens, not at the end.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    # `python -m` put the working directory first on sys.path: a program must not lean on that.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path.cwd()]
    host = PythonHost(engine_address(sys.argv[1:]))
    serve(lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server))


if __name__ == "__main__":
    main()
