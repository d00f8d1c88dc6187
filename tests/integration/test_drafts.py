"""Recordings written down by machine: sealed beside the recording, gone with it, and never in the way."""

import asyncio
import io
import json
import sys
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from memo_service.db.session import reading
from memo_service.drafts.drafter import Drafter
from memo_service.drafts.models import Draft
from memo_service.memos.present import MemoPresenter
from memo_service.recordings.vault import Vault
from rehearsal.scenarios.waiting import arrives
from tests.support.memo_desk import MemoDesk, open_memos, spoken

FAKE = Path(__file__).parents[1] / "support" / "fake_transcriber.py"
START = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
GOOD = {"text": " 가로등이 꺼져 있습니다.", "compression_ratio": 1.1, "avg_logprob": -0.3}
RUNAWAY = {"text": "오, 오, 오, 오", "compression_ratio": 6.2, "avg_logprob": -0.2}
GUESSED = {"text": "시청해 주셔서 감사합니다.", "compression_ratio": 1.0, "avg_logprob": -1.4}


def voice() -> bytes:
    sound = (8000 * np.sin(2 * np.pi * 300 * np.arange(8000) / 8000)).astype("<i2").tobytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        written.writeframes(sound)
    return file.getvalue()


@pytest.fixture
def desk(tmp_path: Path) -> MemoDesk:
    return open_memos(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", tmp_path)


def left(desk: MemoDesk, name: str = "take.wav", start: datetime = START) -> str:
    """A memo whose recording was fetched; its id."""
    before = {found.row.id for found in desk.all()}
    desk.leave(name, voice())
    desk.ledger.record(spoken(start, name).events)
    desk.memos.sweep.sweep()
    (memo,) = [found for found in desk.all() if found.row.id not in before]
    return memo.row.id


def drafter(desk: MemoDesk, tmp_path: Path, mode: str, *segments: Any) -> Drafter:
    heard = tmp_path / "heard"
    heard.with_suffix(".json").write_text(json.dumps({"segments": segments}), encoding="utf-8")
    vault = Vault(desk.settings.memo_dir / "recordings", desk.keyring)
    return Drafter(desk.memos.drafts, vault, (sys.executable, str(FAKE), mode, str(heard)))


async def until(work: Drafter, probe: Callable[[], object], *, hurry: bool = False) -> None:
    """Let it work until `probe` is true; `hurry` it where it would pause."""

    async def look() -> object:
        if hurry:
            work.touch()
        return await asyncio.to_thread(probe)

    task = asyncio.create_task(work.run())
    try:
        await arrives("what the drafter does", look, 60)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def rows(desk: MemoDesk) -> list[Draft]:
    with reading(desk.engine) as session:
        return list(session.scalars(select(Draft)))


def stands_in(folder: Path, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in folder.glob("ledger.sqlite3*"))


def player(desk: MemoDesk, memo_id: str) -> Any:
    found = desk.memos.reader.memo(memo_id)
    assert found is not None
    page = MemoPresenter(desk.office.directory).page(found, desk.clock(), desk.memos.drafts.of_memo(memo_id))
    return page.players[0]


async def test_a_recording_is_written_down_and_runaway_segments_are_left_out(
    desk: MemoDesk, tmp_path: Path
) -> None:
    memo_id, changed = left(desk), list[str]()
    work = drafter(
        desk, tmp_path, "hear", GOOD, RUNAWAY, GUESSED, {"text": 3}, {**GOOD, "text": "고쳐 주십시오."}
    )
    work.on_change = changed.extend
    await until(work, lambda: rows(desk))
    assert player(desk, memo_id).draft == "가로등이 꺼져 있습니다. 고쳐 주십시오."
    assert (work.standing.state, work.standing.model, changed) == ("ready", "a" * 64, [memo_id])
    assert len(voice()) == int((tmp_path / "heard").read_text(encoding="ascii"))


async def test_the_words_are_sealed_and_bound_to_their_recording(desk: MemoDesk, tmp_path: Path) -> None:
    left(desk)
    await until(drafter(desk, tmp_path, "hear", GOOD), lambda: rows(desk))
    (row,) = rows(desk)
    assert row.words is not None
    assert "가로등".encode() not in row.words
    assert desk.keyring.decrypt(row.words, "drafts.words", row.recording_id) == "가로등이 꺼져 있습니다."
    assert not await asyncio.to_thread(stands_in, tmp_path, "가로등")


async def test_where_no_words_were_found_the_page_says_so(desk: MemoDesk, tmp_path: Path) -> None:
    memo_id = left(desk)
    await until(drafter(desk, tmp_path, "hear", RUNAWAY), lambda: rows(desk))
    shown = player(desk, memo_id)
    assert (shown.draft, "녹음을 들어" in shown.draft_told) == ("", True)


async def test_the_draft_goes_with_its_recording(desk: MemoDesk, tmp_path: Path) -> None:
    left(desk)
    await until(drafter(desk, tmp_path, "hear", GOOD), lambda: rows(desk))
    desk.clock.forward(days=desk.office.charter.memo.keep_voice_days + 1)
    desk.memos.retention.destroy()
    assert rows(desk) == []
    assert desk.memos.drafts.waiting() is None


async def test_the_newest_comes_first_and_each_once(desk: MemoDesk, tmp_path: Path) -> None:
    old, new = left(desk, "old.wav"), left(desk, "new.wav", START + timedelta(minutes=5))
    waiting = desk.memos.drafts.waiting()
    assert waiting is not None
    assert waiting.memo_id == new
    await until(drafter(desk, tmp_path, "hear", GOOD), lambda: len(rows(desk)) == 2)
    assert {row.memo_id for row in rows(desk)} == {old, new}
    assert len((tmp_path / "heard").read_text(encoding="ascii").split()) == 2


async def test_what_was_left_long_ago_is_not_begun_with(desk: MemoDesk) -> None:
    left(desk)
    desk.clock.forward(days=8)
    assert desk.memos.drafts.waiting() is None


async def test_a_recording_that_kills_the_child_twice_is_given_up(desk: MemoDesk, tmp_path: Path) -> None:
    memo_id = left(desk)
    work = drafter(desk, tmp_path, "die")

    await until(work, lambda: rows(desk), hurry=True)
    assert [row.state for row in rows(desk)] == ["failed"]
    assert player(desk, memo_id).draft == ""
    assert len((tmp_path / "heard").read_text(encoding="ascii").split()) == 2


@pytest.mark.parametrize("fault", ["no_package", "no_model", "other_model", "bad_model"])
async def test_without_a_model_it_says_why_once_and_waits(
    desk: MemoDesk, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    left(desk)
    work = drafter(desk, tmp_path, fault)
    await until(work, lambda: work.standing.state != "starting")
    assert work.standing.state == fault
    assert rows(desk) == []
    assert len([record for record in caplog.records if "not written down" in record.message]) == 1


async def test_a_child_that_is_no_child_harms_nothing(desk: MemoDesk) -> None:
    left(desk)
    vault = Vault(desk.settings.memo_dir / "recordings", desk.keyring)
    work = Drafter(desk.memos.drafts, vault, ("/nonexistent",))
    assert await work._work()
    assert rows(desk) == []


def test_it_is_off_unless_the_office_brings_a_model(desk: MemoDesk) -> None:
    assert desk.memos.drafter is None
