"""The studio on both databases, against a voice service that behaves as the contract says."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from memo_service.access.actor import Actor
from memo_service.access.log import AccessEntry
from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine, reading
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.prompts import store
from memo_service.prompts.keeper import Keeper
from memo_service.prompts.service import (
    ChangedSinceError,
    NewText,
    Studio,
    TextConflictError,
    TextRefusedError,
)
from memo_service.prompts.voice import VoiceAwayError, VoiceClient, VoiceRefusedError
from office.folder import load_office
from tests.support.fake_voice import TOKEN, FakeVoice, VoiceServer, tone, voice_server
from tests.support.memo import ROOT, eventually
from tests.support.tables import lay_tables

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
KEY, GREETING, NOTICE = "greet-noname", "dept/haengjeong/greeting", "office/notice"
NEW = "반갑습니다, {office} {dept}입니다."


def actor(officer: str) -> Actor:
    found = Actor.of(OFFICE.directory, officer)
    assert found is not None
    return found


ADMIN, MANAGER, OFFICER = actor("choi_jh"), actor("lee_sy"), actor("kim_ms")


@dataclass
class House:
    """One studio on one database, and its voice service."""

    engine: Engine
    server: VoiceServer
    at: datetime = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
    changes: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = VoiceClient(self.server.url, TOKEN)
        self.keeper = Keeper(self.client, self.engine, self.now)
        self.keeper.on_change = lambda: self.changes.append(self.keeper.seen.up)
        self.studio = Studio(self.engine, self.client, self.keeper, self.now)

    @property
    def voice(self) -> FakeVoice:
        return self.server.voice

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def in_step(self) -> bool:
        return self.keeper.seen.up and self.keeper.seen.in_step

    def content(self, name: str = GREETING) -> str:
        return self.studio.prompt(name).content or ""

    def log(self) -> list[tuple[str, str, str]]:
        with reading(self.engine) as session:
            rows = session.scalars(select(AccessEntry).order_by(AccessEntry.seq)).all()
            return [(row.actor, row.subject, row.reason) for row in rows]

    def versions(self) -> list[tuple[int, str | None, str]]:
        with reading(self.engine) as session:
            return [(row.version, row.text, row.by) for row in store.versions_of(session, KEY)]


@pytest.fixture
def server() -> Iterator[VoiceServer]:
    with voice_server() as running:
        yield running


@asynccontextmanager
async def opened(database: str, server: VoiceServer) -> AsyncIterator[House]:
    engine = open_engine(database)
    migrate(engine)
    made = House(engine, server)
    assert await made.keeper.at_once()
    yield made
    await made.client.close()
    engine.dispose()


@pytest.fixture
async def house(tmp_path: Path, server: VoiceServer) -> AsyncIterator[House]:
    async with opened(lay_tables(f"sqlite:///{tmp_path / 'office.sqlite3'}"), server) as made:
        yield made


@pytest.fixture
async def either(database: str, server: VoiceServer) -> AsyncIterator[House]:
    """A house on either database, for what the database itself must see to."""
    async with opened(database, server) as made:
        yield made


async def test_a_text_is_versioned_and_told_to_the_voice_service(either: House) -> None:
    assert either.studio.change_text(MANAGER, KEY, NewText(NEW, 0)) == 1
    assert await either.keeper.at_once()
    assert either.voice.texts == {KEY: NEW}
    assert either.studio.prompt(GREETING).spoken == "반갑습니다, 평창군청 행정과입니다."
    assert either.studio.change_text(ADMIN, KEY, NewText(NEW + " 네.", 1)) == 2
    assert either.studio.restore(MANAGER, KEY, 1, over=2) == 3
    assert either.versions()[0] == (3, NEW, "lee_sy")
    assert either.studio.restore(MANAGER, KEY, 0, over=3) == 4
    await either.keeper.at_once()
    assert either.voice.texts == {}, "the office's own files' again"
    assert either.versions()[-1] == (0, "안녕하십니까, {office} {dept}입니다.", "")
    assert either.log() == [("lee_sy", KEY, "text"), ("choi_jh", KEY, "text")] + [("lee_sy", KEY, "text")] * 2


async def test_the_second_of_two_who_edit_is_told_what_the_first_saved(house: House) -> None:
    house.studio.change_text(MANAGER, KEY, NewText(NEW, 0))
    with pytest.raises(TextConflictError) as conflict:
        house.studio.change_text(ADMIN, KEY, NewText("안녕하세요, {office} {dept}입니다.", 0))
    assert (conflict.value.theirs.text, conflict.value.theirs.by) == (NEW, "lee_sy")
    assert house.studio.change_text(MANAGER, KEY, NewText(NEW, 0)) == 1, "sent twice is no conflict"
    assert len(house.versions()) == 2


async def test_of_many_who_save_at_once_one_wins_and_none_is_lost_unheard(either: House) -> None:
    texts = [f"{n}번 {{office}} {{dept}}입니다." for n in range(8)]
    won: list[str] = []
    told: list[str] = []
    begin = threading.Barrier(len(texts))

    def save(text: str) -> None:
        begin.wait(30)
        try:
            either.studio.change_text(ADMIN, KEY, NewText(text, 0))
            won.append(text)
        except TextConflictError as conflict:
            told.append(conflict.theirs.text or "")

    threads = [threading.Thread(target=save, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(won) == 1
    assert told == won * (len(texts) - 1)
    assert either.versions()[0][:2] == (1, won[0])


@pytest.mark.parametrize("text", ["", "안녕하십니까.", "{office} {dept} {name}", "{office {dept}"])
async def test_a_text_with_wrong_slots_is_kept_nowhere(house: House, text: str) -> None:
    with pytest.raises(TextRefusedError):
        house.studio.change_text(ADMIN, KEY, NewText(text, 0))
    assert house.versions() == []
    assert house.log() == []


async def test_an_approval_binds_to_what_was_heard(either: House) -> None:
    seen = either.content()
    assert not either.studio.prompt(GREETING).live
    either.studio.approve(MANAGER, GREETING, seen)
    await either.keeper.at_once()
    assert either.studio.prompt(GREETING).live
    either.studio.change_text(ADMIN, KEY, NewText(NEW, 0))
    await either.keeper.at_once()
    changed = either.studio.prompt(GREETING)
    assert (changed.live, changed.waits) == (False, "approval"), "a changed text asks anew"
    with pytest.raises(ChangedSinceError):
        either.studio.approve(MANAGER, GREETING, seen)
    either.studio.approve(MANAGER, GREETING, either.content())
    await either.keeper.at_once()
    assert either.studio.prompt(GREETING).live
    either.studio.withdraw(ADMIN, GREETING)
    await either.keeper.at_once()
    assert not either.studio.prompt(GREETING).live
    reasons = [reason for _, _, reason in either.log()]
    assert reasons == ["approved", "text", "approved", "withdrawn"]


async def test_all_are_approved_that_he_himself_heard_as_they_are(either: House) -> None:
    either.studio.heard(ADMIN, NOTICE, either.content(NOTICE))
    either.studio.heard(ADMIN, NOTICE, either.content(NOTICE))
    either.studio.heard(ADMIN, GREETING, either.content())
    either.studio.heard(MANAGER, "dept/minwon/greeting", either.content("dept/minwon/greeting"))
    either.studio.change_text(MANAGER, KEY, NewText(NEW, 0))  # what he heard is gone
    await either.keeper.at_once()
    assert either.studio.approve_heard(ADMIN) == 1
    assert either.studio.approve_heard(ADMIN) == 0
    await either.keeper.at_once()
    assert set(either.voice.approved) == {NOTICE}


async def test_a_recording_that_is_refused_leaves_the_one_before(house: House) -> None:
    first = tone(hz=500)
    await house.studio.record(ADMIN, GREETING, first, "audio/wav")
    content = house.content()
    refused = {"clipped": tone(level=3.0), "too_quiet": tone(level=0.01), "too_short": tone(0.1)}
    for code, sound in {**refused, "unreadable": b"no sound"}.items():
        with pytest.raises(VoiceRefusedError) as refusal:
            await house.studio.record(ADMIN, GREETING, sound, "audio/wav")
        assert refusal.value.code == code
    assert (house.voice.recordings[GREETING], house.content()) == (first, content)
    await house.studio.remove(ADMIN, GREETING)
    assert house.studio.prompt(GREETING).source == "synthetic"
    assert [entry[2] for entry in house.log()] == ["recorded", "removed"]


async def test_a_new_recording_asks_anew(house: House) -> None:
    house.studio.approve(ADMIN, GREETING, house.content())
    await house.studio.record(ADMIN, GREETING, tone(), "audio/wav")
    assert house.studio.prompt(GREETING).waits == "approval"


async def test_an_officer_records_his_own_and_nothing_else(house: House) -> None:
    await house.studio.record(OFFICER, "officer/kim_ms/greeting", tone(), "audio/wav")
    assert (await house.studio.sound(OFFICER, "officer/kim_ms/greeting")).wav == tone()
    own = house.content("officer/kim_ms/greeting")
    calls = (
        lambda: house.studio.approve(OFFICER, "officer/kim_ms/greeting", own),
        lambda: house.studio.approve_heard(OFFICER),
        lambda: house.studio.withdraw(OFFICER, GREETING),
        lambda: house.studio.change_text(OFFICER, KEY, NewText(NEW, 0)),
        lambda: house.studio.restore(OFFICER, KEY, 0, 0),
        lambda: house.studio.heard(OFFICER, GREETING, house.content()),
    )
    for call in calls:
        with pytest.raises(ForbiddenError):
            call()
    for name in (GREETING, "officer/lee_sy/greeting"):
        with pytest.raises(ForbiddenError):
            await house.studio.record(OFFICER, name, tone(), "audio/wav")
        with pytest.raises(ForbiddenError):
            await house.studio.sound(OFFICER, name)
        with pytest.raises(ForbiddenError):
            await house.studio.remove(OFFICER, name)
    with pytest.raises(ForbiddenError):
        await house.studio.say(OFFICER, "안녕하십니까.")
    with pytest.raises(ForbiddenError):
        await house.studio.render(OFFICER)
    assert house.log() == [("kim_ms", "officer/kim_ms/greeting", "recorded")]


async def test_what_is_saved_while_the_voice_service_is_away_comes_to_it_later(house: House) -> None:
    house.server.stop()
    house.studio.change_text(MANAGER, KEY, NewText(NEW, 0))
    house.studio.approve(MANAGER, NOTICE, house.content(NOTICE))
    assert not await house.keeper.at_once()
    assert not house.keeper.seen.up
    with pytest.raises(VoiceAwayError):
        await house.studio.record(MANAGER, GREETING, tone(), "audio/wav")
    work = asyncio.create_task(house.keeper.run())
    house.server.start()
    await asyncio.to_thread(eventually, house.in_step)
    assert house.voice.texts == {KEY: NEW}
    assert set(house.voice.approved) == {NOTICE}
    assert house.keeper.seen.in_step
    assert house.changes[-1]
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_a_voice_service_that_lost_its_state_gets_it_again(house: House) -> None:
    house.studio.change_text(MANAGER, KEY, NewText(NEW, 0))
    await house.keeper.at_once()
    house.server.stop()
    assert not await house.keeper.at_once()
    house.voice.texts = {}
    house.server.start()
    assert await house.keeper.at_once()
    assert house.voice.texts == {KEY: NEW}
    before = len(house.voice.puts)
    assert await house.keeper.at_once()
    assert len(house.voice.puts) == before, "in step, nothing is sent again"


async def test_a_text_that_the_voice_service_refuses_holds_nothing_else_up(house: House) -> None:
    house.voice.refuse_keys = {KEY}
    house.studio.change_text(MANAGER, KEY, NewText(NEW, 0))
    house.studio.approve(MANAGER, NOTICE, house.content(NOTICE))
    assert await house.keeper.at_once()
    assert (house.voice.texts, set(house.voice.approved)) == ({}, {NOTICE})
    assert house.keeper.seen.refused == {KEY: "text"}


async def test_after_a_restart_the_last_list_is_shown_until_a_new_one_comes(either: House) -> None:
    either.server.stop()
    again = Keeper(either.client, either.engine, either.now)
    again.load()
    assert again.seen.listing == either.keeper.seen.listing
    assert again.seen.at is not None
    assert not again.seen.up


async def test_a_wrong_token_is_told_as_away(house: House) -> None:
    stranger = VoiceClient(house.server.url, "another")
    with pytest.raises(VoiceAwayError, match="token"):
        await stranger.listing()
    await stranger.close()


async def test_what_is_not_in_the_list_is_not_there(house: House) -> None:
    with pytest.raises(NotFoundError):
        house.studio.change_text(ADMIN, "no-such-key", NewText("말", 0))
    with pytest.raises(NotFoundError):
        house.studio.approve(ADMIN, "office/none", "c")
    with pytest.raises(NotFoundError):
        await house.studio.record(ADMIN, "office/none", tone(), "audio/wav")
