"""What becomes of a call: identity, classes, rings, answers, stops, notes. By AMI events as the PBX sends
them.
"""

import pytest

from ami_bridge.call.state import endpoint_of, order
from office.events import CallClass, CallEvent, Outcome, Side, Words
from tests.replay.play import Play
from tests.replay.wire import (
    PHONE,
    TRUNK,
    U1,
    U2,
    U3,
    answered_call,
    at_us,
    call_begins,
    dial_begin,
    dial_end,
    dial_state,
    enter,
    hangup,
    hangup_request,
    leave,
    newchannel,
    note,
    ringing,
    up,
)

OTHER = "PJSIP/2202-00000003"


def us(event: CallEvent) -> int:
    return round(event.at.timestamp() * 1_000_000)


def test_an_answered_call_from_first_to_last() -> None:
    play = Play().bytes(*answered_call())
    assert play.kinds == [
        "call_started", "dial_started", "phone_rang", "call_answered", "talk_started",
        "hangup_seen", "talk_ended", "call_ended",
    ]  # fmt: skip
    assert {event.call_id for event in play.events} == {U1}
    assert us(play.one("phone_rang")) == at_us(0.1)
    assert us(play.one("call_answered")) == at_us(2.0)
    ended = play.one("call_ended").model_dump()
    assert (ended["ended_by"], ended["complete"], ended["note"]) == (Side.CITIZEN, True, None)


def test_the_answer_is_the_phones_going_up_and_not_the_dials_end() -> None:
    late_dial_end = [dial_end(7.0, U1, U2, "ANSWER")]
    play = Play().bytes(*call_begins(), ringing(0.1, U2), up(2.0, U2), *late_dial_end)
    assert us(play.one("call_answered")) == at_us(2.0)


def test_a_prompt_that_answers_the_citizen_is_no_answer() -> None:
    play = Play().bytes(newchannel(0, TRUNK, U1), up(0.1, U1), *call_begins(0.2)[1:], ringing(0.4, U2))
    assert "call_answered" not in play.kinds


def test_the_dialplans_note_says_what_sort_of_call_it_is() -> None:
    told = note(
        0.001, U1, "Call", Class="citizen", Exten="2201", Caller="01000001234", Withheld="no", Observe="yes"
    )
    play = Play().bytes(newchannel(0, TRUNK, U1, exten="0333302201"), told, *call_begins()[1:])
    started = play.one("call_started").model_dump()
    assert started["call_class"] == CallClass.CITIZEN
    assert (started["exten"], started["desk_kind"], started["officer"]) == ("2201", "officer", "park_kj")
    assert (started["caller"], started["withheld"], started["observe"]) == ("01000001234", False, True)
    assert us(play.one("call_started")) == at_us(0)


def test_a_withheld_number_goes_nowhere_even_if_the_note_carried_it() -> None:
    told = note(0.001, U1, "Call", Class="citizen", Exten="2201", Caller="01000001234", Withheld="yes")
    play = Play().bytes(newchannel(0, TRUNK, U1, caller="01000001234"), told)
    assert play.one("call_started").model_dump()["caller"] is None
    assert b"01000001234" not in b"".join(e.model_dump_json().encode() for e in play.events)


def test_the_number_of_an_outbound_call_is_told_nowhere() -> None:
    play = Play().bytes(
        newchannel(0, PHONE, U1, exten="01000001234", caller="2201"),
        newchannel(0.1, TRUNK, U2, U1, exten="01000001234"),
        dial_begin(0.2, U1, TRUNK, U2),
        ringing(0.3, U2), up(1, U2), enter(1.1, U2), enter(1.2, U1),
        hangup_request(5, U2, TRUNK), hangup(5.1, U2), hangup(5.2, U1),
    )  # fmt: skip
    assert play.one("call_started").model_dump()["call_class"] == CallClass.OUTBOUND
    assert play.one("dial_started").model_dump()["role"] == "trunk"
    assert play.one("call_ended").model_dump()["ended_by"] == Side.CITIZEN
    assert b"01000001234" not in b"".join(e.model_dump_json().encode() for e in play.events)


def test_without_a_note_the_class_is_guessed_from_endpoints() -> None:
    internal = Play().bytes(newchannel(0, PHONE, U1, exten="2202"), dial_begin(0.1, U1, OTHER, U2))
    assert internal.one("call_started").model_dump()["call_class"] == CallClass.INTERNAL
    stranger = Play().bytes(newchannel(0, "PJSIP/9-1", U1), dial_begin(0.1, U1, OTHER, U2))
    assert stranger.one("call_started").model_dump()["call_class"] == CallClass.UNKNOWN


def test_a_call_that_sends_no_note_is_told_after_a_second() -> None:
    play = Play().bytes(newchannel(0, TRUNK, U1, exten="2201"), newchannel(0.9, TRUNK, U2))
    assert play.events == []
    play.bytes(newchannel(1.1, TRUNK, U3))
    assert play.one("call_started").call_id == U1


def test_two_phones_ring_and_one_answers_the_other_did_not_miss_a_call() -> None:
    play = Play().bytes(
        *call_begins(), newchannel(0.03, OTHER, U3, U1), dial_begin(0.04, U1, OTHER, U3),
        ringing(0.1, U2), ringing(0.2, U3), up(4, U3),
        dial_end(4.001, U1, U2, "CANCEL"), hangup(4.002, U2, 26), dial_end(4.003, U1, U3, "ANSWER"),
    )  # fmt: skip
    assert len(play.of("phone_rang")) == 2
    assert len(play.of("dial_started")) == 1
    assert play.one("call_answered").model_dump()["leg"] == U3
    stopped = play.one("phone_stopped").model_dump()
    assert (stopped["leg"], stopped["outcome"]) == (U2, Outcome.ANSWERED_ELSEWHERE)


@pytest.mark.parametrize(
    ("status", "cause", "outcome"),
    [
        ("BUSY", 17, Outcome.BUSY),
        ("NOANSWER", 19, Outcome.NO_ANSWER),
        ("NOANSWER", 0, Outcome.NO_ANSWER),
        ("NOANSWER", 21, Outcome.DECLINED),
        ("CHANUNAVAIL", 20, Outcome.UNREGISTERED),
        ("CONGESTION", 34, Outcome.UNREACHABLE),
        ("CANCEL", 26, Outcome.ANSWERED_ELSEWHERE),
    ],
)
def test_why_a_phone_stopped_is_told_apart(status: str, cause: int, outcome: Outcome) -> None:
    play = Play().bytes(*call_begins(), ringing(0.1, U2), dial_end(9, U1, U2, status), hangup(9.1, U2, cause))
    assert play.one("phone_stopped").model_dump()["outcome"] == outcome


def test_a_caller_who_gives_up_is_no_absent_officer() -> None:
    play = Play().bytes(
        *call_begins(), ringing(0.1, U2), hangup_request(4, U1, TRUNK), dial_end(4.001, U1, U2, "CANCEL"),
        hangup(4.002, U2, 127), hangup(4.003, U1, 127),
    )  # fmt: skip
    assert play.one("phone_stopped").model_dump()["outcome"] == Outcome.CALLER_GONE
    assert play.one("hangup_seen").model_dump()["side"] == Side.CITIZEN


def test_a_cancel_without_a_reason_waits_for_one() -> None:
    """The phone's hang-up may overtake the caller's hang-up request (other topic, other queue)."""
    play = Play().bytes(*call_begins(), ringing(0.1, U2), dial_end(4, U1, U2, "CANCEL"), hangup(4.1, U2, 127))
    assert "phone_stopped" not in play.kinds
    play.bytes(hangup_request(4, U1, TRUNK))
    assert play.one("phone_stopped").model_dump()["outcome"] == Outcome.CALLER_GONE
    assert us(play.one("phone_stopped")) == at_us(4.1)


def test_a_302_is_a_forward_and_not_a_caller_who_gave_up() -> None:
    play = Play().bytes(
        *call_begins(), dial_end(0.2, U1, U2, "CANCEL", forward="Local/2202@phones"), hangup(0.3, U2, 127)
    )
    assert play.one("phone_stopped").model_dump()["outcome"] == Outcome.FORWARDED
    assert "phone_rang" not in play.kinds


def test_a_phone_that_refuses_at_once_has_not_rung() -> None:
    busy = Play().bytes(*call_begins(), dial_end(0.1, U1, U2, "BUSY"), hangup(0.2, U2, 17))
    assert "phone_rang" not in busy.kinds
    do_not_disturb = Play().bytes(*call_begins(), dial_end(0.1, U1, U2, "NOANSWER"), hangup(0.2, U2, 19))
    assert "phone_rang" not in do_not_disturb.kinds


def test_each_phone_that_is_hunted_tells_its_own_ring() -> None:
    play = Play().bytes(
        *call_begins(), ringing(0.1, U2), dial_end(5, U1, U2, "NOANSWER"), hangup(5.01, U2),
        newchannel(5.1, OTHER, U3, U1), dial_begin(5.2, U1, OTHER, U3), ringing(5.3, U3), up(8, U3),
    )  # fmt: skip
    assert [us(event) for event in play.of("phone_rang")] == [at_us(0.1), at_us(5.3)]
    assert [event.model_dump()["hop"] for event in play.of("dial_started")] == [0, 1]
    # the limit runs from the first ring, whoever it was that rang
    assert us(play.one("ring_limit_passed")) == at_us(0.1) + 6_050_000


def test_the_limit_does_not_pass_for_who_answered_in_time() -> None:
    play = Play().bytes(*answered_call(answer=6.1))
    assert "ring_limit_passed" not in play.kinds
    late = Play().bytes(*answered_call(answer=6.2))
    assert us(late.one("ring_limit_passed")) == at_us(0.1) + 6_050_000


def test_an_officer_who_left_first_ended_the_call_though_the_dialplan_hangs_up() -> None:
    play = Play().bytes(
        *answered_call()[:10], hangup_request(9, U2, PHONE), leave(9.001, U2), leave(9.002, U1),
        hangup(9.01, U2), note(9.02, U1, "Left", Result="SUCCESS"),
        note(9.03, U1, "End", Source="dialplan/builtin", FirstRing="0"), hangup(9.05, U1),
    )  # fmt: skip
    assert play.one("hangup_seen").model_dump()["side"] == Side.OFFICER
    assert play.one("call_ended").model_dump()["ended_by"] == Side.OFFICER
    assert len(play.of("talk_ended")) == 1


def test_the_note_tells_who_hung_up_where_no_hangup_request_was_seen() -> None:
    play = Play().bytes(
        *answered_call()[:10], note(9, U1, "End", Source=PHONE, FirstRing="0"), hangup(9.1, U1)
    )
    assert play.one("hangup_seen").model_dump()["side"] == Side.OFFICER
    assert play.one("call_ended").model_dump()["ended_by"] == Side.OFFICER


def test_a_call_that_the_dialplan_ends_was_ended_by_the_pbx() -> None:
    play = Play().bytes(*call_begins(), note(9, U1, "End", Source="dialplan/builtin"), hangup(9.1, U1))
    assert "hangup_seen" not in play.kinds
    assert play.one("call_ended").model_dump()["ended_by"] == Side.PBX


def test_words_and_prompt_are_told_with_the_notes_own_times() -> None:
    play = Play().bytes(
        *answered_call()[:6],
        note(2.01, U1, "Answered", Peer=PHONE, RingMs="1910", Words="greeting", Reason="on_time"),
        note(2.02, U1, "Prompt", Prompt="greeting", File="x", LengthMs="2000", State="started"),
        note(4.02, U1, "Prompt", Prompt="greeting", LengthMs="2000", State="ended", Status="SUCCESS"),
    )  # fmt: skip
    words = play.one("words_chosen").model_dump()
    assert (words["words"], words["ring_ms"], words["phone"]["officer"]) == (Words.GREETING, 1910, "park_kj")
    started, ended = play.one("prompt_started"), play.one("prompt_ended")
    assert us(started) == at_us(2.02)
    assert started.id.removeprefix(f"pbx1/{U1}/prompt_started") == ended.id.removeprefix(
        f"pbx1/{U1}/prompt_ended"
    )
    assert ended.model_dump()["complete"]
    # the phone's own ring was seen, so the dialplan's figure adds no second one
    assert len(play.of("phone_rang")) == 1


@pytest.mark.parametrize(("length", "status", "missing"), [("5000", "SUCCESS", False), ("0", "FAILED", True)])
def test_a_prompt_cut_short_or_missing_is_not_complete(length: str, status: str, missing: bool) -> None:
    play = Play().bytes(
        *call_begins(),
        note(2.0, U1, "Prompt", Prompt="apology", LengthMs=length, State="started"),
        note(3.0, U1, "Prompt", Prompt="apology", LengthMs=length, State="ended", Status=status),
    )
    ended = play.one("prompt_ended").model_dump()
    assert (ended["complete"], ended["missing"]) == (False, missing)


def test_a_prompt_whose_hearer_left_ends_with_the_call() -> None:
    play = Play().bytes(
        *call_begins(), note(2, U1, "Prompt", Prompt="greeting", LengthMs="9", State="started"), hangup(3, U1)
    )
    assert not play.one("prompt_ended").model_dump()["complete"]
    assert play.kinds[-1] == "call_ended"


def test_an_absence_is_told_and_the_next_hang_up_is_judged_anew() -> None:
    play = Play().bytes(
        *answered_call()[:7], hangup_request(3, U2, PHONE), hangup(3.1, U2),
        note(4, U1, "Absent", Why="officer_gone", Cause="016", Exten="2201", FirstRing="01795578000100"),
        hangup_request(5, U1, TRUNK), hangup(5.1, U1),
    )  # fmt: skip
    assert play.one("absence_found").model_dump()["why"] == Outcome.OFFICER_GONE
    assert [event.model_dump()["side"] for event in play.of("hangup_seen")] == [Side.OFFICER, Side.CITIZEN]
    assert play.one("call_ended").model_dump()["ended_by"] == Side.CITIZEN


def test_the_first_ring_as_the_dialplan_kept_it_stands_in_where_none_was_seen() -> None:
    first = str(at_us(0.1) // 1000)
    play = Play().bytes(
        *call_begins()[:2], note(5, U1, "End", Source=TRUNK, FirstRing=f"0{first}", Estimated="yes")
    )
    rang = play.one("phone_rang").model_dump()
    assert (rang["inferred"], rang["estimated"], rang["leg"]) == (True, True, U2)
    assert us(play.one("phone_rang")) == at_us(0.1)
    assert play.one("phone_rang").id == f"pbx1/{U1}/phone_rang/first_ring"


def test_a_ring_figure_that_shows_a_broken_clock_makes_the_call_incomplete() -> None:
    play = Play().bytes(
        *answered_call()[:6],
        note(2.01, U1, "Answered", Peer=PHONE, RingMs="-30000", Words="greeting", Reason="clock"),
        hangup(9, U1),
    )  # fmt: skip
    ended = play.one("call_ended").model_dump()
    assert (ended["complete"], ended["note"]) == (False, "clock_stepped")


def test_a_surrogate_channel_and_a_strange_user_event_mean_nothing() -> None:
    play = Play().bytes(
        *answered_call()[:10],
        newchannel(3, "Surrogate/PJSIP/2201-1", U3, U1),
        hangup_request(3.1, U2, "Surrogate/PJSIP/2201-1"),
        hangup(3.2, U2, channel="Surrogate/PJSIP/2201-1"),
    )
    assert play.board.call(U1) is not None
    assert "talk_ended" not in play.kinds


def test_progress_that_turns_into_a_ring_counts_from_the_ring() -> None:
    play = Play().bytes(*call_begins(), dial_state(0.2, U1, U2, "PROGRESS"), ringing(1.2, U2), up(3, U2))
    rang = play.one("phone_rang")
    assert us(rang) == at_us(1.2)
    assert not rang.model_dump()["estimated"]


def test_finished_calls_leave_memory() -> None:
    play = Play()
    for number in range(3000):
        uid = f"pbx-1795578000.{number * 2}"
        phone = f"pbx-1795578000.{number * 2 + 1}"
        start = number * 0.01
        play.bytes(
            newchannel(start, TRUNK, uid), newchannel(start, PHONE, phone, uid),
            dial_begin(start, uid, PHONE, phone),
            enter(start, phone, f"b{number}"), enter(start, uid, f"b{number}"),
            hangup(start + 0.001, uid), hangup(start + 0.002, phone),
        )  # fmt: skip
    board = play.board
    assert len(board) <= 1000
    assert len(board._owner) <= 2002
    assert len(board._bridges) <= 1001
    play.bytes(newchannel(100, TRUNK, "pbx-1795578100.1"), hangup(100.1, "pbx-1795578100.1"))
    assert len(board) == 1


def test_uniqueids_are_numbers_with_or_without_a_system_name() -> None:
    assert order("minwon-1795578812.9") < order("minwon-1795578812.10")
    assert order("1795578812.9") < order("1795578813.1")
    assert order("my-office-1795578812.9") == (1795578812, 9)
    assert order("cb-100-1") == (1, 0)


def test_the_endpoint_of_a_channel() -> None:
    assert endpoint_of("PJSIP/2201-0000002a") == "2201"
    assert endpoint_of("PJSIP/front-desk-0000002a") == "front-desk"
