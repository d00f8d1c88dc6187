"""Memos while things break: the sweep killed at every step, a locked database (TIM-04), no mail server."""

import asyncio
import itertools
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from functools import partial
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from memo_service.memos.models import id_of
from memo_service.memos.together import MemoNotSavedError
from tests.support.callback_desk import EXAMPLE, kst
from tests.support.killed_sweep import killed_sweep
from tests.support.killed_taking import EACH, REQUESTERS, killed_taking
from tests.support.memo import free_port
from tests.support.memo_desk import DEPUTY, OFFICER, MemoDesk, open_memos, spoken
from tests.support.nursery import Nursling
from tests.support.sounds import voice

NOON = kst("2026-11-25 10:05")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'memos.sqlite3'}"


@pytest.fixture
def desk(url: str, tmp_path: Path) -> Iterator[MemoDesk]:
    opened = open_memos(url, tmp_path / "state")
    yield opened
    opened.engine.dispose()


def test_a_sweep_killed_at_any_step_loses_no_recording(desk: MemoDesk, url: str, tmp_path: Path) -> None:
    content = voice(2)
    killed = 0
    for step in itertools.count():
        assert step < 40
        call = spoken(NOON + timedelta(minutes=step), f"take-{step}.wav")
        desk.ledger.record(call.events)
        plain = desk.leave(f"take-{step}.wav", content)
        work = partial(killed_sweep, str(tmp_path / "state"), url, step)
        code, _ = Nursling(work, os.environ, tmp_path / "stderr.txt").end()
        memo_id = id_of(call.call_id)
        memo = desk.memos.reader.memo(memo_id)
        assert memo is not None
        recording = memo.recordings[0].id
        assert plain.exists() or desk.memos.sweep.vault.get(recording) == content
        desk.memos.sweep.sweep()
        assert not plain.exists()
        assert desk.memos.acts.sound(desk.actor(), memo_id, recording) == content
        if code == 0:
            break
        assert code == -signal.SIGKILL
        killed += 1
    assert killed >= 6


@pytest.mark.parametrize("step", [2, 12, 19, 21, 33, 48, 70, 1000])
def test_memos_that_share_a_commit_are_kept_once_they_are_acknowledged(
    desk: MemoDesk, url: str, tmp_path: Path, step: int
) -> None:
    """Killed before, between and after commits: each acknowledged memo is whole, the others whole or not."""
    work, said = partial(killed_taking, str(tmp_path / "state"), url, step), tmp_path / "stdout.txt"
    code, told = Nursling(work, os.environ, tmp_path / "stderr.txt", said).end(120)
    assert code == (0 if step == 1000 else -signal.SIGKILL), told
    kept = {memo.row.id: memo for memo in desk.all()}
    acknowledged = said.read_text("utf-8").split()
    assert set(acknowledged) <= kept.keys()
    assert len(acknowledged) == REQUESTERS * EACH or step < 1000
    for memo in kept.values():
        assert memo.callback is not None
        assert memo.texts["name"] == "홍길순"
        assert memo.number is not None
        steps = desk.callbacks.queue.one(memo.callback.id, None, desk.clock()).steps
        assert [step.kind for step in steps] == ["received"]


def lock(path: Path, held: threading.Event, release: threading.Event) -> None:
    """Hold the one writer's lock."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        held.set()
        release.wait(60)
        connection.execute("ROLLBACK")


@pytest.fixture
def locked(tmp_path: Path, desk: MemoDesk) -> Iterator[threading.Event]:
    """The database is locked until the event is set."""
    held, release = threading.Event(), threading.Event()
    holder = threading.Thread(target=lock, args=(tmp_path / "memos.sqlite3", held, release))
    holder.start()
    assert held.wait(5)
    yield release
    release.set()
    holder.join()


def test_tim_04_a_memo_saved_while_the_database_is_locked_is_there_after_it(
    desk: MemoDesk, locked: threading.Event
) -> None:
    """Six seconds: longer than SQLite itself waits."""
    began = time.monotonic()
    timer = threading.Timer(6, locked.set)
    timer.start()
    memo_id = desk.take(desk.taken())
    timer.join()
    assert time.monotonic() - began > 5.9
    assert desk.one().row.id == memo_id


def test_tim_04_a_lock_that_outlasts_the_wait_is_told(desk: MemoDesk, locked: threading.Event) -> None:
    with pytest.raises(MemoNotSavedError):
        desk.take(desk.taken(), within_s=1)
    locked.set()
    desk.take(desk.taken())
    assert len(desk.all()) == 1


async def test_tim_04_each_memo_waits_for_a_locked_database_as_long_as_its_own_time(
    desk: MemoDesk, locked: threading.Event
) -> None:
    """Two in one commit that cannot be: one gives up, the other is kept when the lock is gone."""
    short, long = desk.taken("short-key-0123456789"), desk.taken("long-key-0123456789")
    taking, actor = desk.memos.taking, desk.actor(DEPUTY)
    waits = asyncio.create_task(taking.take(actor.officer, long, within_s=120))
    with pytest.raises(MemoNotSavedError):
        await taking.take(actor.officer, short, within_s=1)
    assert not waits.done()
    locked.set()
    async with asyncio.timeout(120):
        assert await waits == long.memo_id
    assert desk.one().row.id == long.memo_id


class Inbox:
    """A mail server's handler that can refuse for a while."""

    def __init__(self) -> None:
        self.refuses = False
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuses:
            return "451 try again later"
        content = envelope.content
        self.mails.append(content if isinstance(content, bytes) else (content or "").encode())
        return "250 kept"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    handler, port = Inbox(), free_port()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    yield handler, port
    server.stop()


@pytest.fixture
def mailing(inbox: tuple[Inbox, int], url: str, tmp_path: Path) -> Iterator[MemoDesk]:
    """An office with a mail server, where one officer has an address."""
    office = tmp_path / "office"
    office.mkdir()
    for path in EXAMPLE.rglob("*"):
        target = office / path.relative_to(EXAMPLE)
        target.mkdir(exist_ok=True) if path.is_dir() else target.write_bytes(path.read_bytes())
    directory = office / "directory.toml"
    text = directory.read_text(encoding="utf-8")
    directory.write_text(
        text.replace(f'id = "{OFFICER}"', f'id = "{OFFICER}"\nemail = "kim@office.invalid"'), encoding="utf-8"
    )
    opened = open_memos(url, tmp_path / "state", office, smtp_url=f"smtp://127.0.0.1:{inbox[1]}")
    yield opened
    opened.engine.dispose()


def test_a_mail_is_tried_again_sent_once_and_tells_nothing_of_the_citizen(
    mailing: MemoDesk, inbox: tuple[Inbox, int]
) -> None:
    server, mailer = inbox[0], mailing.memos.mailer
    assert mailer is not None
    server.refuses = True
    mailing.take(mailing.taken())
    assert mailer.send_due() == 0
    assert mailing.one().row.delivered_at is None
    server.refuses = False
    assert mailer.send_due() == 0, "not before its time"
    mailing.clock.forward(minutes=1)
    assert mailer.send_due() == 1
    mailing.clock.forward(days=1)
    assert mailer.send_due() == 0
    memo = mailing.one()
    assert mailing.kinds(memo.row.id) == ["delivered"]
    (mail,) = server.mails
    read = message_from_bytes(mail)
    payload = read.get_payload(decode=True)
    assert isinstance(payload, bytes)
    told = payload.decode()
    assert read["To"] == "kim@office.invalid"
    assert f"/memos/{memo.row.id}" in told
    for personal in ("홍길순", "5739", "민방위"):
        assert personal not in told + str(read["Subject"])


def test_a_mail_server_that_is_gone_costs_no_memo(mailing: MemoDesk, inbox: tuple[Inbox, int]) -> None:
    assert mailing.memos.mailer is not None
    mailing.ledger.record(spoken(NOON).events)
    inbox[0].refuses = True
    for _ in range(8):
        mailing.memos.mailer.send_due()
        mailing.clock.forward(hours=5)
    inbox[0].refuses = False
    assert mailing.memos.mailer.send_due() == 0, "given up, and never sent twice"
    assert mailing.one().callback is not None
