"""What a destroy does first.

Not here: the guards of namespaces (components/network_attachments.py), which come second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from clients.teardown import Standing
from components.dynamic.teardown_check import TeardownCheck


@dataclass(frozen=True, kw_only=True)
class TeardownArgs:
    """``after``: the ends of the chain, so that a destroy deletes nothing before it has looked."""

    standing: Standing
    after: Sequence[pulumi.Resource]


class Teardown(pulumi.ComponentResource):
    """A look at both servers before the first deletion."""

    def __init__(self, name: str, args: TeardownArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("cnvlab:lab:Teardown", name, None, opts)
        options = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        TeardownCheck(f"{name}-check", args.standing, options)
        self.register_outputs({})
