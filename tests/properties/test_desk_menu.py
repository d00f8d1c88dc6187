"""Properties of the desk menu over drawn officers: no dead end, every act told, nothing lost by a hang-up."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.menus import desk_talk as t
from ivr.menus import facts as f
from ivr.menus.desk import KINDS, TABLE, advance
from ivr.menus.desk_state import DeskMenu, Phase
from ivr.menus.effects import CollectKeys, NoteAnomaly, Play
from ivr.menus.parts import menu_prompts
from office.phone_codes import DeskWish
from tests.support.desk_line import DESK, NOW, DeskLine
from tests.support.menu_server import OFFICE

MADE = {prompt.name for prompt in menu_prompts(OFFICE)} | {"office/pause"}
CODES = ["taken", "too_soon", "confirm_unknown", "outside_hours", "no_number", "gone", "dance", ""]
items = st.builds(
    t.Item,
    memo=st.sampled_from(["m1", "m2", "m3"]),
    callback=st.sampled_from([None, "c1"]),
    received_at=st.integers(0, 90_000).map(lambda m: NOW - timedelta(minutes=m)),
    due_at=st.none() | st.integers(-9_000, 90_000).map(lambda m: NOW + timedelta(minutes=m)),
    sound=st.sampled_from(["recording", "text", "none"]),
)
desks = st.builds(
    t.Desk,
    now=st.just(NOW),
    owned=st.booleans(),
    memos=st.integers(0, 60),
    callbacks=st.integers(0, 60),
    items=st.lists(items, max_size=6).map(tuple),
    last_kind=st.sampled_from(["", "call", "callback"]),
    last_id=st.just("x"),
)
presses = st.sampled_from("0123456789*#")


def drawn(data: st.DataObject, *, silent_at: int) -> DeskLine:
    """Anything may happen at each step; after `silent_at` steps he is silent and all goes well."""
    steps, ms = 0, 0

    def answer(effect: t.Effect) -> list[t.Fact]:
        nonlocal steps, ms
        steps, ms = steps + 1, ms + data.draw(st.sampled_from([30, 500]))
        calm = steps > silent_at
        key = f.KeyPressed(data.draw(presses), ms) if not calm else None
        return [_come_of(data, effect, key)]

    return DeskLine(answer)


def _come_of(data: st.DataObject, effect: t.Effect, key: f.KeyPressed | None) -> t.Fact:
    ways: list[t.Fact]
    if isinstance(effect, t.Look):
        return t.Unreached() if data.draw(st.booleans()) else t.Told(data.draw(desks))
    if isinstance(effect, t.Carry):
        refused = t.Refused(data.draw(st.sampled_from(CODES)))
        done = t.Carried(data.draw(st.sampled_from([None, NOW + timedelta(hours=1)])))
        ways = [done, refused, t.Unreached()]
        return data.draw(st.sampled_from(ways))
    if isinstance(effect, t.Hear):
        ways = [t.Unheard("no_voice"), t.Unheard("nothing"), t.Unreached(), f.PromptsPlayed()]
        return key or data.draw(st.sampled_from(ways))
    pressed = key if key is None or data.draw(st.booleans()) else None
    silence = f.KeysTimedOut() if isinstance(effect, CollectKeys) else f.PromptsPlayed()
    return pressed or silence


@given(st.data(), st.sampled_from(list(DeskWish)), st.sampled_from(["", "1234"]), st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_whatever_is_keyed_the_menu_ends_in_words_that_have_files(
    data: st.DataObject, wish: DeskWish, pin: str, silent_at: int
) -> None:
    line = drawn(data, silent_at=silent_at).run(wish, pin=pin, in_call=data.draw(st.booleans()))
    assert set(line.said) - MADE == set()
    assert not [e for e in line.effects if isinstance(e, NoteAnomaly)]
    assert line.said, "never silence"


@given(st.data(), st.sampled_from(list(DeskWish)), st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_every_act_is_followed_by_a_word_of_it(data: st.DataObject, wish: DeskWish, silent_at: int) -> None:
    effects = drawn(data, silent_at=silent_at).run(wish).effects
    for place, effect in enumerate(effects):
        if isinstance(effect, t.Carry):
            assert isinstance(effects[place + 1], Play), effects[place + 1]


@given(st.data(), st.sampled_from(list(DeskWish)), st.integers(0, 30))
@settings(max_examples=150, deadline=None)
def test_a_hang_up_anywhere_ends_it_at_once_and_asks_nothing_again(
    data: st.DataObject, wish: DeskWish, until: int
) -> None:
    line = drawn(data, silent_at=60)
    steps, answer = 0, line.answer

    def hangs_up(effect: t.Effect) -> list[t.Fact]:
        nonlocal steps
        steps += 1
        return [f.HungUp()] if steps > until else answer(effect)

    line.answer = hangs_up
    effects = line.run(wish).effects
    assert isinstance(effects[-1], t.Finish)
    assert sum(isinstance(effect, t.Finish) for effect in effects) == 1


FACTS: dict[type, t.Fact] = {
    type(fact): fact
    for fact in (
        t.Dialled(DeskWish.MEMOS),
        t.Told(DESK),
        t.Unreached(),
        t.Unheard("nothing"),
        t.Carried(),
        t.Refused("taken"),
        f.PromptsPlayed(),
        f.KeyPressed("1", 0),
        f.KeysTimedOut(),
        f.HungUp(),
    )
}


@given(st.sampled_from(list(Phase)), st.sampled_from(KINDS))
def test_the_table_is_total_and_an_anomaly_changes_nothing(phase: Phase, kind: type) -> None:
    assert set(TABLE[phase]) == set(KINDS)
    menu = DeskMenu(phase=phase, desk=DESK)
    step = advance(menu, FACTS[kind])
    if any(isinstance(effect, NoteAnomaly) for effect in step.effects):
        assert step.menu == menu
    if phase is Phase.ENDED:
        assert step == (menu, ())
