"""Tells what happened to a callback, and why its deadline is what it is, line by line in Korean.

Owns the step from history and working time to sentences. Reads no database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from memo_service.callbacks import labels
from memo_service.callbacks.present import moment
from memo_service.callbacks.queue import CallbackDetail, QueueRow, StepLine
from office.calendar import KST
from office.charter import Callback
from office.working_time import Step

Names = Callable[[str | None], str]
_MARKS = {"reached": "통화했음", "mailbox": "소리샘이었음", "not_reached": "통화 못 함"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history."""

    at: str
    what: str
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class WhyStep:
    """One step to the deadline."""

    day: str
    said: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why this time: the rule in a sentence, then the way there."""

    said: str
    steps: tuple[WhyStep, ...]


def history(found: CallbackDetail, officer: Names, now: datetime) -> list[Line]:
    """What happened, the newest first."""
    return [
        Line(
            at=moment(step.at, now),
            what=labels.STEPS.get(step.kind, step.kind),
            who=officer(step.actor),
            text=_text(found, step, officer, now),
        )
        for step in reversed(found.steps)
    ]


def _text(found: CallbackDetail, step: StepLine, officer: Names, now: datetime) -> str:
    detail: dict[str, Any] = step.detail
    parts = [
        _attempt(found, detail) if step.kind == "attempt" else "",
        f"{detail['no']}번째" if step.kind == "claimed" and "no" in detail else "",
        _owners(detail, officer) if "to" in detail else "",
        f"{_at(detail['until'], now)}까지" if "until" in detail else "",
        f"{_at(detail['before'], now)} → {_at(detail['due_at'], now)}" if "before" in detail else "",
        _MARKS.get(str(detail.get("result", "")), ""),
        labels.CLOSE_OUTCOMES.get(str(detail.get("outcome", "")), "") if step.kind == "closed" else "",
        labels.OUTCOMES.get(str(detail.get("why", "")), str(detail.get("why", ""))),
        labels.REFUSED_BY_PBX.get(str(detail.get("reason", "")), ""),
        step.words,
    ]
    return " · ".join(part for part in parts if part)


def _attempt(found: CallbackDetail, detail: dict[str, Any]) -> str:
    number = detail.get("no")
    attempt = next((a for a in found.attempts if a.no == number), None)
    word = labels.OUTCOMES.get(str(detail.get("outcome", "")), "")
    talked = f"{attempt.talk_ms // 1000}초 통화" if attempt and attempt.talk_ms else ""
    return " · ".join(part for part in (f"{number}번째" if number else "", word, talked) if part)


def _owners(detail: dict[str, Any], officer: Names) -> str:
    before, after = (officer(detail.get(key)) or labels.NOBODY for key in ("from", "to"))
    return f"{before} → {after}"


def _at(text: Any, now: datetime) -> str:
    return moment(datetime.fromisoformat(str(text)), now)


def why(row: QueueRow, steps: Sequence[Step], rules: Callback, now: datetime) -> Why:
    """The rule behind `due_at`, and how the office's working time leads there (charter T7)."""
    received = moment(row.received_at, now)
    if row.asked_at is not None:
        wish = f"{received}에 남긴 메모에서 {moment(row.asked_at, now)}에 전화받기를 원하셨습니다."
        return Why(f"{wish} 그때부터 {rules.asked_tolerance}분 안에 겁니다.", ())
    said = f"{received}에 받은 메모입니다. 받은 때부터 근무시간 {rules.within}분 안에 회신합니다."
    return Why(said, tuple(_why_step(step) for step in steps))


def _why_step(step: Step) -> WhyStep:
    day = f"{step.day.month}.{step.day.day}.({'월화수목금토일'[step.day.weekday()]})"
    if step.begins_at is None or step.ends_at is None:
        return WhyStep(day, f"쉬는 날({step.why_not})이라 세지 않음")
    begins, ends = (at.astimezone(KST) for at in (step.begins_at, step.ends_at))
    counted = int(step.counted / timedelta(minutes=1))
    return WhyStep(day, f"{begins:%H:%M}–{ends:%H:%M} · {counted}분 셈")
