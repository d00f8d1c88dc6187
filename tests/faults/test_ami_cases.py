"""Field cases AMI-01 … AMI-08 (docs/coverage.md): a link that lies, dies, refuses, or speaks in tongues."""

import asyncio
import itertools
from pathlib import Path

import pytest
from panoramisk.message import Message as Library

from ami_bridge import checkpoint
from ami_bridge.ami import connection
from ami_bridge.ami.actions import Actions, check_line
from ami_bridge.ami.framing import Framer, header, text
from ami_bridge.ami.parse import BUILDERS
from ami_bridge.ami.snapshot import one_value
from ami_bridge.checkpoint import Checkpoint
from ami_bridge.errors import ActionRefusedError, ActionUnansweredError
from ami_bridge.journal.reader import JournalReader
from tests.faults.running import Running
from tests.replay import wire
from tests.replay.play import Play
from tests.replay.wire import PHONE, TRUNK, U1, U2
from tests.support.fake_ami import FakeAmi, Listed, lines


@pytest.fixture
def quick_watchdog(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same watchdog, forty times as fast."""
    monkeypatch.setattr(connection, "PING_EVERY_S", connection.PING_EVERY_S / 40)
    monkeypatch.setattr(connection, "PING_WITHIN_S", connection.PING_WITHIN_S / 40)


def test_the_watchdog_gives_a_dead_link_up_within_25_seconds() -> None:
    # the worst: the link dies right after a good ping
    worst = connection.MISSES * (connection.PING_EVERY_S + connection.PING_WITHIN_S)
    assert worst <= 25


@pytest.mark.usefixtures("quick_watchdog")
async def test_ami_01_a_half_open_link_is_noticed_and_the_gap_is_closed(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        fake.send(*wire.live_call()[:10])
        await running.until_event("talk_started")
        fake.deaf = True
        await fake.until_sessions(2)  # given up, and a new login is tried
        (lost,) = running.of("link_lost")
        assert lost.model_dump()["reason"] == "half_open"
        assert running.of("call_uncertain")
        assert running.bridge.state == "link_lost"
        fake.deaf = False
        fake.cut()
        await running.until_event("call_ended")
        (ended,) = running.of("call_ended")
        told = ended.model_dump()
        assert (told["complete"], told["note"], told["ended_by"]) == (False, "end_unseen", "unknown")
        (restored,) = await running.until_event("link_restored")
        assert not restored.model_dump()["covered"]
        assert restored.model_dump()["since"] == lost.at


@pytest.mark.usefixtures("quick_watchdog")
async def test_ami_01_pings_lost_under_load_are_no_dead_link_while_events_come(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        fake.mute.add("Ping")
        begun = len(await fake.until("Ping"))
        for number in range(begun + 1, begun + 6):
            await fake.until("Ping", number)
            fake.send(wire.event("VarSet", 0, Variable="X"))
        assert len(fake.sessions) == 1
        assert running.bridge.state == "up"


async def test_ami_02_a_burst_is_read_while_redis_stands_still(tmp_path: Path) -> None:
    noise = b"".join(wire.event("Newexten", n / 1000, Uniqueid=U2, AppData="x" * 200) for n in range(3000))
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        running.redis.down = True
        call = wire.live_call()
        fake.send(noise, *call[:6], noise, *call[6:], noise)
        await running.until(lambda: running.bridge.publisher.spool.records == 8)
        assert len(fake.sessions) == 1
        running.redis.down = False
        await running.until_event("call_ended")
        answered, rang = running.of("call_answered")[0], running.of("phone_rang")[0]
        assert (answered.at - rang.at).total_seconds() == pytest.approx(1.9 * wire.PACE)


async def test_ami_02_facts_beyond_all_room_force_a_resync_and_are_never_dropped_silently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ami_bridge.stream.publisher.QUEUE_MAX", 3)
    monkeypatch.setattr("ami_bridge.loop.CHECKPOINT_S", 0.02)
    journal = tmp_path / "calls.csv"
    journal.write_bytes(wire.journal_of_answered_call())
    state = tmp_path / "state"
    state.mkdir()
    checkpoint.save(state / "checkpoint.json", Checkpoint(JournalReader(journal).end()))
    async with FakeAmi() as fake, Running(fake, state, journal) as running:
        keeping = asyncio.create_task(running.bridge.keep())
        await running.until_up()
        fake.send(*wire.live_call())
        await running.until(lambda: running.bridge.publisher.lost > 0)
        await running.until(lambda: "read again" in caplog.text)
        keeping.cancel()


async def test_ami_03a_nothing_but_the_login_is_sent_before_its_success(tmp_path: Path) -> None:
    async with FakeAmi() as fake:
        fake.login_delay_s = 0.3
        async with Running(fake, tmp_path) as running:
            await fake.until("Login")
            assert running.bridge.state == "link_lost"
            await running.until_up()
        assert fake.sessions[0].names[0] == "Login"
        assert fake.sessions[0].names[1:3] == ["Ping", "CoreShowChannels"]


@pytest.mark.parametrize("closes", [False, True], ids=["left-open", "closed"])
async def test_ami_03bc_a_refused_login_alarms_and_is_tried_with_growing_pauses(
    tmp_path: Path,
    closes: bool,
) -> None:
    async with FakeAmi() as fake:
        fake.refuse_login, fake.close_refused = True, closes
        async with Running(fake, tmp_path) as running:
            await running.until(lambda: len(running.pauses) >= 6)
            assert running.bridge.alarm == "login_refused"
            assert running.pauses[:6] == [5, 10, 20, 40, 60, 60]
            assert {name for session in fake.sessions for name in session.names} == {"Login"}
            fake.refuse_login = False
            await running.until_up()
            assert running.bridge.alarm == ""


async def test_ami_04_a_lost_response_times_out_and_a_stray_one_harms_nothing(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        link = running.connection.current
        assert link is not None
        fake.mute.add("Status")
        with pytest.raises(ActionUnansweredError):
            await link.actions.send("Status", timeout_s=0.05)
        assert link.protocol.responses == {}
        fake.send(lines(Response="Success", ActionID="unknown-77"), *wire.live_call())
        await running.until_event("call_ended")
        assert link.protocol.strays == 1
        assert [s.names.count("Status") for s in fake.sessions] == [1]


async def test_ami_04_an_action_is_never_sent_again_after_the_link_was_lost(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        link = running.connection.current
        assert link is not None
        fake.mute.add("Status")
        asked = asyncio.create_task(link.actions.send("Status", {"Channel": "PJSIP/1"}))
        await fake.until("Status")
        fake.cut()
        with pytest.raises(Exception, match="link"):
            await asked
        await running.until_up(2)
        with pytest.raises(Exception, match="link"):
            await link.actions.send("Status")
        assert len(await fake.until("Status")) == 1


HANGUP = b"Event: Hangup\r\nUniqueid: u9\r\nCause: 16\r\n\r\n"
BROKEN = {
    "crlf-lf": b"Event: CoreShowChannelsComplete\r\nEventList: Complete\r\n\n",
    "spare-blank-line": b"Event: TestEvent\r\nType: x\r\n\r\n\r\n",
    "header-without-value": b"Event: RTCPSent\r\nReportBlock:\r\n\r\n",
    "line-ended-by-lf": b"Event: QueueMember\r\nCallStarted: 1443613421\nLoggedInTime: 5\r\n\r\n",
    "lf-crlf": b"Event: QueueMember\r\nLoggedInTime: 5\n\r\n",
    "lf-only": b"Event: QueueMember\nLoggedInTime: 5\n\n",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_ami_05_a_broken_message_swallows_nothing_at_any_cut(broken: bytes) -> None:
    stream = broken + HANGUP
    for cut in range(len(stream) + 1):
        framer = Framer()
        messages = framer.feed(stream[:cut]) + framer.feed(stream[cut:])
        assert [m.split(b"\n")[0] for m in messages] == [broken.split(b"\n")[0].strip(), b"Event: Hangup"], (
            cut
        )
        assert header(messages[1], b"\nUniqueid: ") == "u9"


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_ami_05_byte_by_byte(broken: bytes) -> None:
    framer = Framer()
    fed = [framer.feed(bytes([byte])) for byte in broken + HANGUP]
    assert len(list(itertools.chain(*fed))) == 2


def test_ami_05_the_hangup_behind_a_broken_message_ends_its_call() -> None:
    for broken in BROKEN.values():
        play = Play().bytes(*wire.call_begins(), broken, wire.hangup(5, U1))
        assert play.kinds[-1] == "call_ended"


def test_ami_05_a_message_without_end_does_not_fill_memory() -> None:
    framer = Framer()
    for _ in range(80):
        framer.feed(b"x" * 65536)
    assert framer.dropped == 1
    assert framer.feed(b"\r\n\r\n" + HANGUP)[-1].startswith(b"Event: Hangup")


@pytest.mark.parametrize(
    ("sent", "first"),
    [
        (b"", ""),
        (b"ChanVariable: A=1\n", "A=1"),
        (b"ChanVariable: B\nChanVariable: A=1\n", "B"),
        (b"ChanVariable: C=2=3\nChanVariable: A=1\nChanVariable: B=2\n", "C=2=3"),
        (b"ChanVariable(Local/102@x-1;2): MEMO=7\nChanVariable: A=1\n", "A=1"),
    ],
)
def test_ami_06_repeated_headers_mix_nothing_and_are_always_read_alike(sent: bytes, first: str) -> None:
    raw = b"Event: CoreShowChannel\n" + sent + b"Uniqueid: u1"
    assert header(raw, b"\nChanVariable: ") == first
    assert header(raw, b"\nUniqueid: ") == "u1"
    # the library, which reads lists, gives a str for one line and a list for more
    assert one_value(Library.from_line(text(raw).replace("\n", "\r\n")), "ChanVariable") == first


async def test_ami_06_a_channel_listed_with_many_variables_is_still_read(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        fake.channels = [Listed(TRUNK, U1, U1, variables=("A=1", "B", "C=1=2"))]
        (started,) = await running.until_event("call_started")
        assert started.call_id == U1


@pytest.mark.parametrize(
    "value",
    [
        "Hong\r\nAction: Command\r\nCommand: core stop now\r\n\r\n",
        "a\nb",
        "a\rb",
        "a\0b",
        "x" * 1001,
        "가" * 334,
    ],
)
def test_ami_07_what_would_break_out_of_its_line_is_refused(value: str) -> None:
    with pytest.raises(ActionRefusedError):
        check_line("Variable", value)
    with pytest.raises(ActionRefusedError):
        check_line(value, "x")


async def test_ami_07_a_refused_action_leaves_nothing_on_the_wire(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        link = running.connection.current
        assert link is not None
        before = fake.sessions[0].raw
        with pytest.raises(ActionRefusedError):
            await link.actions.send("Status", {"Channel": "x\r\nAction: Command\r\nCommand: core stop now"})
        await link.actions.send("Status", {"Channel": "Kim, Seoul"})
        sent = fake.sessions[0].raw.removeprefix(before)
        assert sent.count(b"Action: ") == 1
        assert b"Channel: Kim, Seoul\r\n" in sent
        assert isinstance(link.actions, Actions)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("김민수".encode(), "김민수"),
        ("김민수".encode("cp949"), "김민수"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"???", "???"),
    ],
)
def test_ami_08_a_name_in_any_code_and_at_any_cut_costs_no_event(raw: bytes, name: str) -> None:
    assert text(raw) == name
    born = wire.newchannel(0, TRUNK, U1, caller="01000001234")
    named = born.removesuffix(b"\r\n") + b"CallerIDName: " + raw + b"\r\n\r\n"
    for cut in range(len(named) + 1):
        play = Play().bytes(named[:cut], named[cut:], wire.newchannel(0, PHONE, U2, U1), wire.hangup(1, U1))
        assert play.one("call_started").model_dump()["caller"] == "01000001234"


def test_ami_08_a_name_is_never_read_for_what_a_call_is() -> None:
    assert b"CallerIDName" not in b"".join(BUILDERS)
    named = wire.newchannel(0, TRUNK, U1).replace(b"CallerIDNum", b"CallerIDName: Uniqueid: x\r\nCallerIDNum")
    assert Play().bytes(named, wire.hangup(1, U1)).one("call_started").call_id == U1


async def test_a_pbx_without_the_right_to_report_is_listed_by_status(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        fake.denied.add("CoreShowChannels")
        fake.channels = [Listed(TRUNK, U1, U1)]
        await running.until_event("call_started")
        assert "Status" in fake.sessions[0].names
