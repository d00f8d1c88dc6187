"""What the rules look at: the two clocks of the answer, the words, who is credited.

Owns the one decision "late or not" that T1, T2 and T3 share (charter T3: never by a second rule).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from memo_service.ledger.verdicts.record import CallRecord, Leg
from office.charter import Charter
from office.directory import ExtensionKind
from office.events import CallEnded, CallStarted, Outcome, Side, Words, WordsChosen

_MS = timedelta(milliseconds=1)
_SHARED = frozenset({ExtensionKind.SHARED.value, ExtensionKind.OPERATOR.value})


@dataclass(frozen=True, slots=True)
class Facts:
    """One finished citizen call, ready to be judged. Figures in milliseconds."""

    record: CallRecord
    start: CallStarted
    end: CallEnded
    answered: bool
    """A person answered: his phone was seen to, or the dialplan chose words for it."""
    answer: Leg | None
    words: WordsChosen | None
    ring_ms: int | None
    """The citizen's whole wait from the first ring to the answer; None where it cannot be told."""
    ring_source: str
    own_ring_ms: int | None
    """The answering phone's own ring; None where it never rang (picked up)."""
    dialplan_ms: int | None
    late: bool | None
    clocks_disagree: bool
    department: str | None
    officer: str | None

    @property
    def observed(self) -> bool:
        """Observe mode: the office measures and plays nothing."""
        chosen = self.words
        return self.start.observe or (
            chosen is not None and chosen.words is Words.NONE and chosen.reason == "observe"
        )

    @property
    def first_hangup(self) -> Side | None:
        """The side that hung up first; the end's own word where no hang-up was seen."""
        if self.record.last_hangups:
            return self.record.last_hangups[0].side
        return self.end.ended_by if self.end.complete else None

    @property
    def officer_left_words(self) -> bool:
        """The officer hung up before he was connected, on a citizen still up."""
        if not self.answered:
            return False
        passed = self.record.first_passed_at
        gone = any(
            absence.why is Outcome.OFFICER_GONE and (passed is None or absence.at < passed)
            for absence in self.record.absences
        )
        first_talk = min((talk[0] for leg in self.record.legs for talk in leg.talks), default=None)
        hung_up = self.record.hangups[0] if self.record.hangups else None
        return gone or bool(
            hung_up and hung_up.side is Side.OFFICER and (first_talk is None or hung_up.at < first_talk)
        )


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds between two moments."""
    return (end - start) // _MS


def gather(record: CallRecord, charter: Charter) -> Facts:
    """Facts of a record that has a start and an end; ValueError otherwise."""
    if record.start is None or record.end is None:
        raise ValueError("only a call with start and end can be judged")
    answer = record.answer
    words = record.words[0] if record.words else None
    broken_clock = words is not None and words.reason == "clock"
    dialplan_ms = words.ring_ms if words and not broken_clock else None
    ring_ms, source = _office_figure(record, answer, dialplan_ms)
    late, disagree = _lateness(ring_ms, dialplan_ms, charter.ring.late_after_ms)
    shared = record.start.desk_kind in _SHARED
    return Facts(
        record=record,
        start=record.start,
        end=record.end,
        answered=answer is not None or words is not None,
        answer=answer,
        words=words,
        ring_ms=ring_ms,
        ring_source=source,
        own_ring_ms=_own_figure(answer),
        dialplan_ms=dialplan_ms,
        late=late,
        clocks_disagree=disagree,
        department=record.start.department or (answer.phone.department if answer else None),
        officer=answer.phone.officer if answer and not shared else None,
    )


def _office_figure(record: CallRecord, answer: Leg | None, dialplan_ms: int | None) -> tuple[int | None, str]:
    """The office's figure and whose it is: measured on the phones, told afterwards, or the dialplan's."""
    first = record.first_ring
    if answer and answer.answered_at and first and first.rang_at:
        source = "inferred" if first.inferred else "estimated" if first.estimated else "measured"
        return milliseconds(first.rang_at, answer.answered_at), source
    return dialplan_ms, "dialplan" if dialplan_ms is not None else "none"


def _own_figure(answer: Leg | None) -> int | None:
    if answer is None or answer.answered_at is None or answer.rang_at is None or answer.picked_up:
        return None
    return max(milliseconds(answer.rang_at, answer.answered_at), 0)


def _lateness(ours: int | None, dialplan: int | None, limit: int) -> tuple[bool | None, bool]:
    """(late, the two clocks disagree). In doubt for the officer: figures astride the limit are in time."""
    if ours is None:
        return None, False
    late = ours >= limit
    if dialplan is not None and (dialplan >= limit) != late:
        return False, True
    return late, False
