"""The page /start; the gate lets administrators in alone."""

from datetime import date
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from memo_service.context import Context
from memo_service.start.checks import Prompts, Standing, Surroundings, checks
from memo_service.stream.bridge_state import LinkState
from office.calendar import KST

_HEADINGS = {
    Standing.NEEDED: "먼저 하실 일",
    Standing.CHOICE: "정하실 수 있는 일",
    Standing.DONE: "끝난 일",
}


def start_pages(context: Context) -> APIRouter:
    """Routes of the page."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/start")
    def page() -> HTMLResponse:
        found = checks(context.office, _around(context))
        return context.pages.page(
            "start.html",
            groups=[(name, [c for c in found if c.standing is state]) for state, name in _HEADINGS.items()],
            banners=context.state.banners(),
            observed=context.state.observed,
        )

    return router


def _around(context: Context) -> Surroundings:
    settings, drafter = context.settings, context.memos.drafter
    return Surroundings(
        link_up=context.state.link is LinkState.UP,
        recordings=_recordings(settings.office / "recordings"),
        mails=bool(settings.smtp_url),
        demo=settings.demo,
        clock_shift_s=settings.clock_shift_s,
        today=_today(context),
        prompts=_prompts(context),
        drafts=drafter.standing.state if drafter else "off",
        drafts_model=drafter.standing.model if drafter else "",
    )


def _prompts(context: Context) -> Prompts | None:
    if context.prompts is None:
        return None
    found = context.prompts.standing()
    counts = found.counts
    return Prompts(
        up=found.up,
        seen=found.seen,
        to_approve=counts.to_approve,
        weak=counts.weak,
        missing=counts.missing,
        refused=found.refused,
    )


def _recordings(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*.wav") if path.is_file())


def _today(context: Context) -> date:
    return context.now().astimezone(KST).date()
