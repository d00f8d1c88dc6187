"""The officer's desk page `/my` and the parts of it that its script asks for.

Owns the routes; each shows the desk of who asks and no other. Facts are `transfers`', acts go to its API.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from memo_service.access.actor import Actor
from memo_service.callbacks.present import Presenter, Row
from memo_service.callbacks.queue import QueueFilter
from memo_service.context import Context
from memo_service.memos.reader import MemoFilter
from memo_service.mydesk import labels
from memo_service.mydesk.cards import cards_of
from memo_service.mydesk.live import LiveCards
from memo_service.mydesk.waiting import WaitingDesk
from memo_service.mydesk.words import closing, long_call, look_ups

_NEXT = 3


@dataclass(frozen=True, slots=True)
class Todo:
    """What waits for this officer besides calls."""

    callbacks: int
    memos: int
    next: list[Row]
    """The callbacks that are due first."""


def my_pages(context: Context) -> APIRouter:
    """Routes below /my."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    desk = MyDesk(context)
    context.transfers.live.cards = LiveCards(context.hub, context.transfers.ahead, desk.cards_of)

    @router.get("/my")
    def page(request: Request) -> HTMLResponse:
        return desk.page(context.desk.actor(request))

    @router.get("/my/cards")
    def cards(request: Request) -> HTMLResponse:
        return HTMLResponse(desk.cards(context.desk.actor(request)))

    @router.get("/my/side")
    def side(request: Request) -> HTMLResponse:
        return context.pages.page("_my_side.html", todo=desk.todo(context.desk.actor(request)))

    @router.get("/my/rings")
    def rings(request: Request) -> HTMLResponse:
        calls = context.transfers.desks.ringing(context.desk.actor(request))
        now_ms = int(context.now().timestamp() * 1000)
        return context.pages.page("_my_rings.html", my=labels, calls=calls, now_ms=now_ms)

    @router.get("/my/targets")
    def targets(request: Request, q: str = "", call: str = "") -> HTMLResponse:
        found = context.transfers.targets(context.desk.actor(request), q[:60], call)
        return context.pages.page("_my_targets.html", found=found)

    @router.get("/my/waiting")
    def waiting(request: Request) -> HTMLResponse:
        actor = context.desk.actor(request)
        return context.pages.page("_my_waiting.html", my=labels, waiting=desk.waiting.view(actor))

    @router.post("/my/open", status_code=204)
    async def is_open(request: Request) -> None:
        context.transfers.ahead.opened(context.desk.actor(request).officer)

    @router.post("/my/closed", status_code=204)
    async def is_closed(request: Request) -> None:
        context.transfers.ahead.closed(context.desk.actor(request).officer)

    @router.post("/my/stands/{transfer}", status_code=204)
    async def stands(request: Request, transfer: str) -> None:
        context.transfers.ahead.stands(transfer, context.desk.actor(request).officer)

    return router


class MyDesk:
    """Makes the page for one officer at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._present = Presenter(context.office)
        self.waiting = WaitingDesk(context)

    def page(self, actor: Actor) -> HTMLResponse:
        """The whole page, as the desk stands."""
        state = self._context.state
        values = self._cards(actor)
        return self._context.pages.page(
            "my.html",
            position=values["view"].position,
            todo=self.todo(actor),
            demo=self._context.settings.demo,
            waiting=self.waiting.view(actor),
            softphone=self._context.office.directory.officers[actor.officer].softphone,
            banners=state.banners(),
            observed=state.observed,
            **values,
        )

    def cards(self, actor: Actor) -> str:
        """HTML of the calls at his desk at this moment."""
        return self._context.pages.fragment("_my_cards.html", **self._cards(actor))

    def cards_of(self, officer: str) -> str:
        """The same for an officer by his id, who is in the directory."""
        actor = Actor.of(self._context.office.directory, officer)
        return self.cards(actor) if actor is not None else ""

    def todo(self, actor: Actor) -> Todo:
        """Callbacks he holds and memos he has not read."""
        now, queue = self._context.now(), self._context.callbacks.queue
        mine = QueueFilter(officer=actor.officer)
        first = queue.rows(mine, actor, now, limit=_NEXT)
        names = self._context.memos.reader.glances(row.memo_id for row in first)
        scope = self._context.memos.acts.concern.scope(actor)
        unread = MemoFilter(scope=scope, officers=(actor.officer,), state="new")
        return Todo(
            callbacks=queue.count(mine, actor, now),
            memos=self._context.memos.reader.count(unread),
            next=[self._present.row(actor, row, now, names.get(row.memo_id, ("", ""))) for row in first],
        )

    def _cards(self, actor: Actor) -> dict[str, Any]:
        view, office = self._context.transfers.desk_view(actor), self._context.office
        return {
            "my": labels,
            "view": view,
            "cards": cards_of(view),
            "closing": closing(office, self._context.now(), actor.department),
            "long_call": long_call(office),
            "look_ups": {c.call_id: look_ups(office, actor.officer, c.wanted_exten) for c in view.calls},
            "observed_here": office.directory.departments[actor.department].observe,
        }
