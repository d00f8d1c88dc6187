"""The JSON API of calls, and the event stream."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request
from starlette.responses import Response

from memo_service.access.viewer import Viewer
from memo_service.calls import schemas
from memo_service.calls.live import live_view
from memo_service.context import Context
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.ledger.reader import CallFilter, ListedCall, StoredCall
from memo_service.ledger.verdicts import ALL_PROMISES, Verdict
from memo_service.web.hub import EventStream


def call_api(context: Context) -> APIRouter:
    """Routes below /api, and /events."""
    router = APIRouter(tags=["calls"])

    @router.get("/api/calls")
    def list_calls(request: Request, asked: Annotated[schemas.ListIn, Query()]) -> schemas.CallList:
        """The calls that are the asker's business, newest first."""
        viewer = _viewer(context, request)
        party = _party(context, asked.caller)
        if asked.caller is not None and party is None:
            return schemas.CallList(calls=[], more=False)
        wanted = CallFilter(
            asked.department, asked.promise, asked.result, asked.late, party, whose=viewer.whose
        )
        found = context.reader.calls(wanted, offset=asked.offset, limit=asked.limit + 1)
        return schemas.CallList(
            calls=[schemas.CallOut(**_listed(context, viewer, call)) for call in found[: asked.limit]],
            more=len(found) > asked.limit,
        )

    @router.get("/api/calls/{call_id}")
    def one_call(request: Request, call_id: str) -> schemas.CallDetail:
        """A call with its events and verdicts; 404 if there is none, 403 if it is not the asker's."""
        viewer = _viewer(context, request)
        return _detail(context, viewer, seen_call(context, viewer, call_id))

    @router.get("/api/verdicts")
    def verdicts_of(request: Request, call_id: str) -> list[schemas.VerdictOut]:
        """Verdicts of one call; empty before its end, and where there is no such call."""
        viewer = _viewer(context, request)
        if viewer.whose is not None:
            seen_call(context, viewer, call_id)
        return _verdicts(context, viewer, context.reader.verdicts(call_id))

    @router.get("/api/board")
    async def board() -> schemas.BoardOut:
        """The calls that are up."""
        return _board(context)

    @router.get("/events", response_class=Response)
    async def events(
        request: Request, after: str = "", last_event_id: Annotated[str | None, Header()] = None
    ) -> EventStream:
        """Server-sent events: `board` (calls put and dropped, the facts behind), `parts`, `reset`, `ping`.

        What all may see goes to all; figures of departments to those alone who may see them (access.viewer).
        """
        scope = _viewer(context, request).figures
        return EventStream(context.hub, last_event_id or after, context.desk.reader(request, scope))

    return router


def _viewer(context: Context, request: Request) -> Viewer:
    return context.access.viewer(context.desk.actor(request))


def seen_call(context: Context, viewer: Viewer, call_id: str) -> StoredCall:
    """A call that this viewer may open; raises NotFoundError and ForbiddenError."""
    found = context.reader.call(call_id)
    if found is None:
        raise NotFoundError
    phones = [leg.phone for leg in found.record.legs]
    if not viewer.sees_call(found.row.department, found.row.exten, phones):
        raise ForbiddenError("다른 자리의 통화입니다. 자기 통화와, 팀장은 자기 과의 통화를 봅니다.")
    return found


def _party(context: Context, caller: str | None) -> str | None:
    if caller is None:
        return None
    if not context.access.demo:
        raise HTTPException(403, "calls can be found by number on the demo only")
    return context.reader.party_of(caller)


def _listed(context: Context, viewer: Viewer, call: ListedCall) -> dict[str, Any]:
    row = call.row
    return {
        "call_id": row.call_id,
        "pbx": row.pbx,
        "call_class": row.call_class,
        "exten": context.access.exten(viewer, row.exten),
        "desk_kind": row.desk_kind,
        "department": row.department,
        "withheld": row.withheld,
        "started_at": row.started_at,
        "rang_at": row.rang_at,
        "answered_at": row.answered_at,
        "ended_at": row.ended_at,
        "ring_ms": row.ring_ms,
        "late": row.late,
        "complete": row.complete,
        "results": {promise: v.result.value for promise, v in call.verdicts.items()},
    }


def _detail(context: Context, viewer: Viewer, call: StoredCall) -> schemas.CallDetail:
    return schemas.CallDetail(
        **_listed(context, viewer, ListedCall(call.row, call.verdicts)),
        caller=str(call.number or ""),
        charter=call.rulebook,
        verdicts=_verdicts(context, viewer, call.verdicts),
        events=[context.access.event(viewer, event) for event in call.events],
    )


def _verdicts(context: Context, viewer: Viewer, verdicts: dict[str, Verdict]) -> list[schemas.VerdictOut]:
    return [
        schemas.VerdictOut(
            promise=verdict.promise,
            result=verdict.result.value,
            reason=verdict.reason,
            department=verdict.department,
            measures=context.access.measures(viewer, verdict.measures),
        )
        for verdict in (verdicts[p] for p in ALL_PROMISES if p in verdicts)
    ]


def _board(context: Context) -> schemas.BoardOut:
    now = context.now()
    ring = context.office.charter.ring
    views = [live_view(record) for record in context.board.records.values()]
    return schemas.BoardOut(
        position=context.hub.position,
        link=context.state.link.value,
        calls=[
            schemas.LiveOut(
                call_id=view.call_id,
                phase=view.phase.value,
                department=view.department,
                call_class=view.call_class.value,
                started_at=view.started_at,
                rang_at=view.rang_at,
                ring_ms=view.ring_ms,
                late=view.is_late(ring, now),
                uncertain=view.uncertain,
            )
            for view in views
        ],
    )
