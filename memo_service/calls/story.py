"""What happened in a call, event by event, in Korean: the text that stands beside the timeline.

Owns one sentence a kind of event. Reads no database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from memo_service.access.viewer import Access, Viewer
from memo_service.calls import labels
from office import events as ev
from office.calendar import KST


@dataclass(frozen=True, slots=True)
class Step:
    """One event as a line of the table."""

    clock: str
    offset: str
    who: str
    text: str
    source: str
    raw: str


def tell(access: Access, viewer: Viewer, stored: Sequence[ev.CallEvent], start: datetime) -> list[Step]:
    """The events of a call as lines, in order of time."""
    return [
        Step(
            clock=f"{event.at.astimezone(KST):%H:%M:%S.%f}"[:-3],
            offset=f"+{labels.seconds((event.at - start).total_seconds() * 1000)}",
            who=_who(access, viewer, event),
            text=_text(event),
            source=labels.SOURCES[event.source],
            raw=orjson.dumps(access.event(viewer, event), option=orjson.OPT_INDENT_2).decode(),
        )
        for event in stored
    ]


_PASSED_BY = ev.TransferRequested | ev.CallParked
_ON_PHONE = (
    ev.PhoneRang
    | ev.PhoneStopped
    | ev.CallAnswered
    | ev.TalkStarted
    | ev.TalkEnded
    | ev.TransferAnswered
    | ev.CallUnparked
    | ev.WordsSaid
)


def _who(access: Access, viewer: Viewer, event: ev.CallEvent) -> str:
    phone = (
        event.by if isinstance(event, _PASSED_BY) else event.phone if isinstance(event, _ON_PHONE) else None
    )
    if phone is not None:
        return access.phone(viewer, phone)
    if isinstance(event, ev.DialStarted | ev.AbsenceFound):
        return access.desk(viewer, event.exten) or "교환기"
    if isinstance(event, ev.CallStarted):
        return "민원인" if event.call_class is ev.CallClass.CITIZEN else labels.CLASSES[event.call_class]
    if isinstance(event, ev.MemoKept | ev.MenuKept):
        return "민원인"
    if isinstance(event, ev.HangupSeen):
        return labels.SIDES[event.side]
    return "교환기"


def _text(event: ev.CallEvent) -> str:
    said = _SENTENCES[type(event)]
    return said if isinstance(said, str) else said(event)


def _prompt_ended(event: ev.PromptEnded) -> str:
    end = "음성 파일 없음" if event.missing else "끝까지 나감" if event.complete else "중간에 그침"
    return f"{labels.SIDES[event.to]}에게 {_prompt(event.prompt)}: {end}"


def _rang(event: ev.PhoneRang) -> str:
    how = " (어림)" if event.estimated else " (나중에 알림)" if event.inferred else ""
    return f"벨이 울림{how}"


def _words(event: ev.WordsChosen) -> str:
    chosen = "담당자가 직접 인사" if event.reason == "own_voice" else labels.WORDS[event.words]
    return f"안내를 고름: {chosen} (교환기 계산 {labels.seconds(event.ring_ms)})"


def _passed(event: ev.TransferRequested) -> str:
    return f"{event.hop}번째로 돌림: {labels.TRANSFER_WAYS[event.way]}"


def _pass_ended(event: ev.TransferEnded) -> str:
    why = labels.OUTCOMES[event.why] if event.why else ""
    why = labels.TRANSFER_REFUSALS[event.refusal] if event.refusal else why
    return f"돌려주기 끝: {labels.TRANSFER_ENDS[event.result]}" + (f" ({why})" if why else "")


def _prompt(name: str) -> str:
    return labels.PROMPTS.get(name, name)


_SENTENCES: dict[type[Any], str | Callable[[Any], str]] = {
    ev.CallStarted: lambda e: "이미 이어진 통화를 찾음" if e.adopted else "전화가 들어옴",
    ev.DialStarted: lambda e: f"{labels.ROLES.get(e.role, e.role)} 전화를 부름",
    ev.PhoneRang: _rang,
    ev.PhoneStopped: lambda e: f"벨이 그침: {labels.OUTCOMES[e.outcome]}",
    ev.RingLimitPassed: "기준 시간을 넘김",
    ev.CallAnswered: lambda e: "당겨받음" if e.picked_up else "전화를 받음",
    ev.WordsChosen: _words,
    ev.WordsSaid: "직접 인사했다고 표시함",
    ev.PromptStarted: lambda e: f"{labels.SIDES[e.to]}에게 {_prompt(e.prompt)} 시작",
    ev.PromptEnded: _prompt_ended,
    ev.TalkStarted: "민원인과 이어짐",
    ev.TalkEnded: "통화가 풀림",
    ev.HangupSeen: "먼저 끊음",
    ev.AbsenceFound: lambda e: f"받지 못함: {labels.OUTCOMES[e.why]}",
    ev.MenuBegan: lambda e: "의견 조사로 넘김" if e.purpose == "survey" else "번호 안내를 들음",
    ev.MenuKept: "번호 안내에서 답함",
    ev.MenuEnded: lambda e: f"번호 안내 끝: {labels.MENU_ENDS.get(e.act, e.act)}",
    ev.BellTold: lambda e: f"도움벨: {labels.BELL_STEPS[e.step]}",
    ev.MemoBegan: lambda e: f"메모를 여쭘 ({labels.TAKERS[e.taken_by]})",
    ev.MemoKept: lambda e: f"{labels.KEPT.get(e.name, e.name)} {'남김' if e.value else '거둠'}",
    ev.MemoEnded: lambda e: f"메모 끝: {labels.ENDINGS.get(e.ending, e.ending)}",
    ev.PresenceSet: lambda e: f"{labels.PRESENCES[e.state]}을 누름",
    ev.CallbackTold: lambda e: labels.CALLBACK_STEPS[e.step],
    ev.TransferRequested: _passed,
    ev.TransferLimitPassed: "돌려주기 기준 시간을 넘김",
    ev.TransferAnswered: lambda e: "돌려받는 전화를 당겨받음" if e.picked_up else "돌려받는 전화를 받음",
    ev.TransferEnded: _pass_ended,
    ev.CallParked: lambda e: f"전화를 잠시 맡겨 둠 ({e.space}번)",
    ev.CallUnparked: lambda e: f"맡긴 전화: {labels.UNPARKED[e.how]}",
    ev.CommandTold: "요청의 결과",
    ev.CallEnded: lambda e: "통화 끝" if e.complete else "통화 끝 (기록 일부 없음)",
    ev.CallUncertain: "교환기 연결이 끊겨 지금 상태를 모름",
    ev.CallConfirmed: "연결이 돌아와 통화를 확인함",
    ev.AnomalySeen: lambda e: f"예상하지 못한 사실: {e.fact}",
    ev.LinkLost: "교환기 연결 끊김",
    ev.LinkRestored: "교환기 연결 돌아옴",
}
