"""Turns memos into what templates print: strings for one officer, nothing left to decide.

Owns the step from codes, ids and moments to words. Reads no database and makes no HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memo_service.calls.labels import NUMBER_KINDS
from memo_service.memos import labels
from memo_service.memos.models import Memo, MemoEvent, Recording
from memo_service.memos.reader import FoundMemo, Story
from office.calendar import KST
from office.directory import Directory

_WEEKDAYS = "월화수목금토일"
_GIST = 60
Drafts = Mapping[str, tuple[str, str]]
"""{recording: (state, words)}."""


@dataclass(frozen=True, slots=True)
class Player:
    """A recording on a page. `playable`: there is something to hear."""

    id: str
    label: str
    told: str
    playable: bool
    length: str
    seconds: float
    peaks: tuple[int, ...]
    draft: str = ""
    """What a machine heard in it; may be wrong."""
    draft_told: str = ""
    """Why there is no draft, where one was tried."""


@dataclass(frozen=True, slots=True)
class Line:
    """A memo in a list."""

    id: str
    state: str
    state_label: str
    who: str
    gist: str
    received: str
    officer: str
    taken_by: str
    incomplete: bool
    reply: str
    due: str
    voice: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """A line of a memo's history."""

    at: str
    what: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A memo, whole."""

    line: Line
    name: str
    matter: str
    note: str
    read_back: str
    number: str
    number_kind: str
    keyed: str
    has_number: bool
    destroyed: bool
    department: str
    channel: str
    why: str
    closed: str
    reply_wanted: str
    asked: str
    promised: str
    callback: str
    callback_id: str
    owner: str
    players: tuple[Player, ...]
    call_id: str
    acted: bool


class MemoPresenter:
    """Words for the memos of one office."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def line(self, found: FoundMemo, now: datetime, *, full: bool) -> Line:
        """A memo in a list, the number masked. Without `full` the name is too, and the matter is left out."""
        row, recording = found.row, found.recording
        return Line(
            id=row.id,
            state=found.state,
            state_label=labels.STATES[found.state],
            who=(name if full else f"{name[:1]}○○") if (name := found.texts["name"]) else self._number(found),
            gist=self._gist(found, full=full),
            received=moment(row.received_at, now),
            officer=self.officer(row.officer) or self.department(row.department) or "–",
            taken_by=labels.TAKEN_BY.get(row.taken_by) or self.officer(row.taken_by),
            incomplete=row.incomplete,
            reply=self._reply(row),
            due=moment(found.callback.due_at, now) if found.callback else "",
            voice=recording is not None and recording.state == "kept",
        )

    def page(self, found: FoundMemo, now: datetime, drafts: Drafts | None = None) -> Page:
        """A memo, whole. The number stays masked here too; opening it is an act of its own."""
        row, callback = found.row, found.callback
        return Page(
            line=self.line(found, now, full=True),
            name=found.texts["name"],
            matter=found.texts["matter"],
            note=found.texts["note"],
            read_back=found.texts["read_back"],
            number=self._number(found),
            number_kind=_kind_of(found),
            keyed=str(found.keyed) if found.keyed and found.keyed != found.number else "",
            has_number=found.number is not None,
            destroyed=row.destroyed_at is not None,
            department=self.department(row.department),
            channel=labels.CHANNELS.get(row.channel, labels.WEB_CHANNEL),
            why=labels.WHY[row.why],
            closed=labels.CLOSED.get(row.closed or "", ""),
            reply_wanted=labels.REPLY[row.reply_wanted],
            asked=moment(row.asked_at, now) if row.asked_at else "",
            promised=moment(row.promised_at, now) if row.promised_at else "",
            callback=labels.CALLBACKS[callback.state] if callback else "",
            callback_id=callback.id if callback else "",
            owner=self.officer(callback.owner) if callback else "",
            players=tuple(_player(row, *(drafts or {}).get(row.id, ("", ""))) for row in found.recordings),
            call_id=row.call_id or "",
            acted=row.acted_at is not None,
        )

    def receipts(self, memo: Memo, story: Story, now: datetime) -> list[Receipt]:
        """The history, oldest first, from the receipt of the memo itself on."""
        taken = labels.TAKEN_BY.get(memo.taken_by) or self.officer(memo.taken_by)
        return [Receipt(moment(memo.received_at, now, seconds=True), "메모 받음", taken, "")] + [
            self._receipt(event, words, now) for event, words in story.events
        ]

    def officer(self, officer: str | None) -> str:
        """Name and title; empty for nobody."""
        found = self._directory.officers.get(officer or "")
        return f"{found.name} {found.title}" if found else ""

    def department(self, department: str | None) -> str:
        """Name of a department; empty for none."""
        found = self._directory.departments.get(department or "")
        return found.name if found else ""

    def _receipt(self, event: MemoEvent, words: str, now: datetime) -> Receipt:
        way = labels.WAYS.get(event.detail.get("way", ""), "")
        who = self.officer(event.actor) or labels.SYSTEM
        return Receipt(
            at=moment(event.at, now, seconds=True),
            what=labels.EVENTS[event.kind],
            who=f"{who} · {way}" if way else who,
            text=words,
        )

    def _number(self, found: FoundMemo) -> str:
        if found.row.destroyed_at is not None and found.row.has_number:
            return labels.NUMBER_DESTROYED
        return str(found.number) if found.number else labels.NUMBER_ABSENT

    def _gist(self, found: FoundMemo, *, full: bool) -> str:
        matter, recording = found.texts["matter"], found.recording
        if matter and not full:
            return "글로 적은 메모"
        if matter:
            first = matter.splitlines()[0]
            return first if len(first) <= _GIST else f"{first[:_GIST]}…"
        if recording is not None and recording.state == "kept":
            return f"음성 메모 {_length(recording.length_ms)}"
        if recording is not None:
            return labels.RECORDINGS[recording.state]
        return labels.WHY[found.row.why] or "번호만 남기셨습니다."

    @staticmethod
    def _reply(row: Memo) -> str:
        if row.reply_wanted and not row.has_number:
            return "번호 없음"
        return labels.REPLY[row.reply_wanted and row.why != "reached"]


def _kind_of(found: FoundMemo) -> str:
    """What sort of number it is, and whether he has confirmed what he keyed."""
    if found.number is None:
        return ""
    kind = NUMBER_KINDS.get(found.number.kind, "")
    only_keyed = found.number == found.keyed and not found.row.told["number_event"]
    return f"{kind} · {labels.UNCONFIRMED}" if only_keyed else kind


def _player(row: Recording, draft_state: str, draft: str) -> Player:
    return Player(
        id=row.id,
        label=labels.KINDS[row.kind],
        told=labels.RECORDINGS[row.state],
        playable=row.playable,
        length=_length(row.length_ms),
        seconds=(row.length_ms or 0) / 1000,
        peaks=_as_high_as_can_be(row.peaks),
        draft=draft,
        draft_told=labels.DRAFTS.get(draft_state, ""),
    )


def _as_high_as_can_be(peaks: Sequence[int]) -> tuple[int, ...]:
    """The picture shows where he speaks, not how loud the line is."""
    highest = max(peaks, default=0) or 1
    return tuple(round(peak * 100 / highest) for peak in peaks)


def _length(milliseconds: int | None) -> str:
    seconds = (milliseconds or 0) // 1000
    return f"{seconds // 60}분 {seconds % 60}초" if seconds >= 60 else f"{seconds}초"


def moment(at: datetime, now: datetime, *, seconds: bool = False) -> str:
    """`오늘 14:05`, `11.25.(수) 14:05`, with the year where it is another."""
    local, today = at.astimezone(KST), now.astimezone(KST)
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    if local.date() == today.date():
        return f"오늘 {clock}"
    day = f"{local.month}.{local.day}.({_WEEKDAYS[local.weekday()]})"
    year = f"{local.year}." if local.year != today.year else ""
    return f"{year}{day} {clock}"
