"""pyVoIP's SIP, repaired: each test is a fault of the library that a citizen or administrator would meet."""

import hashlib
import time

import pytest

from ivr.phone.repairs.calls import CallState
from tests.support.fake_pbx import CHALLENGE, new, offer, running


def tag_of(told_to: str) -> str:
    return told_to.partition(";tag=")[2]


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_it_registers_by_digest_and_unregisters_at_the_end() -> None:
    with running() as pbx:
        first = pbx.until(0)
        assert first.first == "REGISTER sip:127.0.0.1 SIP/2.0"
        pbx.respond(first, "401 Unauthorized", CHALLENGE)
        second = pbx.until(0)
        ha1, ha2 = md5("8800:pbx:s3cret"), md5("REGISTER:sip:127.0.0.1;transport=UDP")
        response = md5(f"{ha1}:n0nce:{ha2}")
        assert f'response="{response}"' in second.header("Authorization")
        assert second.header("Call-ID") == first.header("Call-ID")
        pbx.respond(second, "200 OK", (("Expires", "3600"),))
        assert pbx.phone.sip.registered.wait(30)
        pbx.phone.stop()
        assert pbx.until(0).header("Expires") == "0"


def test_an_invite_that_comes_before_the_answer_to_register_is_taken() -> None:
    with running() as pbx:
        register = pbx.until(0)
        pbx.send(pbx.invite())
        assert pbx.until(180).header("CSeq") == "7 INVITE"
        pbx.respond(register, "200 OK", (("Expires", "3600"),))
        assert pbx.phone.sip.registered.wait(30)


def test_a_register_that_gets_lost_is_sent_again() -> None:
    with running() as pbx:
        first, again = pbx.until(0), pbx.until(0)
        assert first == again


def test_a_refused_secret_is_told_and_does_not_end_the_phone(caplog: pytest.LogCaptureFixture) -> None:
    with running() as pbx:
        pbx.respond(pbx.until(0), "401 Unauthorized", CHALLENGE)
        pbx.respond(pbx.until(0), "403 Forbidden")
        pbx.send(pbx.request("OPTIONS", call_id="o"))
        assert pbx.until(200).header("CSeq") == "7 OPTIONS"
        assert not pbx.phone.sip.registered.is_set()
    assert "check extension and secret" in caplog.text


def test_a_longer_interval_is_taken_as_the_pbx_wants_it() -> None:
    with running() as pbx:
        pbx.respond(pbx.until(0), "423 Interval Too Brief", (("Min-Expires", "600"),))
        assert pbx.until(0).header("Expires") == "600"


@pytest.mark.parametrize("method", ["OPTIONS", "NOTIFY", "INFO"])
def test_what_the_pbx_asks_on_the_way_is_answered(method: str) -> None:
    with running() as pbx:
        pbx.register()
        pbx.send(pbx.request(method))
        assert pbx.until(200).header("CSeq") == f"7 {method}"


def test_a_method_that_it_does_not_know_is_refused_and_not_left_waiting() -> None:
    with running() as pbx:
        pbx.register()
        pbx.send(pbx.request("SUBSCRIBE"))
        assert "INVITE" in pbx.until(405).header("Allow")


@pytest.mark.parametrize(
    "caller",
    [
        '"민원: 담당" <sip:2001@127.0.0.1>',
        "<tel:+821012345678>",
        "sip:anonymous@anonymous.invalid",
        '"a, b; c" <sip:2001@127.0.0.1>',
    ],
)
def test_a_call_is_taken_whatever_its_caller_is_called(caller: str) -> None:
    with running() as pbx:
        pbx.register()
        pbx.send(pbx.invite(caller=caller))
        assert pbx.until(180).header("From") == f"{caller};tag=pbx"


def test_a_name_in_cp949_does_not_lose_the_call() -> None:
    with running() as pbx:
        pbx.register()
        text = pbx.invite(caller='"@@@" <sip:2001@127.0.0.1>').encode()
        pbx.sock.sendto(text.replace(b"@@@", "홍길동".encode("cp949")), pbx.to)
        assert pbx.sock.recv(65_535).startswith(b"SIP/2.0 180")


def test_via_and_route_come_back_as_they_went_and_the_tag_stays_one() -> None:
    with running() as pbx:
        pbx.register()
        branch = new()
        call = pbx.take(branch=branch, headers="Record-Route: <sip:edge@127.0.0.1;lr>\r\n")
        call.answer()
        answer = pbx.until(200)
        ringing = next(told for told in pbx.seen if told.status == 180)
        assert f"branch={branch};x=y" in answer.header("Via")
        assert answer.header("Record-Route") == "<sip:edge@127.0.0.1;lr>"
        assert answer.header("To") == ringing.header("To")
        assert f"sip:8800@127.0.0.1:{pbx.phone.sip.myPort}" in answer.header("Contact")


def test_an_answer_is_sent_again_until_it_is_acknowledged() -> None:
    with running() as pbx:
        pbx.register()
        call = pbx.take()
        call.answer()
        first, again = pbx.until(200), pbx.until(200)
        assert first == again
        pbx.send(pbx.request("ACK", tag=tag_of(first.header("To"))))
        pbx.send(pbx.request("OPTIONS", call_id="after"))
        while (told := pbx.next()).header("Call-ID") != "after":
            assert told == first
        with pytest.raises(TimeoutError):  # the next one would have come within four seconds
            pbx.until(200, within_s=4.5)
        assert call.state is CallState.ANSWERED


def test_a_repeated_invite_gets_the_same_answer_and_makes_no_second_call() -> None:
    with running() as pbx:
        pbx.register()
        text = pbx.invite()
        pbx.send(text)
        pbx.until(180)
        (call,) = pbx.phone.live.values()
        call.answer()
        answer = pbx.until(200)
        pbx.send(text)
        assert pbx.until(200) == answer
        assert pbx.phone.taken == 1


def test_cancel_ends_the_call_with_487() -> None:
    with running() as pbx:
        pbx.register()
        branch = new()
        call = pbx.take(branch=branch)
        pbx.send(pbx.request("CANCEL", branch=branch))
        statuses = {pbx.next().status, pbx.next().status}
        assert statuses == {200, 487}
        assert call.inputs.get(timeout=30).kind == "ended"
        call.answer()  # too late: it is over
        assert call.state is CallState.ENDED
        assert not pbx.phone.live


def test_bye_of_the_citizen_ends_the_call_and_is_answered_in_its_dialog() -> None:
    with running() as pbx:
        pbx.register()
        call = pbx.take()
        call.answer()
        tag = tag_of(pbx.until(200).header("To"))
        pbx.send(pbx.request("ACK", tag=tag))
        pbx.send(pbx.request("BYE", tag=tag, cseq="8"))
        while (told := pbx.until(200)).header("CSeq") != "8 BYE":
            pass
        assert tag_of(told.header("To")) == tag
        assert call.inputs.get(timeout=30).kind == "ended"


def test_bye_of_a_call_that_is_not_there_is_told_so() -> None:
    with running() as pbx:
        pbx.register()
        pbx.send(pbx.request("BYE", tag="x", call_id="nobody"))
        assert pbx.until(481)


def test_hanging_up_sends_bye_to_the_contact_until_it_is_answered() -> None:
    with running() as pbx:
        pbx.register()
        call = pbx.take(headers="Record-Route: <sip:edge@127.0.0.1;lr>\r\n")
        call.answer()
        answer = pbx.until(200)
        pbx.send(pbx.request("ACK", tag=tag_of(answer.header("To"))))
        call.hangup()
        bye = pbx.until(0)
        assert bye.first.startswith(f"BYE sip:pbx@127.0.0.1:{pbx.sock.getsockname()[1]} ")
        assert (bye.header("From"), bye.header("To")) == (
            answer.header("To"),
            "<sip:01012345678@127.0.0.1>;tag=pbx",
        )
        assert bye.header("Route") == "<sip:edge@127.0.0.1;lr>"
        assert f":{pbx.phone.sip.myPort};" in bye.header("Via")
        assert pbx.until(0) == bye
        pbx.respond(bye, "200 OK")


def test_the_call_too_many_is_told_busy_and_the_others_go_on() -> None:
    with running(most=1) as pbx:
        pbx.register()
        call = pbx.take()
        pbx.send(pbx.invite(call_id="two"))
        busy = pbx.until(486)
        assert busy.header("Call-ID") == "two"
        assert list(pbx.phone.live) == [call.call_id]
        call.deny()
        pbx.until(486)
        assert pbx.take(call_id="three").state is CallState.RINGING


def test_no_room_to_keep_a_message_is_busy_too() -> None:
    with running() as pbx:
        pbx.register()
        pbx.phone.is_open = lambda: False
        pbx.send(pbx.invite())
        assert pbx.until(486)


@pytest.mark.parametrize(
    "body",
    [
        offer("9"),
        offer("18 101"),
        offer("0").replace("m=audio 40000", "m=audio 0"),
        offer("0").replace("RTP/AVP", "RTP/SAVP"),
        offer("0").replace("c=IN IP4 127.0.0.1\r\n", ""),
        "",
    ],
)
def test_audio_that_it_does_not_speak_is_refused(body: str) -> None:
    with running() as pbx:
        pbx.register()
        pbx.send(pbx.request("INVITE", body=body))
        assert pbx.until(488)
        assert not pbx.phone.live


def test_a_required_extension_is_refused_by_name() -> None:
    with running() as pbx:
        pbx.register()
        pbx.send(pbx.invite(headers="Require: 100rel\r\n"))
        assert pbx.until(420).header("Unsupported") == "100rel"


def test_an_offer_with_two_connections_and_video_is_answered_with_one_audio_stream() -> None:
    body = offer("8 0 101", 40_002).replace("a=ptime", "c=IN IP4 127.0.0.2\r\na=ptime")
    body += "m=video 40004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=42;x=1\r\n"
    with running() as pbx:
        pbx.register()
        pbx.send(pbx.request("INVITE", body=body))
        pbx.until(180)
        (call,) = pbx.phone.live.values()
        call.answer()
        answer = pbx.until(200).body
        assert (call.rtp.outIP, call.rtp.outPort) == ("127.0.0.2", 40_002)
        assert f"m=audio {call.rtp.inPort} RTP/AVP 8 0 101\r\n" in answer
        assert "a=rtpmap:8 PCMA/8000" in answer


def test_hold_is_answered_and_the_audio_moves() -> None:
    with running() as pbx:
        pbx.register()
        call = pbx.take()
        call.answer()
        tag = tag_of(pbx.until(200).header("To"))
        pbx.send(pbx.request("ACK", tag=tag))
        held = offer("0 101", 40_010).replace("sendrecv", "sendonly")
        pbx.send(pbx.request("INVITE", body=held, tag=tag, cseq="9"))
        while (told := pbx.until(200)).header("CSeq") != "9 INVITE":
            pass
        assert "a=recvonly" in told.body
        assert call.rtp.outPort == 40_010
        assert call.state is CallState.ANSWERED


def test_what_is_no_sip_and_what_comes_from_elsewhere_is_counted_and_harms_nothing() -> None:
    with running() as pbx:
        pbx.register()
        for rubbish in (b"\r\n\r\n", b"hello", b"INVITE", b"\xff" * 40, b"INVITE x SIP/2.0\r\nVia\r\n\r\n"):
            pbx.sock.sendto(rubbish, pbx.to)
        pbx.send(pbx.request("OPTIONS"))
        assert pbx.until(200)
        assert pbx.phone.sip.malformed == 4


def test_the_end_of_the_phone_ends_its_threads_and_its_calls() -> None:
    with running() as pbx:
        pbx.register()
        call = pbx.take()
        call.answer()
        pbx.until(200)
    assert call.state is CallState.ENDED
    assert not pbx.phone.sip._thread.is_alive()
    end = time.monotonic() + 30
    while call.rtp.sin.fileno() != -1 and time.monotonic() < end:
        time.sleep(0.01)
    assert call.rtp.sin.fileno() == -1


def test_the_pbx_is_the_only_one_who_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as pbx:
        pbx.register()
        monkeypatch.setattr(pbx.phone.sip, "server", "127.0.0.9")
        pbx.send(pbx.invite())
        with pytest.raises(TimeoutError):
            pbx.until(180, within_s=0.5)
        monkeypatch.undo()
        assert pbx.phone.sip.strangers == 1


def test_an_answer_that_nobody_acknowledges_ends_the_call_on_both_sides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivr.phone.repairs.signalling._GIVE_UP_S", 0.3)
    with running() as pbx:
        pbx.respond(pbx.until(0), "200 OK", (("Expires", "3600"),))
        call = pbx.take()
        call.answer()
        pbx.until(200)
        assert call.inputs.get(timeout=30).kind == "ended"
        while not pbx.until(0).first.startswith("BYE"):
            pass
