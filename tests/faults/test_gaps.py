"""Field cases EVT-06, EVT-08, TIM-03, and the bridge's own deaths: gaps, and what is known after them."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ami_bridge import loop
from ami_bridge.call import facts as f
from ami_bridge.call.snapshot import Differences, SeenChannel, Snapshot
from office.events import CallEvent, Source
from tests.faults.running import Running
from tests.replay import wire
from tests.replay.golden import CAPTURES
from tests.replay.play import Play, foreign_house, trace
from tests.replay.wire import PHONE, TRUNK, U1, U2, at_us
from tests.support.fake_ami import FakeAmi, Listed

UP, RINGING = 6, 5
TALKING = [Listed(TRUNK, U1, U1, UP, "b-1"), Listed(PHONE, U2, U1, UP, "b-1")]


@pytest.fixture(autouse=True)
def quick_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LOOK_AGAIN_S", 0.05)


def told(event: CallEvent) -> dict[str, object]:
    return event.model_dump()


# ---------------------------------------------------------------- EVT-06: the hang-up never comes


async def test_evt_06_a_call_that_the_pbx_no_longer_has_is_closed_as_unseen(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        fake.send(*wire.live_call()[:4])  # Newchannel, dial, ringing, then silence
        await running.until_event("phone_rang")
        await running.bridge.reconcile()
        (ended,) = await running.until_event("call_ended")
        assert (told(ended)["note"], told(ended)["complete"]) == ("end_unseen", False)
        assert told(ended)["ended_by"] == "unknown"
        known, facts = len(running.events), running.bridge.board.counts.facts
        fake.send(wire.hangup_request(1, U1, TRUNK), wire.hangup(1, U1), wire.hangup(1, U2))
        await running.until(lambda: running.bridge.board.counts.facts >= facts + 3)
        await running.until(lambda: running.bridge.publisher.settled)
        assert len(running.events) == known


def test_evt_06_open_calls_are_held_against_the_pbx_every_30_seconds() -> None:
    assert loop.RECONCILE_S <= 30


async def test_evt_06_it_is_done_without_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "RECONCILE_S", 0.1)
    monkeypatch.setattr(loop, "CHECKPOINT_S", 0.02)
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        keeping = asyncio.create_task(running.bridge.keep())
        fake.send(*wire.live_call()[:4])
        await running.until_event("call_ended")
        keeping.cancel()


async def test_evt_06_one_look_is_not_enough_for_an_event_may_be_on_its_way(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        call = wire.live_call()
        fake.send(*call[:10])
        await running.until_event("talk_started")
        looking = asyncio.create_task(running.bridge.reconcile())
        await fake.until("CoreShowChannels", 2)
        fake.send(*call[10:])  # the true end arrives between the looks
        await looking
        (ended,) = await running.until_event("call_ended")
        assert (told(ended)["complete"], told(ended)["ended_by"]) == (True, "citizen")


async def test_evt_06_a_leg_that_vanished_frees_its_phone_and_the_call_goes_on(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        fake.send(*wire.live_call()[:4])
        await running.until_event("phone_rang")
        fake.channels = [Listed(TRUNK, U1, U1, 4)]
        await running.bridge.reconcile()
        (call,) = running.bridge.board.live
        assert not call.channels[U2].alive
        assert not running.of("call_ended")


# ---------------------------------------------------------------- EVT-08: starting in the middle


async def test_evt_08_calls_found_running_are_adopted_and_never_judged(tmp_path: Path) -> None:
    async with FakeAmi() as fake:
        fake.channels = TALKING
        async with Running(fake, tmp_path) as running:
            (started,) = await running.until_event("call_started")
            assert told(started)["adopted"]
            assert started.source is Source.SNAPSHOT
            (talk,) = await running.until_event("talk_started")
            assert told(talk)["leg"] == U2
            # up since an unknown moment: no answer that could be in time or late, and no words
            assert not running.of("call_answered")
            assert not running.of("words_chosen")
            fake.send(*wire.live_call()[10:])
            (ended,) = await running.until_event("call_ended")
            assert (told(ended)["complete"], told(ended)["note"]) == (False, "start_unseen")
            assert told(ended)["ended_by"] == "citizen"


async def test_evt_08_a_phone_found_ringing_has_rung_at_least_since_then(tmp_path: Path) -> None:
    async with FakeAmi() as fake:
        fake.channels = [Listed(TRUNK, U1, U1, 4), Listed(PHONE, U2, U1, RINGING)]
        async with Running(fake, tmp_path) as running:
            (rang,) = await running.until_event("phone_rang")
            assert told(rang)["estimated"]
            assert rang.source is Source.SNAPSHOT


def middles(name: str) -> Iterator[list[bytes]]:
    messages = trace(name).split(b"\r\n\r\n")
    for start in range(1, len(messages), 7):
        yield [message + b"\r\n\r\n" for message in messages[start:] if message]


@pytest.mark.parametrize("name", CAPTURES)
def test_evt_08_every_trace_with_its_first_events_cut_off(name: str) -> None:
    for rest in middles(name):
        play = Play(foreign_house()).bytes(*rest)  # never raises
        nothing = Snapshot(play.board.counts.facts + 2_000_000_000_000_000, {})
        play.apply(play.board.reconcile(nothing, play.board.compare(nothing)))
        assert play.board.live == []
        assert len(play.of("call_started")) == len(play.of("call_ended"))


def test_evt_08_a_newcomer_and_a_leg_of_a_known_call_are_told_apart() -> None:
    play = Play().bytes(*wire.call_begins()[:1])
    own = SeenChannel(U1, TRUNK, U1, 4)
    leg = SeenChannel(U2, PHONE, U1, RINGING)
    stranger = SeenChannel("x.9", "Local/1@a-1;1", "x.9", 4)
    snapshot = Snapshot(at_us(5), {seen.uid: seen for seen in (own, leg, stranger)})
    differences = play.board.compare(snapshot)
    assert differences == Differences(frozenset(), frozenset({U2}))
    play.apply(play.board.reconcile(snapshot, differences))
    assert play.kinds == ["call_started", "phone_rang"]


# ---------------------------------------------------------------- TIM-03: the PBX restarts


async def test_tim_03_calls_of_before_a_restart_are_closed_and_nobody_hung_up_first(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        fake.send(*wire.live_call()[:10])
        await running.until_event("talk_started")
        running.pausing.clear()
        fake.send(wire.event("Shutdown", 0, Shutdown="Cleanly", Restart="True"))
        await running.until_event("call_uncertain")
        assert told(running.of("link_lost")[0])["reason"] == "pbx_shutdown"
        fake.uptime_s = -5  # it came up only just now: seen from the call, the boot lies after its start
        running.pausing.set()
        (ended,) = await running.until_event("call_ended")
        assert (told(ended)["note"], told(ended)["ended_by"]) == ("pbx_restart", "unknown")
        assert not running.of("hangup_seen")
        assert not running.of("call_confirmed")
        await running.until_event("link_restored")
        assert [session.names.count("Login") for session in fake.sessions] == [1, 1]


def test_tim_03_four_calls_are_all_closed_by_one_restart() -> None:
    play = Play()
    for n in range(4):
        play.bytes(wire.newchannel(n, TRUNK, f"pbx-1.{n}", caller="01000001234"))
    play.bytes(wire.dial_begin(4.0, "pbx-1.0", PHONE, "pbx-1.9"))
    play.apply(play.board.lose_link(at_us(5), "closed_by_pbx"))
    play.apply(play.board.restarted(at_us(20), at_us(5)))
    assert [told(e)["note"] for e in play.of("call_ended")] == ["pbx_restart"] * 4
    assert {e.at for e in play.of("call_ended")} == {play.one("link_lost").at}
    play.bytes(wire.newchannel(21, TRUNK, "pbx-2.1", caller="01000001234"))
    play.apply(play.board.restarted(at_us(20), at_us(5)))
    assert [call.id for call in play.board.live] == ["pbx-2.1"]


# ---------------------------------------------------------------- the journal tells the gap


def live_rows(rows: bytes, folder: Path) -> Path:
    path = folder / "calls.csv"
    path.write_bytes(rows)
    return path


async def test_a_call_of_the_gap_is_told_by_the_journal_with_its_true_times(tmp_path: Path) -> None:
    journal = live_rows(wire.journal_of_answered_call(), tmp_path)
    async with FakeAmi() as fake, Running(fake, tmp_path / "state", journal) as running:
        (ended,) = await running.until_event("call_ended")
        assert (told(ended)["complete"], told(ended)["ended_by"]) == (True, "citizen")
        assert ended.source is Source.JOURNAL
        assert round(ended.at.timestamp() * 1_000_000) == at_us(10.004)
        assert {e.kind for e in running.events} >= {
            "call_started",
            "call_answered",
            "talk_started",
            "talk_ended",
        }


async def test_a_call_across_the_gap_is_confirmed_and_then_ended_live(tmp_path: Path) -> None:
    journal = live_rows(b"", tmp_path)
    async with FakeAmi() as fake, Running(fake, tmp_path / "state", journal) as running:
        await running.until_up()
        call = wire.live_call()
        fake.send(*call[:10])
        await running.until_event("talk_started")
        fake.channels = TALKING
        fake.cut()
        await running.until_event("call_confirmed")
        (restored,) = await running.until_event("link_restored")
        assert told(restored)["covered"]
        await running.until_up(2)
        fake.send(*call[10:])
        (ended,) = await running.until_event("call_ended")
        assert told(ended)["complete"]


async def test_a_call_that_ended_in_the_gap_ends_as_the_journal_says(tmp_path: Path) -> None:
    journal = live_rows(b"", tmp_path)
    async with FakeAmi() as fake, Running(fake, tmp_path / "state", journal) as running:
        await running.until_up()
        fake.send(*wire.live_call()[:10])
        await running.until_event("talk_started")
        running.pausing.clear()
        fake.cut()
        await running.until_event("link_lost")
        journal.write_bytes(wire.journal_of_answered_call())
        running.pausing.set()
        (ended,) = await running.until_event("call_ended")
        assert (told(ended)["complete"], told(ended)["ended_by"]) == (True, "citizen")
        assert ended.source is Source.JOURNAL
        assert len(running.of("call_answered")) == 1


async def test_the_late_limit_passes_for_a_call_that_rings_over_a_restart_of_the_bridge(
    tmp_path: Path,
) -> None:
    began = wire.seconds_now() - 60
    noted = f'{{"extra":"Kind: Call|At: {at_us(began) // 1000}|Class: citizen|Exten: 2201"}}'
    dials = f'{{"extra":"Kind: Dial|At: {at_us(began) // 1000}|Exten: 2201|Role: desk|Hop: 0"}}'
    rows = [
        wire.row("CHAN_START", began, TRUNK, U1, U1),
        wire.row("USER_DEFINED", began, TRUNK, U1, U1, noted, "Charterline"),
        wire.row("USER_DEFINED", began, TRUNK, U1, U1, dials, "Charterline"),
        wire.row("CHAN_START", began, PHONE, U2, U1),
    ]
    journal = live_rows(b"".join(rows), tmp_path)
    async with FakeAmi() as fake:
        fake.channels = [Listed(TRUNK, U1, U1, 4), Listed(PHONE, U2, U1, RINGING)]
        async with Running(fake, tmp_path / "state", journal) as running:
            (passed,) = await running.until_event("ring_limit_passed")
            assert round(passed.at.timestamp() * 1000) == at_us(began) // 1000 + 6050


async def test_a_bad_row_is_counted_and_told_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = wire.journal_of_answered_call()
    bad = b'"CHAN_START","never"\n"HANGUP","1.0","","x","u","u","","{not json","","",""\n\xff\xfe,"\n'
    journal = live_rows(bad + good, tmp_path)
    async with FakeAmi() as fake, Running(fake, tmp_path / "state", journal) as running:
        await running.until_event("call_ended")
        assert running.bridge.journal_bad == 3
        assert "a journal row was skipped" in caplog.text


async def test_a_journal_that_was_rotated_away_does_not_cover_the_gap(tmp_path: Path) -> None:
    journal = live_rows(wire.journal_of_answered_call(), tmp_path)
    state = tmp_path / "state"
    state.mkdir()
    stored = {"position": {"inode": 1, "offset": 5}, "alive_at": at_us(0), "open": {"pbx-1.77": at_us(0)}}
    (state / "checkpoint.json").write_text(json.dumps(stored))
    async with FakeAmi() as fake:
        fake.uptime_s = 10**9  # the same PBX as then
        async with Running(fake, state, journal) as running:
            (restored,) = await running.until_event("link_restored")
            assert not told(restored)["covered"]
            # a call that the last run left open, that neither journal nor PBX knows
            await running.until(lambda: any(e.call_id == "pbx-1.77" for e in running.of("call_ended")))
            ended = next(e for e in running.of("call_ended") if e.call_id == "pbx-1.77")
            assert (told(ended)["note"], told(ended)["complete"]) == ("end_unseen", False)


# ---------------------------------------------------------------- the bridge dies


async def test_after_a_kill_the_journal_gives_the_whole_call_again_with_the_same_ids(tmp_path: Path) -> None:
    rows = wire.journal_of_answered_call().splitlines(keepends=True)
    journal = live_rows(b"".join(rows[:6]), tmp_path)
    state = tmp_path / "state"
    async with FakeAmi() as fake:
        fake.channels = TALKING
        async with Running(fake, state, journal) as first:
            await first.until_event("talk_started")
            await first.until_up()
            await first.until(lambda: first.bridge.publisher.settled)
            await first.bridge.save()
        # killed: nothing was told at the end, and the call ended meanwhile
        journal.write_bytes(b"".join(rows))
        fake.channels = []
        async with Running(fake, state, journal) as second:
            await second.until_event("call_ended")
            (restored,) = await second.until_event("link_restored")
    assert told(restored)["covered"]
    assert {e.id for e in first.events} <= {e.id for e in second.events}
    assert told(second.of("call_ended")[0])["complete"]


async def test_the_checkpoint_stands_before_the_oldest_open_call_and_moves_on_when_it_ends(
    tmp_path: Path,
) -> None:
    journal = live_rows(b"x" * 10 + b"\n", tmp_path)
    async with FakeAmi() as fake, Running(fake, tmp_path / "state", journal) as running:
        await running.until_up()
        call = wire.live_call()

        async def offset() -> int:
            await running.until(lambda: running.bridge.publisher.settled)
            await running.bridge.save()
            stored = json.loads((tmp_path / "state" / "checkpoint.json").read_text())
            return int(stored["position"]["offset"])

        for _ in range(3):
            await offset()
        assert await offset() == 11
        fake.send(*call[:10])
        await running.until_event("talk_started")
        for size in (100, 200, 300, 400):
            journal.write_bytes(b"x" * size + b"\n")
            assert await offset() == 11
        fake.send(*call[10:])
        await running.until_event("call_ended")
        assert await offset() > 11


async def test_the_checkpoint_does_not_pass_what_redis_and_disk_have_not_taken(tmp_path: Path) -> None:
    async with FakeAmi() as fake, Running(fake, tmp_path) as running:
        await running.until_up()
        await running.until(lambda: running.bridge.publisher.settled)
        await running.bridge.save()
        before = (tmp_path / "checkpoint.json").read_bytes()
        running.bridge.on_fact(f.Born(running.bridge.pbx_now(), U1, channel=TRUNK, linkedid=U1))
        running.bridge.on_fact(f.Hung(running.bridge.pbx_now(), U1))
        assert not running.bridge.publisher.settled
        await running.bridge.save()
        assert (tmp_path / "checkpoint.json").read_bytes() == before


async def test_without_a_journal_a_call_goes_on_over_a_restart_of_the_bridge(tmp_path: Path) -> None:
    async with FakeAmi() as fake:
        fake.channels = TALKING
        async with Running(fake, tmp_path) as first:
            await first.until_event("talk_started")
            await first.until_up()
            await first.until(lambda: first.bridge.publisher.settled)
            await first.bridge.save()
        async with Running(fake, tmp_path) as second:
            await second.until_event("call_confirmed")
            fake.send(*wire.live_call()[9:])
            (ended,) = await second.until_event("call_ended")
            assert (told(ended)["ended_by"], told(ended)["note"]) == ("citizen", "start_unseen")
            assert [e.id for e in second.of("talk_started")] == [e.id for e in first.of("talk_started")]
            assert len(second.of("talk_ended")) == 1
            assert not second.of("call_started")


async def test_without_a_journal_a_call_left_open_by_a_killed_bridge_is_closed(tmp_path: Path) -> None:
    async with FakeAmi() as fake:
        fake.channels = TALKING
        async with Running(fake, tmp_path) as first:
            await first.until_event("talk_started")
            await first.until_up()
            await first.until(lambda: first.bridge.publisher.settled)
            await first.bridge.save()
        fake.channels = []
        async with Running(fake, tmp_path) as second:
            (ended,) = await second.until_event("call_ended")
            assert told(ended)["note"] == "end_unseen"
            (restored,) = await second.until_event("link_restored")
            assert not told(restored)["covered"]
