"""How both looks note what they find: steps to a login that end somewhere, then one check beside another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.doctor.report import CHECKS, of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clients.checks import Said
    from clients.errors import LabError
    from lab.doctor.report import Notes, Side


def passed(notes: Notes, fine: Mapping[str, Sequence[str]], warnings: Mapping[str, Sequence[str]], last: str) -> None:
    """The steps before the last one went well, or nearly."""
    for check in fine:
        if check == last:
            return
        notes.note(check, warnings=warnings.get(check, ()), fine=fine[check])


def ended(notes: Notes, side: Side, check: str, error: LabError) -> None:
    """No way on behind this check: all others on this side are not made."""
    notes.fail(check, error)
    notes.skip(of(side), f"needs {'vCenter' if side == 'vCenter' else 'the cluster'}'s {CHECKS[check][1]}")


def told(notes: Notes, said: Mapping[str, Said], fine: Mapping[str, Sequence[str]]) -> None:
    """What preflight's checks say; news is good to know where nothing is wrong."""
    for check, lines in said.items():
        notes.note(
            check,
            refusals=lines.refusals,
            warnings=lines.warnings,
            fine=lines.news or fine.get(check, ()),
        )
