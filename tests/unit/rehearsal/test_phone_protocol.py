"""A phone meets a peer that repeats itself, loses messages and asks odd things: RFC 3261 is kept."""

import asyncio

import pytest

from rehearsal.phone import (
    Answering,
    CallEndedError,
    Phone,
    RegistrationRefusedError,
    rings_on,
)
from rehearsal.phone import transactions as transactions_module
from rehearsal.phone.digest import Challenge, Credentials, response
from rehearsal.phone.sdp import Own, RemoteAudio, build
from rehearsal.phone.sdp import parse as parse_sdp
from rehearsal.phone.udp import UdpSocket
from tests.support.phones import HOST, PASSWORD, PORTS, Peer, answered


@pytest.fixture
def fast_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions_module, "T1_S", 0.02)
    monkeypatch.setattr(transactions_module, "GIVE_UP_S", 0.3)


async def test_a_repeated_invite_gets_the_last_answer_again_and_is_one_call(peer: Peer, phone: Phone) -> None:
    phone.answering = rings_on()
    for _ in range(2):
        peer.send(peer.make("INVITE", 1, sdp=build(Own(HOST, 9000, 1))))
    await peer.response(100)
    first, second = await peer.response(180), await peer.response(180)
    assert first.to.tag == second.to.tag != ""
    assert len(phone.calls) == 1


@pytest.mark.usefixtures("fast_timers")
async def test_an_answer_is_repeated_until_its_ack(peer: Peer, phone: Phone) -> None:
    tag = await answered(peer, phone, build(Own(HOST, 9000, 1)))
    await peer.response(200)
    await peer.response(200)
    call = await phone.next_call()
    peer.send(peer.make("ACK", 1, branch="other", to_tag=tag))
    await call.until(lambda: call.record.acked)
    assert [e.what for e in call.record.events].count("200") == 1


@pytest.mark.usefixtures("fast_timers")
async def test_a_call_whose_answer_nobody_acknowledges_ends(peer: Peer, phone: Phone) -> None:
    await answered(peer, phone, build(Own(HOST, 9000, 1)))
    call = await phone.next_call()
    assert (await call.ended()).acked is None


async def test_requests_inside_a_call(peer: Peer, phone: Phone) -> None:
    tag = await answered(peer, phone, build(Own(HOST, 9000, 1)))
    call = await phone.next_call()
    peer.send(peer.make("ACK", 1, branch="other", to_tag=tag))
    await call.until(lambda: call.record.acked)

    def send(method: str, cseq: int, sdp: bytes = b"") -> None:
        peer.send(peer.make(method, cseq, to_tag=tag, sdp=sdp))

    send("INVITE", 2, build(Own(HOST, 9002, 1), RemoteAudio(HOST, 1, 101, "recvonly")))
    answer = parse_sdp((await peer.response(200)).body)
    assert (answer.port, answer.direction) == (call.media.port, "recvonly")
    peer.send(peer.make("ACK", 2, branch="ack2", to_tag=tag))
    for cseq, method in enumerate(("OPTIONS", "UPDATE", "INFO", "NOTIFY"), 3):
        send(method, cseq)
        await peer.response(200)
    send("UPDATE", 7, build(Own(HOST, 9004, 1)))
    assert parse_sdp((await peer.response(200)).body).direction == "sendrecv"
    for cseq, method, status in ((8, "REFER", 405), (9, "DANCE", 501), (4, "INFO", 500)):
        peer.send(peer.make(method, cseq, branch=f"odd{cseq}", to_tag=tag))
        await peer.response(status)
    send("BYE", 10)
    await peer.response(200)
    assert (await call.ended()).bye_sent_by_us is False
    send("BYE", 10)
    await peer.response(200)  # the same BYE again
    send("BYE", 11)
    await peer.response(481)


async def test_an_invite_without_an_offer_is_answered_with_one(peer: Peer, phone: Phone) -> None:
    tag = await answered(peer, phone, b"")
    call = await phone.next_call()
    listener = PORTS.bind(HOST)
    packets: asyncio.Queue[bytes] = asyncio.Queue()
    ear = UdpSocket(listener, lambda data, source, at: packets.put_nowait(data))
    peer.send(peer.make("ACK", 1, branch="other", to_tag=tag, sdp=build(Own(HOST, ear.port, 1))))
    async with asyncio.timeout(30):
        assert len(await packets.get()) == 172
    ear.close()
    assert call.record.acked is not None


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("OPTIONS", 200),
        ("NOTIFY", 200),
        ("BYE", 481),
        ("CANCEL", 481),
        ("INFO", 481),
        ("REFER", 405),
        ("DANCE", 501),
    ],
)
async def test_requests_outside_a_call(peer: Peer, phone: Phone, method: str, status: int) -> None:
    peer.send(peer.make(method, 1))
    await peer.response(status)
    assert phone.calls == {}


async def test_an_offer_without_pcmu_is_refused(peer: Peer, phone: Phone) -> None:
    peer.send(peer.make("INVITE", 1, sdp=b"c=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 8\r\n"))
    await peer.response(100)
    refused = await peer.response(488)
    peer.send(peer.make("ACK", 1, branch="INVITE1", to_tag=refused.to.tag))
    assert phone.calls == {}


async def test_what_is_no_sip_is_counted(peer: Peer, phone: Phone) -> None:
    for data in (b"\r\n\r\n", b"nonsense", b"OPTIONS sip:x SIP/2.0\r\n\r\n"):
        peer._socket.send(data, (HOST, phone.line.port))
    peer.send(peer.make("OPTIONS", 5))
    await peer.response(200)
    assert phone.malformed == 2


@pytest.mark.usefixtures("fast_timers")
async def test_an_unanswered_invite_is_repeated_and_then_given_up(peer: Peer, phone: Phone) -> None:
    call = phone.call("119")
    first = await peer.request("INVITE")
    second = await peer.request("INVITE")
    assert first.branch == second.branch
    with pytest.raises(CallEndedError, match="408"):
        await call.answered()


@pytest.mark.usefixtures("fast_timers")
async def test_a_cancelled_invite_that_gets_no_final_answer_is_given_up(peer: Peer, phone: Phone) -> None:
    call = phone.call("119")
    peer.send((await peer.request("INVITE")).reply(180, to_tag="t"))
    await call.ringing()
    await call.hang_up()
    assert call.record.final_status == 408


async def test_a_refusal_is_acknowledged_each_time(peer: Peer, phone: Phone) -> None:
    call = phone.call("119")
    invite = await peer.request("INVITE")
    for _ in range(2):
        peer.send(invite.reply(486, to_tag="t"))
        ack = await peer.request("ACK")
        assert (ack.branch, ack.to.tag, ack.cseq) == (invite.branch, "t", (invite.cseq[0], "ACK"))
    assert (await call.ended()).final_status == 486


async def test_an_answer_is_acknowledged_each_time(peer: Peer, phone: Phone) -> None:
    call = phone.call("119")
    invite = await peer.request("INVITE")
    headers = [("Contact", f"<sip:pbx@{HOST}>"), ("Record-Route", "<sip:a;lr>, <sip:b;lr>")]
    ok = invite.reply(200, to_tag="t", headers=headers, sdp=build(Own(HOST, 9000, 1)))
    for _ in range(2):
        peer.send(ok)
        ack = await peer.request("ACK")
        assert ack.branch != invite.branch
        assert ack.uri == f"sip:pbx@{HOST}"
        assert ack.headers.all("Route") == ["<sip:b;lr>", "<sip:a;lr>"]
    assert [e.what for e in call.record.events] == ["INVITE", "200", "ACK"]


async def test_an_answer_that_crosses_the_cancel_is_hung_up(peer: Peer, phone: Phone) -> None:
    call = phone.call("119")
    invite = await peer.request("INVITE")
    peer.send(invite.reply(180, to_tag="t"))
    await call.ringing()
    call.give_up()
    await peer.request("CANCEL")
    peer.send(
        invite.reply(200, to_tag="t", headers=[("Contact", "<sip:pbx>")], sdp=build(Own(HOST, 9000, 1)))
    )
    await peer.request("ACK")
    peer.send((await peer.request("BYE")).reply(200))
    assert (await call.ended()).bye_sent_by_us is True


async def test_cancel_waits_for_a_first_answer(peer: Peer, phone: Phone) -> None:
    call = phone.call("119")
    invite = await peer.request("INVITE")
    call.give_up()
    peer.send(invite.reply(100))
    cancel = await peer.request("CANCEL")
    assert (cancel.branch, cancel.cseq) == (invite.branch, (invite.cseq[0], "CANCEL"))
    peer.send(cancel.reply(200))
    peer.send(invite.reply(487, to_tag="t"))
    await peer.request("ACK")
    assert (await call.ended()).final_status == 487


async def test_a_challenged_invite_is_proven_once(peer: Peer, phone: Phone) -> None:
    call = phone.call("1002")
    challenge = 'Digest realm="pbx", nonce="n1", algorithm=SHA-256, qop="auth"'
    peer.send(
        (await peer.request("INVITE")).reply(407, to_tag="t", headers=[("Proxy-Authenticate", challenge)])
    )
    await peer.request("ACK")
    again = await peer.request("INVITE")
    proof = again.headers["Proxy-Authorization"]
    cnonce = proof.split('cnonce="')[1].split('"')[0]
    who = Credentials("1001", PASSWORD, "INVITE", again.uri)
    assert response(Challenge.parse(challenge), who, cnonce=cnonce) in proof
    peer.send(again.reply(407, to_tag="t", headers=[("Proxy-Authenticate", challenge)]))
    await peer.request("ACK")
    await call.ended()
    assert [e.what for e in call.record.events] == ["INVITE", "407", "INVITE", "407"]


async def test_a_phone_registers_renews_and_unregisters(peer: Peer, phone: Phone) -> None:
    registering = asyncio.create_task(phone.register())
    challenge = 'Digest realm="pbx", nonce="n1", algorithm=MD5, qop="auth"'
    peer.send((await peer.request("REGISTER")).reply(401, headers=[("WWW-Authenticate", challenge)]))
    proven = await peer.request("REGISTER")
    assert proven.headers["Authorization"].startswith('Digest username="1001"')
    peer.send(proven.reply(200, headers=[("Contact", f"{phone.line.contact};expires=1")]))
    await registering
    assert phone.registration.registered
    renewal = await peer.request("REGISTER")
    assert (renewal.call_id, renewal.cseq[0]) == (proven.call_id, proven.cseq[0] + 1)
    peer.send(renewal.reply(200, headers=[("Expires", "600")]))
    leaving = asyncio.create_task(phone.registration.unregister())
    last = await peer.request("REGISTER")
    assert last.headers["Expires"] == "0"
    peer.send(last.reply(200))
    await leaving
    assert not phone.registration.registered


async def test_a_refused_registration_is_told(peer: Peer, phone: Phone) -> None:
    registering = asyncio.create_task(phone.register())
    peer.send((await peer.request("REGISTER")).reply(403))
    with pytest.raises(RegistrationRefusedError, match="403"):
        await registering


async def test_packets_of_strangers_are_not_heard(peer: Peer, phone: Phone) -> None:
    await answered(peer, phone, build(Own(HOST, 9000, 1)))
    call = await phone.next_call()
    stranger = PORTS.bind(HOST)
    with stranger:
        stranger.sendto(b"\x80\x00" + bytes(170), (HOST, call.media.port))
        await call.until(lambda: call.media.strangers == 1)
    assert call.record.rtp_in.packets == 0


async def test_a_plan_for_the_next_call_can_be_changed(peer: Peer, phone: Phone) -> None:
    phone.answering = Answering(ring_delay_s=0.05, final=486, after_s=0.05)
    peer.send(peer.make("INVITE", 1, sdp=build(Own(HOST, 9000, 1))))
    await peer.response(100)
    await peer.response(180)
    call = await phone.next_call()
    refused = await peer.response(486)
    peer.send(peer.make("ACK", 1, branch="INVITE1", to_tag=refused.to.tag))
    assert call.record.ringing is not None
    assert call.record.invite is not None
    assert 0.01 < call.record.ringing.since(call.record.invite) < 1.0  # 0.05 by plan
