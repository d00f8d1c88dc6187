"""What a call left of itself: a memo, or none (charter T6). A pure function of the call's events.

Owns when a call is a memo, whose it is, and what is in it. Whatever the order in which menu, recorder and
journal tell it, and however often, one call makes one memo (EVT-04).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from memo_service.ledger.verdicts import CallRecord
from office.calendar import KST
from office.charter import Charter
from office.directory import ExtensionKind
from office.events import CallClass, MemoBegan, MemoEnded, MemoKept, Outcome, TakenBy

MISSED = "missed_call"
"""`taken_by` of a memo that nobody took: the call itself is all there is."""
_PBX_RESTART = "pbx_restart"
_NOT_GREETED = frozenset(kind.value for kind in ExtensionKind if not kind.greeted)
_FILE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,150}$")
_ASKED_CLASSES = (CallClass.CITIZEN, CallClass.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Take:
    """A file he spoke into. `kind`: matter, number (spoken), earlier (he said it again since)."""

    name: str
    kind: str
    told_at: datetime
    seconds: float | None = None
    silent: bool | None = None

    @property
    def has_voice(self) -> bool:
        """As far as the PBX tells; the file itself is listened to when it is fetched."""
        return self.seconds != 0 if self.silent is None else not self.silent


@dataclass(frozen=True, slots=True)
class Draft:
    """A memo as the call tells it. Numbers are named by the event that told them.

    `why`: asked (he was asked for a message), waited (to the ring limit and gave up), absent (he gave up when
    the officer was absent, before being asked), pbx_restart (the exchange cut him off; TIM-03), reached (a
    person took the call after he had left something).
    """

    call_id: str
    taken_by: str
    why: str
    exten: str
    officer: str | None
    department: str | None
    received_at: datetime
    caller_event: str | None
    number_event: str | None = None
    keyed_event: str | None = None
    withheld: bool = False
    reply_wanted: bool = True
    asked_at: datetime | None = None
    promised_at: datetime | None = None
    closed: str | None = None
    takes: tuple[Take, ...] = ()
    seen_whole: bool = True
    """False: the call's record has a gap, so something he left may be missing."""

    @property
    def wants_reply(self) -> bool:
        """Whether somebody is to call back, if there is a number."""
        return self.reply_wanted and self.why != "reached"

    @property
    def has_voice(self) -> bool:
        """He said what it is about."""
        return any(take.kind == "matter" and take.has_voice for take in self.takes)

    def told(self) -> dict[str, object]:
        """All of it as JSON values, to see later whether the call has told more. No personal data."""
        content = asdict(self)
        content["takes"] = [{**take, "told_at": take["told_at"].isoformat()} for take in content["takes"]]
        for name in ("received_at", "asked_at", "promised_at"):
            content[name] = content[name].isoformat() if content[name] else None
        return content


def make_memo(record: CallRecord, charter: Charter) -> Draft | None:
    """The memo of a call; None if there is none, or none yet."""
    return _asked(record) if record.memos else _missed(record, charter)


def _asked(record: CallRecord) -> Draft | None:
    """He was asked for a message: what he left, once the asking is over."""
    start = record.start
    if (start is not None and start.call_class not in _ASKED_CLASSES) or not _is_settled(record):
        return None
    kept = _kept(record.memos)
    begun = [memo for memo in record.memos if isinstance(memo, MemoBegan)]
    first, last = (begun[0], begun[-1]) if begun else (None, None)
    received_at = first.at if first else record.memos[0].at
    takes = _takes(record.memos)
    reached = any(talk[0] >= received_at for leg in record.legs for talk in leg.talks)
    spoke = any(take.has_voice for take in takes)
    if reached and not (spoke or "number" in kept or "number_keyed" in kept):
        return None  # he pressed 0, a person took it, nothing was left
    reply = kept.get("reply_wanted")
    return Draft(
        call_id=record.call_id,
        taken_by=last.taken_by if last else TakenBy.RECORDER.value,
        why="reached" if reached else "asked",
        exten=first.exten if first else start.exten if start else "",
        officer=first.officer if first else start.officer if start else None,
        department=first.department if first else start.department if start else None,
        received_at=received_at,
        caller_event=start.id if start else None,
        number_event=_id(kept.get("number")),
        keyed_event=_id(kept.get("number_keyed")),
        withheld=bool(start and start.withheld),
        reply_wanted=reply is None or reply.value != "no",
        asked_at=_moment(kept.get("asked_at")),
        promised_at=_promise(record.memos),
        closed=first.closed.value if first and first.closed else None,
        takes=takes,
        seen_whole=start is not None and (record.end is None or record.end.complete),
    )


def _is_settled(record: CallRecord) -> bool:
    """Nothing more comes: the call is over, or the last asking ended but not on its way to a person."""
    if record.end is not None:
        return True
    steps = [memo for memo in record.memos if isinstance(memo, MemoBegan | MemoEnded)]
    last = steps[-1] if steps else None
    return isinstance(last, MemoEnded) and last.ending != "person"


def _kept(memos: Iterable[MemoBegan | MemoKept | MemoEnded]) -> Mapping[str, MemoKept]:
    """What stands in the end, by name; an empty value has taken an earlier one back."""
    latest = {memo.name: memo for memo in memos if isinstance(memo, MemoKept)}
    return {name: memo for name, memo in latest.items() if memo.value}


def _takes(memos: Iterable[MemoBegan | MemoKept | MemoEnded]) -> tuple[Take, ...]:
    """Each file once; `seconds` and `silent` belong to the recording told last before them."""
    files: dict[str, MemoKept] = {}
    facts: dict[str, dict[str, str]] = {}
    spoken: dict[str, MemoKept] = {}
    current, withdrawn = "", set[str]()
    for memo in memos:
        if not isinstance(memo, MemoKept):
            continue
        if memo.name == "recording":
            withdrawn |= {current} if not memo.value else set()
            current = file_name(memo.value)
            if current:
                files.setdefault(current, memo)
        elif memo.name == "number_spoken" and (name := file_name(memo.value)):
            spoken.setdefault(name, memo)
        elif memo.name in ("seconds", "silent") and current:
            facts.setdefault(current, {})[memo.name] = memo.value
    said = [_take(name, memo, facts.get(name, {})) for name, memo in files.items() if name not in spoken]
    standing = [take for take in said if take.name not in withdrawn] or said
    matter = next((take for take in reversed(standing) if take.has_voice), standing[-1] if standing else None)
    numbers = [Take(name, "number", memo.at) for name, memo in spoken.items()]
    return (*(take if take is matter else replace(take, kind="earlier") for take in said), *numbers)


def file_name(told: str) -> str:
    """The file in the spool that a told recording is; empty for a name that would lead elsewhere."""
    name = told.rpartition("/")[2].removesuffix(".wav")
    return f"{name}.wav" if _FILE.match(name) else ""


def _take(name: str, memo: MemoKept, facts: Mapping[str, str]) -> Take:
    return Take(
        name=name,
        kind="matter",
        told_at=memo.at,
        seconds=_seconds(facts.get("seconds", "")),
        silent={"yes": True, "no": False}.get(facts.get("silent", "")),
    )


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _id(memo: MemoKept | None) -> str | None:
    return memo.id if memo else None


def _moment(memo: MemoKept | None) -> datetime | None:
    """The time he asked for. A text that is no time is not one he asked for."""
    if memo is None:
        return None
    try:
        found = datetime.fromisoformat(memo.value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=KST)


def _promise(memos: Iterable[MemoBegan | MemoKept | MemoEnded]) -> datetime | None:
    """What he was told last."""
    told = [memo.promised_at for memo in memos if isinstance(memo, MemoEnded) and memo.promised_at]
    return told[-1] if told else None


def _missed(record: CallRecord, charter: Charter) -> Draft | None:
    """Nobody asked him anything: a memo if he waited in vain, by the office's wish."""
    start, end = record.start, record.end
    if not charter.memo.missed_calls or start is None or end is None:
        return None
    if start.call_class is not CallClass.CITIZEN or start.desk_kind in _NOT_GREETED:
        return None
    why = "" if _was_reached(record) else _why_missed(record, charter)
    if not why:
        return None
    return Draft(
        call_id=record.call_id,
        taken_by=MISSED,
        why=why,
        exten=start.exten,
        officer=start.officer,
        department=start.department,
        received_at=end.at,
        caller_event=start.id,
        withheld=start.withheld,
        seen_whole=end.complete,
    )


def _was_reached(record: CallRecord) -> bool:
    """A person took the call; an officer who left before he was connected did not."""
    left = any(absence.why is Outcome.OFFICER_GONE for absence in record.absences)
    return record.talked or (not left and (record.answer is not None or bool(record.words)))


def _why_missed(record: CallRecord, charter: Charter) -> str:
    if record.end is not None and record.end.note == _PBX_RESTART:
        return _PBX_RESTART
    if record.absences:
        return "absent"
    first = record.first_ring
    if first is None or first.rang_at is None:
        return ""
    until = record.hangups[0].at if record.hangups else record.last_at
    waited_ms = (until - first.rang_at).total_seconds() * 1000
    return "waited" if waited_ms >= charter.ring.late_after_ms else ""
