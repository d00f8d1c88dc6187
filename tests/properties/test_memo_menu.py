"""Properties of the memo menu under any citizen: it ends, loses nothing, and says only what it may."""

import re
from datetime import timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ivr.menus import facts as f
from ivr.menus.effects import (
    BEEP,
    PAUSE,
    CollectKeys,
    ConnectPerson,
    Done,
    Field,
    KeepField,
    NoteAnomaly,
    Play,
    Record,
)
from ivr.menus.memo import advance
from ivr.menus.moves import MAX_DIGITS
from ivr.menus.state import BUDGET, ENTRY, Phase
from office.events import Closed
from office.phone_number import classify
from tests.unit.ivr.menu_line import CHOICES, OFFICE, TEXTS, Line, kst

TYPED = ("01011112222#", "3302291#", "15881234#", "0212345678#", "0601234567#", "119#", "#", "0#")
WAITS = (Play, CollectKeys, Record, ConnectPerson, Done)
KEYS = st.sampled_from("0123456789*#A")
LIKELY = st.sampled_from("12")
# a play, the keys of a number after it, and its end: more facts no round can take
MOST_FACTS = (BUDGET + 2) * (MAX_DIGITS + 3)
NUMBERS = ("01098765432", "0339876543", "+12025550100", "anonymous", "", "2201", "x?y", "119")


@st.composite
def calls(draw: st.DrawFn) -> f.Began:
    at = kst(25, 0) + timedelta(minutes=draw(st.integers(0, 14 * 24 * 60)))
    moments = st.integers(1, 30 * 24 * 60).map(lambda minutes: at + timedelta(minutes=minutes))
    choice = st.builds(f.Choice, moments, st.none() | moments)
    return f.Began(
        at=at,
        caller=classify(draw(st.sampled_from(NUMBERS))),
        when=draw(moments),
        next_open=draw(moments),
        department=draw(st.sampled_from([None, *OFFICE.directory.departments])),
        closed=draw(st.none() | st.sampled_from(Closed)),
        open_callback_due=draw(st.none() | moments),
        choices=draw(st.lists(choice, max_size=3).map(tuple)),
        area=draw(st.sampled_from(["", "033"])),
        has_person=draw(st.booleans()),
    )


def live(data: st.DataObject, one: Line) -> None:
    """Something that may happen on a line that waits for what the menu asked for."""
    waiting = one.waiting
    if one.menu.node in ENTRY and data.draw(st.integers(0, 3)):
        for key in data.draw(st.sampled_from(TYPED)):
            one.key(key, 100)
    elif _takes_keys(one) and data.draw(st.integers(0, 2)):
        one.key(data.draw(LIKELY | KEYS), data.draw(st.integers(61, 2000)))
    elif isinstance(waiting, Record):
        one.tell(f.RecordingEnded(data.draw(st.floats(0, 180)), silent=data.draw(st.booleans())))
    elif isinstance(waiting, ConnectPerson) and data.draw(st.booleans()):
        one.tell(f.PersonReached())
    else:
        one.tell(quiet(one))


def _takes_keys(one: Line) -> bool:
    """While keys are awaited, and during prompts that a key stops."""
    return isinstance(one.waiting, CollectKeys) or (
        isinstance(one.waiting, Play) and one.waiting.interruptible
    )


def quiet(one: Line) -> f.Fact:
    """What happens on the line of a citizen who does nothing more."""
    if isinstance(one.waiting, Play):
        return f.PromptsPlayed()
    if isinstance(one.waiting, CollectKeys):
        return f.KeysTimedOut()
    if isinstance(one.waiting, Record):
        return f.RecordingEnded(4.0, silent=True)
    return f.PersonNotReached()


def lived(data: st.DataObject, call: f.Began, most: int) -> Line:
    """A line on which up to `most` things have happened."""
    one = Line()
    one.tell(call)
    for _ in range(most):
        if one.menu.phase is Phase.ENDED:
            break
        live(data, one)
    return one


ANYTHING = st.one_of(
    calls(),
    st.builds(f.KeyPressed, KEYS | st.text(max_size=3), st.integers(0, 10**6)),
    st.builds(f.RecordingEnded, st.floats(0, 200), st.booleans()),
    st.sampled_from(
        [f.PromptsPlayed(), f.KeysTimedOut(), f.PersonReached(), f.PersonNotReached(), f.HungUp()]
    ),
)


@given(calls(), st.lists(ANYTHING, max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_fact_raises_and_a_step_waits_for_one_thing_at_most(call: f.Began, told: list[f.Fact]) -> None:
    one = Line()
    for fact in (call, *told):
        before = one.menu
        one.menu, effects = advance(before, fact)
        waits = [effect for effect in effects if isinstance(effect, WAITS)]
        assert len(waits) <= 1
        assert not waits or effects[-1] is waits[0]
        if any(isinstance(effect, NoteAnomaly) for effect in effects):
            assert one.menu == before


@given(calls(), st.data())
@settings(max_examples=300, deadline=None)
def test_every_way_ends_in_bounded_steps(call: f.Began, data: st.DataObject) -> None:
    # lively at first; after that silence must end it
    one = lived(data, call, 60)
    facts = 0
    while one.menu.phase is not Phase.ENDED:
        facts += 1
        assert facts <= MOST_FACTS
        one.tell(quiet(one))
    assert isinstance(one.effects[-1], Done)
    assert len(one.of(Play)) <= BUDGET + 2
    event(f"ended by {one.memo.ending}")


@given(calls(), KEYS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_same_act_for_ever_ends_too(call: f.Began, key: str, silent: bool) -> None:
    """The most stubborn citizen: one key at each chance, and takes without end."""
    one = Line()
    one.tell(call)
    facts = 0
    while one.menu.phase is not Phase.ENDED:
        facts += 1
        assert facts <= MOST_FACTS
        if isinstance(one.waiting, Record):
            one.tell(f.RecordingEnded(1.0, silent=silent))
        elif _takes_keys(one):
            one.key(key)
        else:
            one.tell(quiet(one))


@given(calls(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_hang_up_at_any_step_keeps_what_was_known(call: f.Began, data: st.DataObject) -> None:
    one = lived(data, call, data.draw(st.integers(0, 40)))
    if one.menu.phase is not Phase.ENDED:
        one.tell(f.HungUp())
    memo, kept = one.memo, one.kept
    assert memo.take == int(kept.get(Field.RECORDING, "0"))
    assert memo.number_spoken_take == int(kept.get(Field.NUMBER_SPOKEN, "0"))
    assert (memo.asked_at.isoformat() if memo.asked_at else None) == kept.get(Field.ASKED_AT)
    assert memo.reply_wanted == (kept.get(Field.REPLY_WANTED) != "no")
    if Field.NUMBER in kept and memo.number is not None:
        assert memo.number.reveal() == kept[Field.NUMBER]
    elif memo.number is not None:
        assert memo.number == call.caller
    if memo.number_keyed is not None:
        assert memo.number_keyed.reveal() == kept[Field.NUMBER_KEYED]


@given(calls(), st.data())
@settings(max_examples=300, deadline=None)
def test_only_what_was_made_is_played_and_only_a_keyed_number_is_read(
    call: f.Began, data: st.DataObject
) -> None:
    one = lived(data, call, 60)
    for play in one.effects:
        if isinstance(play, Play):
            assert play.prompts
            assert set(play.prompts) <= TEXTS.keys() | {PAUSE}
            read = "".join(re.findall(r"menu/digit/([0-9])", " ".join(play.prompts)))
            # what is read back ends as it was typed (the area may have been added)
            event(f"read back: {bool(read)}")
            assert read[-7:] in one.typed
    assert all(record.beep == BEEP for record in one.effects if isinstance(record, Record))


def test_no_sentence_tells_why_somebody_is_away() -> None:
    why = ("연가", "병가", "출장", "휴가", "교육", "회의", "외출", "조퇴", "육아", "통화 중", "방해")
    assert not [text for text in TEXTS.values() if any(word in text for word in why)]
    assert not {"why", "reason", "absence"} & set(f.Began.__dataclass_fields__)


@given(calls(), st.data())
@settings(max_examples=200, deadline=None)
def test_no_moment_is_promised_before_the_deadline(call: f.Began, data: st.DataObject) -> None:
    one = lived(data, call, 40)
    promised = one.menu.memo.promised_at
    if promised is not None:
        earliest = min(
            moment
            for moment in (one.menu.memo.asked_at, call.still_promised, call.when)
            if moment is not None
        )
        assert promised >= earliest


def test_a_field_is_kept_in_the_step_that_knows_it() -> None:
    one = Line()
    one.tell(f.Began(kst(25, 14), classify("01011112222"), kst(25, 15), kst(26, 9), choices=CHOICES))
    one.act(f.RecordingEnded(3, silent=False))
    kinds = [type(effect) for effect in one.effects]
    assert kinds.index(KeepField) == kinds.index(Record) + 1
