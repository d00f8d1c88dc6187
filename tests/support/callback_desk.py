"""One office's callbacks on a real database, with a clock that stands until it is put forward.

Owns how tests tell what the PBX tells of an attempt, and the officers and numbers they use.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from memo_service.absences.rules import Absence, Deputies
from memo_service.access.actor import Actor
from memo_service.callbacks.feature import CallbackFeature, make_callbacks
from memo_service.callbacks.models import AttemptRow, CallbackRow, OutboxRow, StepRow
from memo_service.callbacks.opening import NewCallback
from memo_service.callbacks.queue import CallbackDetail
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine, reading, writing
from memo_service.ledger.parties import Parties
from memo_service.ledger.reader import Reader
from memo_service.ledger.rulebook import load_rulebook
from memo_service.ledger.service import Ledger
from memo_service.protect import Keyring, open_keyring
from memo_service.settings import Settings
from office import events as ev
from office.calendar import KST
from office.folder import Office, load_office
from tests.support.feed import PBX, Script, abandoned
from tests.support.memo import ROOT
from tests.support.tables import lay_tables

EXAMPLE = ROOT / "examples" / "pyeongchang"
NUMBER = "01024685739"
OTHER = "01035796841"
OFFICER, DEPUTY, LEADER = "kim_ms", "lee_sy", "park_kj"
_SERIAL = itertools.count(1)


def kst(text: str) -> datetime:
    """An aware moment from `2026-11-25 10:05`, Korean time."""
    return datetime.fromisoformat(text).replace(tzinfo=KST)


@dataclass
class Clock:
    """The office's clock."""

    at: datetime = field(default_factory=lambda: kst("2026-11-25 10:05"))

    def __call__(self) -> datetime:
        return self.at.astimezone(UTC)

    def to(self, text: str) -> datetime:
        """Put it to a time of day, or to `2026-11-26 09:00`."""
        day = "" if "-" in text else f"{self.at.astimezone(KST):%Y-%m-%d} "
        self.at = kst(day + text)
        return self()

    def forward(self, **parts: float) -> datetime:
        self.at += timedelta(**parts)
        return self()


@dataclass
class Away:
    """A calendar of absences of its own making."""

    standing: dict[str, str | None]
    absences: list[Absence] = field(default_factory=list)

    def deputies(self, session: Session, at: datetime, until: datetime | None = None) -> Deputies:
        return Deputies(self.absences, self.standing)


@dataclass
class CallbackDesk:
    """Everything of callbacks, and a ledger that they follow."""

    office: Office
    engine: Engine
    keyring: Keyring
    parties: Parties
    clock: Clock
    away: Away
    feature: CallbackFeature
    ledger: Ledger

    def actor(self, officer: str = OFFICER) -> Actor:
        found = Actor.of(self.office.directory, officer)
        assert found is not None
        return found

    def open(
        self,
        at: datetime | None = None,
        *,
        number: str = NUMBER,
        officer: str | None = OFFICER,
        department: str | None = "haengjeong",
        asked_at: datetime | None = None,
        call: Script | None = None,
        memo_id: str = "",
    ) -> str:
        """A callback from a memo; `call` is the citizen's call that left it."""
        if call is not None:
            self.ledger.record(call.events)
        with writing(self.engine) as session:
            classified = self.parties.classify(number)
            party = self.parties.ids(session, [classified])[classified.reveal()]
            return self.feature.opening.open(
                session,
                NewCallback(
                    memo_id=memo_id or f"memo-{next(_SERIAL)}",
                    party_id=party,
                    received_at=at or self.clock(),
                    officer=officer,
                    department=department,
                    asked_at=asked_at,
                    call_id=call.call_id if call else None,
                ),
            )

    def row(self, callback: str) -> CallbackRow:
        with reading(self.engine) as session:
            return session.get_one(CallbackRow, callback)

    def detail(self, callback: str) -> CallbackDetail:
        return self.feature.queue.one(callback, None, self.clock())

    def kinds(self, callback: str) -> list[str]:
        """The kinds of lines in its history, as they were written."""
        with reading(self.engine) as session:
            query = select(StepRow.kind).where(StepRow.callback_id == callback).order_by(StepRow.seq)
            return list(session.scalars(query))

    def attempts(self, callback: str) -> Sequence[AttemptRow]:
        with reading(self.engine) as session:
            query = select(AttemptRow).where(AttemptRow.callback_id == callback).order_by(AttemptRow.no)
            return session.scalars(query).all()

    def outbox(self) -> Sequence[OutboxRow]:
        with reading(self.engine) as session:
            return session.scalars(select(OutboxRow)).all()

    def call(self, callback: str, officer: str = OFFICER, *, confirmed: bool = False) -> str:
        """Press call; the attempt's id."""
        return self.feature.acts.call(self.actor(officer), callback, confirmed=confirmed).attempt

    def take(self) -> None:
        """What the publisher does with Redis, without one."""
        while (letter := self.feature.outbox.take(self.clock(), reachable=True)) is not None:
            self.feature.outbox.sent(letter.attempt)

    def command(self, attempt: str, state: str, reason: str = "") -> None:
        """The bridge's word of a command."""
        told = ev.CommandTold.model_validate(
            {
                "id": f"{PBX}/command/{attempt}/{state}",
                "pbx": PBX,
                "call_id": "",
                "at": self.clock(),
                "command": attempt,
                "state": state,
                "reason": reason,
            }
        )
        self.ledger.record([told])

    def tell(self, *steps: ev.CallEvent) -> None:
        self.ledger.record(steps)

    def run_due(self) -> int:
        """Everything due now, as the scheduler does it."""
        done = 0
        while (due := self.feature.clockwork.next_at()) is not None and due <= self.clock():
            done += self.feature.clockwork.run_due(self.clock())
        return done


class Attempt:
    """What the PBX tells of one attempt, step by step; times are seconds after `begins`."""

    def __init__(self, attempt: str, begins: datetime) -> None:
        self.attempt = attempt
        self.begins = begins
        self.call_id = f"cb-{attempt}-1"
        self.events: list[ev.CallEvent] = [
            ev.CallStarted(
                id=f"{PBX}/{self.call_id}/call_started",
                pbx=PBX,
                call_id=self.call_id,
                at=begins,
                call_class=ev.CallClass.CALLBACK,
                exten="2202",
            )
        ]

    def step(
        self, step: str, after_s: float, outcome: ev.Outcome | None = None, talk_ms: int = 0
    ) -> "Attempt":
        self.events.append(
            ev.CallbackTold(
                id=f"{PBX}/{self.call_id}/callback_told/{step}",
                pbx=PBX,
                call_id=self.call_id,
                at=self.begins + timedelta(seconds=after_s),
                attempt=self.attempt,
                step=ev.CallbackStep(step),
                outcome=outcome,
                talk_ms=talk_ms,
            )
        )
        return self

    def end(self, after_s: float, *, complete: bool = True) -> "Attempt":
        at = self.begins + timedelta(seconds=after_s)
        self.events.append(
            ev.CallEnded(
                id=f"{PBX}/{self.call_id}/call_ended",
                pbx=PBX,
                call_id=self.call_id,
                at=at,
                ended_by=ev.Side.OFFICER,
                complete=complete,
            )
        )
        return self

    def answered(self) -> "Attempt":
        """The officer answers, the citizen is called."""
        return self.step("officer_answered", 3).step("citizen_dialled", 3.2)

    def talked(self, talk_s: float) -> "Attempt":
        """To the end of a talk of `talk_s` seconds."""
        over = 9 + talk_s
        self.answered().step("citizen_answered", 9)
        return self.step("ended", over, talk_ms=int(talk_s * 1000)).end(over)

    def failed(self, outcome: str) -> "Attempt":
        """The citizen's side did not answer."""
        return self.answered().step("citizen_failed", 12, ev.Outcome(outcome)).end(12.1)

    def officer_failed(self, outcome: str) -> "Attempt":
        return self.step("officer_failed", 8, ev.Outcome(outcome)).end(8)


def memo_call(start: datetime) -> Script:
    """A citizen's call nobody answers, begun at `start`."""
    call = abandoned(9000)
    shift = start - call.events[0].at
    call.events = [event.model_copy(update={"at": event.at + shift}) for event in call.events]
    return call


def open_callbacks(url: str, folder: Path, office_folder: Path = EXAMPLE) -> CallbackDesk:
    """Callbacks of an office on the database at `url`; keys lie in `folder`."""
    office = load_office(office_folder)
    engine = open_engine(lay_tables(url))
    migrate(engine)
    keyring = open_keyring(folder / "keys.json")
    clock = Clock()
    away = Away({officer.id: officer.deputy for officer in office.directory.officers.values()})
    settings = Settings(office=office_folder, state=folder, lookup_key="a-key-of-the-tests-only")
    feature = make_callbacks(settings, office, engine, keyring, away, clock)
    parties = Parties(keyring, office.directory.trunk.area)
    judges = (feature.judge,)
    ledger = Ledger(engine, parties, load_rulebook(office_folder), (feature.follower,), judges)
    ledger.open()
    return CallbackDesk(office, engine, keyring, parties, clock, away, feature, ledger)


def reader(desk: CallbackDesk) -> Reader:
    return Reader(desk.engine, desk.parties)


def press_all(url: str, folder: str, callbacks: Sequence[str], officer: str) -> list[str]:
    """Press call on each, from a process of its own; the callbacks whose claim was won."""
    desk = open_callbacks(url, Path(folder))
    won = []
    for callback in callbacks:
        try:
            desk.call(callback, officer)
            won.append(callback)
        except CallbackRefusedError as error:
            if error.code != "taken":
                raise
    desk.engine.dispose()
    return won


def work_all(url: str, folder: str, at: str) -> int:
    """Do everything that is due at a time, from a process of its own; how many things were done."""
    desk = open_callbacks(url, Path(folder))
    desk.clock.to(at)
    done = desk.run_due()
    desk.engine.dispose()
    return done
