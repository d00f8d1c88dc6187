"""A citizen passed on, told by our dialplan's notes: the order, how it goes on, and what the journal adds."""

import json

import pytest

from ami_bridge.ami.parse import BUILDERS
from ami_bridge.call import facts as f
from ami_bridge.journal.parse import fact_of
from office.events import CallEvent, Outcome, Source
from tests.replay.play import Play
from tests.replay.wire import (
    BASE_US,
    PHONE,
    TRUNK,
    U1,
    U2,
    answered_call,
    at_us,
    blind,
    call_begins,
    enter,
    event,
    hangup,
    hangup_request,
    leave,
    newchannel,
    note,
    ringing,
    stamp,
    up,
)

OTHER, T = "PJSIP/2203-00000009", "pbx-1795578000.20"
AGAIN, A = "PJSIP/2201-0000000c", "pbx-1795578000.30"
L1, L2 = "pbx-1795578000.11", "pbx-1795578000.12"


def us(found: CallEvent) -> int:
    return round(found.at.timestamp() * 1_000_000)


def talking() -> list[bytes]:
    """A citizen in talk with 2201, on our dialplan."""
    told = note(0.005, U1, "Call", Class="citizen", Exten="2201", Caller="01000001234", Withheld="no")
    dialled = note(0.006, U1, "Dial", Exten="2201", Role="desk", Hop="0")
    return [call_begins()[0], told, dialled, *answered_call()[1:10]]


def ordered(refused: str = "") -> list[bytes]:
    return [
        blind(5, U2, PHONE, U1, "2203"), leave(5.001, U1), leave(5.001, U2), hangup(5.002, U2),
        note(5.003, U1, "Transfer", By=PHONE, Exten="2203", Refused=refused),
    ]  # fmt: skip


def offered(s: float = 5.01) -> list[bytes]:
    return [
        note(s, U1, "Dial", Exten="2203", Role="transfer", Hop="1"), newchannel(s, OTHER, T, U1),
        ringing(s + 0.1, T),
    ]  # fmt: skip


def absent(s: float, why: str) -> list[bytes]:
    return [hangup(s, T, 0), note(s + 0.001, U1, "Absent", Why=why, Cause="0", Exten="2203", FirstRing="0")]


def ends(play: Play) -> list[tuple[str, str | None]]:
    return [
        (e["result"], e["why"] or e["refusal"]) for e in (x.model_dump() for x in play.of("transfer_ended"))
    ]


def test_the_order_and_the_dialplans_word_of_it_are_one_request() -> None:
    play = Play().bytes(
        *talking(), *ordered(), *offered(), up(7, T), enter(7.1, T, "b-2"), enter(7.1, U1, "b-2")
    )
    requested = play.one("transfer_requested")
    told = requested.model_dump()
    assert (us(requested), told["transfer"], told["hop"]) == (at_us(5), U2, 1)
    assert (told["exten"], told["officer"], told["by"]["officer"]) == ("2203", "lee_sy", "park_kj")
    assert us(play.one("transfer_answered")) == at_us(7)
    assert [e.model_dump()["leg"] for e in play.of("call_answered")] == [U2, T]
    assert ends(play) == [("connected", None)]


def test_the_dialplans_word_stands_in_for_an_order_that_was_not_seen() -> None:
    play = Play().bytes(*talking(), *ordered()[1:], *offered(), up(7, T))
    assert play.one("transfer_requested").model_dump()["transfer"] == U2
    assert "transfer_answered" in play.kinds


def test_the_order_behind_the_dialplans_word_is_no_second_one() -> None:
    order, *rest = ordered()
    play = Play().bytes(*talking(), *rest, order, *offered())
    assert len(play.of("transfer_requested")) == 1


@pytest.mark.parametrize("refusal", ["self", "closed", "loop"])
def test_a_refused_transfer_says_why_and_is_no_hop(refusal: str) -> None:
    back = [
        note(5.01, U1, "Dial", Exten="2201", Role="back", Hop="1"), newchannel(5.02, AGAIN, A, U1), up(6, A),
        enter(6.1, A, "b-2"), enter(6.1, U1, "b-2"),
    ]  # fmt: skip
    play = Play().bytes(*talking(), *ordered(refusal), *back)
    assert ends(play) == [("refused", refusal)]
    assert play.of("call_answered")[-1].model_dump()["leg"] == A
    play.bytes(blind(9, A, AGAIN, U1, "2204"))
    assert play.of("transfer_requested")[-1].model_dump()["hop"] == 1


@pytest.mark.parametrize("why", ["no_answer", "busy", "declined", "unregistered", "do_not_disturb", "away"])
def test_who_does_not_take_him_is_told_with_the_dialplans_reason(why: str) -> None:
    back = [
        note(26, U1, "Dial", Exten="2201", Role="back", Hop="2"), newchannel(26.1, AGAIN, A, U1),
        ringing(26.2, A), up(28, A), enter(28.1, A, "b-2"), enter(28.1, U1, "b-2"),
    ]  # fmt: skip
    play = Play().bytes(*talking(), *ordered(), *offered(), *absent(25, why), *back)
    assert ends(play) == [("failed", Outcome(why))]
    assert us(play.one("transfer_limit_passed")) == at_us(15)
    assert [e.model_dump()["role"] for e in play.of("dial_started")] == ["desk", "transfer", "back"]
    assert play.of("call_answered")[-1].model_dump()["leg"] == A
    assert "transfer_answered" not in play.kinds


@pytest.mark.parametrize(
    "next_way",
    [
        note(26, U1, "Dial", Exten="2201", Role="back", Hop="2"),
        note(26, U1, "Dial", Exten="2204", Role="deputy", Hop="2"),
        note(26, U1, "Memo", Exten="2203", Closed="none", TakenBy="menu"),
    ],
)
def test_the_next_way_ends_it_also_where_the_absence_was_not_heard(next_way: bytes) -> None:
    play = Play().bytes(*talking(), *ordered(), *offered(), next_way)
    assert ends(play) == [("failed", None)]


def test_an_officer_who_answers_and_leaves_before_they_are_together_did_not_take_him() -> None:
    play = Play().bytes(
        *talking(), *ordered(), *offered(), up(7, T), hangup_request(7.5, T, OTHER), hangup(7.6, T)
    )
    play.bytes(note(7.7, U1, "Absent", Why="officer_gone", Cause="16", Exten="2203", FirstRing="0"))
    assert ends(play) == [("failed", Outcome.OFFICER_GONE)]


def test_a_colleague_who_picks_up_has_him() -> None:
    picker, uid = "PJSIP/2204-00000044", "pbx-1795578000.44"
    picks = event("Pickup", 8, Channel=picker, Uniqueid=uid, TargetUniqueid=T)
    play = Play().bytes(
        *talking(), *ordered(), *offered(), newchannel(7.9, picker, uid, exten="*8"), up(7.95, uid), picks,
        hangup(8.1, T, 26), enter(8.2, uid, "b-2"), enter(8.2, U1, "b-2"),
    )  # fmt: skip
    answered = play.one("transfer_answered").model_dump()
    assert (answered["leg"], answered["picked_up"], answered["phone"]["extension"]) == (uid, True, "2204")
    assert ends(play) == [("connected", None)]


def test_a_feature_codes_refusal_and_absence_are_told_to_the_officer_alone() -> None:
    one, two = "Local/2203@transfer-0000000d;1", "Local/2203@transfer-0000000d;2"
    asks = [newchannel(5, one, L1, U1), newchannel(5, two, L2, U1), leave(5.01, U2)]
    said = note(5.02, L2, "Transfer", By=PHONE, Exten="2203", Refused="")
    busy = note(5.1, L2, "Absent", Why="busy", Cause="17", Exten="2203", FirstRing="0")
    play = Play().bytes(*talking(), *asks, said, busy, hangup(5.2, L2), hangup(5.2, L1))
    requested = play.one("transfer_requested").model_dump()
    assert (requested["way"], requested["transfer"]) == ("attended", L1)
    assert ends(play) == [("cancelled", Outcome.BUSY)]
    assert "absence_found" not in play.kinds
    refused = note(5.02, L2, "Transfer", By=PHONE, Exten="2203", Refused="closed")
    play = Play().bytes(*talking(), *asks, refused, hangup(5.2, L2), hangup(5.2, L1))
    assert ends(play) == [("refused", "closed")]


def test_an_officer_whom_a_feature_code_rings_back_took_nothing_over() -> None:
    """He hung up while his colleague's phone rang, nobody answered there, and Asterisk calls him back."""
    one, two = "Local/2203@transfer-0000000d;1", "Local/2203@transfer-0000000d;2"
    play = Play().bytes(
        *talking(), newchannel(5, one, L1, U1), newchannel(5, two, L2, U1), leave(5.01, U2),
        note(5.02, L2, "Transfer", By=PHONE, Exten="2203", Refused=""), hangup_request(7, U2, PHONE),
        hangup(7.1, U2), newchannel(20, AGAIN, A, U1), up(22, A), enter(22.1, A),
    )  # fmt: skip
    assert "transfer_answered" not in play.kinds
    assert ends(play) == [("failed", None)]
    assert "hangup_seen" not in play.kinds


class WithoutTimers(Play):
    """As a call that is over is read from the journal."""

    def fact(self, fact: f.Fact) -> None:
        self.apply(self.board.feed(fact))


@pytest.mark.parametrize(
    "then", [[up(17, T)], absent(25, "no_answer"), [hangup_request(18, U1, TRUNK), hangup(18.1, U1)]]
)
def test_the_limit_is_told_without_a_timer_too(then: list[bytes]) -> None:
    play = WithoutTimers().bytes(*talking(), *ordered(), *offered(), *then)
    assert us(play.one("transfer_limit_passed")) == at_us(15)


def test_an_answer_before_the_limit_stops_it() -> None:
    play = Play().bytes(
        *talking(), *ordered(), *offered(), up(14.9, T), enter(40, T, "b-2"), enter(40, U1, "b-2")
    )
    assert "transfer_limit_passed" not in play.kinds


def test_a_link_lost_in_the_middle_ends_it_unseen_if_nothing_tells_more() -> None:
    play = Play().bytes(*talking(), *ordered(), *offered())
    play.apply(play.board.lose_link(at_us(8), "test"))
    play.fact(f.Vanished(at_us(60), U1, Source.SNAPSHOT))
    assert ends(play) == [("unseen", None)]
    assert not play.one("call_ended").model_dump()["complete"]


# ---------------------------------------------------------------- what stands in the journal, and on the wire


def row(kind: str, extra: dict[str, str]) -> f.Fact | None:
    return fact_of([kind, stamp(5), "", PHONE, U2, U1, "", json.dumps(extra), "ctx", "", "app"])


def test_the_journals_rows_of_transfers() -> None:
    order = {"extension": "2203", "context": "transfer", "transferee_channel_uniqueid": U1}
    assert row("BLINDTRANSFER", order) == f.BlindTransferred(
        at_us(5), U2, Source.JOURNAL, channel=PHONE, passed=U1, exten="2203"
    )
    joined = {
        "channel2_uniqueid": A,
        "transferee_channel_uniqueid": U1,
        "transfer_target_channel_uniqueid": "N/A",
    }
    assert row("ATTENDEDTRANSFER", joined) == f.AttendedTransferred(
        at_us(5), U2, Source.JOURNAL, second=A, passed=U1, target=""
    )


@pytest.mark.parametrize("bye_s", [5.0005, 5.3])
def test_who_parks_where_no_space_is_free_has_not_hung_up(bye_s: float) -> None:
    """No park is told of; the citizen waits for his phone again, and leaves meanwhile (XFR-06, T8)."""
    play = Play().bytes(
        *talking(), blind(5, U2, PHONE, U1, "*70"), leave(5.0001, U1), leave(5.0002, U2),
        hangup_request(bye_s, U2, PHONE), hangup(5.35, U2),
        note(5.4, U1, "Dial", Exten="2201", Role="back", Hop="1"), newchannel(5.5, AGAIN, A, U1),
        ringing(5.6, A), hangup_request(9, U1, TRUNK), hangup(9.1, U1), hangup(9.2, A),
    )  # fmt: skip
    assert [seen.model_dump()["side"] for seen in play.of("hangup_seen")] == ["citizen"]
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"
    assert "transfer_requested" not in play.kinds


def test_who_hung_up_a_moment_before_he_parks_is_not_blamed() -> None:
    play = Play().bytes(
        *talking(), hangup_request(4.999, U2, PHONE), blind(5, U2, PHONE, U1, "*70"), hangup(5.35, U2),
        hangup_request(9, U1, TRUNK), hangup(9.1, U1),
    )  # fmt: skip
    assert play.one("call_ended").model_dump()["ended_by"] == "citizen"


def test_the_journals_rows_of_parking() -> None:
    assert row("PARK_START", {"parker_dial_string": "PJSIP/2201"}) == f.Parked(
        at_us(5), U2, Source.JOURNAL, by="PJSIP/2201"
    )
    for reason, how in (("ParkedCallTimeOut", "came_back"), ("ParkedCallGiveUp", "gave_up")):
        left = row("PARK_END", {"reason": reason})
        assert isinstance(left, f.Unparked)
        assert left.how == how
    fetched = row("PARK_END", {"reason": "ParkedCallUnparked", "retriever": OTHER})
    assert isinstance(fetched, f.Unparked)
    assert (fetched.how, fetched.channel) == ("fetched", OTHER)
    assert row("PARK_END", {"reason": "ParkedCallSwap"}) is None


def test_orders_that_the_pbx_did_not_take_are_no_facts() -> None:
    for name, headers in (("BlindTransfer", "Transferer"), ("AttendedTransfer", "OrigTransferer")):
        for result in ("Fail", "Invalid", "Not Permitted"):
            raw = event(name, 5, Result=result, **{f"{headers}Uniqueid": U2}).replace(b"\r", b"")
            assert BUILDERS[name.encode()](raw, BASE_US) is None
