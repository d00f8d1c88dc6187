"""Field cases XFR-01 to 03 and 06, and the Local channels of `*2` (EVT-07), on a foreign PBX.

No notes here: what is told is told by channels alone. Our own dialplan's recordings are in `test_transfers`.
"""

import pytest

from office.events import CallEvent, Outcome
from tests.replay.play import Play
from tests.replay.wire import (
    TRUNK,
    U1,
    U2,
    answered_call,
    at_us,
    attended,
    blind,
    dial_begin,
    dial_end,
    enter,
    event,
    hangup,
    hangup_request,
    leave,
    newchannel,
    ringing,
    up,
)

ONE, OTHER = "PJSIP/2201-00000002", "PJSIP/2203-00000009"
L1, L2 = "pbx-1795578000.11", "pbx-1795578000.12"
HALF1, HALF2 = "Local/2203@ext-0000000d;1", "Local/2203@ext-0000000d;2"
T, C1 = "pbx-1795578000.20", "pbx-1795578000.15"
AGAIN, A = "PJSIP/2201-0000000c", "pbx-1795578000.30"


def us(found: CallEvent) -> int:
    return round(found.at.timestamp() * 1_000_000)


def talking() -> list[bytes]:
    """A citizen in talk with 2201 since 2.02."""
    return answered_call()[:10]


def passed_blind(s: float = 5.0) -> list[bytes]:
    return [
        *talking(), blind(s, U2, ONE, U1, "2203"), leave(s + 0.001, U1), leave(s + 0.001, U2),
        hangup(s + 0.002, U2),
    ]  # fmt: skip


def through_local(s: float) -> list[bytes]:
    """The target is dialled through a Local channel."""
    return [
        newchannel(s, HALF1, L1, U1), newchannel(s, HALF2, L2, U1), dial_begin(s, U1, HALF1, L1),
        newchannel(s + 0.01, OTHER, T, U1), dial_begin(s + 0.02, L2, OTHER, T), ringing(s + 0.8, T),
    ]  # fmt: skip


def ends(play: Play) -> list[tuple[str, str | None]]:
    return [(e["result"], e["why"]) for e in (x.model_dump() for x in play.of("transfer_ended"))]


# ---------------------------------------------------------------- XFR-01: blind, and nobody takes him


def test_xfr_01_a_success_that_the_target_declines_is_a_failed_transfer() -> None:
    play = Play().bytes(
        *passed_blind(), *through_local(5.1), dial_end(6, L2, T, "BUSY"), hangup(6.01, T, 21),
        hangup(6.02, L2, 19), dial_end(6.02, U1, L1, "NOANSWER"), hangup(6.03, L1, 19), hangup(6.04, U1, 19),
    )  # fmt: skip
    requested = play.one("transfer_requested")
    assert us(requested) == at_us(5.0)
    assert (requested.model_dump()["transfer"], requested.model_dump()["by"]["extension"]) == (U2, "2201")
    assert ends(play) == [("failed", Outcome.DECLINED)]
    assert "transfer_answered" not in play.kinds
    assert "hangup_seen" not in play.kinds
    assert play.one("call_ended").model_dump()["ended_by"] == "pbx"


def test_xfr_01_no_answer_is_over_the_limit_and_failed() -> None:
    play = Play().bytes(
        *passed_blind(), *through_local(5.1), dial_end(30, L2, T, "NOANSWER"), hangup(30.01, T, 0),
        hangup(30.02, L2), hangup(30.02, L1), hangup(30.1, U1),
    )  # fmt: skip
    assert us(play.one("transfer_limit_passed")) == at_us(15.0)
    assert ends(play) == [("failed", Outcome.NO_ANSWER)]


def test_xfr_01_an_answer_after_the_limit_is_a_late_success() -> None:
    play = Play().bytes(*passed_blind(), *through_local(5.1), up(15.3, T), enter(15.31, T), enter(15.31, U1))
    assert us(play.one("transfer_limit_passed")) == at_us(15.0)
    assert us(play.one("transfer_answered")) == at_us(15.3)
    assert us(play.one("transfer_ended")) == at_us(15.31)
    assert ends(play) == [("connected", None)]


def test_xfr_01_a_citizen_who_is_rung_back_to_the_officer_was_not_taken() -> None:
    play = Play().bytes(
        *passed_blind(), newchannel(5.1, OTHER, T, U1), dial_begin(5.11, U1, OTHER, T), hangup(5.2, T, 17),
        newchannel(5.3, AGAIN, A, U1), dial_begin(5.31, U1, AGAIN, A), ringing(5.4, A), up(7, A),
        enter(7.1, A, "b-2"), enter(7.1, U1, "b-2"),
    )  # fmt: skip
    assert ends(play) == [("failed", Outcome.BUSY)]
    assert [e.model_dump()["role"] for e in play.of("dial_started")] == ["desk", "transfer", "back"]
    assert play.of("call_answered")[-1].model_dump()["leg"] == A
    assert "transfer_answered" not in play.kinds


def test_an_order_that_the_pbx_did_not_take_is_none() -> None:
    play = Play().bytes(*talking(), blind(5, U2, ONE, U1, "2203", result="Fail"))
    assert "transfer_requested" not in play.kinds


def test_what_is_no_extension_of_the_office_is_no_transfer() -> None:
    play = Play().bytes(*talking(), blind(5, U2, ONE, U1, "700"))
    assert "transfer_requested" not in play.kinds


def test_the_citizens_own_channel_passes_nobody_on() -> None:
    play = Play().bytes(*talking(), blind(5, U1, TRUNK, U2, "2203"))
    assert "transfer_requested" not in play.kinds


def test_a_citizen_who_hangs_up_in_between_is_gone() -> None:
    play = Play().bytes(
        *passed_blind(),
        *through_local(5.1),
        hangup_request(8, U1, TRUNK),
        hangup(8.01, T, 127),
        hangup(8.02, U1),
    )
    assert ends(play) == [("caller_gone", None)]
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"


def test_an_order_that_nothing_follows_ends_unseen() -> None:
    play = Play().bytes(*passed_blind(), hangup(9, U1, 16))
    assert ends(play) == [("unseen", None)]


# ---------------------------------------------------------------- XFR-02: released while it rings


def blonde() -> list[bytes]:
    """2201 asks 2203 on a second line and hangs up while it rings; Asterisk dials the ringing leg anew."""
    return [
        *talking(),
        newchannel(5, AGAIN, C1, exten="2203"),
        newchannel(5.01, HALF1, L1, C1), newchannel(5.01, HALF2, L2, C1),
        dial_begin(5.02, C1, HALF1, L1), newchannel(5.03, OTHER, T, C1), dial_begin(5.04, L2, OTHER, T),
        ringing(5.1, T), ringing(5.1, L1),
        attended(6, U2, C1, U1), leave(6, U2), leave(6, U1), hangup(6.001, U2),
        dial_end(6.002, C1, L1, "NOANSWER"), dial_begin(6.003, U1, HALF1, L1, state=5), hangup(6.004, C1, 16),
    ]  # fmt: skip


def test_xfr_02_a_blonde_transfer_is_pending_until_the_ringing_phone_answers() -> None:
    play = Play().bytes(*blonde())
    assert us(play.one("transfer_requested")) == at_us(5)
    assert play.one("transfer_requested").call_id == U1
    assert ends(play) == []
    play.bytes(
        up(9, T), dial_end(9, L2, T, "ANSWER"), dial_end(9, U1, L1, "ANSWER"), enter(9.01, T, "B2"),
        enter(9.01, L2, "B2"), enter(9.02, L1, "B1"), enter(9.02, U1, "B1"), leave(9.03, L1, "B1"),
        leave(9.03, T, "B2"), enter(9.03, T, "B1"), hangup(9.04, L1), hangup(9.04, L2),
        hangup_request(20, U1, TRUNK), leave(20, U1, "B1"), leave(20, T, "B1"), hangup(20.1, T),
        hangup(20.1, U1),
    )  # fmt: skip
    answered = play.one("transfer_answered")
    assert (answered.call_id, us(answered), answered.model_dump()["leg"]) == (U1, at_us(9), T)
    assert ends(play) == [("connected", None)]
    assert "absence_found" not in play.kinds
    assert "phone_stopped" not in play.kinds
    ended = {e.call_id: e.model_dump() for e in play.of("call_ended")}
    assert ended[U1]["ended_by"] == "citizen"
    assert ended[C1]["note"] == f"merged:{U1}"


def test_xfr_02_a_blonde_transfer_that_nobody_answers_is_one_failed_transfer() -> None:
    play = Play().bytes(
        *blonde(), dial_end(25, L2, T, "NOANSWER"), hangup(25, T, 0), hangup(25.01, L2), hangup(25.02, L1),
        hangup(25.1, U1, 16),
    )  # fmt: skip
    assert ends(play) == [("failed", Outcome.NO_ANSWER)]
    (stopped,) = play.of("phone_stopped")
    assert (stopped.call_id, stopped.model_dump()["leg"]) == (U1, T)


# ---------------------------------------------------------------- consultations


def consult(s: float = 5.0) -> list[bytes]:
    return [
        newchannel(s, AGAIN, C1, exten="2203"), newchannel(s + 0.01, OTHER, T, C1),
        dial_begin(s + 0.02, C1, OTHER, T), ringing(s + 0.1, T),
    ]  # fmt: skip


def test_an_officer_who_goes_back_cancels_and_nobody_failed_to_take_it() -> None:
    play = Play().bytes(
        *talking(), *consult(), hangup_request(7, C1, AGAIN), dial_end(7, C1, T, "CANCEL"),
        hangup(7.01, T, 0), hangup(7.02, C1),
    )  # fmt: skip
    assert ends(play) == [("cancelled", None)]


def test_a_colleague_who_does_not_answer_is_told_with_the_cancelled_consultation() -> None:
    play = Play().bytes(
        *talking(), *consult(), dial_end(20, C1, T, "NOANSWER"), hangup(20, T, 0), hangup(20.01, C1, 16)
    )
    assert us(play.one("transfer_limit_passed")) == at_us(15)
    assert ends(play) == [("cancelled", Outcome.NO_ANSWER)]


def test_asking_again_after_a_consultation_counts_no_hop_for_the_first() -> None:
    again = [
        newchannel(30, "PJSIP/2201-00000040", "pbx-1795578000.40", exten="2204"),
        newchannel(30.01, "PJSIP/2204-00000041", "pbx-1795578000.41", "pbx-1795578000.40"),
        dial_begin(30.02, "pbx-1795578000.40", "PJSIP/2204-00000041", "pbx-1795578000.41"),
    ]
    play = Play().bytes(*talking(), *consult(), hangup(8, T, 17), hangup(8.1, C1, 17), *again)
    assert [e.model_dump()["hop"] for e in play.of("transfer_requested")] == [1, 1]


def test_a_citizen_who_leaves_while_a_colleague_is_asked_is_gone() -> None:
    play = Play().bytes(*talking(), *consult(), hangup_request(7, U1, TRUNK), leave(7, U1), hangup(7.1, U1))
    assert ends(play) == [("caller_gone", None)]
    play.bytes(hangup(9, T), hangup(9.1, C1))
    assert len(ends(play)) == 1


def test_a_call_to_the_world_is_no_consultation() -> None:
    play = Play().bytes(
        *talking(), newchannel(5, AGAIN, C1, exten="01000005678"),
        newchannel(5.01, "PJSIP/trunk-00000050", T, C1), dial_begin(5.02, C1, "PJSIP/trunk-00000050", T),
    )  # fmt: skip
    assert "transfer_requested" not in play.kinds


def test_a_call_of_an_officer_who_has_no_citizen_is_no_consultation() -> None:
    play = Play().bytes(*talking(), leave(4, U2), leave(4, U1), hangup(4.1, U2), *consult())
    assert "transfer_requested" not in play.kinds


def test_either_line_may_be_the_one_that_the_phone_transfers() -> None:
    """REFER sent in the consultation with Replaces of the citizen's dialogue: the roles are turned round."""
    for joined in (attended(8, U2, C1, U1, T), attended(8, C1, U2, T, U1)):
        play = Play().bytes(
            *talking(), *consult(), up(6, T), enter(6.1, T, "b-2"), enter(6.1, C1, "b-2"), joined
        )
        assert ends(play) == [("connected", None)]
        assert {e.call_id for e in play.of("transfer_ended")} == {U1}
        assert us(play.one("transfer_ended")) == at_us(8)


def test_a_consultation_whose_beginning_was_not_seen_has_an_end_alone() -> None:
    play = Play().bytes(*talking(), attended(8, U2, C1, U1, T))
    assert "transfer_requested" not in play.kinds
    assert ends(play) == [("connected", None)]


def test_one_that_was_released_while_it_rang_ends_when_somebody_answers() -> None:
    play = Play().bytes(*talking(), attended(8, U2, C1, U1), leave(8, U1), leave(8, U2), hangup(8.01, U2))
    assert ends(play) == []
    play.bytes(newchannel(9, OTHER, T, U1), up(9, T), enter(9.1, T, "b-2"), enter(9.1, U1, "b-2"))
    assert "transfer_requested" not in play.kinds
    assert ends(play) == [("connected", None)]


# ---------------------------------------------------------------- XFR-03: the officer is quick


def test_xfr_03_a_bye_right_after_the_order_is_not_the_end_of_the_call() -> None:
    play = Play().bytes(
        *talking(), blind(5, U2, ONE, U1, "2203"), leave(5.001, U1), newchannel(5.1, OTHER, T, U1),
        dial_begin(5.11, U1, OTHER, T), hangup_request(5.28, U2, ONE), hangup(5.29, U2), ringing(5.3, T),
        up(6.2, T), enter(6.21, T, "b-2"), enter(6.21, U1, "b-2"),
        hangup_request(36, U1, TRUNK), leave(36, U1, "b-2"), hangup(36.1, T), hangup(36.2, U1),
    )  # fmt: skip
    assert us(play.one("transfer_answered")) - us(play.one("transfer_requested")) == 1_200_000
    assert [e.model_dump()["side"] for e in play.of("hangup_seen")] == ["citizen"]
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"


def test_xfr_03_nor_is_one_that_overtakes_the_order() -> None:
    play = Play().bytes(
        *talking(), hangup_request(4.999, U2, ONE), blind(5, U2, ONE, U1, "2203"), hangup(5.01, U2),
        newchannel(5.1, OTHER, T, U1), dial_begin(5.11, U1, OTHER, T), hangup(5.5, T, 17), hangup(6, U1, 17),
    )  # fmt: skip
    assert play.one("call_ended").model_dump()["ended_by"] == "pbx"


def test_the_second_officer_who_hangs_up_first_did() -> None:
    play = Play().bytes(
        *passed_blind(), newchannel(5.1, OTHER, T, U1), dial_begin(5.11, U1, OTHER, T), up(6, T),
        enter(6.1, T, "b-2"), enter(6.1, U1, "b-2"), hangup_request(9, T, OTHER),
        hangup(9.1, T), hangup(9.2, U1),
    )  # fmt: skip
    assert play.one("hangup_seen").model_dump()["leg"] == T
    assert play.one("call_ended").model_dump()["ended_by"] == "officer"


# ---------------------------------------------------------------- EVT-07: the Local channels of *2


def feature() -> list[bytes]:
    """2201 keys *2 2203: the citizen waits in his bridge, a Local channel asks 2203."""
    return [
        *talking(), newchannel(5, HALF1, L1, U1), newchannel(5, HALF2, L2, U1), leave(5.01, U2),
        enter(5.02, L1, "B2"), enter(5.02, U2, "B2"),
        newchannel(5.03, OTHER, T, U1), dial_begin(5.04, L2, OTHER, T), ringing(5.1, T),
    ]  # fmt: skip


def test_evt_07_a_feature_codes_consultation_is_attended_and_no_answer_to_the_citizen_yet() -> None:
    play = Play().bytes(
        *feature(), up(7, T), up(7.001, L2), up(7.002, L1), enter(7.01, T, "B3"), enter(7.01, L2, "B3")
    )
    requested, answered = play.one("transfer_requested"), play.one("transfer_answered")
    assert (requested.model_dump()["way"], requested.model_dump()["by"]["extension"]) == ("attended", "2201")
    assert (requested.model_dump()["transfer"], requested.model_dump()["exten"]) == (L1, "2203")
    assert (us(answered), answered.model_dump()["leg"]) == (at_us(7), T)
    assert len(play.of("call_answered")) == 1
    play.bytes(
        hangup_request(9, U2, ONE), leave(9, U2, "B2"), leave(9, L1, "B2"), enter(9.01, L1),
        attended(9.02, U2, U2, U1), hangup(9.03, U2), leave(9.5, U1), leave(9.5, L2, "B3"),
        enter(9.5, U1, "B3"), leave(9.51, L1), hangup(9.52, L1), hangup(9.52, L2),
    )  # fmt: skip
    assert ends(play) == [("connected", None)]
    assert us(play.one("transfer_ended")) == at_us(9.01)
    play.bytes(hangup_request(20, U1, TRUNK), leave(20, U1, "B3"), hangup(20.1, T), hangup(20.1, U1))
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"
    assert [e.model_dump()["side"] for e in play.of("hangup_seen")] == ["citizen"]


def test_evt_07_a_feature_codes_busy_colleague_leaves_the_officer_with_the_citizen() -> None:
    play = Play().bytes(
        *feature(), dial_end(5.2, L2, T, "BUSY"), hangup(5.2, T, 17), hangup(5.3, L2, 17),
        hangup(5.3, L1, 17), leave(5.3, U2, "B2"), enter(5.4, U2), hangup_request(9, U2, ONE),
        hangup(9.1, U2), hangup(9.2, U1),
    )  # fmt: skip
    assert ends(play) == [("cancelled", Outcome.BUSY)]
    assert play.one("call_ended").model_dump()["ended_by"] == "officer"


# ---------------------------------------------------------------- XFR-06: parked


def parked() -> list[bytes]:
    return [
        *talking(),
        event("ParkedCall", 5, ParkeeUniqueid=U1, ParkerDialString="PJSIP/2201", ParkingSpace="701"),
        leave(5.001, U1), leave(5.001, U2), hangup_request(5.002, U2, ONE), hangup(5.01, U2),
        enter(5.01, U1, "park"),
    ]  # fmt: skip


def test_xfr_06a_a_parked_citizen_is_fetched_by_another_phone() -> None:
    play = Play().bytes(
        *parked(), newchannel(25, OTHER, T, exten="701"), up(25.01, T),
        event("UnParkedCall", 25.02, ParkeeUniqueid=U1, RetrieverChannel=OTHER, RetrieverUniqueid=T),
        leave(25.03, U1, "park"), enter(25.04, U1, "b-2"), enter(25.04, T, "b-2"),
        hangup_request(40, U1, TRUNK), leave(40, U1, "b-2"), hangup(40.1, T), hangup(40.2, U1),
    )  # fmt: skip
    told, fetched = play.one("call_parked").model_dump(), play.one("call_unparked").model_dump()
    assert (told["space"], told["by"]["extension"]) == ("701", "2201")
    assert (fetched["how"], fetched["phone"]["extension"]) == ("fetched", "2203")
    assert play.of("talk_started")[-1].model_dump()["leg"] == T
    assert [e.call_id for e in play.of("call_started")] == [U1]
    assert [e.model_dump()["side"] for e in play.of("hangup_seen")] == ["citizen"]
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"


def test_xfr_06b_who_is_not_fetched_rings_at_the_officers_again() -> None:
    play = Play().bytes(
        *parked(), event("ParkedCallTimeOut", 50, ParkeeUniqueid=U1), leave(50, U1, "park"),
        newchannel(50.1, AGAIN, A, U1), dial_begin(50.2, U1, AGAIN, A), ringing(50.3, A), up(55, A),
        enter(55.1, A, "b-2"), enter(55.1, U1, "b-2"),
    )  # fmt: skip
    assert play.one("call_unparked").model_dump()["how"] == "came_back"
    assert [us(e) for e in play.of("call_answered")] == [at_us(2.0), at_us(55)]
    assert "ring_limit_passed" not in play.kinds


@pytest.mark.parametrize("told_by", ["ParkedCallGiveUp", ""])
def test_xfr_06c_who_gives_up_ended_his_call_himself(told_by: str) -> None:
    gave_up = [event(told_by, 17, ParkeeUniqueid=U1)] if told_by else []
    play = Play().bytes(
        *parked(), *gave_up, hangup_request(17, U1, TRUNK), leave(17, U1, "park"), hangup(17.1, U1)
    )
    assert [e.model_dump()["how"] for e in play.of("call_unparked")] == ["gave_up"] * bool(told_by)
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"
    assert len(play.of("hangup_seen")) == 1
