"""Why a transfer is not ordered, and what became of an order: codes for programs, Korean for people."""

from memo_service.transfers.views import Colleague

TEXTS = {
    "not_in_call": "지금 이 통화를 하고 있지 않아 돌려줄 수 없습니다.",
    "under_way": "이미 돌려주는 중입니다. 끝난 뒤에 다시 해 주세요.",
    "unknown": "명부에 없는 번호입니다. 이름이나 업무로 찾아 주세요.",
    "self": "자기 자신에게는 돌려줄 수 없습니다. 다른 사람을 골라 주세요.",
    "closed": "{who}: 지금은 근무시간이 아닙니다. 메모를 대신 받아 주세요.",
    "loop": "{who}: 이 통화에서 이미 받지 않았습니다. 다른 사람을 고르거나 메모를 받아 주세요.",
    "absent": "{who}: 지금 부재입니다. {instead}",
    "busy": "{who}: 지금 통화 중입니다. 잠시 뒤에 돌리거나 메모를 대신 받아 주세요.",
    "unsent": "교환기에 전하지 못했습니다. 전화기의 돌려주기 단추를 써 주세요.",
}
INSTEAD = "대직자 {who}에게 돌려 보세요."
NO_DEPUTY = "대직자도 없습니다. 메모를 대신 받아 주세요."
CONFIRM = {
    "offered": "{who}: 이 통화를 이미 한 번 받았습니다. 그래도 돌리려면 한 번 더 눌러 주세요.",
    "hops": "{hop}번째로 돌리는 전화입니다(전화 돌림). 그래도 돌리려면 한 번 더 눌러 주세요.",
}
REASONS = {
    "bridge_stopped": "연결 프로그램이 멈추는 중이었습니다.",
    "call_gone": "통화가 이미 끝났거나 통화에서 나왔습니다.",
    "link_lost": "교환기와 연결이 끊겨 있습니다.",
    "not_noted": "기록할 자리가 없어 보내지 않았습니다. 관리자에게 알려 주세요.",
    "not_ours": "교환기에 우리 설정이 없습니다. 관리자에게 알려 주세요.",
    "not_started": "교환기가 받고도 돌리지 않았습니다. 통화는 그대로입니다.",
    "pbx_refused": "교환기가 돌려주기를 거절했습니다. 통화는 그대로입니다.",
    "pbx_restarted": "그사이 교환기가 다시 시작했습니다.",
    "pbx_silent": "교환기가 대답하지 않았습니다.",
    "unknown_phone": "거신 분의 전화기를 교환기에서 찾지 못했습니다.",
}
"""By the reasons of a refused command (docs/contracts.md)."""


class TransferRefusedError(Exception):
    """It is not ordered. `confirm`: asked again with `confirmed`, it is. `deputy`: whom to take instead."""

    def __init__(
        self, code: str, text: str, *, confirm: bool = False, deputy: Colleague | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.confirm = confirm
        self.deputy = deputy


def refused(code: str, who: str = "", *, deputy: Colleague | None = None) -> TransferRefusedError:
    """The error of a refusal; `who` it is about."""
    instead = INSTEAD.format(who=deputy.text) if deputy else NO_DEPUTY
    return TransferRefusedError(code, TEXTS[code].format(who=who, instead=instead), deputy=deputy)


def to_confirm(code: str, who: str, hop: int) -> TransferRefusedError:
    """The error of what has to be confirmed first."""
    return TransferRefusedError(code, CONFIRM[code].format(who=who, hop=hop), confirm=True)
