"""Field cases EVT-01 to 05, 07 and TIM-01: what Asterisk's events say in odd order, or do not say."""

import itertools
import random

import pytest

from ami_bridge.call.clock import ClockWatch
from ami_bridge.call.facts import ClockStepped
from office.events import CallEvent, Outcome
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
    event,
    hangup,
    hangup_request,
    leave,
    newchannel,
    pickup,
    ringing,
    up,
)

OTHER = "PJSIP/2202-00000003"
ONE, TWO = "Local/2201@ring-0000000d;1", "Local/2201@ring-0000000d;2"
L1, L2, L3, L4 = (f"pbx-1795578000.{n}" for n in (11, 12, 13, 14))


def us(found: CallEvent) -> int:
    return round(found.at.timestamp() * 1_000_000)


def essence(play: Play) -> set[tuple[str, int]]:
    return {(found.id, us(found)) for found in play.events}


# ---------------------------------------------------------------- EVT-01: 183 instead of 180


def test_evt_01_without_a_ringing_the_dial_stands_in_and_is_marked() -> None:
    play = Play().bytes(
        *call_begins(), up(7.4, U2), dial_end(7.401, U1, U2, "ANSWER"), enter(7.5, U2), enter(7.5, U1)
    )
    rang = play.one("phone_rang")
    assert us(rang) == at_us(0.02)
    assert rang.model_dump()["estimated"]
    assert us(play.one("call_answered")) == at_us(7.4)
    assert play.kinds.index("phone_rang") < play.kinds.index("call_answered")


def test_evt_01_a_progress_is_nearer_to_the_ring_than_the_dial() -> None:
    play = Play().bytes(*call_begins(), dial_state(0.3, U1, U2, "PROGRESS"), up(7.4, U2))
    assert us(play.one("phone_rang")) == at_us(0.3)
    assert us(play.one("ring_limit_passed")) == at_us(0.3) + 6_050_000


def test_evt_01_a_caller_who_gives_up_was_rung_for_though_nothing_said_so() -> None:
    play = Play().bytes(
        *call_begins(), hangup_request(5, U1, TRUNK), dial_end(5.001, U1, U2, "CANCEL"),
        hangup(5.002, U2, 127), hangup(5.003, U1, 127),
    )  # fmt: skip
    rang, stopped = play.one("phone_rang"), play.one("phone_stopped")
    assert rang.model_dump()["estimated"]
    assert us(stopped) - us(rang) == pytest.approx(5_000_000, abs=50_000)
    assert stopped.model_dump()["outcome"] == Outcome.CALLER_GONE


# ---------------------------------------------------------------- EVT-02: ring group


def ring_group() -> list[bytes]:
    """One Local leg per member, as a ring group dials; 2202's leg loses before the winner's DialEnd."""
    one_a, two_a, one_b, two_b = (
        "Local/2201@m-1;1",
        "Local/2201@m-1;2",
        "Local/2202@m-2;1",
        "Local/2202@m-2;2",
    )
    return [
        newchannel(0, TRUNK, U1, exten="2000", caller="01000001234"),
        newchannel(0.01, one_a, L1, U1), newchannel(0.01, two_a, L2, U1),
        newchannel(0.01, one_b, L3, U1), newchannel(0.01, two_b, L4, U1),
        dial_begin(0.02, U1, one_a, L1), dial_begin(0.02, U1, one_b, L3),
        newchannel(0.03, PHONE, U2, U1), dial_begin(0.04, L2, PHONE, U2),
        newchannel(0.03, OTHER, U3, U1), dial_begin(0.04, L4, OTHER, U3),
        ringing(0.1, U2), ringing(0.12, U3), up(4.0, U2),
        dial_end(4.001, U1, L3, "CANCEL"), hangup(4.002, L3, 26),
        dial_end(4.003, L4, U3, "CANCEL"), hangup(4.004, U3, 26),
        dial_end(4.005, U1, L1, "ANSWER"), up(4.006, U1), hangup(4.007, L4, 26),
        enter(4.01, L1, "B1"), enter(4.01, U1, "B1"), enter(4.02, U2, "B2"), enter(4.02, L2, "B2"),
    ]  # fmt: skip


def test_evt_02_one_of_a_ring_group_answers_and_nobody_missed_a_call() -> None:
    play = Play().bytes(*ring_group())
    assert play.one("call_started").call_id == U1
    assert play.one("call_answered").model_dump()["leg"] == U2
    assert us(play.one("call_answered")) - us(play.of("phone_rang")[0]) == 3_900_000
    stopped = play.one("phone_stopped").model_dump()
    assert (stopped["leg"], stopped["outcome"]) == (U3, Outcome.ANSWERED_ELSEWHERE)
    assert "ring_limit_passed" not in play.kinds
    assert play.one("talk_started").model_dump()["leg"] == U2


# ---------------------------------------------------------------- EVT-03: pickup


def test_evt_03_a_pickup_is_an_answer_by_the_colleague_and_no_call_of_its_own() -> None:
    """As a trace of an older Asterisk has it: no Pickup event, but a dial of a channel that is up."""
    play = Play().bytes(
        *call_begins(), ringing(0.5, U2),
        newchannel(6.0, OTHER, U3, exten="*8"), up(6.0, U3),
        dial_end(6.001, U1, U2, "CANCEL"), dial_begin(6.002, U1, OTHER, U3, state=6),
        dial_end(6.003, U1, U3, "ANSWER"), hangup(6.004, U2, 26), enter(6.1, U3), enter(6.1, U1),
        hangup_request(9, U1, TRUNK), hangup(9.1, U1), hangup(9.1, U3),
    )  # fmt: skip
    assert [e.call_id for e in play.of("call_started")] == [U1]
    answered = play.one("call_answered").model_dump()
    assert (answered["leg"], answered["picked_up"], answered["phone"]["extension"]) == (U3, True, "2202")
    assert us(play.one("call_answered")) - us(play.one("phone_rang")) == 5_500_000
    assert play.one("phone_stopped").model_dump()["outcome"] == Outcome.ANSWERED_ELSEWHERE
    assert play.one("talk_started").model_dump()["leg"] == U3
    assert len(play.of("call_ended")) == 1


def test_evt_03_a_pickup_call_that_was_told_already_ends_as_merged() -> None:
    play = Play().bytes(
        *call_begins(), ringing(0.5, U2), newchannel(2.0, OTHER, U3, exten="*8"), up(2.1, U3),
        event("DialState", 4.0, DestUniqueid="x", DialStatus="PROGRESS"),  # a second passes without a note
        pickup(5.0, U3, OTHER, U2), hangup(5.1, U2),
    )  # fmt: skip
    assert [e.call_id for e in play.of("call_started")] == [U1, U3]
    assert play.one("call_answered").model_dump()["picked_up"]
    ended = play.one("call_ended")
    assert (ended.call_id, ended.model_dump()["note"]) == (U3, f"merged:{U1}")


# ---------------------------------------------------------------- EVT-04: a phone's own 302


def forwarded(cause: int, *then: bytes) -> list[bytes]:
    """2201's phone diverts to 2202, by a Local channel; the first dial ends as a CANCEL."""
    return [
        *call_begins(),
        newchannel(0.1, ONE, L1, U1), newchannel(0.1, TWO, L2, U1),
        dial_end(0.12, U1, U2, "CANCEL", forward="Local/2202@phones"), dial_begin(0.13, U1, ONE, L1),
        hangup(0.14, U2, cause), newchannel(0.2, OTHER, U3, U1), dial_begin(0.21, L2, OTHER, U3),
        ringing(1.2, U3), *then,
    ]  # fmt: skip


@pytest.mark.parametrize("cause", [16, 127])
def test_evt_04_the_forward_is_one_call_that_rings_at_its_target(cause: int) -> None:
    play = Play().bytes(
        *forwarded(cause), up(4.0, U3), up(4.001, L1), up(4.002, U1),
        hangup_request(9, U1, TRUNK), hangup(9.1, U3), hangup(9.1, L1), hangup(9.1, L2), hangup(9.2, U1),
    )  # fmt: skip
    assert [e.call_id for e in play.of("call_started")] == [U1]
    stopped, rang, answered = play.one("phone_stopped"), play.one("phone_rang"), play.one("call_answered")
    assert (stopped.model_dump()["leg"], stopped.model_dump()["outcome"]) == (U2, Outcome.FORWARDED)
    assert (rang.model_dump()["leg"], us(rang)) == (U3, at_us(1.2))
    assert (answered.model_dump()["leg"], us(answered)) == (U3, at_us(4.0))
    assert play.one("hangup_seen").model_dump()["side"] == "citizen"
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"


@pytest.mark.parametrize("cause", [16, 127])
def test_evt_04_a_target_that_does_not_answer_is_no_citizen_who_gave_up(cause: int) -> None:
    play = Play().bytes(*forwarded(cause), dial_end(20, L2, U3, "NOANSWER"), hangup(20.1, U3, 0))
    outcomes = {e.model_dump()["leg"]: e.model_dump()["outcome"] for e in play.of("phone_stopped")}
    assert outcomes == {U2: Outcome.FORWARDED, U3: Outcome.NO_ANSWER}
    assert "hangup_seen" not in play.kinds


# ---------------------------------------------------------------- EVT-05: order


def reordered() -> dict[str, list[bytes]]:
    begin, talk = answered_call()[:6], answered_call()[6:]
    dial_ended, own_up, in_phone, in_own, asked, out_own, out_phone, gone_phone, gone_own = talk
    return {
        "as-sent": [*begin, *talk],
        "hangup-before-leave": [
            *begin, dial_ended, own_up, in_phone, in_own, asked, out_own, gone_phone, out_phone, gone_own,
        ],
        "enter-before-caller-up": [
            *begin, dial_ended, in_phone, own_up, in_own, asked, out_own, out_phone, gone_phone, gone_own,
        ],
        "dial-end-after-enter": [
            *begin, own_up, in_phone, in_own, dial_ended, asked, out_own, out_phone, gone_phone, gone_own,
        ],
        "citizen-enters-first": [
            *begin, dial_ended, own_up, in_own, in_phone, asked, out_phone, out_own, gone_own, gone_phone,
        ],
        "everything-twice": [piece for piece in [*begin, *talk] for _ in range(2)],
        "everything-again-at-the-end": [*begin, *talk, *begin, *talk],
    }  # fmt: skip


@pytest.mark.parametrize("order", [name for name in reordered() if name != "as-sent"])
def test_evt_05_any_order_gives_the_same_record(order: str) -> None:
    right, play = Play().bytes(*reordered()["as-sent"]), Play().bytes(*reordered()[order])
    assert {e.id for e in play.events} == {e.id for e in right.events}
    assert len(play.events) == len(right.events)
    # bridge facts may swap by a millisecond; all that is judged is the same to the microsecond
    judged = ("call_started", "phone_rang", "call_answered", "hangup_seen", "call_ended")
    assert [us(play.one(kind)) for kind in judged] == [us(right.one(kind)) for kind in judged]
    assert play.one("call_ended").model_dump() == right.one("call_ended").model_dump()


def test_evt_05_a_late_leave_does_not_revive_the_call() -> None:
    play = Play().bytes(*answered_call())
    known = len(play.events)
    play.bytes(leave(11, U2), enter(11.1, U2), ringing(11.2, U2), up(11.3, U2), hangup(12, U2))
    assert len(play.events) == known
    assert play.board.live == []


def test_evt_05_the_facts_of_one_moment_in_any_order() -> None:
    """All orders of the five facts around an answer, and many of a whole call's, end the same way."""
    around = answered_call()[5:10]
    right = {e.id for e in Play().bytes(*answered_call()).events}
    for order in itertools.permutations(around):
        play = Play().bytes(*answered_call()[:5], *order, *answered_call()[10:])
        assert {e.id for e in play.events} == right
        assert play.board.live == []


def test_evt_05_even_a_shuffled_call_ends_once_and_never_raises() -> None:
    rng = random.Random(7)  # noqa: S311  # orders for a test, no secret
    for _ in range(300):
        first, *rest = answered_call()
        rng.shuffle(rest)
        play = Play().bytes(first, *rest, hangup(20, U1))
        assert len(play.of("call_ended")) == 1
        assert len({e.id for e in play.events}) == len(play.events)


# ---------------------------------------------------------------- EVT-07: Local channels and identity


def optimised() -> list[bytes]:
    return [
        newchannel(0, TRUNK, U1, exten="2201", caller="01000001234"),
        newchannel(0.01, ONE, L1, U1), newchannel(0.01, TWO, L2, U1),
        dial_begin(0.02, U1, ONE, L1), newchannel(0.03, PHONE, U2, U1), dial_begin(0.04, L2, PHONE, U2),
        ringing(0.1, U2), up(2.0, U2), up(2.001, L1), up(2.002, U1),
        enter(2.01, L1, "B1"), enter(2.011, U1, "B1"), enter(2.012, U2, "B2"), enter(2.013, L2, "B2"),
        leave(2.03, L1, "B1"), leave(2.031, U2, "B2"), enter(2.032, U2, "B1"),
        hangup_request(2.04, L1, ONE), hangup(2.041, L2), hangup(2.042, L1),
    ]  # fmt: skip


def test_evt_07a_local_halves_are_neither_the_end_nor_who_hung_up() -> None:
    play = Play().bytes(*optimised())
    assert "hangup_seen" not in play.kinds
    assert "call_ended" not in play.kinds
    talks = [(e.kind, us(e)) for e in play.events if e.kind.startswith("talk")]
    assert talks == [
        ("talk_started", at_us(2.013)), ("talk_ended", at_us(2.031)), ("talk_started", at_us(2.032)),
    ]  # fmt: skip
    play.bytes(hangup_request(62, U1, TRUNK), leave(62.001, U1, "B1"), hangup(62.01, U1), hangup(62.02, U2))
    assert us(play.of("talk_ended")[1]) == at_us(62.001)
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"


def test_evt_07a_a_talk_through_unoptimised_locals_is_a_talk() -> None:
    play = Play().bytes(*optimised()[:14])
    assert play.one("talk_started").model_dump()["leg"] == U2


def test_evt_07b_two_calls_of_one_second_are_two() -> None:
    first, second = "1700000000.10", "1700000000.11"
    play = Play().bytes(
        newchannel(0, TRUNK, first, caller="01000001234"), newchannel(0, TRUNK, second, caller="01000005678"),
        hangup_request(1, first, TRUNK), hangup(1.1, first),
        hangup_request(2, second, TRUNK), hangup(2.1, second),
    )  # fmt: skip
    assert [e.call_id for e in play.of("call_started")] == [first, second]
    assert [e.call_id for e in play.of("call_ended")] == [first, second]


def test_evt_07c_the_call_is_the_citizens_channel_also_where_linkedid_is_another() -> None:
    """A leg that is born linked to itself belongs to the call that dials it."""
    play = Play().bytes(
        newchannel(0, TRUNK, U1, exten="2201"), newchannel(0.1, PHONE, U2, U1),
        dial_begin(0.2, U1, PHONE, U2), ringing(0.3, U2), up(1, U2),
    )  # fmt: skip
    assert {e.call_id for e in play.events} == {U1}
    assert play.one("call_answered").model_dump()["leg"] == U2


# ---------------------------------------------------------------- TIM-01: the clock steps


@pytest.mark.parametrize("step", [-30_000_000, 3_600_000_000, 1_100_000])
def test_tim_01_a_step_is_noticed(step: int) -> None:
    watch = ClockWatch()
    assert not watch.seen(1_000_000_000, 5_000_000)
    assert not watch.seen(1_001_000_000, 6_000_000)
    assert watch.seen(1_002_000_000 + step, 7_000_000)
    # from then on the new time is the right one
    assert not watch.seen(1_003_000_000 + step, 8_000_000)
    assert watch.pbx_now(9_000_000) == 1_004_000_000 + step


def test_tim_01_a_stall_of_five_seconds_is_no_step() -> None:
    watch = ClockWatch()
    assert not watch.seen(1_000_000_000, 0)
    # nothing for a second, then five seconds of events at once, the first of them five seconds late
    arrivals = [(1_000_000_000 + n * 100_000, 6_000_000 + n) for n in range(1, 60)]
    assert not any(watch.seen(pbx, mono) for pbx, mono in arrivals)


def test_tim_01_clocks_that_drift_apart_are_no_step() -> None:
    watch = ClockWatch()
    for hour in range(24 * 14):
        mono = hour * 3_600_000_000
        assert not watch.seen(1_000_000_000 + mono - mono // 20_000, mono)


def test_tim_01_a_call_across_a_step_is_not_judged_and_has_no_negative_times() -> None:
    play = Play().bytes(*call_begins(), ringing(0.1, U2))
    play.apply(play.board.clock_stepped(at_us(-30)))
    play.bytes(up(-28, U2), hangup_request(-20, U1, TRUNK), hangup(-19.9, U1))
    assert play.one("anomaly_seen").model_dump()["fact"] == "clock_stepped"
    ended = play.one("call_ended").model_dump()
    assert (ended["complete"], ended["note"]) == (False, "clock_stepped")
    # a call that begins after it is whole
    later = "pbx-1795578100.1"
    play.bytes(newchannel(5, TRUNK, later), hangup(6, later))
    assert play.of("call_ended")[-1].model_dump()["complete"]


def test_tim_01_a_step_is_told_once_a_call() -> None:
    play = Play().bytes(*call_begins())
    play.fact(ClockStepped(at_us(1), U1))
    play.fact(ClockStepped(at_us(2), U1))
    assert len(play.of("anomaly_seen")) == 1
