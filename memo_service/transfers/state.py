"""How a transfer stands, in one word, and what went wrong with it, in words. Pure.

Owns the states of the desk's cards. An order without a word in time is unknown: nothing has to be written
for that.
"""

from datetime import datetime, timedelta

from memo_service.calls import labels
from memo_service.transfers.models import TransferRow
from memo_service.transfers.refused import REASONS, TEXTS
from memo_service.transfers.service import WORD_WITHIN
from office.events import TransferResult

LABELS = {
    "ordered": "교환기에 전하는 중",
    "unsent": "전하지 못함",
    "refused": "돌리지 못함",
    "expired": "돌리지 못함",
    "unknown": "결과를 모름",
    "under_way": "벨 울림",
    "late": "오래 걸림",
    "answered": "받음",
    "connected": "이어짐",
    "failed": "받지 않음",
    "refused_by_pbx": "돌려주지 않음",
    "caller_gone": "민원인이 끊음",
    "cancelled": "의논만 함",
    "unseen": "기록 부족",
}
_NOT_BEGUN = "통화는 그대로입니다. 다시 돌리거나 전화기의 돌려주기 단추를 써 주세요."
_UNKNOWN = "돌렸는지 알 수 없습니다. 민원인이 아직 계신지 들어 보세요."


def state_of(row: TransferRow, now: datetime, limit_s: int) -> str:
    """One of LABELS."""
    if row.result is not None:
        return "refused_by_pbx" if row.result == TransferResult.REFUSED else row.result
    if row.requested_at is not None:
        if row.answered_at is not None:
            return "answered"
        return "late" if now - row.requested_at > timedelta(seconds=limit_s) else "under_way"
    if row.command in ("ordered", "accepted"):
        silent = row.ordered_at is not None and now - row.ordered_at > WORD_WITHIN
        return "unknown" if silent else "ordered"
    return row.command or "unknown"


def why(row: TransferRow, state: str) -> str:
    """What went wrong and where the citizen is; empty where nothing did."""
    if state in ("failed", "refused_by_pbx"):
        cause = labels.TRANSFER_REFUSALS.get(row.refusal or "") or labels.OUTCOMES.get(row.why or "", "")
        after = labels.TRANSFER_AFTER.get(row.after or "", "되돌아오는 중")
        return f"{cause}: {after}" if cause else after
    if state == "refused":
        return REASONS.get(row.reason, _NOT_BEGUN)
    return {"unsent": TEXTS["unsent"], "expired": _NOT_BEGUN, "unknown": _UNKNOWN}.get(state, "")
