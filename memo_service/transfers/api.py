"""The JSON API of an officer's own desk: what stands on it, whom he can pass a citizen on to, and doing so.

Owns the routes; each needs a desk, and shows and changes that desk alone.
"""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from memo_service.context import Context
from memo_service.talk.service import TalkConflictError, Typed
from memo_service.transfers.deskview import talk_view
from memo_service.transfers.refused import TransferRefusedError
from memo_service.transfers.views import DeskView, Ordered, TalkView, TargetList

_Line = Annotated[str, Field(max_length=1000)]


class TransferIn(BaseModel):
    """Whom to pass the citizen on to, and the gist that travels ahead."""

    exten: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
    gist: _Line = ""
    confirmed: bool = False


class GistIn(BaseModel):
    """One line for a transfer that is on its way."""

    gist: _Line


class TalkIn(BaseModel):
    """What he typed, whole, over version `over`. `stamp`: he has read the line back (charter T4)."""

    over: Annotated[int, Field(ge=0)]
    read_back: _Line = ""
    notes: Annotated[str, Field(max_length=8000)] = ""
    stamp: bool = False


def transfer_api(context: Context) -> APIRouter:
    """Routes below /api/my, /api/calls/{id} and /api/transfers."""
    router = APIRouter(tags=["my desk"])
    _add_desk(router, context)
    _add_transfers(router, context)
    _add_talk(router, context)
    return router


async def transfer_refusal_answer(_: Request, error: Exception) -> Response:
    """409: code for programs, reason for people; `confirm`: asked again with `confirmed`, it is done."""
    refusal = cast(TransferRefusedError, error)  # what it is registered for
    deputy = refusal.deputy.model_dump() if refusal.deputy else None
    content = {"detail": refusal.text, "code": refusal.code, "confirm": refusal.confirm, "deputy": deputy}
    return JSONResponse(content, status_code=409)


async def talk_conflict_answer(_: Request, error: Exception) -> Response:
    """409 with both texts: `theirs` stands with its version, `mine` was not saved."""
    conflict = cast(TalkConflictError, error)
    mine = {"read_back": conflict.mine.read_back, "notes": conflict.mine.notes}
    content: dict[str, Any] = {
        "detail": "다른 창에서 먼저 고쳤습니다.",
        "code": "conflict",
        "theirs": talk_view(conflict.theirs).model_dump(),
        "mine": mine,
    }
    return JSONResponse(content, status_code=409)


def _add_desk(router: APIRouter, context: Context) -> None:
    @router.get("/api/my")
    def my_desk(request: Request) -> DeskView:
        """This officer's desk at this moment."""
        return context.transfers.desk_view(context.desk.actor(request))

    @router.get("/api/my/targets")
    def my_targets(
        request: Request, q: Annotated[str, Query(max_length=60)] = "", call: str = ""
    ) -> TargetList:
        """Whom a citizen can be passed on to, by duty, name, department or extension."""
        return context.transfers.targets(context.desk.actor(request), q, call)


def _add_transfers(router: APIRouter, context: Context) -> None:
    @router.post("/api/calls/{call_id}/transfer", status_code=202)
    async def order(request: Request, call_id: str, asked: TransferIn) -> Ordered:
        """Order a transfer; 409 with code and reason where it may not be, or has to be confirmed."""
        actor = context.desk.actor(request)
        return await context.transfers.order(
            actor, call_id, asked.exten, asked.gist, confirmed=asked.confirmed
        )

    @router.post("/api/transfers/{transfer}/opened", status_code=204)
    async def opened(request: Request, transfer: str) -> None:
        """The target has opened the gist."""
        await context.transfers.opened(context.desk.actor(request), transfer)

    @router.put("/api/transfers/{transfer}/gist", status_code=204)
    async def late_gist(request: Request, transfer: str, asked: GistIn) -> None:
        """One line for a transfer begun at a phone's key."""
        await context.transfers.late_gist(context.desk.actor(request), transfer, asked.gist)


def _add_talk(router: APIRouter, context: Context) -> None:
    @router.get("/api/calls/{call_id}/talk")
    def talk(request: Request, call_id: str) -> TalkView:
        """What this officer typed in this call; version 0 where he typed nothing."""
        return talk_view(context.transfers.talks.get(context.desk.actor(request), call_id))

    @router.put("/api/calls/{call_id}/talk")
    async def save_talk(request: Request, call_id: str, asked: TalkIn) -> TalkView:
        """Save over the version he knew; 409 with both texts where another tab was first."""
        typed = Typed(asked.over, asked.read_back, asked.notes, asked.stamp)
        return talk_view(await context.transfers.save_talk(context.desk.actor(request), call_id, typed))
