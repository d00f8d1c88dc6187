"""The pages of callbacks: the queue, one callback, and what officers do there (charter T7).

Every act is a form that works without scripts; the queue's script sends the same forms with the header X-Part
and gets JSON with parts of pages back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memo_service.access.actor import Actor
from memo_service.callbacks import labels
from memo_service.callbacks.acts import ACTS, assign
from memo_service.callbacks.later import Choice, later
from memo_service.callbacks.life import Refusal
from memo_service.callbacks.present import Presenter, Row
from memo_service.callbacks.queue import QueueFilter
from memo_service.callbacks.queue_rows import QueueRow
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.callbacks.story import Line, Why, history, why
from memo_service.context import Context
from memo_service.web.forms import Form, read_form
from office.calendar import KST
from office.directory import Officer

MOST_ROWS = 500
_CONFIRMED = frozenset({Refusal.CONFIRM_UNKNOWN.value, "too_soon"})
"""Refusals that an officer may overrule once he has read them."""
_PART = "X-Part"
FormOf = Annotated[Form, Depends(read_form)]


@dataclass(frozen=True, slots=True)
class Opened:
    """One callback with everything its pane shows."""

    row: Row
    needs_approval: bool
    later: Sequence[Choice]
    why: Why
    history: Sequence[Line]


def callback_pages(context: Context) -> APIRouter:
    """Routes of the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    desk = QueueDesk(context)

    @router.get("/callbacks")
    def queue_page(request: Request, scope: str = "mine", when: str = "") -> HTMLResponse:
        return desk.page(context.desk.actor(request), scope, when)

    @router.get("/callbacks/rows")
    def rows(request: Request, scope: str = "mine", when: str = "", ids: str | None = None) -> Response:
        return desk.live_rows(context.desk.actor(request), scope, when, _ids(ids))

    @router.get("/callbacks/reminders")
    def reminders(request: Request, ids: str = "") -> Response:
        return desk.reminders(context.desk.actor(request), _ids(ids) or ())

    @router.get("/callbacks/{callback_id}")
    def callback_page(request: Request, callback_id: str) -> HTMLResponse:
        return desk.alone(context.desk.actor(request), callback_id)

    @router.get("/callbacks/{callback_id}/pane")
    def pane(request: Request, callback_id: str) -> HTMLResponse:
        return HTMLResponse(desk.pane(context.desk.actor(request), callback_id))

    @router.post("/callbacks/assign")
    def assign_many(request: Request, form: FormOf) -> Response:
        actor, ids = context.desk.actor(request), form.getlist("ids")
        if not ids:
            raise HTTPException(400, "choose callbacks first")
        return desk.answer(request, actor, ids, lambda: assign(context.callbacks.acts, actor, ids, form))

    @router.post("/callbacks/{callback_id}/{act}")
    def do(request: Request, callback_id: str, act: str, form: FormOf) -> Response:
        actor = context.desk.actor(request)
        if act not in ACTS:
            raise HTTPException(404, "no such act")
        work = ACTS[act]
        return desk.answer(
            request, actor, [callback_id], lambda: work(context.callbacks.acts, actor, [callback_id], form)
        )

    return router


class QueueDesk:
    """Makes the pages of callbacks for one officer at a time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._present = Presenter(context.office)

    def page(self, actor: Actor, scope: str, when: str) -> HTMLResponse:
        """The queue."""
        # the position first: what happens while the page is made comes again over the stream
        position = self._context.hub.position
        wanted, chosen = self._wanted(actor, scope, when)
        rows = self._rows(actor, wanted, limit=MOST_ROWS + 1)
        return self._context.pages.page(
            "callbacks.html",
            rows=rows[:MOST_ROWS],
            more=len(rows) > MOST_ROWS,
            chosen=chosen,
            counts=_counts(rows),
            opened=None,
            words=_words(),
            position=position,
            now_ms=self._now_ms(),
            soon_s=int(self._present.soon.total_seconds()),
            within=self._context.office.charter.callback.within,
            **self._shared(actor),
        )

    def live_rows(self, actor: Actor, scope: str, when: str, ids: Sequence[str] | None) -> Response:
        """Rows of `ids` that belong to the queue as chosen, or all of them, as JSON."""
        wanted, _ = self._wanted(actor, scope, when)
        rows = self._rows(actor, wanted if ids is None else replace(wanted, ids=tuple(ids)), limit=MOST_ROWS)
        fragment = self._context.pages.fragment
        put = [(row.id, fragment("_callbacks_row.html", row=row, cb=labels)) for row in rows]
        return _json({"put": put, "now": self._now_ms()})

    def reminders(self, actor: Actor, ids: Sequence[str]) -> Response:
        """What to remind this officer of, more than three in one; 204 if nothing is his."""
        rows = self._rows(actor, QueueFilter(officer=actor.officer, ids=tuple(ids)), limit=MOST_ROWS)
        now = int(self._context.now().timestamp())
        # full minutes, rounded up: a reminder of 15 minutes says 15 also a moment later
        due = [
            (row, -(-(row.turn - now) // 60)) for row in rows if row.state == "due_soon" and row.turn > now
        ]
        if not due:
            return Response(status_code=204)
        return self._context.pages.page("_callbacks_toasts.html", due=due)

    def alone(self, actor: Actor, callback_id: str, *, status: int = 200, told: str = "") -> HTMLResponse:
        """One callback on a page of its own."""
        position = self._context.hub.position
        opened = self._opened(actor, callback_id)
        return self._context.pages.page(
            "callback.html", status=status, opened=opened, told=told, position=position, **self._shared(actor)
        )

    def pane(self, actor: Actor, callback_id: str) -> str:
        """One callback as a part of the queue's page."""
        opened = self._opened(actor, callback_id)
        return self._context.pages.fragment("_callback_pane.html", opened=opened, **self._shared(actor))

    def answer(self, request: Request, actor: Actor, ids: Sequence[str], work: Callable[[], str]) -> Response:
        """Do `work` and answer with what is to be seen now; a refusal is 409 and says why."""
        part = _PART in request.headers
        try:
            said = work()
        except CallbackRefusedError as error:
            if not part:
                return self.alone(actor, ids[0], status=409, told=error.text)
            confirm = error.code in _CONFIRMED
            return _json({"code": error.code, "text": error.text, "confirm": confirm}, 409)
        if not part:
            return RedirectResponse("/callbacks" if len(ids) > 1 else f"/callbacks/{ids[0]}", 303)
        pane = self.pane(actor, ids[0]) if len(ids) == 1 else ""
        return _json({"ids": ids, "said": said, "pane": pane})

    def _opened(self, actor: Actor, callback_id: str) -> Opened:
        now, office = self._context.now(), self._context.office
        found = self._context.callbacks.queue.one(callback_id, actor, now)
        return Opened(
            row=self._present.row(actor, found.row, now, self._glances([found.row])[found.row.memo_id]),
            needs_approval=found.row.needs_approval,
            later=later(office.calendar, found.row, now) if found.row.closed_at is None else (),
            why=why(found.row, found.why, office.charter.callback, now),
            history=history(found, self._present.officer, now),
        )

    def _rows(self, actor: Actor, wanted: QueueFilter, *, limit: int) -> list[Row]:
        now = self._context.now()
        found = self._context.callbacks.queue.rows(wanted, actor, now, limit=limit)
        glances = self._glances(found)
        return [self._present.row(actor, row, now, glances[row.memo_id]) for row in found]

    def _glances(self, found: Sequence[QueueRow]) -> Mapping[str, tuple[str, str]]:
        """Name and matter by memo, empty where the memo has none."""
        known = self._context.memos.reader.glances(row.memo_id for row in found)
        return {row.memo_id: known.get(row.memo_id, ("", "")) for row in found}

    def _wanted(self, actor: Actor, scope: str, when: str) -> tuple[QueueFilter, dict[str, str]]:
        """The filter behind the choices of the page, and the choices as they hold."""
        scope = scope if scope in labels.SCOPES else "mine"
        when = when if when in labels.WHEN else ""
        team = [mate.id for mate in self._context.office.directory.team_of(actor.officer)]
        midnight = datetime.combine(self._context.now().astimezone(KST).date(), time(), KST)
        return QueueFilter(
            officer=actor.officer if scope == "mine" else None,
            team=(actor.officer, *team) if scope == "team" else (),
            department=actor.department if scope == "department" else None,
            states=("overdue",) if when == "late" else (),
            asked=True if when == "asked" else None,
            due_before=midnight + timedelta(days=1) if when == "today" else None,
            closed=when == "closed",
        ), {"scope": scope, "when": when}

    def _colleagues(self, actor: Actor) -> dict[str, list[Officer]]:
        """Who can be given a callback, by name of the department, his own first."""
        directory = self._context.office.directory
        own = [d for d in directory.departments.values() if actor.works_for(d.id)]
        own.sort(key=lambda d: d.id != actor.department)
        by_name = {d.name: [o for o in directory.officers.values() if o.department == d.id] for d in own}
        return {name: officers for name, officers in by_name.items() if officers}

    def _shared(self, actor: Actor) -> dict[str, Any]:
        return {
            "cb": labels,
            "calendar_version": self._context.office.calendar.version,
            "colleagues": self._colleagues(actor),
            "banners": self._context.state.banners(),
            "observed": self._context.state.observed,
        }

    def _now_ms(self) -> int:
        return int(self._context.now().timestamp() * 1000)


def _ids(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part for part in text.split(",") if part)[:MOST_ROWS]


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    states = [row.state for row in rows[:MOST_ROWS]]
    open_ones = sum(row.open for row in rows[:MOST_ROWS])
    return {"open": open_ones, "soon": states.count("due_soon"), "late": states.count("overdue")}


def _words() -> str:
    """What the script writes into rows as time goes by."""
    states = {state: (labels.STATE_ICONS[state], labels.STATES[state]) for state in labels.STATES}
    return orjson.dumps(
        {
            "states": states,
            "left": labels.LEFT,
            "past": labels.PAST,
            "now": labels.NOW,
            "asked": labels.ASKED_TIME,
            "paused": labels.PAUSED,
            "resumes": labels.RESUMES,
        }
    ).decode()


def _json(content: object, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
