"""The JSON API of callbacks.

What officers do needs a desk. What stands open can be read without one on the demo alone, as calls can.
"""

import dataclasses
from typing import Annotated, Any, cast

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import JSONResponse, Response

from memo_service.access.actor import Actor
from memo_service.access.viewer import Access
from memo_service.callbacks import labels, schemas
from memo_service.callbacks.life import State
from memo_service.callbacks.queue import CallbackDetail, QueueFilter
from memo_service.callbacks.queue_rows import QueueRow, Urgency
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.calls.schemas import VerdictOut
from memo_service.context import Context
from memo_service.ledger.verdicts import Verdict

_STATES = frozenset({*State, *Urgency})


def callback_api(context: Context) -> APIRouter:
    """Routes below /api/callbacks."""
    router = APIRouter(prefix="/api/callbacks", tags=["callbacks"])
    _add_reading(router, context)
    _add_acts(router, context)
    return router


async def refusal_answer(_: Request, error: Exception) -> Response:
    """409 with the code for programs and the reason for people; `who` holds it, if it is taken."""
    refusal = cast(CallbackRefusedError, error)  # what it is registered for
    content = {"detail": refusal.text, "code": refusal.code, "who": refusal.who}
    return JSONResponse(content, status_code=409)


def _add_reading(router: APIRouter, context: Context) -> None:
    @router.get("")
    def list_callbacks(
        request: Request,
        asked_for: Annotated[schemas.ListIn, Query()],
    ) -> schemas.CallbackList:
        """Callbacks, oldest due first; `state` may be repeated."""
        actor = _reader(context, request)
        party = _party(context, asked_for.caller)
        if asked_for.caller is not None and party is None:
            return schemas.CallbackList(callbacks=[], more=False)
        wanted = QueueFilter(
            officer=asked_for.officer,
            department=asked_for.department,
            states=_states(asked_for.state),
            party=party,
            asked=asked_for.asked,
            closed=asked_for.closed or State.CLOSED in asked_for.state,
        )
        offset, limit = asked_for.offset, asked_for.limit
        rows = context.callbacks.queue.rows(wanted, actor, context.now(), offset=offset, limit=limit + 1)
        return schemas.CallbackList(
            callbacks=[schemas.CallbackOut(**_row(row)) for row in rows[:limit]], more=len(rows) > limit
        )

    @router.get("/{callback_id}")
    def one_callback(request: Request, callback_id: str) -> schemas.CallbackDetailOut:
        """A callback with its history, its attempts, and why it is due when it is; 404 if there is none."""
        found = context.callbacks.queue.one(callback_id, _reader(context, request), context.now())
        return _detail(found, context.access)


def _add_acts(router: APIRouter, context: Context) -> None:
    acts = context.callbacks.acts

    @router.post("/assign")
    def assign_many(request: Request, asked: schemas.AssignManyIn) -> schemas.MovedOut:
        """Give several to one officer; all of them or none."""
        return schemas.MovedOut(moved=acts.assign(context.desk.actor(request), asked.ids, asked.officer))

    @router.post("/{callback_id}/call")
    def call(request: Request, callback_id: str, asked: schemas.CallIn | None = None) -> schemas.PlacedOut:
        """Ring the officer's phone, then the citizen's; 409 with code and reason where it may not be."""
        confirmed = asked is not None and asked.confirmed
        placed = acts.call(context.desk.actor(request), callback_id, confirmed=confirmed)
        return schemas.PlacedOut(**dataclasses.asdict(placed))

    @router.post("/{callback_id}/assign")
    def assign(request: Request, callback_id: str, asked: schemas.AssignIn) -> schemas.MovedOut:
        """Give it to an officer, or back to the department."""
        moved = acts.assign(context.desk.actor(request), [callback_id], asked.officer)
        return schemas.MovedOut(moved=moved)

    @router.post("/{callback_id}/note", status_code=204)
    def note(request: Request, callback_id: str, asked: schemas.NoteIn) -> None:
        """Add a line to the history."""
        acts.note(context.desk.actor(request), callback_id, asked.text)

    @router.post("/{callback_id}/defer", status_code=204)
    def defer(request: Request, callback_id: str, asked: schemas.DeferIn) -> None:
        """Put the next call off."""
        acts.defer(context.desk.actor(request), callback_id, asked.until, asked.reason)

    @router.post("/{callback_id}/mark", status_code=204)
    def mark(request: Request, callback_id: str, asked: schemas.MarkIn) -> None:
        """Say what the last call came to."""
        acts.mark(context.desk.actor(request), callback_id, asked.result)

    @router.post("/{callback_id}/close", status_code=204)
    def close(request: Request, callback_id: str, asked: schemas.CloseIn) -> None:
        """Done."""
        acts.close(context.desk.actor(request), callback_id, asked.outcome, asked.text)

    @router.post("/{callback_id}/reopen", status_code=204)
    def reopen(request: Request, callback_id: str, asked: schemas.ReopenIn | None = None) -> None:
        """Open again."""
        acts.reopen(context.desk.actor(request), callback_id, asked.reason if asked else "")

    @router.post("/{callback_id}/approve", status_code=204)
    def approve(request: Request, callback_id: str) -> None:
        """Allow an international number to be called (leaders)."""
        acts.approve(context.desk.actor(request), callback_id)


def _reader(context: Context, request: Request) -> Actor | None:
    """Who reads. On the demo everybody reads everything; elsewhere one must have a desk."""
    if context.access.demo:
        return None
    return context.desk.actor(request)


def _party(context: Context, caller: str | None) -> str | None:
    if caller is None:
        return None
    if not context.access.demo:
        raise HTTPException(403, "callbacks can be found by number on the demo only")
    return context.reader.party_of(caller)


def _states(asked: list[str]) -> tuple[str, ...]:
    unknown = sorted(set(asked) - _STATES)
    if unknown:
        raise HTTPException(422, f"no such state: {', '.join(unknown)}; one of {', '.join(sorted(_STATES))}")
    return tuple(asked)


def _row(row: QueueRow) -> dict[str, Any]:
    found = dataclasses.asdict(row)
    pressing = row.urgency is not Urgency.NONE
    found["label"] = labels.STATES[row.urgency.value if pressing else row.state.value]
    return found


def _detail(found: CallbackDetail, access: Access) -> schemas.CallbackDetailOut:
    return schemas.CallbackDetailOut(
        **_row(found.row),
        steps=[
            schemas.StepOut(label=labels.STEPS[step.kind], **dataclasses.asdict(step)) for step in found.steps
        ],
        attempts=[schemas.AttemptOut(**dataclasses.asdict(attempt)) for attempt in found.attempts],
        why=[
            schemas.WhyOut(
                day=step.day.isoformat(),
                begins_at=step.begins_at,
                ends_at=step.ends_at,
                counted_s=round(step.counted.total_seconds()),
                why_not=step.why_not,
            )
            for step in found.why
        ],
        verdict=_verdict(found.verdict, access),
    )


def _verdict(verdict: Verdict | None, access: Access) -> VerdictOut | None:
    if verdict is None:
        return None
    return VerdictOut(
        promise=verdict.promise,
        result=verdict.result.value,
        reason=verdict.reason,
        department=verdict.department,
        measures=access.measures(access.everybody(), verdict.measures),
    )
