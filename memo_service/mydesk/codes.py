"""What an officer does at his telephone alone, for his page: every act with its code (ADR 0026).

Owns the words of the codes, and which code stands for which act of the page. The codes are the office's
language (`office.phone_codes`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from office.phone_codes import (
    BACK,
    BLIND,
    CONSULT,
    DIALLED,
    DO_NOT_DISTURB,
    FETCH,
    IN_CALL,
    PARK,
    PICK_UP,
    SURVEY,
    DeskWish,
    PhoneAct,
)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code and what it does."""

    code: str
    does: str


IN_A_CALL = (
    CodeLine(IN_CALL[PhoneAct.READ_BACK], "되짚어 확인함"),
    CodeLine(IN_CALL[PhoneAct.VISITOR], "방문하신 분 대기"),
    CodeLine(IN_CALL[PhoneAct.SAID], "직접 인사를 말했음"),
    CodeLine(IN_CALL[PhoneAct.CALLBACK], "이 민원인에게 다시 전화하기 (메모 남기기)"),
    CodeLine(IN_CALL[DeskWish.GIST], "돌려받은 전화의 요점 듣기 (민원인은 대기음을 들음)"),
    CodeLine(BLIND, "돌려주기: 안내가 나오면 내선 번호"),
    CodeLine(CONSULT, "먼저 물어보고 돌려주기: 요점을 말로 전하고 끊음"),
    CodeLine(SURVEY, "의견 조사로 넘기기 (의견 조사를 하는 곳)"),
    CodeLine(f"{BLIND} {PARK}", "전화 대기에 맡기기"),
)
"""Within a call. Holding is the telephone's own key."""

BETWEEN_CALLS = (
    CodeLine(DIALLED[DeskWish.MEMOS], "메모와 회신할 전화 듣기: 듣기 1번, 바로 걸기 2번"),
    CodeLine(DIALLED[DeskWish.LAST], "마지막 통화 마무리: 처리 완료 1번, 다시 전화하기 2번, 후속 필요 3번"),
    CodeLine(DIALLED[DeskWish.VISITOR], "방문하신 분: 도와드림 1번, 가셨음 2번, 잘못 누름 3번"),
    CodeLine(DIALLED[DeskWish.AWAY], "자리 비움: 한 시간 1번, 오후 2번, 오늘 3번"),
    CodeLine(DIALLED[DeskWish.GIST], "돌려받은 전화의 요점 듣기"),
    CodeLine(BACK, "자리로 돌아옴"),
    CodeLine(DO_NOT_DISTURB, "전화가 울리지 않게 하기"),
    CodeLine(FETCH, "대기에 맡긴 전화 받기"),
    CodeLine(PICK_UP, "우리 과 전화 당겨받기"),
)

OF_PAGE: Mapping[str, str] = {
    "data-stamp": IN_CALL[PhoneAct.READ_BACK],
    "data-said": IN_CALL[PhoneAct.SAID],
    "data-visitor-begin": IN_CALL[PhoneAct.VISITOR],
    "data-visitor-end": DIALLED[DeskWish.VISITOR],
    "data-promise": IN_CALL[PhoneAct.CALLBACK],
    "data-transfer": BLIND,
    "/memos/new": IN_CALL[PhoneAct.CALLBACK],
    "data-open": IN_CALL[DeskWish.GIST],
    "data-gist": CONSULT,
    "data-finish": DIALLED[DeskWish.LAST],
    "/callbacks": DIALLED[DeskWish.MEMOS],
    "/memos": DIALLED[DeskWish.MEMOS],
}
"""Acts of the page, as its templates mark them, and the code that does the same."""

SCREEN_ONLY = frozenset({"data-asked", "data-keep", "data-close", "data-my-help", "data-sound"})
"""Buttons that need no code: which of two typed texts stays, closing a window, how the page behaves.

`data-asked`: by telephone a call back is promised for the office's hour, not for a time that was chosen.
"""
