"""The JSON API of memos: lists, one memo, recordings that nobody claims.

Owns what leaves this way: no name, no matter, no number but masked. On the demo everybody may read it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AwareDatetime, BaseModel

from memo_service.context import Context
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.memos.models import Recording
from memo_service.memos.reader import STATES, FoundMemo, MemoFilter, Scope
from memo_service.recordings.sweep import Unclaimed
from office.directory import OfficeRole

Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


class RecordingOut(BaseModel):
    """A recording of a memo. `state` as in memos.models."""

    id: str
    kind: str
    state: str
    seconds: float | None


class CallbackOut(BaseModel):
    """The reply that is due."""

    id: str
    state: str
    due_at: AwareDatetime
    owner: str | None
    outcome: str | None


class ReceiptsOut(BaseModel):
    """When the memo was first delivered, read, acted on."""

    delivered: AwareDatetime | None
    read: AwareDatetime | None
    acted: AwareDatetime | None


class MemoOut(BaseModel):
    """A memo. `number` is masked."""

    id: str
    call_id: str | None
    channel: str
    taken_by: str
    why: str
    officer: str | None
    department: str | None
    exten: str
    received_at: AwareDatetime
    reply_wanted: bool
    asked_at: AwareDatetime | None
    promised_at: AwareDatetime | None
    due_at: AwareDatetime | None
    closed: str | None
    incomplete: bool
    withheld: bool
    has_number: bool
    has_matter: bool
    number: str
    keyed_number: str
    state: str
    recording: RecordingOut | None
    recordings: list[RecordingOut]
    receipts: ReceiptsOut
    callback: CallbackOut | None


class VerdictOut(BaseModel):
    """T6 as it stands."""

    result: str
    reason: str
    measures: dict[str, Any]


class MemoDetail(MemoOut):
    """A memo with its history; `verdict` is null while nobody has read it."""

    events: list[dict[str, Any]]
    verdict: VerdictOut | None


class MemoList(BaseModel):
    """Memos, newest first."""

    memos: list[MemoOut]
    more: bool


class UnclaimedOut(BaseModel):
    """A file in the PBX's spool that no memo has told of."""

    name: str
    since: AwareDatetime
    bytes: int


def memo_api(context: Context) -> APIRouter:
    """Routes below /api."""
    router = APIRouter(tags=["memos"])

    @router.get("/api/memos")
    def list_memos(
        request: Request,
        *,
        caller: str | None = None,
        officer: str | None = None,
        department: str | None = None,
        state: str | None = None,
        offset: Offset = 0,
        limit: Limit = 50,
    ) -> MemoList:
        """Memos, newest first. `state`: new, read, acted. `caller` finds a number's memos."""
        if state is not None and state not in STATES:
            raise HTTPException(422, f"state is one of {', '.join(STATES)}")
        party = context.memos.reader.party_of(caller) if caller is not None else None
        if caller is not None and party is None:
            return MemoList(memos=[], more=False)
        officers = (officer,) if officer is not None else ()
        wanted = MemoFilter(_scope(context, request), officers, department, party, state)
        found = context.memos.reader.memos(wanted, offset=offset, limit=limit + 1)
        memos = [MemoOut(**_memo(memo)) for memo in found[:limit]]
        return MemoList(memos=memos, more=len(found) > limit)

    @router.get("/api/memos/{memo_id}")
    def one_memo(memo_id: str, request: Request) -> MemoDetail:
        """A memo with its history; 404 if there is none."""
        found = context.memos.reader.memo(memo_id)
        if found is None:
            raise NotFoundError
        scope = _scope(context, request)
        if not scope.covers(found.row):
            raise ForbiddenError("another department's memo")
        return _detail(context, found)

    @router.get("/api/recordings/unclaimed")
    def unclaimed(request: Request) -> list[UnclaimedOut]:
        """Recordings in the spool that belong to no memo, for administrators."""
        if not context.access.demo:
            actor = context.desk.actor(request)
            if actor.role is not OfficeRole.ADMINISTRATOR:
                raise ForbiddenError("administrators only")
        return [_unclaimed(file) for file in context.memos.sweep.unclaimed()]

    return router


def _scope(context: Context, request: Request) -> Scope:
    """Everything on the demo, whose citizens are made up; else what the officer at the desk may see."""
    if context.access.demo:
        return Scope(everything=True)
    return context.memos.acts.concern.scope(context.desk.actor(request))


def _memo(found: FoundMemo) -> dict[str, Any]:
    row, callback = found.row, found.callback
    return {
        **{name: getattr(row, name) for name in _AS_STORED},
        "due_at": callback.due_at if callback else None,
        "incomplete": row.incomplete,
        "number": str(found.number or ""),
        "keyed_number": str(found.keyed or ""),
        "state": found.state,
        "recording": _recording(found.recording) if found.recording else None,
        "recordings": [_recording(recording) for recording in found.recordings],
        "receipts": ReceiptsOut(delivered=row.delivered_at, read=row.read_at, acted=row.acted_at),
        "callback": CallbackOut(
            id=callback.id,
            state=callback.state,
            due_at=callback.due_at,
            owner=callback.owner,
            outcome=callback.outcome,
        )
        if callback
        else None,
    }


_AS_STORED = (
    "id", "call_id", "channel", "taken_by", "why", "officer", "department", "exten", "received_at",
    "reply_wanted", "asked_at", "promised_at", "closed", "withheld", "has_number", "has_matter",
)  # fmt: skip


def _recording(row: Recording) -> RecordingOut:
    seconds = None if row.length_ms is None else row.length_ms / 1000
    return RecordingOut(id=row.id, kind=row.kind, state=row.state, seconds=seconds)


def _detail(context: Context, found: FoundMemo) -> MemoDetail:
    story = context.memos.reader.story(found.row.id)
    verdict = story.verdict
    return MemoDetail(
        **_memo(found),
        events=[
            {"at": event.at, "kind": event.kind, "actor": event.actor, "detail": event.detail}
            for event, _ in story.events
        ],
        verdict=VerdictOut(result=verdict.result, reason=verdict.reason, measures=verdict.measures)
        if verdict
        else None,
    )


def _unclaimed(file: Unclaimed) -> UnclaimedOut:
    return UnclaimedOut(name=file.name, since=file.since, bytes=file.bytes)
