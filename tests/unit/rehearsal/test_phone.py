"""Two phones call each other directly, without a PBX: what each measures is what happened."""

import asyncio

import pytest

from rehearsal.phone import (
    Answering,
    Call,
    CallEndedError,
    Caller,
    IncomingCall,
    NoFreePortError,
    Phone,
    PortRange,
    Ring,
    answers,
    forwards,
    rejects,
    rings_on,
)
from rehearsal.phone.audio import RINGBACK, Tone, first_sound, heard, hears_tone, silences
from rehearsal.phone.rtp import endless_tone
from tests.support.phones import HOST, PORTS, calling, free_port

KNOWN: dict[str, Tone] = {"officer": Tone(700), "citizen": Tone(900), "ringback": RINGBACK}


def on_plan(took_s: float | None, planned_s: float) -> bool:
    """Never early; how late depends on what else the machine does."""
    return took_s is not None and planned_s - 0.01 < took_s < planned_s + 1.0


async def test_both_hear_each_other_and_the_caller_hangs_up() -> None:
    async with calling(answers(0.2)) as (call, taken):
        await call.answered()
        await call.until(lambda: call.record.rtp_in.packets > 10 and hears_tone(call, 700))
        await taken.until(lambda: hears_tone(taken, 900))
        await call.hang_up()
        await taken.ended()
    assert (taken.called, taken.remote.display, taken.remote.user) == ("1001", "홍길동", "010")
    assert taken.invite.headers["X-Rehearsal"] == "yes"
    assert [h.name for h in heard(call, KNOWN)] == ["officer"]
    assert [h.name for h in heard(taken, KNOWN)] == ["citizen"]
    assert on_plan(taken.record.ring_s, 0.2)
    assert (call.record.bye_sent_by_us, taken.record.bye_sent_by_us) == (True, False)
    assert (call.record.final_status, taken.record.final_status) == (200, 200)
    sound = first_sound(call, after=call.record.ringing)
    assert sound is not None
    assert call.record.answered is not None
    assert abs(sound.since(call.record.answered)) < 0.1
    summary = call.record.summary()
    assert summary["bye_sent_by_us"] is True
    answered_s = summary["answered_s"]
    assert isinstance(answered_s, float)
    assert on_plan(answered_s, 0.2)
    assert taken.record.acked is not None


async def test_the_officer_hangs_up_by_plan() -> None:
    async with calling(answers(0.05, hang_up_after_s=0.3)) as (call, taken):
        await call.ended()
    assert (call.record.bye_sent_by_us, taken.record.bye_sent_by_us) == (False, True)
    assert taken.record.bye is not None
    assert taken.record.answered is not None
    assert on_plan(taken.record.bye.since(taken.record.answered), 0.3)


async def test_a_caller_who_gives_up_cancels() -> None:
    async with calling(rings_on()) as (call, taken):
        await call.ringing()
        await call.hang_up()
        await taken.ended()
    assert (call.record.final_status, taken.record.final_status) == (487, 487)
    assert call.record.cancelled is not None
    assert taken.record.cancelled is not None
    assert call.record.bye is None
    assert call.record.answered is None


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        (rejects(486), 486),
        (rejects(480, 0.05), 480),
        (rejects(603, ring=Ring.RINGING), 603),
        (forwards("1002"), 302),
    ],
)
async def test_refusals(plan: Answering, status: int) -> None:
    async with calling(plan) as (call, taken):
        with pytest.raises(CallEndedError, match=str(status)):
            await call.answered()
    assert (call.record.final_status, taken.record.final_status) == (status, status)
    assert (taken.record.ringing is not None) == (plan.ring is Ring.RINGING)


async def test_waiting_on_a_call_that_is_over_says_how_it_ended() -> None:
    async with calling(rejects(486)) as (call, _):
        await call.ended()
        with pytest.raises(CallEndedError, match="486 Busy Here"):
            await call.ringing()


async def test_progress_without_ringing_is_early_media() -> None:
    async with calling(answers(0.5, ring=Ring.PROGRESS)) as (call, taken):
        await call.answered()
        await call.until(lambda: call.record.rtp_in.packets > 40 and hears_tone(call, 700))
        await call.hang_up()
    assert call.record.ringing is None
    assert call.record.progress is not None
    assert call.record.early_media is not None
    assert taken.record.ring_s is None
    ringback, tone = heard(call, KNOWN)
    assert (ringback.name, tone.name) == ("ringback", "officer")
    assert ringback.end_s == pytest.approx(0.5, abs=0.06)


async def test_keys_are_heard() -> None:
    async with calling(answers(0.0)) as (call, taken):
        await call.answered()
        await call.send_digits("15#", duration_ms=60)
        await taken.until(lambda: taken.record.digits_received == "15#")
        with pytest.raises(ValueError, match="no key"):
            await call.send_digits("x")
        await call.hang_up()


async def test_a_call_that_ends_ends_the_pressing_of_keys() -> None:
    async with calling(answers(0.0)) as (call, taken):
        await call.answered()
        pressing = asyncio.create_task(call.send_digits("0123456789"))
        await taken.until(lambda: taken.record.digits_received.startswith("0"))
        await call.hang_up()
        with pytest.raises(CallEndedError):
            await pressing


async def test_a_phone_can_fall_silent() -> None:
    async with calling(answers(0.0)) as (call, taken):
        await call.until(lambda: hears_tone(call, 700))
        taken.play(endless_tone(None))
        await call.until(lambda: not hears_tone(call, 700))
        quiet_from = call.record.rtp_in.packets
        await call.until(lambda: call.record.rtp_in.packets > quiet_from + 15)
        await call.hang_up()
    assert [h.name for h in silences(call, 0.2)] == ["silence"]


async def test_a_withheld_number() -> None:
    caller = Caller(user="01099998888", asserted="01099998888", private=True)
    async with calling(answers(0.0, hang_up_after_s=0.05), caller) as (_, taken):
        pass
    assert taken.remote.user == "anonymous"
    assert taken.invite.headers["Privacy"] == "id"
    assert "01099998888" in taken.invite.headers["P-Asserted-Identity"]
    assert "01099998888" not in taken.invite.headers["Contact"]


async def test_the_plan_may_depend_on_the_call() -> None:
    def plan(call: IncomingCall) -> Answering:
        return rejects(486) if call.called == "1001" else rings_on()

    async with calling(plan) as (call, _):
        assert (await call.ended()).final_status == 486


async def test_a_call_led_by_hand() -> None:
    async with calling(Answering(ring=Ring.NOTHING, final=None)) as (call, taken):
        taken.ring()
        await call.ringing()
        taken.answer()
        taken.answer()
        await call.answered()
        await taken.hang_up()
        await taken.hang_up()
    assert [e.what for e in taken.record.events if e.sent] == ["100", "180", "200", "BYE"]


async def test_closing_a_phone_ends_its_calls() -> None:
    here, there = free_port(), free_port()
    async with Phone(pbx=(HOST, here), sip_port=there, user="1", ports=PORTS, answering=answers(0)) as called:
        async with Phone(pbx=(HOST, there), sip_port=here, user="2", ports=PORTS) as phone:
            call = phone.call("1")
            await call.answered()
        taken = await called.next_call()
        assert (await taken.ended()).bye_sent_by_us is False


async def sent(call: Call, packets: int) -> None:
    await call.until(lambda: call.record.rtp_out.packets >= packets)


async def test_packets_keep_their_pace_for_many_calls() -> None:
    here, there = free_port(), free_port()
    async with (
        Phone(pbx=(HOST, here), sip_port=there, user="1", ports=PORTS, answering=answers(0)),
        Phone(pbx=(HOST, there), sip_port=here, user="2", ports=PORTS) as phone,
    ):
        calls = [phone.call("1") for _ in range(10)]
        await asyncio.gather(*(sent(call, 50) for call in calls))
        for call in calls:
            counts = call.record.rtp_out
            assert counts.first is not None
            assert counts.last is not None
            assert (counts.packets - 1) / counts.last.since(counts.first) == pytest.approx(50, rel=0.05)


def test_a_full_port_range_is_said_to_be_full() -> None:
    one = PortRange(22990, 22991)
    with one.bind(HOST), pytest.raises(NoFreePortError, match="22990"):
        one.bind(HOST)
