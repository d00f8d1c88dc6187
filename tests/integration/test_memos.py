"""Memos on SQLite and PostgreSQL: made once, delivered, read, sealed, destroyed on schedule (charter T6)."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from memo_service.callbacks.models import CallbackRow, StepRow
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.db.models import CallRow, Party, StoredEvent, VerdictRow
from memo_service.db.session import reading
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.memos.models import Destruction, Memo, MemoEvent, Recording
from memo_service.memos.reader import MemoFilter
from memo_service.memos.taking import Taken
from office import events as ev
from office.events import CallEvent
from tests.support.callback_desk import kst
from tests.support.feed import Script, abandoned, answered, moved
from tests.support.memo_desk import (
    DEPUTY,
    EVERYTHING,
    MANAGER,
    OFFICER,
    STRANGER,
    MemoDesk,
    asked,
    hangs_up,
    open_memos,
    spoken,
    told,
)
from tests.support.sounds import HEADER_ALONE, silence, voice

NOON = kst("2026-11-25 10:05")


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[MemoDesk]:
    opened = open_memos(database, tmp_path / "state")
    yield opened
    opened.engine.dispose()


def count(desk: MemoDesk, table: Any) -> int:
    with reading(desk.engine) as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def t6(desk: MemoDesk, call: Script) -> tuple[str, str] | None:
    verdict = desk.reader.verdicts(call.call_id).get("T6")
    return (verdict.result.value, verdict.reason) if verdict else None


def test_a_call_leaves_a_memo_and_a_reply_is_due_in_the_same_commit(desk: MemoDesk) -> None:
    call = spoken(NOON)
    desk.ledger.record(call.events)
    memo = desk.one()
    assert (memo.row.taken_by, memo.row.officer, memo.row.call_id) == ("menu", OFFICER, call.call_id)
    assert str(memo.number) == "010-****-5739"
    assert not memo.row.incomplete
    assert memo.callback is not None
    assert memo.callback.due_at == memo.row.received_at + timedelta(hours=1)
    assert memo.owner == OFFICER


def test_every_cut_of_the_events_makes_the_same_one_memo(desk: MemoDesk) -> None:
    call = told(asked(NOON), 30_000, recording="a.wav", seconds="4", silent="no")
    hangs_up(told(call, 35_000, number="0335551234", asked_at="2026-11-26T10:00:00+09:00"))
    for event in call.events:
        desk.ledger.record([event])
    desk.ledger.record(call.events)
    desk.ledger.record(list(reversed(call.events)))
    memo = desk.one()
    assert memo.number == desk.parties.classify("033-555-1234")
    assert memo.row.asked_at == kst("2026-11-26 10:00")
    assert memo.callback is not None
    assert memo.callback.due_at == kst("2026-11-26 10:00")
    assert len(memo.recordings) == 1


def test_evt_04_two_processes_with_halves_of_one_call_make_one_memo(database: str, tmp_path: Path) -> None:
    desks = [
        open_memos(database, tmp_path / "state") for _ in range(1 if database.startswith("sqlite") else 2)
    ]
    calls = [spoken(NOON + timedelta(minutes=n), f"t{n}.wav", caller=f"010246857{n:02}") for n in range(12)]
    halves: list[list[CallEvent]] = [[e for c in calls for e in c.events[part::2]] for part in range(2)]
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda n: desks[n % len(desks)].ledger.record(halves[n]), range(2)))
    found = desks[0].all()
    assert sorted(m.row.call_id or "" for m in found) == sorted(c.call_id for c in calls)
    assert all(m.callback for m in found)
    assert all(not m.row.incomplete for m in found)
    for desk in desks:
        desk.engine.dispose()


def test_cid_01_withheld_and_no_number_keyed_is_a_memo_without_callback(desk: MemoDesk) -> None:
    desk.ledger.record(spoken(NOON, caller="01024685739", withheld=True).events)
    memo = desk.one()
    assert memo.row.withheld
    assert memo.row.incomplete
    assert (memo.number, memo.callback) == (None, None)


def test_cid_01_two_withheld_callers_are_two_persons(desk: MemoDesk) -> None:
    first = spoken(NOON, "a.wav", caller="anonymous")
    second = spoken(NOON + timedelta(minutes=3), "b.wav", caller="Restricted", withheld=True)
    desk.ledger.record([*first.events, *second.events])
    assert len(desk.all()) == 2
    assert count(desk, Party) == 0


def test_cid_01_withheld_with_a_number_keyed_is_called_there(desk: MemoDesk) -> None:
    call = told(asked(NOON, caller=None, withheld=True), 30_000, number_keyed="01035796841")
    desk.ledger.record(hangs_up(call).events)
    memo = desk.one()
    assert memo.callback is not None
    assert memo.number == memo.keyed == desk.parties.classify("01035796841")


def test_half_a_keyed_number_is_nobodys(desk: MemoDesk) -> None:
    for n, digits in enumerate(("0101", "0335")):
        call = asked(NOON + timedelta(minutes=n), caller=None, withheld=True)
        desk.ledger.record(hangs_up(told(call, 30_000, number_keyed=digits)).events)
    assert [memo.callback for memo in desk.all()] == [None, None]
    assert count(desk, Party) == 0


def test_cid_02_one_citizen_in_many_spellings_is_found_by_any(desk: MemoDesk) -> None:
    for n, caller in enumerate(("+821024685739", "821024685739", "01024685739")):
        desk.ledger.record(spoken(NOON + timedelta(minutes=n), f"{n}.wav", caller=caller).events)
    party = desk.memos.reader.party_of("010-2468-5739")
    assert party == desk.memos.reader.party_of("+82 10 2468 5739")
    found = desk.memos.reader.memos(MemoFilter(EVERYTHING.scope, party=party), offset=0, limit=10)
    assert len(found) == 3


def test_who_wants_no_reply_gets_none_and_may_change_his_mind_in_the_call(desk: MemoDesk) -> None:
    call = told(asked(NOON), 30_000, reply_wanted="no")
    call.add(ev.MemoEnded, 31_000, "1", ending="goodbye")
    desk.ledger.record(call.events)
    assert desk.one().callback is None
    assert desk.one().row.acted_at is None


def test_a_missed_call_is_a_memo_marked_incomplete(desk: MemoDesk) -> None:
    desk.ledger.record(abandoned(9000).events)
    memo = desk.one()
    assert (memo.row.taken_by, memo.row.why, memo.row.incomplete) == ("missed_call", "waited", True)
    assert memo.callback is not None


def test_a_memo_somebody_acted_on_is_only_added_to(desk: MemoDesk) -> None:
    call = told(asked(NOON), 30_000, recording="a.wav", seconds="4", silent="no")
    call.add(ev.MemoEnded, 31_000, "1", ending="goodbye")
    desk.ledger.record(call.events)
    memo_id = desk.one().row.id
    desk.memos.acts.acted(desk.actor(), memo_id)
    late = told(Script(start=NOON, call_id=call.call_id), 29_000, asked_at="2026-11-26T10:00:00+09:00")
    desk.ledger.record(late.events)
    memo = desk.one()
    assert memo.row.asked_at is None
    assert desk.kinds(memo_id) == ["delivered", "read", "acted", "added"]


def test_receipts_make_the_verdict_and_only_his_own_look_is_one(desk: MemoDesk) -> None:
    call = spoken(NOON)
    desk.ledger.record(call.events)
    memo_id = desk.one().row.id
    desk.clock.forward(minutes=4)
    desk.memos.acts.shown(desk.actor(STRANGER), [memo_id])
    desk.memos.acts.read(desk.actor(MANAGER), memo_id)
    assert desk.kinds(memo_id) == []
    desk.memos.acts.shown(desk.actor(), [memo_id])
    desk.memos.acts.read(desk.actor(), memo_id)
    desk.memos.acts.read(desk.actor(), memo_id)
    assert desk.kinds(memo_id) == ["delivered", "read"]
    assert t6(desk, call) == ("kept", "memo_read")
    assert desk.ledger.recompute().differences == []


def test_the_verdict_waits_until_it_is_read_and_for_the_call_to_end(desk: MemoDesk) -> None:
    call = spoken(NOON)
    desk.ledger.record(call.events[:-2])
    assert desk.all() == []
    desk.ledger.record(call.events[-2:])
    assert t6(desk, call) is None
    desk.memos.acts.read(desk.actor(DEPUTY), desk.one().row.id)
    assert t6(desk, call) == ("kept", "memo_read")


def test_another_departments_memo_is_not_shown(desk: MemoDesk) -> None:
    desk.ledger.record(spoken(NOON).events)
    memo_id, stranger = desk.one().row.id, desk.actor(STRANGER)
    assert stranger.department != "haengjeong"
    for act in (desk.memos.acts.read, desk.memos.acts.acted, desk.memos.acts.slip):
        with pytest.raises(ForbiddenError):
            act(stranger, memo_id)
    with pytest.raises(ForbiddenError):
        desk.memos.acts.number(stranger, memo_id, "callback")
    scope = desk.memos.acts.concern.scope(stranger)
    assert desk.memos.reader.memos(MemoFilter(scope), offset=0, limit=10) == []
    assert desk.openings() == []


def test_who_was_given_the_callback_may_open_the_memo(desk: MemoDesk) -> None:
    desk.ledger.record(spoken(NOON).events)
    memo = desk.one()
    assert memo.callback is not None
    desk.callbacks.acts.assign(desk.actor(), [memo.callback.id], STRANGER)
    desk.memos.acts.read(desk.actor(STRANGER), memo.row.id)
    assert desk.kinds(memo.row.id) == ["delivered", "read"]


def test_every_opening_is_logged_with_its_reason(desk: MemoDesk) -> None:
    desk.ledger.record(spoken(NOON).events)
    memo_id = desk.one().row.id
    number = desk.memos.acts.number(desk.actor(), memo_id, "callback")
    assert number is not None
    assert number.display == "010-2468-5739"
    desk.memos.acts.read(desk.actor(), memo_id)
    desk.memos.acts.slip(desk.actor(), memo_id)
    assert desk.openings() == [(OFFICER, "number", "callback"), (OFFICER, "memo", ""), (OFFICER, "slip", "")]


def test_a_closed_callback_is_the_third_receipt(desk: MemoDesk) -> None:
    desk.ledger.record(spoken(NOON).events)
    again = answered(2000, talk_ms=60_000)
    desk.ledger.record(moved(again.events, NOON + timedelta(minutes=15)))
    memo = desk.one()
    assert memo.callback is not None
    assert memo.callback.outcome == "reached_us"
    assert memo.state == "acted"


def test_taken_by_hand_it_is_sealed_and_a_reply_is_due(desk: MemoDesk) -> None:
    memo_id = desk.take(desk.taken())
    memo = desk.one()
    assert (memo.row.id, memo.row.taken_by, memo.row.channel) == (memo_id, DEPUTY, "visit")
    assert memo.texts["matter"] == "민방위 교육 날짜를 바꾸고 싶다고 하심"
    assert memo.callback is not None
    assert not memo.row.incomplete
    assert "홍길순".encode() not in bytes(memo.row.name or b"")
    assert desk.memos.reader.glances([memo_id])[memo_id][0] == "홍길순"


def test_the_same_form_sent_twice_at_once_to_several_processes_is_one_memo(desk: MemoDesk) -> None:
    taken = [Taken(desk.actor(DEPUTY).officer, desk.taken())]
    with ThreadPoolExecutor(4) as many:
        assert list(many.map(lambda _: desk.memos.taking.keep(taken), range(4))) == [[None]] * 4
    assert desk.one().callback is not None


async def test_the_same_form_sent_twice_at_once_to_one_process_is_one_memo(desk: MemoDesk) -> None:
    async with asyncio.timeout(60):
        ids = await asyncio.gather(
            *(desk.memos.taking.take(desk.actor(DEPUTY).officer, desk.taken()) for _ in range(4))
        )
    assert set(ids) == {desk.one().row.id}
    assert desk.one().callback is not None


def test_a_note_is_sealed_and_adds(desk: MemoDesk) -> None:
    memo_id = desk.take(desk.taken())
    desk.memos.acts.note(desk.actor(), memo_id, "서류를 우편으로 보냄")
    story = desk.memos.reader.story(memo_id)
    event, words = story.events[-1]
    assert (event.kind, words) == ("note", "서류를 우편으로 보냄")
    assert "우편".encode() not in bytes(event.words or b"")


def test_recordings_are_fetched_sealed_and_taken_out_of_the_spool(desk: MemoDesk) -> None:
    plain = desk.leave("take.wav", voice(4))
    assert desk.memos.sweep.sweep() == []
    assert plain.exists()
    desk.ledger.record(spoken(NOON).events)
    memo_id = desk.one().row.id
    assert desk.memos.sweep.sweep() == [memo_id]
    assert not plain.exists()
    recording = desk.one().recording
    assert recording is not None
    assert (recording.state, recording.length_ms) == ("kept", 4000)
    assert desk.memos.acts.sound(desk.actor(), memo_id, recording.id) == voice(4)
    desk.memos.acts.sound(desk.actor(), memo_id, recording.id)
    assert desk.openings() == [(OFFICER, "recording", "")]
    with pytest.raises(NotFoundError):
        desk.memos.acts.sound(desk.actor(), memo_id, "0" * 32)


@pytest.mark.parametrize(
    ("content", "state"),
    [(HEADER_ALONE, "empty"), (silence(3), "silent"), (b"", "lost")],
    ids=["44 bytes", "silence", "0 bytes"],
)
def test_rec_01_without_a_voice_the_memo_is_incomplete(desk: MemoDesk, content: bytes, state: str) -> None:
    desk.leave("take.wav", content)
    call = spoken(NOON)
    desk.ledger.record(call.events)
    assert not desk.one().row.incomplete
    desk.memos.sweep.sweep()
    memo = desk.one()
    assert memo.recording is not None
    assert memo.recording.state == state
    assert memo.recording.playable is (state == "silent")
    assert memo.row.incomplete
    assert desk.memos.sweep.lost() == (1 if state == "lost" else 0)
    assert t6(desk, call) == (("broken", "recording_lost") if state == "lost" else None)
    assert desk.ledger.recompute().differences == []


def test_rec_01_a_recording_that_never_comes_is_lost_until_it_does(desk: MemoDesk) -> None:
    call = spoken(NOON)
    desk.ledger.record(call.events)
    desk.clock.forward(minutes=8)
    assert desk.memos.sweep.sweep() == []
    desk.clock.forward(minutes=8)
    assert desk.memos.sweep.sweep() == [desk.one().row.id]
    assert t6(desk, call) == ("broken", "recording_lost")
    desk.leave("take.wav", voice(2))
    desk.memos.sweep.sweep()
    assert desk.memos.sweep.lost() == 0
    assert t6(desk, call) is None
    assert desk.ledger.recompute().differences == []


def test_a_take_nobody_told_of_goes_to_the_memo_of_its_call(desk: MemoDesk) -> None:
    call = hangs_up(asked(NOON))
    desk.ledger.record(call.events)
    path = desk.leave(f"{call.call_id}-1-1.wav", voice(3))
    desk.memos.sweep.sweep()
    assert path.exists(), "it may still be written to"
    old(path)
    desk.memos.sweep.sweep()
    memo = desk.one()
    assert memo.recording is not None
    assert memo.recording.state == "kept"
    assert not memo.row.incomplete


def test_a_file_of_nobody_is_listed(desk: MemoDesk) -> None:
    fresh, stale = desk.leave("1.1-1-1.wav", voice(1)), desk.leave("2.2-1-1.wav", voice(1))
    old(stale)
    assert [file.name for file in desk.memos.sweep.unclaimed()] == [stale.name]
    assert fresh.exists()


def old(path: Path) -> None:
    """As if nothing had been written to it for an hour."""
    stat = path.stat()
    os.utime(path, (stat.st_atime - 3600, stat.st_mtime - 3600))


def test_voice_text_and_statistics_are_destroyed_apart(desk: MemoDesk) -> None:
    desk.leave("take.wav", voice(2))
    call = spoken(NOON)
    desk.ledger.record(call.events)
    desk.memos.sweep.sweep()
    memo_id = desk.one().row.id
    desk.memos.acts.read(desk.actor(), memo_id)
    sealed = desk.settings.memo_dir / "recordings" / (desk.one().recordings[0].id)
    terms = desk.office.charter.memo

    desk.clock.forward(days=terms.keep_voice_days + 1)
    assert desk.memos.retention.destroy()["voice"]["recordings"] == 1
    assert not sealed.exists()
    assert desk.one().recordings[0].state == "destroyed"
    assert desk.one().number is not None

    desk.clock.forward(days=terms.keep_text_days)
    assert desk.memos.retention.destroy()["text"] == {
        "memos": 0,
        "calls": 1,
        "callbacks": 0,
        "absences": 0,
        "gists": 0,
        "talk": 0,
        "surveys": 0,
        "numbers": 0,
    }
    callback = desk.one().callback
    assert callback is not None
    desk.callbacks.acts.close(desk.actor(), callback.id, CloseOutcome.ANSWERED)
    done = desk.memos.retention.destroy()["text"]
    assert done == {
        "memos": 1,
        "calls": 0,
        "callbacks": 1,
        "absences": 0,
        "gists": 0,
        "talk": 0,
        "surveys": 0,
        "numbers": 1,
    }
    memo = desk.one()
    assert (memo.number, memo.row.has_number, memo.row.incomplete) == (None, True, False)
    assert t6(desk, call) == ("kept", "memo_read")
    assert desk.ledger.recompute().differences == []

    desk.clock.forward(days=terms.keep_statistics_days)
    desk.memos.retention.destroy()
    for table in (Memo, MemoEvent, Recording, CallbackRow, StepRow, Party, StoredEvent, CallRow, VerdictRow):
        assert count(desk, table) == 0, table
    assert count(desk, Destruction) == 16
    assert desk.openings() == []


def test_text_and_number_of_a_memo_by_hand_are_destroyed(desk: MemoDesk) -> None:
    desk.take(desk.taken(reply_wanted=False))
    desk.clock.forward(days=desk.office.charter.memo.keep_text_days + 1)
    done = desk.memos.retention.destroy()
    assert done["text"] == {
        "memos": 1,
        "calls": 0,
        "callbacks": 0,
        "absences": 0,
        "gists": 0,
        "talk": 0,
        "surveys": 0,
        "numbers": 1,
    }
    memo = desk.one()
    assert set(memo.texts.values()) == {""}
    assert count(desk, Party) == 0


def test_a_number_another_memo_needs_stays(desk: MemoDesk) -> None:
    desk.take(desk.taken(reply_wanted=False))
    desk.clock.forward(days=desk.office.charter.memo.keep_text_days + 1)
    desk.take(desk.taken("another-key-0123456789", reply_wanted=False))
    assert desk.memos.retention.destroy()["text"]["numbers"] == 0
    assert [str(memo.number) for memo in desk.all() if memo.number] == ["010-****-5739"]
