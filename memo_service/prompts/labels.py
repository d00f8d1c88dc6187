"""Korean of the studio: what a prompt is, how it stands, what was refused and what to do about it.

Owns every Korean word of these pages. Sentences for officers: short nouns, 해요체 in what asks for something.
"""

from collections.abc import Mapping

SOURCES = {"recorded": "녹음", "synthetic": "합성 음성", "assembled": "이어 붙임", "none": "소리 없음"}
WAITS = {
    "approval": "승인을 기다립니다",
    "rendering": "음성을 만드는 중입니다",
    "recording": "녹음을 기다립니다",
}
LIVE = "지금 들립니다"
PASSED_ON = "승인했습니다. 음성 서비스에 전하는 중입니다"
NOT_LIVE = "앞선 음성이 대신 들립니다"
AUDIENCES = {"citizen": "민원인이 듣습니다", "officer": "직원이 듣습니다"}
SHOWN = {
    "all": "모두",
    "approve": "승인할 것",
    "heard": "들은 것",
    "synthetic": "합성 음성",
    "missing": "소리 없음",
    "recorded": "녹음",
}
WHOLE_OFFICE = "기관 공통"
OWN = {"greeting": "인사", "apology": "늦은 인사"}
KINDS = {
    "greeting": "인사",
    "apology": "늦은 인사",
    "notice": "안내",
    "sorry": "연결 못 함",
    "early": "벨 소리 중 사과",
    "late": "연결이 늦을 때",
    "limit": "연결 중",
    "hold": "기다리는 동안",
    "hold-again": "오래 기다리는 동안",
    "ringback": "벨 소리",
    "absent-none": "받을 직원 없음",
    "recorder-closed": "근무시간 밖",
    "recorder-urgent": "급한 일",
    "duty-call": "당직자에게: 당직 전화",
    "callback-officer": "직원에게: 회신 전화",
    "callback-busy": "직원에게: 회신 상대 통화 중",
    "callback-no-answer": "직원에게: 회신 안 받음",
    "callback-unreachable": "직원에게: 회신 못 할 번호",
    "transfer-late": "연결이 늦을 때",
    "transfer-back": "담당자가 안 받아 되돌릴 때",
    "transfer-return": "되돌릴 때",
    "transfer-memo": "연결 대신 메모",
    "transfer-which": "직원에게: 돌릴 번호 묻기",
    "transfer-unknown": "직원에게: 없는 번호",
    "transfer-failed": "직원에게: 연결 안 됨",
    "park-empty": "직원에게: 기다리는 전화 없음",
    "presence-dnd": "직원에게: 받지 않음 설정",
    "presence-back": "직원에게: 자리로 돌아옴",
    "memo-open": "메모: 시작",
    "memo-kept": "메모: 남긴 뒤",
    "memo-done": "메모: 마침",
    "key-help": "누를 번호 안내",
    "closed-night": "근무시간 밖",
    "closed-lunch": "점심시간",
    "closed-holiday": "쉬는 날",
    "note-greeting": "직원에게: 인사 중",
    "note-apology": "직원에게: 늦은 전화",
    "note-transfer": "직원에게: 돌려받은 전화",
}
"""By the last part of a prompt's name; what does not stand here is known by its sentence alone."""
ACTS = {
    "approved": "승인",
    "withdrawn": "승인 취소",
    "recorded": "녹음",
    "removed": "녹음 지움",
    "text": "문장 바꿈",
    "rendered": "음성 모두 만들기",
}
LOGGED = {
    "approved": "안내 음성 승인",
    "withdrawn": "안내 음성 승인 취소",
    "recorded": "안내 음성 녹음",
    "removed": "안내 음성 녹음 지움",
    "text": "안내 문장 바꿈",
    "rendered": "안내 음성 모두 만들기",
}
"""The same in the access log, among other things."""
SLOTS = {
    "office": "기관 이름",
    "dept": "부서",
    "name": "이름",
    "title": "직위",
    "duty": "담당업무",
    "number": "전화번호",
    "when": "시각",
    "next_open": "다음 근무 시작",
    "opt2": "두 번째 때",
    "opt3": "세 번째 때",
    "days": "일수",
    "max": "분",
    "left": "남은 분",
    "holiday": "쉬는 날 이름",
    "lunch_end": "점심 끝",
}
TEXT_FAULTS = {
    "empty": "문장이 비어 있어요. 들려줄 말을 적어 주세요.",
    "long": "문장이 길어요. 400자까지 적을 수 있어요.",
    "braces": "중괄호가 맞지 않아요. 바뀌는 말은 {{dept}}처럼 영어 이름 하나만 괄호로 감싸 주세요.",
    "unknown": "여기에 쓸 수 없는 칸이 있어요: {0}. 지우거나 아래에 있는 칸으로 바꿔 주세요.",
    "missing": "빠진 칸이 있어요: {0}. 문장에 넣어 주세요.",
}
# {} is the figure with its unit
RECORDING_FAULTS = {
    "clipped": "소리가 너무 커서 찌그러졌어요{}. "
    "마이크에서 조금 떨어지거나 마이크 음량을 낮추고 다시 녹음해 주세요.",
    "too_quiet": "소리가 너무 작아요{}. 마이크에 가까이 대거나 마이크 음량을 높이고 다시 녹음해 주세요.",
    "too_short": "녹음이 너무 짧아요{}. 문장을 처음부터 끝까지 말해 주세요.",
    "too_long": "녹음이 너무 길어요{}. 문장만 남기고 다시 녹음해 주세요.",
    "unreadable": "읽을 수 없는 파일이에요{}. 16비트 WAV나 MP3로 저장해 다시 올려 주세요.",
    "large": "파일이 너무 커요 (10 MB까지). 더 짧게 녹음하거나 MP3로 저장해 주세요.",
    "unknown": "음성 서비스가 이 안내를 모릅니다. 화면을 새로 열어 주세요.",
    "": "음성 서비스가 받지 않았어요{}.",
}
_UNITS = {"clipped": "곳", "too_quiet": " dB", "too_short": "초", "too_long": "초"}
AWAY = (
    "음성 서비스에 이을 수 없어 받지 못했어요. 녹음과 글은 이 화면에 남아 있어요. 잠시 뒤 다시 눌러 주세요."
)
AWAY_TEXT = "저장했습니다. 음성 서비스가 돌아오면 바로 반영됩니다."
SAVED_TEXT = "저장했습니다. 바뀐 문장은 다시 듣고 승인해야 민원인에게 들립니다."
TOLD = {
    "approved": "승인했습니다.",
    "withdrawn": "승인을 취소했습니다. 민원인에게 더는 들리지 않습니다.",
    "removed": "녹음을 지웠습니다. 다음 음성으로 돌아갑니다.",
    "text": SAVED_TEXT,
    "later": AWAY_TEXT,
    "rendering": "음성을 만들기 시작했습니다.",
    "recorded": "녹음을 받았습니다. 전화에서 들릴 소리로 한 번 들어 보세요.",
}
NOT_REMOVED = "여기에서 녹음한 것이 아니라 지울 수 없어요. 기관 폴더의 recordings에서 지워 주세요."
CHANGED_SINCE = "그 사이에 음성이 바뀌었어요. 다시 듣고 승인해 주세요."
NO_VOICE = (
    "쓸 수 있는 합성 음성이 없어 들려줄 수 없어요. 안내 음성 화면 아래의 ‘합성 음성’에서 까닭을 봐 주세요."
)
WEAK = "지금 음성(espeak)은 전화로 알아듣기 어렵습니다. 자주 들리는 안내부터 사람이 녹음해 주세요."


def text_fault(code: str, about: tuple[str, ...]) -> str:
    """What is wrong with a text, and the remedy."""
    return TEXT_FAULTS[code].format(", ".join("{" + name + "}" for name in about))


def recording_fault(code: str, figure: object) -> str:
    """Why a recording was refused, with what was measured, and the remedy."""
    told = ""
    if isinstance(figure, int | float) and not isinstance(figure, bool):
        told = f" ({figure:g}{_UNITS.get(code, '')})"
    return RECORDING_FAULTS.get(code, RECORDING_FAULTS[""]).format(told)


def slot(name: str, names: Mapping[str, str] = SLOTS) -> str:
    """A slot in words; its own name where there are none."""
    return names.get(name, name)


def kind(name: str) -> str:
    """What a prompt is for, by its name; empty where its sentence says it."""
    return KINDS.get(name.rsplit("/", 1)[-1], "")
