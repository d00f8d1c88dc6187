"""Korean for what memos say: one map from each code to its words.

Owns every Korean label of memos. 메모 받음, never 접수: that word starts a statutory clock (민원처리법).
"""

CHANNELS = {"call": "전화", "visit": "방문", "other": "그 밖"}
WEB_CHANNEL = "누리집"
"""Of a memo that a citizen wrote on the public page; no officer chooses it."""
TAKEN_BY = {
    "menu": "음성 안내",
    "recorder": "음성 안내",
    "missed_call": "받지 못한 전화",
    "citizen": "민원인이 직접 (본인 확인 안 됨)",
}
WHY = {
    "asked": "",
    "waited": "벨이 오래 울리도록 아무도 받지 않아 끊으셨습니다.",
    "absent": "안내를 듣는 중에 끊으셨습니다.",
    "pbx_restart": "교환기가 다시 시작되어 통화가 끊겼습니다.",
    "reached": "메모를 남기신 뒤 다른 직원과 통화하셨습니다.",
}
CLOSED = {"night": "근무시간 외", "lunch": "점심시간", "day_off": "쉬는 날"}
STATES = {"new": "새 메모", "read": "읽음", "acted": "처리됨"}
INCOMPLETE = "내용 일부"
REPLY = {True: "회신 필요", False: "회신 필요 없음"}
NO_NUMBER = "번호가 없어 회신할 수 없습니다."
NUMBER_ABSENT = "번호 표시 없음"
UNCONFIRMED = "누르신 뒤 확인하지 않으심"
NUMBER_DESTROYED = "보관 기간이 지나 지움"
RECORDINGS = {
    "waiting": "녹음을 가져오는 중입니다.",
    "kept": "",
    "silent": "말씀이 들리지 않는 녹음입니다.",
    "empty": "녹음된 소리가 없습니다.",
    "lost": "녹음 파일을 찾지 못했습니다. 관리자에게 알려 주세요.",
    "destroyed": "보관 기간이 지나 지웠습니다.",
}
DRAFTS = {
    "nothing": "받아쓸 만한 말씀을 찾지 못했습니다. 녹음을 들어 주세요.",
    "failed": "받아쓰지 못했습니다. 녹음을 들어 주세요.",
}
"""Why a recording has no draft; one that has shows it."""
KINDS = {"matter": "용건 녹음", "number": "말씀하신 번호", "earlier": "먼저 하신 말씀"}
EVENTS = {
    "delivered": "전달됨",
    "read": "읽음",
    "acted": "처리됨",
    "note": "덧붙임",
    "added": "통화에서 더 알려짐",
    "destroyed": "보관 기간이 지나 내용을 지움",
}
WAYS = {"page": "화면", "mail": "전자우편", "callback": "회신을 마침"}
OPENED = {
    "memo": "메모 열람",
    "number": "번호 보기",
    "recording": "녹음 듣기",
    "slip": "메모지 인쇄",
    "gist": "요점 보기",
    "sign_in": "로그인",
    "sign_in_failed": "로그인 실패",
    "account": "계정",
    "prompt": "안내 음성",
}
PAGE_OF = dict.fromkeys(("memo", "number", "recording", "slip"), "/memos/") | {"gist": "/calls/"}
"""The page that shows what was opened; what has none is told by its subject."""
CALLBACKS = {
    "waiting": "회신 대기",
    "calling": "전화 거는 중",
    "unconfirmed": "통화 확인 필요",
    "unknown": "결과 모름",
    "not_reached": "통화 못 함",
    "reached": "통화함",
    "closed": "회신 마침",
}
VIEWS = {"mine": "내 메모", "team": "우리 팀", "department": "우리 과", "all": "모두"}
FAULTS = {
    "whom": "누구에게 전할 메모인지 골라 주세요.",
    "matter": "용건을 적어 주세요.",
    "number": "번호를 알아볼 수 없어요. 지역 번호부터 적어 주세요.",
    "no_number": "회신이 필요하면 전화번호가 있어야 해요. 번호가 없으면 ‘회신 필요 없음’을 골라 주세요.",
    "asked_at": "원하신 시각을 다시 골라 주세요. 지금보다 뒤여야 해요.",
    "too_long": "글이 너무 길어요. 2,000자까지 적을 수 있어요.",
    "not_saved": "아직 저장하지 못했어요. 적은 내용은 이 화면에 그대로 있어요. 잠시 뒤 다시 저장해 주세요.",
}
SYSTEM = "자동"
