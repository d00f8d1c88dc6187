"""Korean for what the ledger says, by notes on wording: one map from each code to its words.

Owns every Korean label of calls and verdicts. Rules and tables hold codes only.
"""

PROMISES = {
    "T1": "벨 3회 전에 받기",
    "T2": "첫인사",
    "T3": "늦은 응답 사과",
    "T5": "돌려주기",
    "T6": "부재중 메모",
    "T7": "회신 전화",
    "T8": "나중에 끊기",
    "V2": "방문하신 분",
}
PROMISE_SENTENCES = {
    "T1": "벨 소리가 세 번 울리기 전에 받습니다.",
    "T2": "받으면 먼저 인사하고 부서를 밝힙니다.",
    "T3": "늦게 받았으면 사과부터 합니다.",
    "T5": "돌려드릴 때는 요점을 먼저 전하고 정한 시간 안에 잇습니다.",
    "T6": "담당자가 없으면 성함과 용건, 번호를 메모해 전합니다.",
    "T7": "회신을 원하시면 근무시간 1시간 안에, 또는 원하시는 시각에 전화합니다.",
    "T8": "민원인이 끊은 뒤에 수화기를 내려놓습니다.",
    "V2": "통화가 길어지면 방문하신 분께 양해를 구하고 3분 안에 도와드립니다.",
}
RESULTS = {
    "kept": "이행",
    "broken": "불이행",
    "not_applicable": "해당없음",
    "unknown": "확인불가",
}
RESULT_ICONS = {"kept": "✓", "broken": "✕", "not_applicable": "–", "unknown": "?"}

REASONS = {
    "abandoned_early": "벨이 세 번 울리기 전에 먼저 끊으심",
    "abandoned_late": "벨이 세 번 울리도록 받지 않아 끊으심",
    "answer_not_seen": "새 담당자가 언제 받았는지 기록 부족",
    "attempt_unknown": "전화를 걸었는지 기록 부족",
    "by_officer": "담당자가 직접 말했다고 표시함",
    "called_in_time": "제때 전화함",
    "called_late": "기한이 지나 전화함",
    "citizen_called": "민원인이 다시 전화해 통화함",
    "citizen_first": "민원인이 먼저 끊음",
    "citizen_left": "안내를 듣는 중에 먼저 끊으심",
    "class_unknown": "통화 구분 기록 부족",
    "clock": "교환기 시계 이상",
    "clocks_disagree": "두 시계가 기준 양쪽으로 갈려, 제때 받은 것으로 봄",
    "connected_in_time": "제때 이어짐",
    "connected_late": "이어지기까지 오래 걸림",
    "consulted_only": "의논만 하고 돌려주지 않음",
    "early_apology_cut": "울리는 동안의 사과가 끝까지 나가지 않음",
    "early_apology_heard": "울리는 동안 사과를 끝까지 들음",
    "emergency": "긴급 전화",
    "end_not_seen": "통화가 끝나지 않음",
    "ended_by_pbx": "교환기가 끊음",
    "gave_up_early": "이어지기를 기다리다 일찍 끊으심",
    "gave_up_late": "오래 기다리다 끊으심",
    "heard": "끝까지 들음",
    "internal": "내부 전화",
    "late": "늦게 받음",
    "lunch": "점심시간",
    "memo_not_read": "메모를 읽지 않음",
    "memo_read": "메모를 전하고 읽음",
    "no_call_seen": "전화한 기록 없이 마침",
    "no_phone_rang": "울린 전화가 없음",
    "rang_elsewhere": "다른 교환기에서 울림 (잰 값 없음)",
    "no_prompt": "안내 음성이 나가지 않음",
    "no_reply_wanted": "회신을 원하지 않으심",
    "no_talk": "통화로 이어지지 않음",
    "no_transfer": "돌려주지 않음",
    "not_answered": "아무도 받지 않음",
    "not_called": "기한까지 전화하지 않음",
    "not_greeted": "인사하지 않는 회선",
    "not_measured": "측정 안 함 (관찰 기간)",
    "not_taken": "새 담당자가 받지 않음",
    "not_taken_deputy": "새 담당자가 받지 않아 대직자가 받음",
    "not_taken_left": "새 담당자가 받지 않는 동안 끊으심",
    "not_taken_memo": "새 담당자가 받지 않아 메모로 끝남",
    "not_taken_returned": "새 담당자가 받지 않아 되돌아옴",
    "officer_first": "담당자가 먼저 끊음",
    "officer_left_in_words": "안내가 나가는 중에 담당자가 끊음",
    "on_time": "제때 받음",
    "other_words": "다른 안내가 나감",
    "outbound": "건 전화",
    "outside_hours": "근무시간 외",
    "own_voice": "담당자가 직접 인사 (표시 없음)",
    "pressed_by_mistake": "잘못 누름",
    "reached_in_time": "제때 전화해 통화함",
    "reached_person": "메모 뒤 다른 직원과 통화함",
    "record_incomplete": "교환기 연결이 끊겨 기록 부족",
    "recording_lost": "녹음을 찾지 못함",
    "refused": "교환기가 돌려주지 않음",
    "refused_closed": "근무시간이 아닌 부서라 돌려주지 않음",
    "refused_loop": "앞서 받지 않은 번호라 돌려주지 않음",
    "refused_self": "자기에게 돌려 되돌아옴",
    "request_not_seen": "언제 돌렸는지 기록 부족",
    "ring_not_seen": "벨이 언제 울렸는지 기록 부족",
    "side_unknown": "누가 먼저 끊었는지 기록 부족",
    "start_not_seen": "통화 시작 기록 부족",
    "survey": "담당자가 의견 조사로 넘김",
    "test": "시험 전화",
    "transfer_end_not_seen": "이어졌는지 기록 부족",
    "visitor_end_not_noted": "언제 도와드렸는지 기록 부족",
    "visitor_in_time": "정한 시간 안에 도와드림",
    "visitor_late": "정한 시간이 지나 도와드림",
    "visitor_left_early": "정한 시간이 되기 전에 가심",
    "visitor_left_late": "정한 시간이 지나도록 기다리다 가심",
    "words_not_recorded": "안내 기록 부족",
}
REASON_OF_LATE = {"T2": "늦게 받아, 사과가 인사를 대신함"}

MENU_ENDS = {
    "dial": "담당자에게 연결",
    "memo": "메모로 감",
    "person": "직원에게 연결",
    "end": "끝남",
}
BELL_STEPS = {
    "pressed": "도움을 청함",
    "taken": "직원이 가기로 함",
    "nobody": "받은 직원 없음",
}
CLASSES = {
    "citizen": "민원 전화",
    "internal": "내부 전화",
    "outbound": "건 전화",
    "emergency": "긴급 전화",
    "test": "시험 전화",
    "callback": "회신 전화",
    "unknown": "구분 모름",
}
PHASES = {
    "arrived": "연결 중",
    "notice": "녹음 안내",
    "ringing": "벨 울림",
    "words": "인사 안내",
    "talking": "통화 중",
    "transferring": "돌려주는 중",
    "parked": "잠시 맡겨 둠",
    "absent": "부재 안내",
    "memo": "메모 남기는 중",
    "menu": "번호 안내",
    "survey": "의견 조사",
    "closing": "마무리",
    "ended": "끝남",
}
WORDS = {"greeting": "첫인사", "apology": "사과 인사", "none": "안내 없음"}
PROMPTS = {
    "notice": "녹음 안내",
    "greeting": "첫인사",
    "apology": "사과 인사",
    "early": "기다림 사과",
    "note": "담당자 귓속 안내",
    "absent": "부재 안내",
    "closed": "근무시간 외 안내",
    "transfer-notice": "돌려주기 안내",
    "transfer-late": "기다림 사과",
    "transfer-back": "되돌아가는 안내",
    "transfer-memo": "메모로 가는 안내",
    "note-transfer": "돌려받은 전화 귓속 안내",
}
READINGS = {
    "before_last_ring": "3번째 벨이 시작되기 전",
    "before_last_ring_ends": "3번째 벨이 그치기 전",
    "within_cycles": "벨 3회 안",
}
SIDES = {"citizen": "민원인", "officer": "담당자", "pbx": "교환기", "unknown": "모름"}
SOURCES = {"ami": "실시간", "journal": "교환기 일지", "snapshot": "연결 뒤 확인", "extension": "메모 내선"}
FIGURE_SOURCES = {
    "measured": "전화기에서 잼",
    "estimated": "어림 (울림 신호 없음)",
    "inferred": "교환기가 나중에 알림",
    "dialplan": "교환기 계산",
    "none": "없음",
}
OUTCOMES = {
    "no_answer": "안 받음",
    "busy": "통화 중",
    "declined": "받지 않음을 누름",
    "unregistered": "전화기 연결 안 됨",
    "forwarded": "착신 전환",
    "caller_gone": "먼저 끊으심",
    "answered_elsewhere": "다른 전화로 받음",
    "unreachable": "닿지 않음",
    "officer_gone": "담당자가 끊음",
    "do_not_disturb": "받지 않음 설정",
    "away": "부재",
    "closed": "근무시간 외",
    "lunch": "점심시간",
}
ROLES = {
    "desk": "담당자",
    "deputy": "대직자",
    "operator": "대표전화",
    "group": "부서 공용",
    "transfer": "새 담당자",
    "back": "먼저 통화한 직원",
}
TRANSFER_WAYS = {"blind": "바로 돌림", "attended": "의논하고 돌림"}
TRANSFER_ENDS = {
    "connected": "이어짐",
    "failed": "받지 않음",
    "refused": "돌려주지 않음",
    "caller_gone": "민원인이 끊음",
    "cancelled": "의논만 함",
    "unseen": "기록 부족",
}
TRANSFER_AFTER = {
    "returned": "되돌아옴",
    "deputy": "대직자가 받음",
    "memo": "메모로 끝남",
    "left": "민원인이 끊음",
}
TRANSFER_REFUSALS = {"self": "자기에게", "closed": "근무시간이 아닌 부서", "loop": "앞서 받지 않은 번호"}
UNPARKED = {"fetched": "찾아감", "came_back": "되돌아옴", "gave_up": "먼저 끊으심"}
NUMBER_KINDS = {
    "mobile": "휴대전화",
    "landline": "일반전화",
    "safe": "안심번호",
    "representative": "대표번호",
    "special": "특수번호",
    "extension": "내선",
    "international": "국제전화",
}
NUMBER_ABSENT = "번호 표시 없음"
MAIN_LINE = "대표전화·그 밖"

TAKERS = {"menu": "음성 안내", "recorder": "교환기 녹음"}
KEPT = {
    "recording": "말씀",
    "silent": "말씀이 들리는지",
    "seconds": "말씀의 길이",
    "number": "전화받을 번호",
    "number_keyed": "누른 번호",
    "number_spoken": "말로 남긴 번호",
    "asked_at": "원하시는 시각",
    "reply_wanted": "회신이 필요한지",
}
ENDINGS = {
    "goodbye": "인사까지 들음",
    "hung_up": "먼저 끊으심",
    "person": "사람에게 이어짐",
    "recorder": "녹음이 끝남",
}
PRESENCES = {"do_not_disturb": "받지 않음", "back": "자리로 돌아옴"}
CALLBACK_STEPS = {
    "officer_failed": "담당자 전화가 받지 않음",
    "officer_answered": "담당자가 전화를 듦",
    "citizen_dialled": "민원인에게 거는 중",
    "citizen_failed": "민원인과 이어지지 않음",
    "citizen_answered": "민원인이 받음",
    "ended": "회신 전화 끝",
}

BANNERS = {
    "link_lost": "교환기와 연결이 끊겼습니다. 전화는 그대로 됩니다. 이 시간의 기록은 ‘확인불가’로 남습니다.",
    "redis_lost": "기록 통로가 끊겼습니다. 전화는 그대로 됩니다. 다시 이어지면 밀린 기록이 들어옵니다.",
    "database_lost": "기록 저장이 잠시 멈췄습니다. 다시 이어지면 밀린 기록이 들어옵니다.",
    "replay": "다시 틀어 보는 자료입니다. 실제 통화가 아닙니다.",
    "demo": "연습용 화면입니다. 실제 통화가 아닙니다.",
    "observe": "관찰 기간: 안내 없이 기록만 합니다.",
}


def reason(promise: str, code: str) -> str:
    """The reason of a verdict; the code itself where there are no words for it yet."""
    if code == "late":
        return REASON_OF_LATE.get(promise, REASONS[code])
    return REASONS.get(code, code)


def seconds(milliseconds: int | float | None) -> str:
    """`6.2초`, cut and never rounded up, so that a figure below a limit never reads as the limit."""
    if milliseconds is None:
        return "–"
    return f"{int(milliseconds) // 100 / 10:.1f}초"


def duration(milliseconds: int | None) -> str:
    """`3분 12초`, `2시간 5분`, whole units cut."""
    if milliseconds is None:
        return "–"
    seconds = milliseconds // 1000
    if seconds < 60:
        return f"{seconds}초"
    minutes = seconds // 60
    return f"{minutes}분 {seconds % 60}초" if minutes < 60 else f"{minutes // 60}시간 {minutes % 60}분"
