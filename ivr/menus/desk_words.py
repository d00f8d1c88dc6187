"""What the desk menu says to an officer who has no screen, as names of prompt files.

Owns its sentences (an office may replace each by `words.texts`) and the choice among them. A time is told to
an officer rounded down: a deadline said later than it is would cost the citizen. Pure.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from office.calendar import KST

TEXTS: Mapping[str, str] = {
    "phone-memos": "새 메모가 {memos} 있고, 회신할 전화가 {callbacks} 있습니다.",
    "phone-memos-only": "새 메모가 {memos} 있습니다.",
    "phone-callbacks-only": "회신할 전화가 {callbacks} 있습니다.",
    "phone-nothing": "새 메모도, 회신할 전화도 없습니다.",
    "phone-choose": "들으시려면 1번, 바로 거시려면 2번을 눌러 주십시오.",
    "phone-choose-hear": "들으시려면 1번을 눌러 주십시오.",
    "phone-item": "{received} 무렵에 받은 메모입니다.",
    "phone-item-due": "{when}까지 전화드려야 합니다.",
    "phone-item-none": "녹음도 글도 없는 메모입니다. 받지 못한 전화일 수 있습니다.",
    "phone-on-page": "글로 남은 메모입니다. 내용은 화면에 있습니다.",
    "phone-not-heard": "지금은 들려 드릴 수 없습니다.",
    "phone-item-keys": "다음은 1번, 다시 듣기 2번, 처리됨은 4번을 눌러 주십시오.",
    "phone-item-keys-call": "다음은 1번, 다시 듣기 2번, 전화 걸기 3번,"
    " 처리됨 4번, 대직자에게 넘기기 5번을 눌러 주십시오.",
    "phone-no-more": "더 없습니다.",
    "phone-calling": "끊으시면 전화가 울립니다. 받으시면 민원인에게 연결합니다.",
    "phone-confirm": "앞선 전화의 결과를 모르거나 아직 다시 걸 때가 아닙니다."
    " 그래도 거시려면 1번을 눌러 주십시오.",
    "phone-done": "저장했습니다.",
    "phone-last": "마지막 통화입니다. 처리하셨으면 1번, 다시 전화드려야 하면 2번,"
    " 다른 할 일이 남았으면 3번을 눌러 주십시오.",
    "phone-last-callback": "마지막 회신 전화입니다. 통화하셨으면 1번,"
    " 통화하지 못하셨으면 2번을 눌러 주십시오.",
    "phone-last-none": "마칠 통화가 없습니다.",
    "phone-away-choose": "자리 비움입니다. 한 시간은 1번, 오후는 2번, 오늘 하루는 3번을 눌러 주십시오.",
    "phone-away": "{when}까지 자리 비움으로 바꿨습니다.",
    "phone-visitor": "방문하신 분을 도와드렸으면 1번, 그냥 가셨으면 2번, 잘못 눌렀으면 3번을 눌러 주십시오.",
    "phone-gist": "요점입니다.",
    "phone-gist-none": "돌려받은 전화의 요점이 없습니다.",
    "phone-gist-page": "요점은 화면에 있습니다.",
    "phone-pin": "비밀번호를 누르고 우물 정자를 눌러 주십시오.",
    "phone-pin-wrong": "비밀번호가 맞지 않습니다.",
    "phone-shared": "여럿이 쓰는 전화입니다. 담당자의 전화기에서 걸어 주십시오.",
    "phone-away-from": "지금은 기록을 볼 수 없습니다. 잠시 후 다시 걸어 주십시오. 전화는 그대로 됩니다.",
    "phone-end": "마칩니다.",
    "phone-refused": "지금은 할 수 없습니다. 화면에서 확인해 주십시오.",
    "phone-refused-taken": "다른 직원이 먼저 맡았습니다.",
    "phone-refused-hours": "근무시간이 아니어서 걸 수 없습니다.",
    "phone-refused-number": "전화를 걸 번호가 없습니다.",
    "phone-refused-line": "민원인이 지금 우리 전화에 연결되어 있습니다.",
    "phone-refused-deputy": "대신할 직원이 없습니다. 화면에서 대직자를 정해 주십시오.",
    "phone-refused-mark": "앞선 통화의 결과를 먼저 알려 주십시오. 별표 육십이 번입니다.",
    "phone-refused-visitor": "기다리시는 분이 없습니다.",
    "phone-refused-over": "그 시간은 이미 지났습니다.",
}

COUNTS = 20
"""Counted one by one; from here on it is more than so many."""

REFUSALS: Mapping[str, str] = {
    "taken": "phone-refused-taken",
    "calling": "phone-refused-taken",
    "outside_hours": "phone-refused-hours",
    "no_number": "phone-refused-number",
    "international": "phone-refused-number",
    "on_the_line": "phone-refused-line",
    "no_deputy": "phone-refused-deputy",
    "mark_first": "phone-refused-mark",
    "no_visitor": "phone-refused-visitor",
    "afternoon_over": "phone-refused-over",
}
"""What he hears for a refusal of memo_service; any other is `phone-refused`."""

TO_CONFIRM = frozenset({"confirm_unknown", "too_soon"})
"""Refusals of a call that he may overrule, knowing them."""

_STEP = timedelta(minutes=10)


def earlier(at: datetime) -> datetime:
    """The moment that is said for `at`: rounded down to ten minutes, in KST."""
    local = at.astimezone(KST)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (local - midnight) // _STEP * _STEP
