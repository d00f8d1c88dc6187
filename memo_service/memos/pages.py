"""The pages of memos: list, one memo, the form for a memo taken by hand, the slip to print, the access log.

Owns the routes. Every act is a form that works without scripts; a script that sends it with the header X-Part
gets JSON back. Nothing of these pages is kept by a browser.
"""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from memo_service.access.actor import Actor
from memo_service.access.log import REASONS
from memo_service.access.words import CHANGES
from memo_service.context import Context
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.memos import labels
from memo_service.memos.form import new_key, read_memo
from memo_service.memos.present import MemoPresenter, moment
from memo_service.memos.reader import STATES, FoundMemo, MemoFilter
from memo_service.memos.service import NOT_HIS
from memo_service.memos.together import MemoNotSavedError
from memo_service.prompts.labels import LOGGED
from memo_service.recordings.ranges import ranged
from memo_service.web.forms import Form, read_form
from office.calendar import KST
from office.directory import OfficeRole

PAGE_SIZE = 25
_CHANGED = CHANGES | LOGGED
_SEE_LOG = (OfficeRole.CHARTER_MANAGER, OfficeRole.ADMINISTRATOR)
_ON_PAPER = datetime(1970, 1, 1, tzinfo=KST)
"""Seen from here every day is told with its year: a slip of paper knows no today."""
_REASON_LONGEST = 200
_NOTE_LONGEST = 1000
PageNumber = Annotated[int, Query(ge=1, le=40_000)]
Sent = Annotated[Form, Depends(read_form)]


class _Desk:
    """What the routes share: the officer at the desk, and words for him."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.memos = context.memos
        self.present = MemoPresenter(context.office.directory)

    def page(self, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page that no browser keeps."""
        state = self.context.state
        answer = self.context.pages.page(
            name, status=status, banners=state.banners(), observed=state.observed, words=labels, **values
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def changed(self, memo_id: str) -> None:
        """Tell the other pages. Called on the event loop."""
        self.memos.changed()
        self.context.hub.publish("memos", {"ids": [memo_id]})

    def found(self, actor: Actor, memo_id: str) -> FoundMemo:
        """The memo, if it is his business."""
        found = self.memos.reader.memo(memo_id)
        if found is None:
            raise NotFoundError
        if not self.memos.acts.concern.may_see(actor, found.row, found.owner):
            raise ForbiddenError(NOT_HIS)
        return found

    def memo_values(
        self, actor: Actor, memo_id: str, *, now: datetime | None = None, **more: Any
    ) -> dict[str, Any]:
        """What the page of one memo prints, with days told as from `now`."""
        now = now or self.context.now()
        found = self.found(actor, memo_id)
        story = self.memos.reader.story(memo_id)
        return {
            "memo": self.present.page(found, now, self.memos.drafts.of_memo(memo_id)),
            "receipts": self.present.receipts(found.row, story, now),
            "verdict": self.context.present.chip(story.verdict) if story.verdict else None,
            "reasons": REASONS,
            "position": self.context.hub.position,
            "opened_number": "",
            **more,
        }


def memo_pages(context: Context) -> APIRouter:
    """Routes of the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    desk = _Desk(context)
    _list_routes(router, desk)
    _form_routes(router, desk)
    _memo_routes(router, desk)
    _act_routes(router, desk)
    return router


def _list_routes(router: APIRouter, desk: _Desk) -> None:
    @router.get("/memos")
    def memos_page(
        request: Request, view: str = "mine", state: str = "", page: PageNumber = 1
    ) -> HTMLResponse:
        actor = desk.context.desk.actor(request)
        values = _list_values(desk, actor, view, state, page)
        return desk.page("_memos_list.html" if "X-Part" in request.headers else "memos.html", **values)

    @router.get("/access-log")
    def access_page(request: Request, page: PageNumber = 1) -> HTMLResponse:
        actor = desk.context.desk.actor(request)
        everybodys = actor.role in _SEE_LOG
        entries = desk.memos.reader.openings(
            None if everybodys else actor.officer, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
        )
        now = desk.context.now()
        lines = [
            {
                "at": moment(entry.at, now, seconds=True),
                "who": desk.present.officer(entry.actor) or entry.actor,
                "what": labels.OPENED.get(entry.what, entry.what),
                "subject": entry.subject,
                "page": labels.PAGE_OF.get(entry.what, ""),
                "reason": REASONS.get(entry.reason) or _CHANGED.get(entry.reason, entry.reason),
            }
            for entry in entries[:PAGE_SIZE]
        ]
        more = len(entries) > PAGE_SIZE
        return desk.page("memo_access.html", lines=lines, page=page, more=more, everybodys=everybodys)


def _list_values(desk: _Desk, actor: Actor, view: str, state: str, page: int) -> dict[str, Any]:
    position = desk.context.hub.position  # first: what comes while the page is made comes again by the stream
    now, reader = desk.context.now(), desk.memos.reader
    wanted = _wanted(desk, actor, view, state if state in STATES else None)
    found = reader.memos(wanted, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    desk.memos.acts.shown(actor, [memo.row.id for memo in shown if memo.row.delivered_at is None])
    is_for = desk.memos.acts.concern.is_for
    lines = [desk.present.line(m, now, full=is_for(actor, m.row, m.owner)) for m in shown]
    views = dict(labels.VIEWS)
    if not desk.memos.acts.concern.scope(actor).everything:
        del views["all"]
    if actor.team is None:
        del views["team"]
    return {
        "memos": lines,
        "more": len(found) > PAGE_SIZE,
        "page": page,
        "view": view,
        "state": state,
        "views": views,
        "new_count": reader.count(_wanted(desk, actor, view, "new")),
        "position": position,
    }


def _wanted(desk: _Desk, actor: Actor, view: str, state: str | None) -> MemoFilter:
    scope = desk.memos.acts.concern.scope(actor)
    if view == "department":
        return MemoFilter(scope, department=actor.department, state=state)
    if view == "team":
        team = desk.context.office.directory.team_of(actor.officer)
        return MemoFilter(scope, (actor.officer, *(o.id for o in team)), state=state)
    if view == "all":
        return MemoFilter(scope, state=state)
    return MemoFilter(scope, tuple(sorted(scope.officers)), state=state)


def _form_routes(router: APIRouter, desk: _Desk) -> None:
    @router.get("/memos/new")
    def new_page(request: Request, to: str = "", channel: str = "call") -> HTMLResponse:
        desk.context.desk.actor(request)
        return _form(desk, {"to": to, "channel": channel, "key": new_key()}, {})

    @router.post("/memos/new")
    async def take(request: Request, form: Sent) -> Response:
        """Keep it: 303 to the memo, 422 with what is missing, 503 with the text still in it (TIM-04)."""
        actor, acts = desk.context.desk.actor(request), desk.memos.acts
        read = read_memo(form, desk.context.office.directory, acts.classify, desk.context.now())
        by_script = "X-Part" in request.headers
        if read.memo is None:
            faults = {name: labels.FAULTS[code] for name, code in read.faults.items()}
            return _refuse(desk, form, faults, status=422, by_script=by_script)
        try:
            memo_id = await desk.memos.taking.take(actor.officer, read.memo)
        except MemoNotSavedError:
            faults = {"": labels.FAULTS["not_saved"]}
            return _refuse(desk, form, faults, status=503, by_script=by_script)
        desk.changed(memo_id)
        address = f"/memos/{memo_id}"
        return JSONResponse({"address": address}) if by_script else RedirectResponse(address, 303)


def _refuse(desk: _Desk, form: Form, faults: dict[str, str], *, status: int, by_script: bool) -> Response:
    if by_script:
        return JSONResponse({"faults": faults}, status_code=status)
    return _form(desk, dict(form), faults, status=status)


def _form(desk: _Desk, values: dict[str, str], faults: dict[str, str], status: int = 200) -> HTMLResponse:
    directory = desk.context.office.directory
    groups = [
        (
            department,
            [officer for officer in directory.officers.values() if officer.department == department.id],
        )
        for department in directory.departments.values()
    ]
    return desk.page("memo_new.html", status=status, groups=groups, typed=values, faults=faults)


def _memo_routes(router: APIRouter, desk: _Desk) -> None:
    @router.get("/memos/{memo_id}")
    async def memo_page(request: Request, memo_id: str) -> HTMLResponse:
        actor = desk.context.desk.actor(request)
        await asyncio.to_thread(desk.memos.acts.read, actor, memo_id)
        desk.context.hub.publish("memos", {"ids": [memo_id]})
        values = await asyncio.to_thread(desk.memo_values, actor, memo_id)
        return desk.page("memo.html", **values)

    @router.get("/memos/{memo_id}/card")
    def memo_card(request: Request, memo_id: str) -> HTMLResponse:
        """The memo beside something else, such as its callback."""
        actor = desk.context.desk.actor(request)
        desk.memos.acts.read(actor, memo_id)
        return desk.page("_memo_card.html", **desk.memo_values(actor, memo_id))

    @router.get("/memos/{memo_id}/slip")
    def slip_page(request: Request, memo_id: str) -> HTMLResponse:
        actor = desk.context.desk.actor(request)
        number = desk.memos.acts.slip(actor, memo_id)
        opened = number.display if number else ""
        printed = moment(desk.context.now(), _ON_PAPER)
        values = desk.memo_values(actor, memo_id, now=_ON_PAPER, opened_number=opened, printed=printed)
        return desk.page("memo_slip.html", **values)

    @router.get("/memos/{memo_id}/recording")
    def recording(request: Request, memo_id: str, take: str = "") -> Response:
        """A recording, whole or in parts; without `take` what he said the matter is."""
        actor = desk.context.desk.actor(request)
        main = desk.found(actor, memo_id).recording
        wanted = take or (main.id if main else "")
        sound = desk.memos.acts.sound(actor, memo_id, wanted)
        return ranged(sound, request.headers.get("range"), "audio/wav")


def _act_routes(router: APIRouter, desk: _Desk) -> None:
    @router.post("/memos/{memo_id}/number")
    async def open_number(request: Request, memo_id: str, form: Sent) -> Response:
        """The number, for a reason (열람 사유)."""
        actor = desk.context.desk.actor(request)
        reason = _reason(form)
        number = await asyncio.to_thread(desk.memos.acts.number, actor, memo_id, reason)
        shown = number.display if number else labels.NUMBER_ABSENT
        if "X-Part" in request.headers:
            return JSONResponse({"number": shown}, headers={"Cache-Control": "no-store"})
        values = await asyncio.to_thread(desk.memo_values, actor, memo_id, opened_number=shown)
        return desk.page("memo.html", **values)

    @router.post("/memos/{memo_id}/acted")
    async def acted(request: Request, memo_id: str) -> Response:
        actor = desk.context.desk.actor(request)
        await asyncio.to_thread(desk.memos.acts.acted, actor, memo_id)
        return _done(desk, request, memo_id)

    @router.post("/memos/{memo_id}/note")
    async def note(request: Request, memo_id: str, form: Sent) -> Response:
        actor = desk.context.desk.actor(request)
        words = form.get("words", "").strip()
        if not 0 < len(words) <= _NOTE_LONGEST:
            raise HTTPException(422, f"1 to {_NOTE_LONGEST} characters")
        await asyncio.to_thread(desk.memos.acts.note, actor, memo_id, words)
        return _done(desk, request, memo_id)


def _reason(form: Form) -> str:
    """One of the usual reasons, or his own words. No reason, no number."""
    reason = form.get("words", "").strip() or form.get("reason", "")
    if not 0 < len(reason) <= _REASON_LONGEST:
        raise HTTPException(422, "a reason is needed, of at most 200 characters")
    return reason


def _done(desk: _Desk, request: Request, memo_id: str) -> Response:
    desk.changed(memo_id)
    if "X-Part" in request.headers:
        return JSONResponse({"done": True})
    return RedirectResponse(f"/memos/{memo_id}", 303)
