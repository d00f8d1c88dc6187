"""The department's table of transfers, as a page and as JSON.

Owns the periods that can be chosen. Shown to whoever may see a department's figures (access.viewer).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse

from memo_service.access.viewer import Viewer
from memo_service.calls import labels
from memo_service.calls.transfer_figures import TransferFigures, by_department
from memo_service.context import Context
from office.calendar import KST

Period = Literal["today", "week", "month", "quarter"]
PERIODS: dict[Period, tuple[str, int]] = {
    "today": ("오늘", 1),
    "week": ("최근 7일", 7),
    "month": ("최근 30일", 30),
    "quarter": ("최근 90일", 90),
}


class TransferFiguresOut(BaseModel):
    """One line of the table. Times in milliseconds; `share` is kept of judged, 0 to 1."""

    department: str | None
    asked: int
    judged: int
    kept: int
    broken: int
    unknown: int
    share: float | None
    median_ms: int | None
    p95_ms: int | None
    returned: int
    deputy: int
    memo: int
    gave_up: int
    passed_around: int


class TransferTableOut(BaseModel):
    """The table; `office` (department null) only for who may see every department."""

    since: date
    until: date
    limit_s: int
    warn_hops: int
    office: TransferFiguresOut | None
    departments: list[TransferFiguresOut]


@dataclass(frozen=True, slots=True)
class _Table:
    since: date
    until: date
    office: TransferFigures | None
    departments: dict[str, TransferFigures]


def transfer_pages(context: Context) -> APIRouter:
    """Routes of the table."""
    router = APIRouter(tags=["calls"])

    def viewer(request: Request) -> Viewer:
        return context.access.viewer(context.desk.actor(request))

    @router.get("/transfers", include_in_schema=False)
    def page(request: Request, period: str = "week", department: str = "") -> HTMLResponse:
        chosen: Period = next((name for name in PERIODS if name == period), "week")
        only_table = request.headers.get("HX-Target") == "transfer-table"
        name = "_transfers_table.html" if only_table else "transfers.html"
        return context.pages.page(name, **_values(context, viewer(request), chosen, department))

    @router.get("/api/transfers/figures")
    def figures(
        request: Request, period: Period = "week", department: Annotated[str | None, Query()] = None
    ) -> TransferTableOut:
        """How long citizens waited to be passed on, and what became of them, by department."""
        table = _table(context, viewer(request), period, department or "")
        rules = context.office.charter.transfer
        return TransferTableOut(
            since=table.since,
            until=table.until,
            limit_s=rules.limit_s,
            warn_hops=rules.warn_hops,
            office=_out(None, table.office) if table.office else None,
            departments=[_out(name, own) for name, own in table.departments.items()],
        )

    return router


def _table(context: Context, viewer: Viewer, period: Period, department: str) -> _Table:
    until = context.now().astimezone(KST).date()
    since = until - timedelta(days=PERIODS[period][1] - 1)
    verdicts = context.reader.measures("T5", since, until)
    office, own = by_department(verdicts, context.office.charter.transfer.warn_hops)
    order = [*context.office.directory.departments, ""]
    seen = {
        name: own[name]
        for name in order
        if name in own and viewer.sees_department(name or None) and department in ("", name)
    }
    whole = viewer.departments is None and not department and len(seen) > 1
    return _Table(since, until, office if whole else None, seen)


def _values(context: Context, viewer: Viewer, period: Period, department: str) -> dict[str, Any]:
    table = _table(context, viewer, period, department)
    departments = context.office.directory.departments
    rows = [
        (departments[name].name if name in departments else labels.MAIN_LINE, figures)
        for name, figures in table.departments.items()
    ]
    return {
        "table": table,
        "rows": rows,
        "rules": context.office.charter.transfer,
        "periods": [(name, words) for name, (words, _) in PERIODS.items()],
        "chosen": {"period": period, "department": department},
        "departments": [d for d in departments.values() if viewer.sees_department(d.id)],
        "labels": labels,
        "banners": context.state.banners(),
        "observed": context.state.observed,
    }


def _out(department: str | None, figures: TransferFigures) -> TransferFiguresOut:
    return TransferFiguresOut(
        department=department,
        judged=figures.judged,
        share=figures.share,
        **{name: getattr(figures, name) for name in TransferFigures.__slots__},
    )
