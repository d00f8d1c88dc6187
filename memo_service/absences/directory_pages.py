"""The directory: who sits where, for what, whether he can be called now, and who stands in for him.

Owns what of a colleague is shown: the presence to everybody at a desk, the reason of an absence to himself
and his leader alone. Also shows the office's hours, holidays and duty roster, read-only.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse

from memo_service.absences import labels, office_days
from memo_service.absences.presence import presence_of, talking_now
from memo_service.absences.present import Presenter, Seen
from memo_service.absences.rules import Deputies
from memo_service.access.actor import Actor
from memo_service.context import Context
from office.calendar import KST
from office.directory import Department, Officer, SharedExtension

_KINDS = {
    "shared": "공용 전화",
    "operator": "대표 전화",
    "fax": "팩스",
    "door": "출입문",
    "bell": "도움벨",
    "meeting": "회의실",
}


def directory_pages(context: Context) -> APIRouter:
    """Routes below /directory; all need a desk but the hours, which an administrator opens as well."""
    router = APIRouter(prefix="/directory", include_in_schema=False, default_response_class=HTMLResponse)
    view = DirectoryView(context)

    @router.get("")
    def page(request: Request, q: str = "") -> HTMLResponse:
        actor = context.desk.actor(request)
        only_list = request.headers.get("HX-Target") == "people"
        name = "_directory_list.html" if only_list else "directory.html"
        return context.pages.page(name, **view.page(actor, q.strip()))

    @router.get("/presence", response_class=JSONResponse)
    def presence(request: Request) -> dict[str, dict[str, str]]:
        actor = context.desk.actor(request)
        seen = view.seen(actor, context.office.directory.officers)
        return {
            officer: {
                "state": s.state,
                "label": s.label,
                "back": s.back,
                "reason": s.reason,
                "stand_in": s.stand_in,
            }
            for officer, s in seen.items()
        }

    @router.get("/hours")
    def hours() -> HTMLResponse:
        return context.pages.page("directory_hours.html", **view.hours())

    return router


class DirectoryView:
    """The values of the directory's templates."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._directory = context.office.directory
        self._present = Presenter(context.office.directory, context.office.calendar)

    def page(self, actor: Actor, query: str) -> dict[str, Any]:
        """Departments with the officers that `query` finds (name, duty, extension, team, department)."""
        found = [o for o in self._directory.officers.values() if self._matches(o, query)]
        shared = [e for e in self._directory.shared.values() if _shared_matches(e, query)]
        seen = self.seen(actor, [officer.id for officer in found])
        chains = self._chains(officer.id for officer in found)
        return {
            **self._state(),
            "query": query,
            "count": len(found) + len(shared),
            "departments": [
                (department, own)
                for department in self._directory.departments.values()
                if (own := [(o, seen[o.id], chains[o.id]) for o in found if o.department == department.id])
            ],
            "shared": [(e, _KINDS.get(e.kind.value, ""), self._department(e.department)) for e in shared],
        }

    def seen(self, actor: Actor, officers: Iterable[str]) -> Mapping[str, Seen]:
        """The presence of officers as `actor` sees it, at this moment."""
        now = self._context.now()
        deputies = self._deputies()
        signs = self._context.absences.signs()
        talking = talking_now(list(self._context.board.records.values()))
        found: dict[str, Seen] = {}
        for officer in officers:
            own = signs.get(self._directory.officers[officer].extension, {})
            presence = presence_of(officer, deputies, own, talking, now)
            found[officer] = self._present.seen(actor, officer, presence, deputies, now)
        return found

    def hours(self) -> dict[str, Any]:
        """Opening hours, special days, duty roster, and by which knowledge of holidays."""
        calendar = self._context.office.calendar
        today = self._context.now().astimezone(KST).date()
        departments = self._directory.departments.values()
        return {
            **self._state(),
            "today": today,
            "day": labels.day,
            "ahead": office_days.AHEAD,
            "hours": [(d.name, *office_days.hours_of(calendar, today, d.id)) for d in departments],
            "special": office_days.special_days(calendar, today),
            "duty": office_days.duty_days(calendar, today, self._directory.trunk.area),
            "basis": office_days.basis(calendar, today),
        }

    def _state(self) -> dict[str, Any]:
        state = self._context.state
        return {"banners": state.banners(), "observed": state.observed}

    def _deputies(self) -> Deputies:
        now = self._context.now()
        return Deputies(self._context.absences.not_over(now)[1], self._context.absences.standing)

    def _chains(self, officers: Iterable[str]) -> dict[str, list[str]]:
        """Who comes after each officer, by name, in order."""
        return {
            officer: [self._present.officer(deputy) for deputy in self._directory.deputies_of(officer)]
            for officer in officers
        }

    def _matches(self, officer: Officer, query: str) -> bool:
        department = self._directory.departments[officer.department]
        texts = (
            officer.name,
            officer.title,
            officer.extension,
            officer.team or "",
            department.name,
            *officer.duties,
        )
        return _found(query, texts)

    def _department(self, department: str | None) -> str:
        known: Department | None = self._directory.departments.get(department or "")
        return known.name if known else ""


def _shared_matches(extension: SharedExtension, query: str) -> bool:
    return _found(query, (extension.name, extension.number, _KINDS.get(extension.kind.value, "")))


def _found(query: str, texts: Iterable[str]) -> bool:
    """Every word of the query stands in one of the texts."""
    folded = [text.casefold() for text in texts]
    return all(any(word in text for text in folded) for word in query.casefold().split())
