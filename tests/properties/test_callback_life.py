"""Whatever happens to a callback in whatever order: one open attempt at most, a history that only grows, an
end that names an outcome, and a state that fits its attempts."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from memo_service.callbacks.life import Event, Life, Refusal, State, advance
from memo_service.callbacks.models import StepRow
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.callbacks.service import Mark
from memo_service.callbacks.turn import Due, Wake, turn
from memo_service.db.session import reading
from office import working_time
from office.calendar import Calendar
from office.charter import Callback
from office.events import CallEvent
from tests.support.callback_desk import DEPUTY, OFFICER, Attempt, CallbackDesk, kst, open_callbacks
from tests.support.feed import Script, answered

CALENDAR, RULES = Calendar(), Callback()
FIRST = kst("2025-01-01 00:00")
MOMENTS = st.integers(0, 3 * 366 * 24 * 3600).map(lambda seconds: FIRST + timedelta(seconds=seconds))
MARKS: tuple[Mark, ...] = ("reached", "mailbox", "not_reached")


@given(st.lists(st.sampled_from(list(Event)), max_size=40), st.integers(1, 5))
def test_a_claim_is_taken_once_and_tries_never_run_over(events: list[Event], allowed: int) -> None:
    life, claimed, knowingly = Life(allowed=allowed), 0, 0
    for event in events:
        answer = advance(life, event)
        if isinstance(answer, Refusal):
            continue
        if event in (Event.CLAIMED, Event.CLAIMED_KNOWINGLY):
            assert life.state in (State.WAITING, State.UNKNOWN)
            assert answer.state is State.CALLING
            claimed += 1
            knowingly += event is Event.CLAIMED_KNOWINGLY
        if life.state is State.CLOSED and answer.state is not State.CLOSED:
            assert event is Event.REOPENED
        if event is Event.REOPENED:
            claimed = knowingly = 0
        assert 0 <= answer.tries <= max(claimed, life.tries)
        life = answer


@settings(deadline=None)
@given(MOMENTS, st.booleans(), st.integers(0, 3), MOMENTS)
def test_a_turn_is_in_order_and_wakes_in_working_time(
    received: datetime, wished: bool, tries: int, other: datetime
) -> None:
    asked = received + timedelta(hours=30) if wished else None
    started = max(received, other) if tries else None
    made = turn(CALENDAR, RULES, Due(received, asked, None, tries, started))
    assert made.due_at <= made.latest_at
    assert [at for at, _ in made.wakes] == sorted(at for at, _ in made.wakes)
    for at, wake in made.wakes:
        if wake is Wake.REMIND:
            assert received < at <= made.due_at
            assert CALENDAR.is_working_time(at) or asked is not None
        if wake is Wake.AGAIN and made.opens_at is not None and started is not None:
            assert working_time.between(CALENDAR, started, at) == timedelta(minutes=RULES.retry_after)
    if asked is None and not tries:
        assert working_time.between(CALENDAR, received, made.due_at) == timedelta(minutes=RULES.within)


class Office(RuleBasedStateMachine):
    """Officers, PBX, citizen and clock at one callback, on a real database."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk: CallbackDesk = open_callbacks(
            f"sqlite:///{self.folder.name}/c.sqlite3", Path(self.folder.name)
        )
        self.history: list[tuple[object, ...]] = []
        self.calls = 0
        self.refused: list[str] = []

    def teardown(self) -> None:
        self.desk.engine.dispose()
        self.folder.cleanup()

    @initialize()
    def receive(self) -> None:
        self.callback = self.desk.open(at=kst("2026-11-25 10:05"))

    @rule(officer=st.sampled_from([OFFICER, DEPUTY]), confirmed=st.booleans())
    def call(self, officer: str, confirmed: bool) -> None:
        before = self.desk.row(self.callback).state
        try:
            self.desk.call(self.callback, officer, confirmed=confirmed)
            self.calls += 1
            assert before == "waiting" or (before == "unknown" and confirmed)
        except CallbackRefusedError as error:
            self.refused.append(error.text)

    @rule(
        how=st.sampled_from(["busy", "no_answer", "talk", "mailbox", "officer", "gone", "died"]),
        which=st.integers(0, 3),
        twice=st.booleans(),
    )
    def told(self, how: str, which: int, twice: bool) -> None:
        attempts = self.desk.attempts(self.callback)
        if not attempts:
            return
        attempt = attempts[-1 - which % len(attempts)]
        told = _told(how, attempt.id, attempt.claimed_at)
        for _ in range(1 + twice):
            self.desk.tell(*told)

    @rule(state=st.sampled_from(["accepted", "refused", "expired", "unknown"]))
    def commanded(self, state: str) -> None:
        if attempts := self.desk.attempts(self.callback):
            self.desk.command(attempts[-1].id, state)

    @rule(minutes=st.sampled_from([0.2, 1, 16, 40, 200]))
    def time_passes(self, minutes: float) -> None:
        self.desk.clock.forward(minutes=minutes)
        self.desk.run_due()

    @rule(talk_ms=st.sampled_from([2000, 60_000]))
    def citizen_calls(self, talk_ms: int) -> None:
        at = self.desk.clock()
        self.desk.ledger.record(answered(2000, talk_ms=talk_ms, script=Script(at)).events)
        self.desk.clock.forward(milliseconds=talk_ms + 6000)

    @rule(result=st.sampled_from(MARKS))
    def mark(self, result: Mark) -> None:
        self.act(lambda: self.desk.feature.acts.mark(self.desk.actor(), self.callback, result))

    @rule()
    def close(self) -> None:
        self.act(
            lambda: self.desk.feature.acts.close(self.desk.actor(), self.callback, CloseOutcome.ANSWERED)
        )

    @rule()
    def reopen(self) -> None:
        self.act(lambda: self.desk.feature.acts.reopen(self.desk.actor(), self.callback))

    @rule(officer=st.sampled_from([OFFICER, DEPUTY, None]))
    def assign(self, officer: str | None) -> None:
        self.desk.feature.acts.assign(self.desk.actor(), [self.callback], officer)

    def act(self, work: Callable[[], None]) -> None:
        try:
            work()
        except CallbackRefusedError as error:
            self.refused.append(error.text)

    @invariant()
    def holds(self) -> None:
        row, attempts = self.desk.row(self.callback), self.desk.attempts(self.callback)
        live = [attempt for attempt in attempts if attempt.state == "open"]
        assert len(live) <= 1
        assert all(self.refused)
        assert (row.state == "calling") == bool(live)
        assert len(attempts) == self.calls
        assert (row.state == "closed") == (row.closed_at is not None)
        assert row.closed_at is None or row.outcome
        assert (row.next_wake_at is None) or row.state in ("waiting", "unknown", "unconfirmed")

    @invariant()
    def history_only_grows(self) -> None:
        with reading(self.desk.engine) as session:
            rows = session.execute(
                select(StepRow.seq, StepRow.at, StepRow.kind, StepRow.detail).order_by(StepRow.seq)
            )
            found = [(row.seq, row.at, row.kind, str(row.detail)) for row in rows]
        assert found[: len(self.history)] == self.history
        self.history = list(found)


def _told(how: str, attempt: str, at: datetime) -> Sequence[CallEvent]:
    told = Attempt(attempt, at)
    return {
        "talk": lambda: told.talked(60),
        "mailbox": lambda: told.talked(3),
        "officer": lambda: told.officer_failed("no_answer"),
        "gone": lambda: told.answered().end(5),
        "died": lambda: told.answered().end(5, complete=False),
    }.get(how, lambda: told.failed(how))().events


TestOffice = Office.TestCase
TestOffice.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
