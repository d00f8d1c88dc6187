"""The page /surveys: a small table of what citizens said after a talk, and their remarks.

Department figures alone, for whoever may see a department's figures (access.viewer).
"""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from memo_service.access.viewer import Viewer
from memo_service.calls import labels
from memo_service.calls.transfer_pages import PERIODS, Period
from memo_service.context import Context
from memo_service.recordings.ranges import ranged
from office.calendar import KST
from office.menus import Purpose


def survey_pages(context: Context) -> APIRouter:
    """Routes of the page."""
    router = APIRouter(include_in_schema=False)

    def viewer(request: Request) -> Viewer:
        return context.access.viewer(context.desk.actor(request))

    @router.get("/surveys")
    def page(request: Request, period: str = "month") -> HTMLResponse:
        chosen: Period = next((name for name in PERIODS if name == period), "month")
        return context.pages.page("surveys.html", **_values(context, viewer(request), chosen))

    @router.get("/surveys/{survey_id}/remark")
    def remark(request: Request, survey_id: str) -> Response:
        """What he said, whole or in parts."""
        sound = context.surveys.reader.sound(viewer(request), survey_id)
        return ranged(sound, request.headers.get("range"), "audio/wav")

    return router


def _values(context: Context, viewer: Viewer, period: Period) -> dict[str, Any]:
    today = context.now().astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=PERIODS[period][1] - 1)
    figures = context.surveys.reader.figures(since)
    departments = context.office.directory.departments
    names = {name: department.name for name, department in departments.items()} | {"": labels.MAIN_LINE}
    return {
        "rows": [
            (names[name], figures[name])
            for name in names
            if name in figures and viewer.sees_department(name or None)
        ],
        "remarks": [
            (
                row.id,
                f"{row.at.astimezone(KST):%Y.%m.%d. %H:%M}",
                names.get(row.department or "", ""),
                row.score,
            )
            for row in context.surveys.reader.remarks(viewer, since)
        ],
        "scores": {3: "만족", 2: "보통", 1: "불만족"},
        "sees_any": viewer.departments is None or bool(viewer.departments),
        "has_survey": any(menu.purpose is Purpose.SURVEY for menu in context.office.menus.values()),
        "periods": [(name, words) for name, (words, _) in PERIODS.items()],
        "chosen": period,
        "since": since.date(),
        "until": today.date(),
        "banners": context.state.banners(),
        "observed": context.state.observed,
    }
