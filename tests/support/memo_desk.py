"""One office's memos on a real database: ledger, callbacks and memos, with a clock that is put forward.

Owns the shapes of calls that leave word, and how a recording gets into the spool.
"""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from memo_service.access.actor import Actor
from memo_service.access.log import AccessEntry
from memo_service.callbacks.feature import CallbackFeature, make_callbacks
from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine, reading
from memo_service.ledger.parties import Parties
from memo_service.ledger.reader import Reader
from memo_service.ledger.rulebook import load_rulebook
from memo_service.ledger.service import Ledger
from memo_service.memos.feature import MemoFeature, make_memos
from memo_service.memos.judging import MemoJudge
from memo_service.memos.models import MemoEvent
from memo_service.memos.reader import FoundMemo, MemoFilter, Scope
from memo_service.memos.taking import TakenMemo
from memo_service.protect import Keyring, open_keyring
from memo_service.settings import Settings
from office import events as ev
from office.folder import Office, load_office
from tests.support.callback_desk import EXAMPLE, Away, Clock
from tests.support.feed import Script
from tests.support.tables import lay_tables

OFFICER, DEPUTY, MANAGER, STRANGER = "kim_ms", "lee_sy", "choi_jh", "jung_ms"
EVERYTHING = MemoFilter(Scope(everything=True))
_AT = itertools.count(1)


@dataclass
class MemoDesk:
    """Everything of memos, and the ledger they follow."""

    office: Office
    engine: Engine
    keyring: Keyring
    parties: Parties
    clock: Clock
    settings: Settings
    callbacks: CallbackFeature
    memos: MemoFeature
    ledger: Ledger
    reader: Reader

    def actor(self, officer: str = OFFICER) -> Actor:
        found = Actor.of(self.office.directory, officer)
        assert found is not None
        return found

    def all(self) -> list[FoundMemo]:
        return self.memos.reader.memos(EVERYTHING, offset=0, limit=200)

    def one(self) -> FoundMemo:
        """The only memo there is."""
        found = self.all()
        assert len(found) == 1, found
        return found[0]

    def kinds(self, memo_id: str) -> list[str]:
        with reading(self.engine) as session:
            query = select(MemoEvent.kind).where(MemoEvent.memo_id == memo_id).order_by(MemoEvent.seq)
            return list(session.scalars(query))

    def openings(self) -> list[tuple[str, str, str]]:
        with reading(self.engine) as session:
            rows: Sequence[AccessEntry] = session.scalars(select(AccessEntry).order_by(AccessEntry.seq)).all()
            return [(row.actor, row.what, row.reason) for row in rows]

    def leave(self, name: str, content: bytes) -> Path:
        """A recording, as the PBX leaves it in its spool."""
        self.settings.spool.mkdir(parents=True, exist_ok=True)
        path = self.settings.spool / name
        path.write_bytes(content)
        return path

    def take(self, memo: TakenMemo, **within: float) -> str:
        """Have it kept, as the page does; returns its id."""
        return asyncio.run(self.memos.taking.take(self.actor(DEPUTY).officer, memo, **within))

    def taken(self, key: str = "form-key-0123456789", **change: Any) -> TakenMemo:
        """A memo as a colleague types it."""
        fields: dict[str, Any] = {
            "key": key,
            "channel": "visit",
            "officer": OFFICER,
            "department": "haengjeong",
            "number": self.parties.classify("010-2468-5739"),
            "reply_wanted": True,
            "asked_at": None,
            "texts": {"name": "홍길순", "matter": "민방위 교육 날짜를 바꾸고 싶다고 하심"},
        }
        return TakenMemo(**{**fields, **change})


def open_memos(url: str, state: Path, office: Path = EXAMPLE, **settings: Any) -> MemoDesk:
    """Everything opened on `url`; `state` is the state folder."""
    engine = open_engine(lay_tables(url))
    migrate(engine)
    loaded = load_office(office)
    (state / "memo").mkdir(parents=True, exist_ok=True)
    keyring = open_keyring(state / "memo" / "keys.json")
    parties = Parties(keyring, loaded.directory.trunk.area)
    clock = Clock()
    chosen = Settings(office=office, state=state, **settings)
    away = Away({o.id: o.deputy for o in loaded.directory.officers.values()})
    callbacks = make_callbacks(chosen, loaded, engine, keyring, away, clock)
    memos = make_memos(chosen, loaded, engine, keyring, callbacks, clock)
    followers = (memos.follower, callbacks.follower)
    judges = (MemoJudge(), callbacks.judge)
    ledger = Ledger(engine, parties, load_rulebook(office), followers, judges)
    ledger.open()
    reader = Reader(engine, parties)
    return MemoDesk(loaded, engine, keyring, parties, clock, chosen, callbacks, memos, ledger, reader)


def asked(start: datetime, **arrive: Any) -> Script:
    """Rings for 20 s at an officer who is not there, then is asked for a message."""
    call = Script(start=start).arrive(**arrive).dial().ring(50, "b")
    call.stop(20_000, "b", outcome=ev.Outcome.NO_ANSWER)
    call.add(ev.AbsenceFound, 20_001, "2202@20001", exten="2202", why=ev.Outcome.NO_ANSWER)
    return call.add(
        ev.MemoBegan,
        20_010,
        f"menu@{next(_AT)}",
        exten="2202",
        department="haengjeong",
        officer=OFFICER,
        taken_by=ev.TakenBy.MENU,
    )


def told(call: Script, at_ms: float, **fields: str) -> Script:
    """Things he left, each by its name."""
    for name, value in fields.items():
        call.add(ev.MemoKept, at_ms, f"{name}@{next(_AT)}", name=name, value=value)
    return call


def hangs_up(call: Script, at_ms: float = 45_000) -> Script:
    return call.hangup(at_ms, ev.Side.CITIZEN).end(at_ms + 2)


def spoken(start: datetime, file: str = "take.wav", **arrive: Any) -> Script:
    """The whole of a memo: he speaks and hangs up."""
    return hangs_up(told(asked(start, **arrive), 30_000, recording=file, seconds="4.5", silent="no"))
