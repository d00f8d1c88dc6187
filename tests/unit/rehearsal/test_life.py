"""The mix of calls that virtual citizens and officers live."""

import random
from pathlib import Path

import pytest

from office.folder import load_office
from rehearsal.life import Kind, Life, Story
from rehearsal.phone.cue import Cue
from rehearsal.phone.rtp import tone_pcm

_OFFICE = Path(__file__).parents[3] / "examples" / "pyeongchang"


def _story(kind: Kind) -> Story:
    return Story(kind, "2201", ring_s=4.0, talk_s=10.0)


@pytest.mark.parametrize("kind", [Kind.IN_TIME, Kind.LATE, Kind.INTERNAL, Kind.PASSED_ON])
def test_the_officer_answers_after_the_rings_of_the_story(kind: Kind) -> None:
    plan = _story(kind).answering(called=True)
    assert (plan.final, plan.after_s, plan.hang_up_after_s) == (200, 4.0, None)


def test_the_officer_of_a_cut_off_call_hangs_up_before_the_citizen() -> None:
    assert _story(Kind.CUT_OFF).answering(called=True).hang_up_after_s == 5.0


@pytest.mark.parametrize(("kind", "final"), [(Kind.BUSY, 486), (Kind.AWAY, None)])
def test_where_the_officer_is_not_there_the_deputy_answers(kind: Kind, final: int | None) -> None:
    assert _story(kind).answering(called=True).final == final
    assert _story(kind).answering(called=False).final == 200


def test_where_a_citizen_leaves_word_no_phone_is_free() -> None:
    plans = [_story(Kind.LEAVES_WORD).answering(called=called) for called in (True, False)]
    assert [plan.final for plan in plans] == [486, 486]


def _life(beep: Cue | None = None) -> Life:
    chance = random.Random(1)  # noqa: S311 - a mix of calls, no secret
    return Life(load_office(_OFFICE).directory, chance, beep)


def test_nobody_waits_for_a_tone_that_is_not_known() -> None:
    life = _life()
    assert all(life.story().kind is not Kind.LEAVES_WORD for _ in range(1000))


def test_every_kind_of_call_comes_and_most_are_in_time() -> None:
    life = _life(Cue(tone_pcm((1000,), 0.5)))
    stories = [life.story() for _ in range(1000)]
    counts = {kind: sum(story.kind is kind for story in stories) for kind in Kind}
    assert all(counts.values())
    assert counts[Kind.IN_TIME] > 370
    late = [story.ring_s for story in stories if story.kind is Kind.LATE]
    in_time = [story.ring_s for story in stories if story.kind is Kind.IN_TIME]
    assert max(in_time) < 6.0 < min(late)


def test_only_greeted_extensions_are_called() -> None:
    directory = load_office(_OFFICE).directory
    life = _life()
    called = {life.story().extension for _ in range(1000)}
    assert called == {desk.number for desk in directory.desks.values() if desk.kind.greeted}
