"""Korean for what callbacks say: one map from each code to its words."""

STATES = {
    "waiting": "회신 대기",
    "due_soon": "기한 임박",
    "overdue": "기한 지남",
    "asked": "원하신 시각 전",
    "deferred": "미룸",
    "calling": "전화 거는 중",
    "unconfirmed": "통화 여부 확인 필요",
    "unknown": "결과 모름",
    "not_reached": "통화 못 함",
    "reached": "통화함",
    "closed": "회신 마침",
}
OUTCOMES = {
    "reached": "통화함",
    "unconfirmed": "통화 여부 확인 필요",
    "mailbox": "소리샘",
    "not_reached": "통화 못 함",
    "officer_failed": "거신 분이 전화를 받지 않음",
    "officer_gone": "거신 분이 먼저 끊음",
    "given_up": "울리는 중에 끊음",
    "expired": "전화가 걸리지 않음",
    "refused": "교환기가 받지 않음",
    "released": "민원인이 먼저 전화함",
    "unknown": "결과 모름",
    "busy": "통화 중",
    "no_answer": "안 받음",
    "declined": "받지 않음을 누름",
    "unreachable": "없는 번호",
    "unregistered": "전화기 연결 안 됨",
    "forwarded": "착신 전환",
}
REFUSED_BY_PBX = {
    "link_lost": "교환기와 연결이 끊겨 있음",
    "pbx_restarted": "교환기가 다시 켜짐",
    "pbx_silent": "교환기가 대답하지 않음",
    "pbx_refused": "교환기가 거절함",
    "unknown_phone": "거신 분의 전화기가 등록되지 않음",
    "not_ours": "이 교환기로는 걸 수 없음",
    "not_noted": "기록할 수 없어 걸지 않음",
    "bridge_stopped": "연결 프로그램이 멈춤",
}
"""Why the bridge did not carry out a command (`CommandTold.reason`)."""
CLOSE_OUTCOMES = {
    "answered": "통화하고 답변함",
    "in_progress": "통화함, 계속 처리",
    "passed_on": "다른 부서로 안내함",
    "not_reached": "통화 못 함",
    "other_way": "문자·서면·방문으로 답변함",
    "not_wanted": "회신 필요 없음",
    "reached_us": "민원인이 다시 전화해 통화함",
    "no_matter": "잘못 걸린 전화",
}
STEPS = {
    "received": "메모 받음",
    "completed": "메모 내용 바뀜",
    "merged": "같은 분의 메모를 합침",
    "recomputed": "회신기한 다시 계산함",
    "remind": "기한 알림",
    "again": "다시 걸 차례",
    "to_deputy": "대직자에게 넘어감",
    "to_leader": "팀장에게 넘어감",
    "no_deputy": "대직자가 없음",
    "no_leader": "팀장이 없음",
    "claimed": "전화 걸기",
    "attempt": "전화 결과",
    "marked": "통화 여부 표시",
    "assigned": "맡은 사람 바꿈",
    "deferred": "미룸",
    "note": "덧붙임",
    "approved": "국제전화 승인",
    "citizen_called": "민원인이 전화함",
    "closed": "회신 마침",
    "reopened": "다시 엶",
}

# what the queue page says besides
STATE_ICONS = {
    "waiting": "○",
    "due_soon": "◷",
    "overdue": "▲",
    "asked": "○",
    "deferred": "○",
    "calling": "☎",
    "unconfirmed": "?",
    "unknown": "?",
    "not_reached": "✕",
    "reached": "✓",
    "closed": "■",
}
STATE_HINTS = {
    "unconfirmed": "짧은 통화였습니다. 직접 통화했는지, 소리샘이었는지 표시해 주세요.",
    "unknown": "다시 걸기 전에 확인해 주세요.",
    "not_reached": "정한 횟수만큼 걸었지만 통화하지 못했습니다. 다시 열어 걸거나, 결과를 고르고 마쳐 주세요.",
    "reached": "통화했습니다. 결과를 고르고 마쳐 주세요.",
}
PROGRESS = ("내 전화 울림", "연결 중", "통화 중")
"""What a call being placed goes through, in order."""

DUE_AT = "회신기한"
ASKED_TIME = "원하신 시각"
RETRY = "다시 걸 때"
PAUSED = "근무시간 아님 · 멈춤"
RESUMES = "다시 시작 {next_open}"
LEFT = "남음"
PAST = "지남"
NOW = "지금"
OWNER = "지금 맡은 사람"
NOBODY = "부서 공용"
NUMBER_ABSENT = "번호 표시 없음"
CALLING_BY = "{who}님이 거는 중입니다"
SCOPES = {"mine": "내 것", "team": "우리 팀", "department": "우리 부서", "all": "전체"}
WHEN = {"": "모두", "today": "오늘까지", "late": "기한 지남", "asked": "시각 지정", "closed": "회신 마침"}
