"""Memos taken at the same time, on SQLite and PostgreSQL: one commit for many, and none pays for another."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from memo_service.memos.taking import TakenMemo
from tests.support.memo_desk import DEPUTY, MemoDesk, open_memos


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[MemoDesk]:
    opened = open_memos(database, tmp_path / "state")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def commits(desk: MemoDesk) -> list[str]:
    """Grows with each transaction that memos are kept in."""
    seen: list[str] = []

    def written(_c: object, _cursor: object, sql: str, *_: object) -> None:
        if sql.startswith("INSERT INTO memos"):
            seen.append(sql)

    event.listen(desk.engine, "after_cursor_execute", written)
    return seen


def forms(desk: MemoDesk, count: int, **change: Any) -> list[TakenMemo]:
    """As many memos of as many citizens."""
    return [
        desk.taken(f"form-key-{n:04d}-0123456789", number=desk.parties.classify(f"0102468{n:04d}"), **change)
        for n in range(count)
    ]


async def all_at_once(desk: MemoDesk, memos: list[TakenMemo]) -> list[str | BaseException]:
    async with asyncio.timeout(120):
        return await asyncio.gather(
            *(desk.memos.taking.take(desk.actor(DEPUTY).officer, memo) for memo in memos),
            return_exceptions=True,
        )


async def test_many_at_once_share_commits_and_each_has_its_own_reply(
    desk: MemoDesk, commits: list[str]
) -> None:
    memos = forms(desk, 100)
    assert await all_at_once(desk, memos) == [memo.memo_id for memo in memos]
    assert len(commits) == 2, "64, then the rest"
    found = {memo.row.id: memo for memo in desk.all()}
    assert found.keys() == {memo.memo_id for memo in memos}
    assert len({memo.callback.id for memo in found.values() if memo.callback}) == 100
    for memo in memos:
        kept = found[memo.memo_id]
        assert kept.number is not None
        assert memo.number is not None
        assert kept.number.reveal() == memo.number.reveal()
        assert kept.texts["matter"] == memo.texts["matter"]


async def test_one_alone_waits_for_nobody_and_those_who_come_meanwhile_go_together(
    desk: MemoDesk, commits: list[str]
) -> None:
    first, *others = forms(desk, 10)
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(*_: object) -> None:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(60)

    event.listen(desk.engine, "commit", hold, once=True)
    alone = asyncio.create_task(all_at_once(desk, [first]))
    async with asyncio.timeout(60):
        await begun.wait()
    meanwhile = asyncio.create_task(all_at_once(desk, others))
    await asyncio.sleep(0)
    go_on.set()
    assert await alone == [first.memo_id]
    assert await meanwhile == [memo.memo_id for memo in others]
    assert len(commits) == 2


async def test_one_that_cannot_be_kept_costs_no_other(desk: MemoDesk) -> None:
    memos = forms(desk, 12)
    memos[3] = replace(memos[3], channel=None)  # type: ignore[arg-type]  # the database refuses it
    memos[7] = replace(memos[7], texts={"matter": "\ud800"})
    done = await all_at_once(desk, memos)
    assert isinstance(done[3], IntegrityError)
    assert isinstance(done[7], UnicodeEncodeError)
    kept = {memo.memo_id for n, memo in enumerate(memos) if n not in (3, 7)}
    assert set(done) - {done[3], done[7]} == kept
    assert {memo.row.id for memo in desk.all()} == kept
    assert all(memo.callback for memo in desk.all())
    assert await all_at_once(desk, memos[:1]) == [memos[0].memo_id], "and the next are kept"


async def test_two_memos_of_one_citizen_at_once_are_one_callback(desk: MemoDesk) -> None:
    """CBK-04, within one commit and with one kept earlier."""
    one, two, three = (desk.taken(f"form-key-{n}-0123456789") for n in range(3))
    await all_at_once(desk, [one])
    await all_at_once(desk, [two, *forms(desk, 5), three])
    callbacks = {memo.row.id: memo.callback.id for memo in desk.all() if memo.callback}
    assert callbacks[one.memo_id] == callbacks[two.memo_id] == callbacks[three.memo_id]
    assert len(set(callbacks.values())) == 6
    fresh = [replace(desk.taken(f"form-key-{n}-0123456789"), officer="lee_sy") for n in (7, 8)]
    await all_at_once(desk, fresh)
    callbacks = {memo.row.id: memo.callback.id for memo in desk.all() if memo.callback}
    assert callbacks[fresh[0].memo_id] == callbacks[fresh[1].memo_id] != callbacks[one.memo_id]


async def test_one_who_goes_away_while_he_waits_costs_no_other(desk: MemoDesk) -> None:
    memos = forms(desk, 6)
    waiting = [asyncio.create_task(desk.memos.taking.take(desk.actor().officer, memo)) for memo in memos]
    await asyncio.sleep(0)
    waiting[2].cancel()
    async with asyncio.timeout(60):
        done = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(done[2], asyncio.CancelledError)
    assert {memo.row.id for memo in desk.all()} == {memo.memo_id for memo in memos}, "it was sent, so kept"
    assert [one for n, one in enumerate(done) if n != 2] == [m.memo_id for n, m in enumerate(memos) if n != 2]
