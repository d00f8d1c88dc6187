"""Korean of the officer's desk page, by notes on wording.

Owns the words of its cards; what a transfer came to has its words from `transfers`.
"""

CARD_STATES = {
    "ringing": "전화 왔습니다",
    "returned": "되돌아온 전화가 울립니다",
    "words": "인사 안내 중",
    "talking": "통화 중",
    "coming": "돌려받을 전화",
    "passing": "돌리는 중",
    "passed": "돌려준 전화",
}
"""`coming`: passed on to here, not ringing yet; `passing`, `passed`: from here, on its way and over."""
RINGS = {
    "ringing": "전화 왔습니다",
    "returned": "되돌아온 전화가 울립니다",
    "passed_on": "돌려받은 전화가 울립니다",
}
"""What a page that is not the desk's tells of a ring; `passed_on`: by a colleague."""
UNKNOWN_CALLER = "번호 표시 없음"
WAIT_FOR_HANGUP = "민원인이 먼저 끊을 때까지 기다려 주세요."
FIRST_TO_HANG_UP = {
    "citizen": "민원인이 먼저 끊으셨습니다.",
    "officer": "담당자가 먼저 끊었습니다.",
    "pbx": "전화가 끊어졌습니다.",
    "unknown": "누가 먼저 끊었는지 확인되지 않았습니다.",
}
LATER = "나중"
"""Where the calendar holds no working time to offer."""
EMPTY = "지금 전화가 없습니다."
EMPTY_HINT = "전화가 오면 여기에 바로 뜹니다. 전화기는 쓰던 대로 쓰시면 됩니다."
