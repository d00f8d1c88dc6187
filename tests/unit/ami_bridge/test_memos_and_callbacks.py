"""Notes of the memo menu, of feature codes and of our own calls to citizens, as events."""

import pytest

from ami_bridge.call.recovered import is_told, recovered
from ami_bridge.call.state import House
from ami_bridge.call.switchboard import Switchboard
from office.events import CallbackStep, CallClass, Closed, Outcome, Side, TakenBy
from office.folder import load_office
from tests.replay.play import ROOT, Play, example_house
from tests.replay.wire import (
    BASE_US,
    PHONE,
    TRUNK,
    U1,
    U2,
    at_us,
    call_begins,
    dial_begin,
    dial_end,
    enter,
    event,
    hangup,
    hangup_request,
    newchannel,
    note,
    ringing,
    row,
    up,
)

CALL = note(0.001, U1, "Call", Class="citizen", Exten="2201", Caller="01000001234", Withheld="no")
CB = "cb-7-1-1"


def in_dialplan() -> list[bytes]:
    return [newchannel(0, TRUNK, U1, exten="0333302201"), CALL]


def stamp(seconds: float) -> str:
    return str(at_us(seconds) // 1000)


# ---------------------------------------------------------------- memos


def test_a_memo_from_its_receipt_to_its_end() -> None:
    play = Play().bytes(
        *in_dialplan(),
        note(3, U1, "Memo", Exten="2201", Closed="lunch", TakenBy="menu"),
        note(20, U1, "MemoField", Name="recording", Value="x-1.wav"),
        note(20.001, U1, "MemoField", Name="number", Value="0335551234"),
        note(30, U1, "MemoEnd", Ending="goodbye", Promised="1795582200"),
        hangup(30.1, U1),
    )
    began, ended = play.one("memo_began").model_dump(), play.one("memo_ended").model_dump()
    assert began["id"] == f"pbx1/{U1}/memo_began/menu@{stamp(3)}"
    assert (began["exten"], began["officer"], began["closed"], began["taken_by"]) == (
        "2201", "park_kj", Closed.LUNCH, TakenBy.MENU,
    )  # fmt: skip
    assert [(e.model_dump()["name"], e.model_dump()["value"]) for e in play.of("memo_kept")] == [
        ("recording", "x-1.wav"),
        ("number", "0335551234"),
    ]
    assert (ended["ending"], ended["promised_at"].timestamp()) == ("goodbye", 1795582200)
    assert play.kinds[-1] == "call_ended"


def test_a_number_that_was_left_is_not_in_the_events_text_form() -> None:
    play = Play().bytes(*in_dialplan(), note(3, U1, "MemoField", Name="number", Value="0335551234"))
    assert "0335551234" not in repr(play.one("memo_kept"))


def test_what_falls_into_one_millisecond_is_not_one_thing() -> None:
    play = Play().bytes(
        *in_dialplan(),
        note(3, U1, "Memo", Exten="2201", Closed="none", TakenBy="menu"),
        note(3, U1, "Memo", Exten="2201", Closed="none", TakenBy="recorder"),
        note(9, U1, "MemoField", Name="seconds", Value="4"),
        note(9, U1, "MemoField", Name="silent", Value="no"),
    )
    assert len({e.id for e in play.of("memo_began")}) == 2
    assert len({e.id for e in play.of("memo_kept")}) == 2


def test_a_note_told_twice_is_one_event() -> None:
    twice = [piece for piece in (
        note(3, U1, "Memo", Exten="2201", Closed="none", TakenBy="menu"),
        note(9, U1, "MemoField", Name="asked_at", Value="2026-11-26T10:00:00+09:00"),
        note(10, U1, "MemoEnd", Ending="hung_up", Promised="0"),
    ) for _ in range(2)]  # fmt: skip
    play = Play().bytes(*in_dialplan(), *twice)
    assert [kind for kind in play.kinds if kind.startswith("memo")] == [
        "memo_began", "memo_kept", "memo_ended",
    ]  # fmt: skip
    assert play.one("memo_ended").model_dump()["promised_at"] is None


def test_what_he_left_is_told_though_the_calls_first_note_is_missing() -> None:
    """Attached in the middle: a memo is worth more than order."""
    play = Play().bytes(
        newchannel(0, TRUNK, U1, exten="2201"), note(3, U1, "MemoField", Name="recording", Value="x-1.wav")
    )
    assert play.kinds == ["call_started", "memo_kept"]


def test_a_restart_of_the_pbx_in_the_menu_ends_the_call_incomplete() -> None:
    play = Play().bytes(*in_dialplan(), note(3, U1, "Memo", Exten="2201", Closed="none", TakenBy="menu"))
    play.apply(play.board.restarted(at_us(20), at_us(10)))
    ended = play.one("call_ended").model_dump()
    assert (ended["complete"], ended["note"], ended["ended_by"]) == (False, "pbx_restart", Side.UNKNOWN)


# ---------------------------------------------------------------- feature codes


def test_a_feature_code_says_whose_phone_is_not_to_ring() -> None:
    play = Play().bytes(
        newchannel(0, PHONE, U1, exten="*78"), note(0.1, U1, "Presence", Exten="2201", State="do_not_disturb")
    )
    told = play.one("presence_set").model_dump()
    assert (told["exten"], told["officer"], told["state"]) == ("2201", "park_kj", "do_not_disturb")
    assert play.one("call_started").model_dump()["call_class"] == CallClass.INTERNAL


def test_a_feature_code_of_another_version_is_only_odd() -> None:
    play = Play().bytes(
        newchannel(0, PHONE, U1, exten="*77"), note(0.1, U1, "Presence", Exten="2201", State="?")
    )
    assert play.kinds == ["call_started", "anomaly_seen"]


# ---------------------------------------------------------------- callbacks


def originate(s: float = 0.0) -> list[bytes]:
    """The officer's phone is rung by an Originate: the dial has no dialling channel."""
    return [
        newchannel(s, PHONE, CB, exten="s"),
        event("DialBegin", s + 0.001, DestChannel=PHONE, DestChannelState="0", DestUniqueid=CB),
        ringing(s + 0.1, CB),
    ]


def citizen_dialled(s: float) -> list[bytes]:
    return [newchannel(s, TRUNK, U2, CB, exten="s"), dial_begin(s, CB, TRUNK, U2), ringing(s + 0.1, U2)]


def told(play: Play) -> list[tuple[str, object]]:
    steps = [found.model_dump() for found in play.of("callback_told")]
    return [(step["step"], step["outcome"]) for step in steps]


def test_a_callback_is_one_from_its_birth_and_its_officers() -> None:
    play = Play().bytes(newchannel(0, PHONE, CB, exten="s", caller="0333302000"))
    started = play.one("call_started").model_dump()
    assert (started["call_class"], started["exten"], started["officer"]) == ("callback", "2201", "park_kj")
    assert started["caller"] is None


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, Outcome.BUSY),
        (19, Outcome.NO_ANSWER),
        (18, Outcome.NO_ANSWER),
        (0, Outcome.NO_ANSWER),
        (21, Outcome.DECLINED),
        (3, Outcome.UNREGISTERED),
        (20, Outcome.UNREGISTERED),
        (34, Outcome.UNREACHABLE),
    ],
)
def test_an_officer_who_does_not_answer_is_told_by_the_end_of_his_channel(
    cause: int, outcome: Outcome
) -> None:
    play = Play().bytes(*originate(), hangup(4, CB, cause))
    assert told(play) == [(CallbackStep.OFFICER_FAILED, outcome)]
    assert play.one("callback_told").id == f"pbx1/{CB}/callback_told/officer_failed"
    assert play.kinds[-1] == "call_ended"


def test_an_officer_who_does_not_answer_is_told_by_the_journal_alone() -> None:
    play = Play()
    gone = '{"hangupcause":17,"hangupsource":"x","dialstatus":""}'
    for line in (
        row("CHAN_START", 0, PHONE, CB, CB),
        row("HANGUP", 0.5, PHONE, CB, CB, gone),
        row("CHAN_END", 0.5, PHONE, CB, CB),
    ):
        play.row(line.decode())
    assert told(play) == [(CallbackStep.OFFICER_FAILED, Outcome.BUSY)]


def test_a_callback_that_reached_the_citizen() -> None:
    play = Play().bytes(
        *originate(), up(1, CB), note(1.01, CB, "Callback", Attempt="7-1", Step="officer_answered"),
        note(2, CB, "Callback", Attempt="7-1", Step="citizen_dialled"), *citizen_dialled(2),
        up(5, U2), dial_end(5, CB, U2, "ANSWER"),
        note(5.01, CB, "Callback", Attempt="7-1", Step="citizen_answered"),
        enter(5.1, CB), enter(5.1, U2), hangup_request(65, U2, TRUNK), hangup(65.1, U2),
        note(65.2, CB, "Callback", Attempt="7-1", Step="ended", TalkMs="60000", By=TRUNK), hangup(65.3, CB),
    )  # fmt: skip
    assert [step for step, _ in told(play)] == [
        "officer_answered", "citizen_dialled", "citizen_answered", "ended",
    ]  # fmt: skip
    ended = play.of("callback_told")[-1].model_dump()
    assert (ended["attempt"], ended["talk_ms"], ended["hung_up_by"]) == ("7-1", 60000, Side.CITIZEN)
    # the office's phone is the one that rang and answered; the citizen's is none of ours
    assert {e.model_dump()["leg"] for e in play.events if e.kind in ("phone_rang", "call_answered")} == {CB}
    talk = play.one("talk_started").model_dump()
    assert (talk["leg"], talk["phone"]["officer"]) == (CB, "park_kj")
    assert play.one("call_ended").model_dump()["ended_by"] == Side.CITIZEN
    assert "dial_started" not in play.kinds


def test_a_citizen_who_is_busy_is_told_once_and_is_no_phone_that_stopped() -> None:
    play = Play().bytes(
        *originate(), up(1, CB), *citizen_dialled(2), hangup_request(2.2, U2, TRUNK),
        dial_end(2.3, CB, U2, "BUSY"), hangup(2.3, U2, 17),
        *[note(2.4, CB, "Callback", Attempt="7-1", Step="citizen_failed", Status="busy")] * 2, hangup(9, CB),
    )  # fmt: skip
    assert told(play) == [(CallbackStep.CITIZEN_FAILED, Outcome.BUSY)]
    assert "phone_stopped" not in play.kinds
    assert "hangup_seen" not in play.kinds


def test_a_step_of_another_version_changes_nothing() -> None:
    play = Play().bytes(*originate(), note(1, CB, "Callback", Attempt="7-1", Step="dance"))
    assert told(play) == []


def test_an_officer_whose_answer_may_have_been_missed_has_not_failed() -> None:
    play = Play()
    play.board.restore(CB, BASE_US)
    play.bytes(hangup(4, CB, 19))
    ended = play.one("call_ended").model_dump()
    assert told(play) == []
    assert (ended["complete"], ended["note"]) == (False, "start_unseen")


def test_other_names_are_no_callback() -> None:
    for uid in ("cb-7-1-2", "cb--1", "xcb-7-1", f"cb-{'7' * 41}-1"):
        play = Play().bytes(newchannel(0, PHONE, uid), hangup(1, uid))
        assert play.one("call_started").model_dump()["call_class"] != CallClass.CALLBACK


# ---------------------------------------------------------------- the office's clock


def test_every_time_that_is_published_is_the_offices() -> None:
    hour = 3_600_000_000
    office = load_office(ROOT / "examples" / "pyeongchang")
    plain, shifted = Play(), Play(House.of("pbx1", office, shift=hour))
    for play in (plain, shifted):
        play.bytes(
            *call_begins(), note(3, U1, "Memo", Exten="2201", Closed="none", TakenBy="menu"),
            note(9, U1, "MemoEnd", Ending="goodbye", Promised="1795582200"), hangup(10, U1),
        )  # fmt: skip
        play.apply(play.board.lose_link(at_us(11), "x"))
        play.apply(play.board.restore_link(at_us(13), at_us(11), covered=True))
    assert [e.id for e in plain.events] == [e.id for e in shifted.events]
    for before, after in zip(plain.events, shifted.events, strict=True):
        assert (after.at - before.at).total_seconds() == 3600
    restored = [play.one("link_restored").model_dump()["since"] for play in (plain, shifted)]
    assert (restored[1] - restored[0]).total_seconds() == 3600
    # a promise was made in the office's time already
    promised = {play.one("memo_ended").model_dump()["promised_at"] for play in (plain, shifted)}
    assert len(promised) == 1


# ---------------------------------------------------------------- what the recorder left in the database

ENTRY = f"2201^haengjeong^night^{at_us(3) // 1000}^01000001234^x-recorder.wav"


def test_a_memo_whose_journal_is_gone_comes_out_of_the_database() -> None:
    events = [found.event for found in recovered(example_house(), U1, ENTRY)]
    assert [found.kind for found in events] == ["call_started", "memo_began", "memo_kept", "call_ended"]
    started, began, kept, ended = (found.model_dump() for found in events)
    assert (started["call_class"], started["caller"], started["officer"]) == (
        "citizen", "01000001234", "park_kj",
    )  # fmt: skip
    assert (began["closed"], began["taken_by"], began["officer"]) == ("night", "recorder", "park_kj")
    assert (kept["name"], kept["value"]) == ("recording", "x-recorder.wav")
    assert (ended["complete"], ended["note"]) == (False, "journal_lost")


def test_a_recovered_call_has_the_ids_it_had() -> None:
    live = Play().bytes(
        *in_dialplan(), note(3, U1, "Memo", Exten="2201", Closed="night", TakenBy="recorder"), hangup(9, U1)
    )
    again = {found.event.id for found in recovered(example_house(), U1, ENTRY)}
    assert {e.id for e in live.of("memo_began")} <= again
    assert {f"pbx1/{U1}/call_started", f"pbx1/{U1}/call_ended"} <= again


def test_a_withheld_number_stays_withheld() -> None:
    entry = f"2201^haengjeong^none^{at_us(3) // 1000}^^x-recorder.wav"
    started = recovered(example_house(), U1, entry)[0].event.model_dump()
    assert (started["caller"], started["withheld"]) == (None, True)


@pytest.mark.parametrize("value", ["", "2201", "a^b^c^d^e^f", "2201^^none^0^^x.wav", ENTRY + "^more"])
def test_what_is_no_entry_tells_nothing(value: str) -> None:
    assert recovered(example_house(), U1, value) == ()


def test_a_call_whose_memo_was_noted_needs_no_database() -> None:
    board = Switchboard(example_house())
    play = Play()
    play.board = board
    play.bytes(*in_dialplan())
    call = board.call(U1)
    assert call is not None
    assert not is_told(call)
    play.bytes(note(3, U1, "Memo", Exten="2201", Closed="none", TakenBy="recorder"))
    call = board.call(U1)
    assert call is not None
    assert is_told(call)


# ---------------------------------------------------------------- a number outside, rung for a citizen

MOBILE = "PJSIP/trunk-0000000f"


def a_mobile_goes_up() -> list[bytes]:
    return [
        *in_dialplan(),
        note(1, U1, "Dial", Exten="", Role="duty", Hop="1"),
        newchannel(1.01, MOBILE, U2, linked=U1),
        dial_begin(1.02, U1, MOBILE, U2),
        ringing(1.1, U2),
        up(4, U2),
    ]


def test_a_mailbox_that_goes_up_is_no_answer() -> None:
    play = Play().bytes(*a_mobile_goes_up(), hangup(12, U2), hangup(12.1, U1))
    assert play.of("call_answered") == []
    assert play.one("phone_stopped").model_dump()["leg"] == U2
    assert play.one("call_ended").model_dump()["ended_by"] is not Side.OFFICER


def test_who_presses_the_key_has_answered() -> None:
    answered = note(6, U2, "Answered", Peer=MOBILE, Exten="", RingMs="0", Words="none", Reason="not_greeted")
    play = Play().bytes(*a_mobile_goes_up(), answered, hangup(30, U1))
    told = play.one("call_answered").model_dump()
    assert (told["leg"], told["at"].timestamp()) == (U2, at_us(6) / 1e6)
    assert play.of("phone_stopped") == []
