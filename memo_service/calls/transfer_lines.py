"""The transfers of one call as its page lists them: strings for one viewer, nothing left to decide."""

from dataclasses import dataclass
from typing import Any

from memo_service.access.viewer import Access, Viewer
from memo_service.calls import labels
from memo_service.ledger.verdicts import CallRecord, Verdict
from memo_service.ledger.verdicts.handover import Transfer
from office.calendar import KST


@dataclass(frozen=True, slots=True)
class TransferLine:
    """One transfer. `result` is of the verdict; empty before the call's end."""

    hop: str
    clock: str
    by: str
    to: str
    way: str
    waited: str
    joined: str
    end: str
    result: str
    result_label: str
    reason: str


def transfer_lines(
    access: Access, viewer: Viewer, record: CallRecord, verdict: Verdict | None
) -> list[TransferLine]:
    """The transfers of a call, in order of time."""
    measures: Any = verdict.measures.get("transfers", []) if verdict else []
    judged = {one["transfer"]: one for one in measures}
    return [_line(access, viewer, t, judged.get(t.transfer, {})) for t in record.transfers]


def _line(access: Access, viewer: Viewer, transfer: Transfer, judged: dict[str, Any]) -> TransferLine:
    request, result = transfer.request, judged.get("result", "")
    department = access.department(request.department) if request else ""
    return TransferLine(
        hop=f"{request.hop}번째" if request else "–",
        clock=f"{transfer.at.astimezone(KST):%H:%M:%S}",
        by=access.phone(viewer, request.by) if request else "",
        to=(access.desk(viewer, request.exten) or department) if request else "",
        way=labels.TRANSFER_WAYS[request.way] if request else "",
        waited=labels.seconds(_ms(transfer, answered=True)),
        joined=labels.seconds(_ms(transfer, answered=False)),
        end=_end(transfer),
        result=result,
        result_label=labels.RESULTS.get(result, ""),
        reason=labels.reason("T5", judged["reason"]) if judged else "",
    )


def _ms(transfer: Transfer, *, answered: bool) -> float | None:
    """From the order to the new officer's answer, or until citizen and he were together."""
    moment = (transfer.answer.at if transfer.answer else None) if answered else transfer.joined_at
    if transfer.request is None or moment is None:
        return None
    return max((moment - transfer.request.at).total_seconds() * 1000, 0.0)


def _end(transfer: Transfer) -> str:
    if transfer.result is None:
        return labels.PHASES["transferring"]
    told = [labels.TRANSFER_ENDS[transfer.result]]
    if transfer.refusal or transfer.why:
        told.append(
            labels.TRANSFER_REFUSALS.get(transfer.refusal or "") or labels.OUTCOMES[transfer.why or ""]
        )
    if transfer.after:
        told.append(labels.TRANSFER_AFTER[transfer.after])
    return " · ".join(told)
