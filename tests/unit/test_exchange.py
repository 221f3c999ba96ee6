"""How a template is exchanged: from wherever a run has died, one wanted template and nothing beside it."""

from __future__ import annotations

from itertools import product

import pytest

from lab import exchange
from lab.exchange import At, Step, next_step

REFUSALS = {Step.REFUSE, Step.REFUSE_NEW, Step.REFUSE_OLD}
OURS = {At.WANTED, At.OURS}
World = tuple[At, At, At]


def after(step: Step, world: World) -> World:  # noqa: PLR0911, a table
    """What the step makes of the three paths; fails where vCenter would refuse it."""
    there, new, old = world
    match step:
        case Step.CLAIM:
            return At.OURS, new, old
        case Step.CLONE:
            assert there is At.NOTHING
            return At.WANTED, new, old
        case Step.CLONE_BESIDE:
            assert new is At.NOTHING
            return there, At.WANTED, old
        case Step.MAKE_WAY:
            assert (new, old) == (At.WANTED, At.NOTHING)
            return At.WANTED, At.NOTHING, there
        case Step.MOVE_IN:
            assert there is At.NOTHING
            return new, At.NOTHING, old
        case Step.MOVE_BACK:
            assert there is At.NOTHING
            return old, new, At.NOTHING
        case Step.DESTROY_NEW:
            assert new in OURS, "only what is ours is destroyed"
            return there, At.NOTHING, old
        case Step.DESTROY_OLD:
            assert old in OURS, "only what is ours is destroyed"
            return there, new, At.NOTHING
        case _:
            raise AssertionError(step)


def way(world: World) -> list[tuple[World, Step]]:
    """Every step from here, and what stood before it."""
    taken: list[tuple[World, Step]] = []
    while True:
        step = next_step(*world)
        taken.append((world, step))
        if step is Step.DONE or step in REFUSALS:
            return taken
        assert len(taken) < exchange.STEPS_MAX, taken
        world = after(step, world)


WORLDS = list(product(At, [at for at in At if at is not At.LOST], [at for at in At if at is not At.LOST]))


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: "-".join(at.name for at in world).lower())
def test_from_everywhere_it_ends_with_one_wanted_template_or_refuses_for_somebody_elses(world: World) -> None:
    end, step = way(world)[-1]
    if step is Step.DONE:
        assert end[0] is At.WANTED
        assert not OURS & set(end[1:]), "nothing of ours is left beside it"
    else:
        assert At.FOREIGN in end
    for place in (1, 2):
        assert end[place] is At.FOREIGN or world[place] is not At.FOREIGN, "somebody else's stays where it is"


def test_an_exchange_is_a_clone_two_renames_and_a_deletion_in_that_order() -> None:
    steps = [step for _, step in way((At.OURS, At.NOTHING, At.NOTHING))]
    assert steps == [Step.CLONE_BESIDE, Step.MAKE_WAY, Step.DESTROY_OLD, Step.DONE]


@pytest.mark.parametrize(
    ("world", "steps"),
    [
        ((At.OURS, At.OURS, At.NOTHING), [Step.DESTROY_NEW, Step.CLONE_BESIDE]),
        ((At.OURS, At.WANTED, At.NOTHING), [Step.MAKE_WAY, Step.DESTROY_OLD]),
        ((At.NOTHING, At.WANTED, At.OURS), [Step.MOVE_IN, Step.DESTROY_OLD]),
        ((At.WANTED, At.NOTHING, At.OURS), [Step.DESTROY_OLD]),
        ((At.NOTHING, At.OURS, At.OURS), [Step.MOVE_BACK, Step.DESTROY_NEW]),
        ((At.LOST, At.NOTHING, At.NOTHING), [Step.CLAIM, Step.CLONE_BESIDE]),
        ((At.NOTHING, At.NOTHING, At.NOTHING), [Step.CLONE, Step.DONE]),
    ],
    ids=["half cloned", "cloned", "made way", "moved in", "made way for a half one", "replaced", "gone"],
)
def test_a_run_that_died_is_picked_up_where_it_was(world: World, steps: list[Step]) -> None:
    assert [step for _, step in way(world)][: len(steps)] == steps


def test_a_template_that_stands_stays_until_its_successor_does() -> None:
    """Only the two renames, which are one step here, leave its path empty."""
    for world in WORLDS:
        stands = False
        for (there, _, _), _ in way(world):
            assert not (stands and there is At.NOTHING), world
            stands = there is not At.NOTHING


@pytest.mark.parametrize(
    ("world", "step"),
    [
        ((At.FOREIGN, At.WANTED, At.NOTHING), Step.REFUSE),
        ((At.OURS, At.FOREIGN, At.NOTHING), Step.REFUSE_NEW),
        ((At.OURS, At.NOTHING, At.FOREIGN), Step.REFUSE_OLD),
        ((At.OURS, At.WANTED, At.FOREIGN), Step.REFUSE_OLD),
    ],
)
def test_a_name_that_is_somebody_elses_is_refused_before_anything_is_done(world: World, step: Step) -> None:
    assert next_step(*world) is step


def test_what_is_somebody_elses_beside_a_wanted_template_is_in_nobodys_way() -> None:
    assert next_step(At.WANTED, At.FOREIGN, At.FOREIGN) is Step.DONE
