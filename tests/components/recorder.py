"""An engine that makes nothing and forgets nothing: each registration, as the program sent it.

Pulumi's own mocks show a resource's inputs only; what it waits for, whose child it is and how it is replaced stands in
the raw request.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pulumi
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.settings import get_root_resource, reset_options
from pulumi.runtime.stack import Stack, run_pulumi_func

from tests.components.run import HYPERVISOR_ROLLOUT, STACK_TYPE, TEMPLATE, Registration, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

PROJECT, STACK, ORGANIZATION = "cnv-lab", "lab", "organization"
READ_STATE = "pulumi:pulumi:readStackResourceOutputs"

# What the controllers would have made of the MachineSet by the end of its rollout.
NODES = ["hub-7vxwj-cnv-4xk2p"]


class EngineError(grpc.RpcError):  # type: ignore[misc]
    """An error as the engine answers it, which Pulumi's SDK takes for no crash of its own."""

    def __init__(self, details: str) -> None:
        super().__init__(details)
        self._details = details

    def code(self) -> Any:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self._details


class World(mocks.Mocks):
    """What providers and controllers would answer.

    ``state`` is what Pulumi's state of the stack holds before the run, ``hiccups`` are errors that reading it ends in
    first. In a preview nothing is made, and nothing is known but inputs.
    """

    def __init__(
        self, *, preview: bool = False, state: Mapping[str, Any] | None = None, hiccups: tuple[str, ...] = ()
    ) -> None:
        self.preview = preview
        self.state = dict(state or {})
        self.hiccups = list(hiccups)
        self.asked: list[mocks.MockCallArgs] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = dict(args.inputs)
        if self.preview:
            return None, outputs
        if args.typ.startswith("kubernetes:"):
            outputs["metadata"] = {**outputs["metadata"], "uid": f"uid of {outputs['metadata']['name']}"}
        elif args.typ == TEMPLATE:
            outputs["path"] = f"{outputs['folder']}/{outputs['name']}"
        elif args.typ == HYPERVISOR_ROLLOUT:
            outputs |= {"nodes": NODES, "stale": []}
        return f"id of {args.name}", outputs

    def call(self, args: mocks.MockCallArgs) -> Any:
        assert args.token == READ_STATE, f"the program asked for {args.token}"
        self.asked.append(args)
        if self.hiccups:
            raise EngineError(self.hiccups.pop(0))
        return {"outputs": self.state}


class Recorder(mocks.MockMonitor):
    """Pulumi's mock monitor, with a memory. Requests come from several threads; appending is atomic."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.registrations: list[Registration] = []
        self.finished: list[str] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802, gRPC's name for it
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != STACK_TYPE:
            self.registrations.append(Registration(urn=answer.urn, request=request))
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802, gRPC's name for it
        self.finished.append(request.urn)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


class Engine:
    """Runs programs, each on a loop of its own and from settings of its own."""

    def __init__(self) -> None:
        self.recorder: Recorder | None = None

    @property
    def registered(self) -> list[Registration]:
        """What the last run registered, also one that failed."""
        assert self.recorder is not None, "nothing has run yet"
        return self.recorder.registrations

    def run(
        self,
        program: Callable[[], object],
        world: World | None = None,
        config: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
    ) -> Run:
        """The program, until the last of its registrations has landed: before, nothing can be said to be absent.

        ``config`` is the stack's, by full keys; ``secrets`` are the keys that were encrypted.
        """
        world = world or World()
        self.recorder = Recorder(world)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        reset_options()
        set_all_config(dict(config or {}), list(secrets))
        try:
            mocks.set_mocks(
                world,
                project=PROJECT,
                stack=STACK,
                preview=world.preview,
                monitor=self.recorder,
                organization=ORGANIZATION,
            )
            exports = loop.run_until_complete(self._drain(program))
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
            loop.close()
            reset_options()
            set_all_config({}, [])
        return Run(
            registrations=tuple(self.recorder.registrations),
            finished=frozenset(self.recorder.finished),
            exports=exports,
        )

    @staticmethod
    async def _drain(program: Callable[[], object]) -> dict[str, Any]:
        def call() -> None:
            program()

        await run_pulumi_func(call)
        root = get_root_resource()
        assert isinstance(root, Stack)
        known = pulumi.Output.from_input(root.outputs)
        return await known.future(with_unknowns=True) or {}
