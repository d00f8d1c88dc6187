"""The JSON API of what waits at an officer's desk: visitors, calls to finish, and words he said himself.

Owns the routes; each needs a desk, and shows and changes that desk alone.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from memo_service.aftercall.refused import AfterRefusedError
from memo_service.aftercall.service import Finish
from memo_service.context import Context
from memo_service.memos.labels import FAULTS
from memo_service.memos.together import MemoNotSavedError
from memo_service.mydesk.waiting import WaitingDesk
from memo_service.visitors.verdict import Ending
from office.calendar import utc

_Moment = Annotated[int, Field(ge=0, le=4_102_444_800_000)]


class VisitorIn(BaseModel):
    """A visitor begins to wait. `id` is the page's: sent twice, begun once. `call`: whom he waits for."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    call: Annotated[str | None, Field(max_length=80)] = None


class EndIn(BaseModel):
    """How his waiting ended."""

    ending: Literal["helped", "left", "mistake"] = "helped"


class PromiseIn(BaseModel):
    """When the caller was told he would be called back (epoch ms)."""

    asked_at_ms: _Moment


class FinishIn(BaseModel):
    """How a call is finished. `asked_at_ms`: when the citizen wants to be called; None: as soon as can be."""

    how: Finish
    asked_at_ms: _Moment | None = None


class VisitorOut(BaseModel):
    """A visitor who waits. Times are epoch milliseconds of the office's clock."""

    id: str
    since_ms: int
    near_at_ms: int
    limit_at_ms: int
    on_line: bool
    promised: str


class AfterOut(BaseModel):
    """A call that waits to be finished; the number is masked."""

    call_id: str
    who: str
    follow: bool
    promised: str
    gist: str


class WaitingOut(BaseModel):
    """What waits at the desk, the longest first."""

    visitors: list[VisitorOut]
    calls: list[AfterOut]
    count: int


class EndedOut(BaseModel):
    """`ended` False: it had ended before, and nothing changed."""

    ended: bool


class MadeOut(BaseModel):
    """The memo that it led to, if one was made."""

    memo: str | None


def desk_api(context: Context) -> APIRouter:
    """Routes below /api/my/waiting, /api/visitors and /api/calls/{id}."""
    router = APIRouter(tags=["my desk"])
    desk = WaitingDesk(context)

    @router.get("/api/my/waiting")
    def waiting(request: Request) -> WaitingOut:
        """Visitors who wait at this desk, and calls that its officer has to finish."""
        return WaitingOut.model_validate(desk.view(context.desk.actor(request)), from_attributes=True)

    _add_visitors(router, context)
    _add_calls(router, context)
    return router


async def desk_refusal_answer(_: Request, error: Exception) -> Response:
    """409 with a code for programs and the reason for people; 503 where nothing could be saved."""
    if isinstance(error, MemoNotSavedError):
        return JSONResponse({"detail": FAULTS["not_saved"], "code": "not_saved"}, status_code=503)
    code = error.code if isinstance(error, AfterRefusedError) else "too_many"
    return JSONResponse({"detail": str(error), "code": code}, status_code=409)


def _add_visitors(router: APIRouter, context: Context) -> None:
    @router.post("/api/visitors", status_code=204)
    async def begin(request: Request, asked: VisitorIn) -> None:
        """A visitor waits at this desk from now on (charter V2)."""
        await context.visitors.begin(context.desk.actor(request), asked.id, asked.call)

    @router.post("/api/visitors/{visitor}/end")
    async def end(request: Request, visitor: str, asked: EndIn) -> EndedOut:
        """His waiting is over. It ends this one, and only once."""
        actor = context.desk.actor(request)
        return EndedOut(ended=await context.visitors.end(actor, visitor, Ending(asked.ending)))

    @router.post("/api/visitors/{visitor}/callback")
    async def promise(request: Request, visitor: str, asked: PromiseIn) -> MadeOut:
        """The caller is called back at that time, so that the visitor can be helped now."""
        actor = context.desk.actor(request)
        return MadeOut(memo=await context.visitors.promise(actor, visitor, _at(asked.asked_at_ms)))


def _add_calls(router: APIRouter, context: Context) -> None:
    @router.post("/api/calls/{call_id}/after")
    async def finish(request: Request, call_id: str, asked: FinishIn) -> MadeOut:
        """Finish a call that is over for this officer; memo and callback are made before it counts."""
        actor = context.desk.actor(request)
        at = None if asked.asked_at_ms is None else _at(asked.asked_at_ms)
        return MadeOut(memo=await context.after.finish(actor, call_id, asked.how, at))

    @router.post("/api/calls/{call_id}/words", status_code=204)
    async def said(request: Request, call_id: str) -> None:
        """He greeted with his own voice (charter T2, T3)."""
        await context.said.tick(context.desk.actor(request), call_id)


def _at(ms: int) -> datetime:
    return utc(ms * 1000)
