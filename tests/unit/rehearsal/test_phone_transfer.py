"""The transfer key of the virtual phone: what it sends, when it leaves, and what it does when refused."""

import asyncio

import pytest

from rehearsal.phone import (
    CallEndedError,
    IncomingCall,
    Phone,
    TransferKey,
    TransferRefusedError,
    answers,
    hold,
    unhold,
)
from rehearsal.phone.audio import hears_tone
from rehearsal.phone.sdp import Own, build
from rehearsal.phone.sdp import parse as parse_sdp
from rehearsal.phone.sip import Request
from tests.support.phones import HOST, Peer, answered, calling

PATIENCE_S = 20.0


async def talking(peer: Peer, phone: Phone) -> tuple[IncomingCall, str]:
    """The peer's call to the phone, answered and acknowledged; with the phone's tag."""
    tag = await answered(peer, phone, build(Own(HOST, 9000, 1)))
    peer.send(peer.make("ACK", 1, branch="ack", to_tag=tag))
    call = await phone.next_call()
    await call.until(lambda: call.record.acked)
    return call, tag


def notify(peer: Peer, cseq: int, tag: str, status: str) -> Request:
    request = peer.make("NOTIFY", cseq, to_tag=tag)
    request.headers.add("Event", "refer")
    request.headers.add("Content-Type", "message/sipfrag;version=2.0")
    request.body = f"SIP/2.0 {status}\r\n".encode()
    return request


async def accepts(peer: Peer) -> Request:
    """The peer takes the phone's REFER."""
    refer = await peer.request("REFER")
    peer.send(refer.reply(202))
    return refer


async def test_a_blind_transfer_leaves_after_the_final_notify(peer: Peer, phone: Phone) -> None:
    call, tag = await talking(peer, phone)
    pressed = asyncio.create_task(TransferKey(phone, call).blind("1002"))
    refer = await accepts(peer)
    assert refer.headers["Refer-To"] == f"<sip:1002@{HOST}:{peer.port}>"
    assert refer.headers["Referred-By"] == f"<sip:1001@{HOST}:{peer.port}>"
    for cseq, status in ((2, "100 Trying"), (3, "200 OK")):
        assert call.record.bye is None
        peer.send(notify(peer, cseq, tag, status))
        await peer.response(200)
    peer.send((await peer.request("BYE")).reply(200))
    await pressed
    record = call.record
    assert [status for _, status in record.transfer_told] == [100, 200]
    assert record.transfer_ordered is not None
    assert record.transfer_taken is not None
    assert record.bye is not None
    assert record.transfer_ordered <= record.transfer_taken <= record.transfer_told[1][0] <= record.bye
    assert record.bye_sent_by_us is True


async def test_an_officer_who_hangs_up_at_once_waits_for_no_notify(peer: Peer, phone: Phone) -> None:
    call, _ = await talking(peer, phone)
    pressed = asyncio.create_task(TransferKey(phone, call).blind("1002", bye_after_s=0.3))
    await accepts(peer)
    peer.send((await peer.request("BYE")).reply(200))
    await pressed
    assert call.record.transfer_told == []
    assert call.record.bye is not None
    assert call.record.transfer_ordered is not None
    assert call.record.bye.since(call.record.transfer_ordered) >= 0.3


async def test_a_failure_told_by_notify_keeps_the_talk(peer: Peer, phone: Phone) -> None:
    call, tag = await talking(peer, phone)
    pressed = asyncio.create_task(TransferKey(phone, call).blind("1002"))
    await accepts(peer)
    peer.send(notify(peer, 2, tag, "486 Busy Here"))
    await peer.response(200)
    await pressed
    assert (call.record.bye, call.record.ended) == (None, None)


async def test_a_refused_order_keeps_the_talk(peer: Peer, phone: Phone) -> None:
    call, _ = await talking(peer, phone)
    pressed = asyncio.create_task(TransferKey(phone, call).blind("9999"))
    peer.send((await peer.request("REFER")).reply(404))
    with pytest.raises(TransferRefusedError, match="404") as refused:
        await pressed
    assert refused.value.status == 404
    assert (call.record.bye, call.record.ended, call.record.transfer_taken) == (None, None, None)


async def test_a_call_that_ends_before_the_order_is_taken(peer: Peer, phone: Phone) -> None:
    call, tag = await talking(peer, phone)
    pressed = asyncio.create_task(TransferKey(phone, call).blind("1002"))
    await peer.request("REFER")
    peer.send(peer.make("BYE", 2, to_tag=tag))
    await peer.response(200)
    with pytest.raises(CallEndedError):
        await pressed


@pytest.mark.parametrize("rings", [True, False], ids=["released while it rings", "answered first"])
async def test_an_attended_transfer_names_the_consult(peer: Peer, phone: Phone, rings: bool) -> None:
    call, tag = await talking(peer, phone)
    key = TransferKey(phone, call)
    begun = asyncio.create_task(key.consult("1002"))
    held = await peer.request("INVITE")
    assert parse_sdp(held.body).direction == "sendonly"
    peer.send(held.reply(200, headers=[("Contact", "<sip:pbx>")], sdp=build(Own(HOST, 9000, 1))))
    await peer.request("ACK")
    consult = await begun
    invite = await peer.request("INVITE")
    peer.send(invite.reply(180, to_tag="early"))
    if not rings:
        described = build(Own(HOST, 9002, 1))
        peer.send(invite.reply(200, to_tag="early", headers=[("Contact", "<sip:pbx>")], sdp=described))
        await peer.request("ACK")
    pressed = asyncio.create_task(key.pass_on())
    refer = await accepts(peer)
    address, _, replaces = refer.headers["Refer-To"].strip("<>").partition("?Replaces=")
    assert address == f"sip:1002@{HOST}:{peer.port}"
    call_id, local = consult.call_id.replace("@", "%40"), invite.from_.tag
    assert replaces == f"{call_id}%3Bto-tag%3Dearly%3Bfrom-tag%3D{local}"
    peer.send(notify(peer, 2, tag, "200 OK"))
    await peer.response(200)
    peer.send((await peer.request("BYE")).reply(200))
    if rings:
        peer.send((await peer.request("CANCEL")).reply(200))
        peer.send(invite.reply(487, to_tag="early"))
        await peer.request("ACK")
    else:
        peer.send((await peer.request("BYE")).reply(200))
    await pressed
    assert not phone.calls


async def test_a_pass_on_without_a_consult_is_a_mistake(peer: Peer, phone: Phone) -> None:
    call, _ = await talking(peer, phone)
    with pytest.raises(ValueError, match="nobody was consulted"):
        await TransferKey(phone, call).pass_on()


async def test_a_hold_that_meets_one_of_the_other_side_is_tried_again(peer: Peer, phone: Phone) -> None:
    call, tag = await talking(peer, phone)
    holding = asyncio.create_task(hold(call))
    first = await peer.request("INVITE")
    peer.send(peer.make("INVITE", 2, to_tag=tag, sdp=build(Own(HOST, 9000, 2))))
    await peer.response(491)
    peer.send(peer.make("ACK", 2, branch="INVITE2", to_tag=tag))
    peer.send(first.reply(491))
    await peer.request("ACK")
    again = await peer.request("INVITE")
    assert again.cseq[0] > first.cseq[0]
    peer.send(again.reply(200, headers=[("Contact", "<sip:pbx>")], sdp=build(Own(HOST, 9000, 3))))
    await peer.request("ACK")
    await holding
    assert call.on_hold


async def test_a_refused_hold_is_no_hold(peer: Peer, phone: Phone) -> None:
    call, _ = await talking(peer, phone)
    holding = asyncio.create_task(hold(call))
    peer.send((await peer.request("INVITE")).reply(488))
    await peer.request("ACK")
    with pytest.raises(TransferRefusedError, match="488"):
        await holding
    assert not call.on_hold


async def test_on_hold_the_other_side_hears_nothing_until_taken_off() -> None:
    async with calling(answers(0.05)) as (call, taken):
        await call.until(lambda: hears_tone(call, 700), PATIENCE_S)
        await hold(taken)
        await call.until(lambda: not hears_tone(call, 700), PATIENCE_S)
        assert taken.record.ended is None
        await unhold(taken)
        await call.until(lambda: hears_tone(call, 700), PATIENCE_S)
        assert not taken.on_hold
        await call.hang_up()


async def test_keys_are_told_with_their_instants() -> None:
    async with calling(answers(0.05)) as (call, taken):
        await call.answered()
        await taken.until(lambda: taken.record.acked)
        await taken.send_digits("#12")
        await call.until(lambda: call.record.digits_received == "#12", PATIENCE_S)
        await call.hang_up()
    pressed = taken.record.keys
    assert [press.key for press in pressed] == ["#", "1", "2"]
    assert [press.at for press in pressed] == sorted(press.at for press in pressed)
