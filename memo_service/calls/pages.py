"""The pages: live board, call page, list of calls."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from memo_service.access.viewer import Viewer
from memo_service.calls import labels
from memo_service.calls.api import seen_call
from memo_service.calls.present import MAIN_GROUP, t1_readings
from memo_service.calls.story import tell
from memo_service.calls.summary import summary_values
from memo_service.calls.timeline import Timeline, draw
from memo_service.calls.transfer_lines import transfer_lines
from memo_service.context import Context
from memo_service.ledger.reader import CallFilter, ListedCall, StoredCall
from memo_service.ledger.verdicts import ALL_PROMISES, Result, Verdict

PAGE_SIZE = 25
_CHOICES = {
    **{f"{promise}:{result}": (promise, result) for promise in ALL_PROMISES for result in Result},
    **{f"any:{result}": (None, result) for result in Result},
}


def call_pages(context: Context) -> APIRouter:
    """Routes of the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def viewer(request: Request) -> Viewer:
        return context.access.viewer(context.desk.actor(request))

    @router.get("/")
    async def board_page(request: Request) -> HTMLResponse:
        return context.pages.page("board.html", **await _board_values(context, viewer(request)))

    @router.get("/board")
    async def board_fragment(request: Request) -> HTMLResponse:
        return context.pages.page("_board.html", **await _board_values(context, viewer(request)))

    @router.get("/calls")
    def calls_page(
        request: Request,
        department: str = "",
        verdict: str = "",
        late: str = "",
        page: Annotated[int, Query(ge=1, le=40_000)] = 1,
    ) -> HTMLResponse:
        values = _list_values(context, viewer(request), department, verdict, late, page)
        only_list = request.headers.get("HX-Target") == "call-list"
        return context.pages.page("_calls_list.html" if only_list else "calls.html", **values)

    @router.get("/calls/{call_id}")
    def call_page(request: Request, call_id: str) -> HTMLResponse:
        reader = viewer(request)
        found = seen_call(context, reader, call_id)
        return context.pages.page("call.html", **_call_values(context, reader, found))

    return router


async def _board_values(context: Context, viewer: Viewer) -> dict[str, Any]:
    # the position first: what happens while the page is made comes again over the stream, nothing is missed
    context.hub.expect(viewer.figures)
    position = context.hub.position
    summary = await asyncio.to_thread(summary_values, context, viewer)
    return {
        **summary,
        "position": position,
        "now_ms": int(context.now().timestamp() * 1000),
        "rows": context.board.rows(),
        "banners": context.state.banners(),
        "observed": context.state.observed,
        "main_group": MAIN_GROUP,
        "trunk": context.office.directory.trunk,
        "ring": context.office.charter.ring,
        "an_extension": next(iter(context.office.directory.officers.values())).extension,
    }


def _list_values(
    context: Context, viewer: Viewer, department: str, verdict: str, late: str, page: int
) -> dict[str, Any]:
    promise, result = _CHOICES.get(verdict, (None, None))
    wanted = CallFilter(
        department=department or None,
        promise=promise,
        result=result.value if result else None,
        late={"yes": True, "no": False}.get(late),
        whose=viewer.whose,
    )
    found = context.reader.calls(wanted, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return {
        "calls": [context.present.line(viewer, call) for call in found[:PAGE_SIZE]],
        "more": len(found) > PAGE_SIZE,
        "page": page,
        "chosen": {"department": department, "verdict": verdict, "late": late},
        "whose": viewer.whose,
        "departments": context.office.directory.departments,
        "choices": [(f"any:{r}", f"어느 하나라도 {labels.RESULTS[r]}") for r in Result]
        + [(f"{p}:{r}", f"{labels.PROMISES[p]} · {labels.RESULTS[r]}") for p in ALL_PROMISES for r in Result],
        "labels": labels,
        "banners": context.state.banners(),
        "observed": context.state.observed,
    }


def _call_values(context: Context, viewer: Viewer, call: StoredCall) -> dict[str, Any]:
    measures = call.verdicts["T1"].measures if "T1" in call.verdicts else {}
    answer = call.record.answer
    return {
        "call": call,
        "title": context.access.desk(viewer, call.row.exten)
        or context.access.department(call.row.department)
        or labels.CLASSES[call.row.call_class],
        "department": context.access.department(call.row.department),
        "line": context.present.line(viewer, ListedCall(call.row, call.verdicts)),
        "memo_id": context.memos.reader.of_call(call.row.call_id),
        "answered_by": context.access.phone(viewer, answer.phone) if answer else "",
        "caller": _caller(call),
        "verdicts": [(v, context.present.chip(v)) for v in _in_order(call.verdicts)],
        "t1": measures,
        "readings": t1_readings(measures),
        "transfers": transfer_lines(context.access, viewer, call.record, call.verdicts.get("T5")),
        "timeline": _timeline(context, viewer, call),
        "steps": tell(context.access, viewer, call.events, call.record.first_at),
        "labels": labels,
        "banners": context.state.banners(),
        "observed": context.state.observed,
    }


def _in_order(verdicts: dict[str, Verdict]) -> list[Verdict]:
    return [verdicts[promise] for promise in ALL_PROMISES if promise in verdicts]


def _caller(call: StoredCall) -> dict[str, str]:
    """The citizen's number, masked, with its kind."""
    if call.number is None:
        return {"text": labels.NUMBER_ABSENT, "kind": ""}
    return {"text": str(call.number), "kind": labels.NUMBER_KINDS.get(call.number.kind, "")}


def _timeline(context: Context, viewer: Viewer, call: StoredCall) -> Timeline:
    names = {leg.leg: context.access.phone(viewer, leg.phone) for leg in call.record.legs}
    names[""] = "민원인" if call.row.call_class == "citizen" else "건 사람"
    return draw(call.record, context.office.charter.ring, names, labels.PROMPTS, context.now())
