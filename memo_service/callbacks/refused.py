"""Why something asked of a callback is refused, in words that name the reason and what to do instead."""

from memo_service.callbacks.life import Refusal

TEXTS = {
    Refusal.CONFIRM_UNKNOWN: "앞선 전화의 결과를 모릅니다. 다시 걸기 전에 확인해 주세요.",
    Refusal.MARK_FIRST: "앞선 전화에서 통화했는지 먼저 표시해 주세요.",
    Refusal.REOPEN_FIRST: "끝난 회신입니다. 다시 연 뒤에 걸어 주세요.",
    Refusal.CALLING: "지금 거는 중입니다. 통화가 끝난 뒤에 해 주세요.",
    Refusal.NOTHING_TO_MARK: "표시할 통화가 없습니다. 먼저 전화를 걸어 주세요.",
    Refusal.ALREADY_OPEN: "이미 열려 있는 회신입니다.",
    Refusal.ALREADY_CLOSED: "이미 마친 회신입니다. 다시 열려면 ‘다시 열기’를 눌러 주세요.",
}
OUTSIDE_HOURS = "근무시간이 아닙니다. {next_open}부터 걸 수 있습니다."
TOO_SOON = "{opens_at}부터 다시 걸 차례입니다. 지금 걸려면 확인하고 한 번 더 눌러 주세요."
TAKEN = "{who}님이 먼저 맡았습니다."
ON_THE_LINE = "민원인이 지금 우리와 통화 중입니다. 통화가 끝난 뒤에 확인해 주세요."
INTERNATIONAL = "국제전화입니다. 팀장이 승인한 뒤에 걸 수 있습니다."
NO_NUMBER = "이 번호로는 전화를 걸 수 없습니다. 메모에서 번호를 확인해 주세요."
NO_PHONE = "거신 분의 전화기가 등록되어 있지 않습니다. 관리자에게 알려 주세요."
BEYOND_DUE = "첫 회신은 회신기한({due_at})을 넘겨 미룰 수 없습니다."
IN_THE_PAST = "지난 시각입니다. 지금보다 뒤의 시각을 골라 주세요."
NO_OUTCOME = "결과를 고른 뒤에 마쳐 주세요."
NOT_LEADER = "팀장만 할 수 있습니다."
NOT_YOURS = "다른 부서의 회신입니다."
NO_OFFICER = "명부에 없는 사람입니다."


class CallbackRefusedError(Exception):
    """It cannot be done now. `code` for programs, the text in Korean for people; `who` holds it, if taken."""

    def __init__(self, code: str, text: str, who: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.who = who


def refused(refusal: Refusal) -> CallbackRefusedError:
    """The error of a refusal of the table; TAKEN is told by who holds the claim."""
    return CallbackRefusedError(refusal.value, TEXTS[refusal])
