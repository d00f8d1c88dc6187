"""The table of a callback's life: every state answers every event."""

import itertools

import pytest

from memo_service.callbacks.life import Event, Life, Refusal, State, advance


def test_every_state_answers_every_event() -> None:
    for state, event in itertools.product(State, Event):
        answer = advance(Life(state, tries=1), event)
        assert isinstance(answer, Life | Refusal), (state, event)


def walk(*events: Event, allowed: int = 3) -> Life:
    life = Life(allowed=allowed)
    for event in events:
        answer = advance(life, event)
        assert isinstance(answer, Life), (life, event, answer)
        life = answer
    return life


C = Event.CLAIMED


@pytest.mark.parametrize(
    ("events", "state", "tries"),
    [
        ((C,), State.CALLING, 0),
        ((C, Event.TALKED), State.REACHED, 1),
        ((C, Event.BRIEF), State.UNCONFIRMED, 1),
        ((C, Event.BRIEF, Event.MARKED_REACHED), State.REACHED, 1),
        ((C, Event.BRIEF, Event.MARKED_NOT_REACHED), State.WAITING, 1),
        ((C, Event.NOT_DIALLED), State.WAITING, 0),
        ((C, Event.FAILED), State.WAITING, 1),
        ((C, Event.FAILED) * 3, State.NOT_REACHED, 3),
        ((C, Event.LOST), State.UNKNOWN, 1),
        ((C, Event.LOST, Event.TALKED), State.REACHED, 1),
        ((C, Event.LOST, Event.NOT_DIALLED), State.WAITING, 0),
        ((C, Event.LOST, Event.CLAIMED_KNOWINGLY, Event.FAILED), State.WAITING, 2),
        ((C, Event.FAILED, Event.CITIZEN_CALLED), State.CLOSED, 1),
        ((C, Event.TALKED, Event.CLOSED), State.CLOSED, 1),
        ((C, Event.TALKED, Event.CLOSED, Event.REOPENED), State.WAITING, 0),
        ((C, Event.TALKED, Event.DEFERRED), State.WAITING, 1),
        ((C, Event.CITIZEN_CALLED), State.CALLING, 0),
    ],
)
def test_a_way_through_the_table(events: tuple[Event, ...], state: State, tries: int) -> None:
    assert (walk(*events).state, walk(*events).tries) == (state, tries)


@pytest.mark.parametrize(
    ("state", "event", "why"),
    [
        (State.CALLING, Event.CLAIMED, Refusal.TAKEN),
        (State.CALLING, Event.CLAIMED_KNOWINGLY, Refusal.TAKEN),
        (State.CALLING, Event.CLOSED, Refusal.CALLING),
        (State.UNKNOWN, Event.CLAIMED, Refusal.CONFIRM_UNKNOWN),
        (State.UNCONFIRMED, Event.CLAIMED_KNOWINGLY, Refusal.MARK_FIRST),
        (State.NOT_REACHED, Event.CLAIMED, Refusal.REOPEN_FIRST),
        (State.CLOSED, Event.CLAIMED, Refusal.ALREADY_CLOSED),
        (State.WAITING, Event.MARKED_REACHED, Refusal.NOTHING_TO_MARK),
        (State.WAITING, Event.REOPENED, Refusal.ALREADY_OPEN),
    ],
)
def test_what_cannot_be_says_why(state: State, event: Event, why: Refusal) -> None:
    assert advance(Life(state), event) is why
