"""The JSON API of calls, and the event stream."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query
from starlette.responses import Response

from memo_service.calls import schemas
from memo_service.calls.live import live_view
from memo_service.context import Context
from memo_service.ledger.reader import CallFilter, ListedCall, StoredCall
from memo_service.ledger.verdicts import ALL_PROMISES, Verdict
from memo_service.web.hub import EventStream

Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


def call_api(context: Context) -> APIRouter:
    """Routes below /api, and /events."""
    router = APIRouter(tags=["calls"])

    @router.get("/api/calls")
    def list_calls(
        *,
        caller: str | None = None,
        department: str | None = None,
        promise: str | None = None,
        result: str | None = None,
        late: bool | None = None,
        offset: Offset = 0,
        limit: Limit = 50,
    ) -> schemas.CallList:
        """Calls, newest first. `caller` finds a number's calls, on the demo only."""
        party = _party(context, caller)
        if caller is not None and party is None:
            return schemas.CallList(calls=[], more=False)
        wanted = CallFilter(department, promise, result, late, party)
        found = context.reader.calls(wanted, offset=offset, limit=limit + 1)
        return schemas.CallList(
            calls=[schemas.CallOut(**_listed(context, call)) for call in found[:limit]],
            more=len(found) > limit,
        )

    @router.get("/api/calls/{call_id}")
    def one_call(call_id: str) -> schemas.CallDetail:
        """A call with its events and verdicts; 404 if there is none."""
        found = context.reader.call(call_id)
        if found is None:
            raise HTTPException(404, "no such call")
        return _detail(context, found)

    @router.get("/api/verdicts")
    def verdicts_of(call_id: str) -> list[schemas.VerdictOut]:
        """Verdicts of one call; empty before its end."""
        return _verdicts(context, context.reader.verdicts(call_id))

    @router.get("/api/board")
    async def board() -> schemas.BoardOut:
        """The calls that are up."""
        return _board(context)

    @router.get("/events", response_class=Response)
    async def events(after: str = "", last_event_id: Annotated[str | None, Header()] = None) -> EventStream:
        """Server-sent events: `board` (calls put and dropped, the facts behind), `parts`, `reset`, `ping`."""
        return EventStream(context.hub, last_event_id or after)

    return router


def _party(context: Context, caller: str | None) -> str | None:
    if caller is None:
        return None
    if not context.access.stranger().may_search_by_number:
        raise HTTPException(403, "calls can be found by number on the demo only")
    return context.reader.party_of(caller)


def _listed(context: Context, call: ListedCall) -> dict[str, Any]:
    row = call.row
    return {
        "call_id": row.call_id,
        "pbx": row.pbx,
        "call_class": row.call_class,
        "exten": context.access.exten(context.access.stranger(), row.exten),
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


def _detail(context: Context, call: StoredCall) -> schemas.CallDetail:
    viewer = context.access.stranger()
    return schemas.CallDetail(
        **_listed(context, ListedCall(call.row, call.verdicts)),
        caller=str(call.number or ""),
        charter=call.rulebook,
        verdicts=_verdicts(context, call.verdicts),
        events=[context.access.event(viewer, event) for event in call.events],
    )


def _verdicts(context: Context, verdicts: dict[str, Verdict]) -> list[schemas.VerdictOut]:
    viewer = context.access.stranger()
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
