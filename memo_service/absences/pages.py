"""The pages of absences: mine, my team's week, setting, changing, coming back.

Owns routes and where a form leads. Who may do what is the service's.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memo_service.absences.form import Typed
from memo_service.absences.rules import AbsenceRefusedError
from memo_service.absences.service import Saved
from memo_service.absences.view import AbsenceView
from memo_service.access.actor import Actor
from memo_service.context import Context
from memo_service.web.forms import Form, read_form

FormOf = Annotated[Form, Depends(read_form)]
WeekOf = Annotated[date | None, Query()]


def absence_pages(context: Context) -> APIRouter:
    """Routes below /absences; all need a desk."""
    router = APIRouter(prefix="/absences", include_in_schema=False, default_response_class=HTMLResponse)
    view = AbsenceView(context)
    _add_reading(router, context, view)
    _add_acting(router, context, view)
    return router


def _add_reading(router: APIRouter, context: Context, view: AbsenceView) -> None:
    @router.get("")
    def page(
        request: Request, who: str = "", week: WeekOf = None, edit: str = "", saved: str = ""
    ) -> HTMLResponse:
        actor = context.desk.actor(request)
        typed = view.stored(actor, edit) if edit else view.fresh(actor, who)
        return view.page(actor, typed, week=week, edit=edit, saved=saved)

    @router.get("/deputies")
    def deputies(
        request: Request, officer: str, starts: str = "", ends: str = "", deputy: str = ""
    ) -> HTMLResponse:
        context.desk.actor(request)
        typed = Typed(officer=officer, starts=starts, ends=ends, deputy=deputy)
        return context.pages.page("_absences_deputies.html", choices=view.choices(typed))


def _add_acting(router: APIRouter, context: Context, view: AbsenceView) -> None:
    @router.post("", response_model=None)
    def set_absence(request: Request, form: FormOf) -> Response:
        actor = context.desk.actor(request)
        typed = Typed.of(form, actor.officer)
        return _try(view, actor, typed, lambda: context.absences.set(actor, typed.wanted()))

    @router.post("/quick", response_model=None)
    def quick(request: Request, form: FormOf) -> Response:
        actor = context.desk.actor(request)
        typed = Typed.of(form, actor.officer)
        choice = form.get("quick", "")
        return _try(view, actor, typed, lambda: context.absences.set(actor, view.quick(typed, choice)))

    @router.post("/back", response_model=None)
    def back(request: Request, form: FormOf) -> Response:
        actor = context.desk.actor(request)
        officer = form.get("officer", "") or actor.officer
        return _try(view, actor, view.fresh(actor, ""), lambda: context.absences.end_now(actor, officer))

    @router.post("/{absence}", response_model=None)
    def change(request: Request, absence: str, form: FormOf) -> Response:
        actor = context.desk.actor(request)
        officer = context.absences.get(absence).officer
        typed = Typed.of({**form, "officer": officer}, officer)
        return _try(
            view, actor, typed, lambda: context.absences.change(actor, absence, typed.wanted()), edit=absence
        )

    @router.post("/{absence}/cancel", response_model=None)
    def cancel(request: Request, absence: str) -> Response:
        actor = context.desk.actor(request)
        return _try(view, actor, view.fresh(actor, ""), lambda: context.absences.cancel(actor, absence))


def _try(
    view: AbsenceView, actor: Actor, typed: Typed, act: Callable[[], Saved | int | None], *, edit: str = ""
) -> Response:
    """Do it and show what stands now; refused, show the form again as it was typed, with cause and remedy."""
    try:
        done = act()
    except AbsenceRefusedError as error:
        return view.page(actor, typed, edit=edit, faults=error.faults)
    if not isinstance(done, Saved):
        return RedirectResponse("/absences", 303)
    who = "" if done.absence.officer == actor.officer else f"&who={done.absence.officer}"
    return RedirectResponse(f"/absences?saved={done.absence.id}{who}", 303)
