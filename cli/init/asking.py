"""Asks for what a new stack file has to say: what was read is shown as the answer that Enter gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from lab.draft import questions
from lab.draft.questions import QUESTIONS
from lab.names import PROJECT
from lab.trunk import DISTRIBUTED, STANDARD

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from cli.init import Draft
    from lab.draft.questions import Question
    from lab.mistakes import Mistake


KIND, SWITCH = "trunk.switch.kind", "trunk.switch.name"


def fill(draft: Draft, *, decided: Collection[str], mistakes: Callable[[], Sequence[Mistake]]) -> None:
    """Asks for what nobody knows and what its owner decides; then again for what is wrong, until nothing is.

    Args:
        draft: the answers are put into it.
        decided: keys that are not asked, for they were given.
        mistakes: tells what is wrong with the draft as it is now.
    """
    for question in QUESTIONS:
        is_open = question.is_decided or (draft.values.get(question.key) is None and question.usual is None)
        needless = question.key == "template.bootImages" and not draft.needs_boot_images
        if is_open and question.key not in decided and not needless:
            _ask(draft, question)
    if not draft.vlans:
        _ask_vlans(draft)
    while wrong := mistakes():
        for mistake in wrong:
            typer.echo(str(mistake), err=True)
        keys = {mistake.key.removeprefix(f"{PROJECT}:") for mistake in wrong}
        again = [question for question in QUESTIONS if question.key in keys]
        is_of_vlans = any(key.startswith(("vlans", "namespaces")) for key in keys)
        if not again and not is_of_vlans:
            return  # nothing that an answer here would mend
        for question in again:
            _ask(draft, question)
        if is_of_vlans:
            draft.vlans.clear()
            _ask_vlans(draft)


def _ask(draft: Draft, question: Question) -> None:
    known = draft.found.values.get(question.key, question.usual)
    if question.key == SWITCH and draft.values.get(KIND) != draft.found.values.get(KIND, STANDARD):
        known = None if draft.values.get(KIND) == DISTRIBUTED else question.usual  # what was read is of the other kind
    # As text: what is no number the settings refuse in their own words.
    answer: str = typer.prompt(f"{question.key}: {question.ask}", default=None if known is None else str(known))
    draft.values[question.key] = questions.parsed(question, answer.strip())


def _ask_vlans(draft: Draft) -> None:
    typer.echo(f"VLANs, a line each ({questions.VLAN}); an empty line ends them:")
    while line := str(typer.prompt("vlan", default="", show_default=False)).strip():
        draft.vlans.append(questions.vlan(line))
