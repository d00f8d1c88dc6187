"""The memo menu's table: total, and true to its three kinds of rule."""

from dataclasses import replace
from typing import get_args

import pytest

from ivr.menus import facts as f
from ivr.menus.effects import Done, NoteAnomaly
from ivr.menus.memo import KINDS, TABLE, advance, anomaly, stay
from ivr.menus.moves import ASKS, first_memo
from ivr.menus.state import Menu, Node, Phase
from tests.unit.ivr.menu_line import CALLER, began

FACTS: dict[type[f.Fact], f.Fact] = {
    f.Began: began(),
    f.PromptsPlayed: f.PromptsPlayed(),
    f.KeyPressed: f.KeyPressed("1", 5_000),
    f.KeysTimedOut: f.KeysTimedOut(),
    f.RecordingEnded: f.RecordingEnded(3, silent=False),
    f.PersonReached: f.PersonReached(),
    f.PersonNotReached: f.PersonNotReached(),
    f.HungUp: f.HungUp(),
}
PAIRS = [(phase, kind) for phase in Phase for kind in KINDS]


def menu_in(phase: Phase, node: Node = Node.KEPT) -> Menu:
    return replace(Menu(), phase=phase, node=node, call=began(), memo=first_memo(CALLER))


def test_every_kind_of_fact_is_in_the_table() -> None:
    assert set(KINDS) == set(get_args(f.Fact)) == set(FACTS)
    assert set(TABLE) == set(Phase)


def test_every_node_has_its_keys_and_words() -> None:
    assert set(ASKS) == set(Node)


@pytest.mark.parametrize(("phase", "kind"), PAIRS)
def test_every_pair_moves_stays_or_is_an_anomaly(phase: Phase, kind: type[f.Fact]) -> None:
    before = menu_in(phase)
    after, effects = advance(before, FACTS[kind])
    rule = TABLE[phase][kind]
    if rule is stay:
        assert (after, effects) == (before, ())
    elif rule is anomaly:
        assert (after, effects) == (before, (NoteAnomaly(phase.value, kind.__name__),))
    else:
        assert after != before
        assert effects


@pytest.mark.parametrize(("phase", "kind"), PAIRS)
def test_only_an_end_ends_the_menu(phase: Phase, kind: type[f.Fact]) -> None:
    _, effects = advance(menu_in(phase), FACTS[kind])
    ended = any(isinstance(effect, Done) for effect in effects)
    reached = phase is Phase.CONNECTING and kind is f.PersonReached
    assert ended == ((kind is f.HungUp and phase is not Phase.ENDED) or reached)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_moves_a_menu_that_has_ended(kind: type[f.Fact]) -> None:
    before = menu_in(Phase.ENDED)
    assert advance(before, FACTS[kind]) == (before, ())


def test_the_last_words_end_the_menu() -> None:
    after, (done,) = advance(menu_in(Phase.TELLING, Node.GOODBYE), f.PromptsPlayed())
    assert after.phase is Phase.ENDED
    assert isinstance(done, Done)
