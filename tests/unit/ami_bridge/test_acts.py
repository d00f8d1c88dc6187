"""An officer's codes within a call as events: live, by the journal alone, and both."""

import json

import pytest

from office.events import DeskActed
from tests.replay.play import Play
from tests.replay.wire import PHONE, TRUNK, U1, U2, answered_call, at_us, event, note, row

CALL = {"Class": "citizen", "Exten": "2201", "Caller": "01000001234", "Withheld": "no"}
KEYED = ("read_back", "visitor", "callback")


def stamp(seconds: float) -> str:
    return str(at_us(seconds) // 1000)


def live(*acts: bytes) -> Play:
    call = answered_call()
    return Play().bytes(call[0], note(0.001, U1, "Call", **CALL), *call[1:9], *acts, *call[9:])


def noted(seconds: float, channel: str, uid: str, **fields: str) -> bytes:
    told = "|".join(f"{name}: {value}" for name, value in fields.items())
    return row("USER_DEFINED", seconds, channel, uid, U1, json.dumps({"extra": told}), "Charterline")


def journal() -> list[bytes]:
    call = noted(0.001, TRUNK, U1, Kind="Call", At=stamp(0.001), **CALL)
    acts = [noted(5 + n, PHONE, U2, Kind="Act", At=stamp(5 + n), Act=act) for n, act in enumerate(KEYED)]
    bridge = json.dumps({"bridge_id": "b-1"})
    return [
        row("CHAN_START", 0, TRUNK, U1, U1),
        call,
        row("CHAN_START", 0.01, PHONE, U2, U1),
        row("ANSWER", 2.0, PHONE, U2, U1),
        row("BRIDGE_ENTER", 2.01, PHONE, U2, U1, bridge),
        row("BRIDGE_ENTER", 2.02, TRUNK, U1, U1, bridge),
        *acts,
        row("BRIDGE_EXIT", 10.001, TRUNK, U1, U1, bridge),
        row("HANGUP", 10.004, TRUNK, U1, U1, "{}"),
    ]


def told(play: Play) -> list[DeskActed]:
    return [e for e in play.events if isinstance(e, DeskActed)]


def test_a_code_is_an_act_of_the_officer_whose_phone_keyed_it() -> None:
    play = live(note(5, U2, "Act", Act="read_back"))
    (act,) = told(play)
    assert act.id == f"pbx1/{U2}/desk_acted/read_back@{stamp(5)}"
    assert (act.call_id, act.act, act.phone.officer) == (U1, "read_back", "park_kj")


def test_own_greeting_said_by_a_code_is_the_event_that_the_page_would_make() -> None:
    play = live(note(5, U2, "Act", Act="said"))
    said = play.one("words_said")
    assert said.id == f"pbx1/{U1}/words_said/park_kj"
    assert told(play) == []


def test_the_journal_alone_tells_the_same_acts() -> None:
    seen = told(live(*(note(5 + n, U2, "Act", Act=act) for n, act in enumerate(KEYED))))
    play = Play()
    for line in journal():
        play.row(line.decode())
    read = told(play)
    assert [act.act for act in read] == list(KEYED)
    assert {act.source for act in read} == {"journal"}
    apart = {"source", "at"}
    assert [act.model_dump(exclude=apart) for act in read] == [act.model_dump(exclude=apart) for act in seen]


def test_the_journal_read_over_a_live_call_tells_no_act_twice() -> None:
    play = live(*(note(5 + n, U2, "Act", Act=act) for n, act in enumerate(KEYED)))
    before = [event.id for event in play.events]
    for line in journal():
        play.row(line.decode())
    assert [e.id for e in told(play)] == [one for one in before if "desk_acted" in one]


@pytest.mark.parametrize("uid", [U2, U1])
def test_a_code_of_a_later_version_is_odd_and_no_more(uid: str) -> None:
    play = live(note(5, uid, "Act", Act="dance"))
    assert told(play) == []
    assert [e.kind for e in play.events].count("anomaly_seen") == 1
    assert play.kinds[-1] == "call_ended"


def test_another_user_event_is_no_code() -> None:
    assert told(live(event("UserEvent", 5, Uniqueid=U2, UserEvent="Other", Kind="Act", Act="visitor"))) == []
