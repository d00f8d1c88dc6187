"""The pages for citizens: who does what, by duty, and the seat plan for the door (charter V1).

Who may open them is the gate's: everybody where charter.guide.public says so, else the office's own people.
"""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from memo_service.context import Context
from memo_service.errors import NotFoundError
from memo_service.guide.listing import Listing
from memo_service.guide.plan import SHEET_MM, seats


def guide_pages(context: Context) -> APIRouter:
    """Routes below /guide."""
    router = APIRouter(prefix="/guide", include_in_schema=False, default_response_class=HTMLResponse)
    guide, folder = context.office.charter.guide, context.settings.office
    listing = Listing(context.office.directory, guide)
    photos = folder / "photos" if guide.photos else None

    @router.get("")
    def page(request: Request, q: str = "") -> HTMLResponse:
        only_list = request.headers.get("HX-Target") == "guide-list"
        name = "_guide_list.html" if only_list else "guide.html"
        query = q.strip()[:60]
        return context.pages.page(name, query=query, found=listing.find(query), **_shared(context))

    @router.get("/plan/{department}.svg")
    def drawing(department: str) -> Response:
        svg = context.pages.fragment("_guide_plan.svg", **_plan(listing, department, photos))
        name = f'attachment; filename="seat-plan-{department}.svg"'
        return Response(svg, media_type="image/svg+xml", headers={"Content-Disposition": name})

    @router.get("/plan/{department}")
    def plan(department: str) -> HTMLResponse:
        return context.pages.page("guide_plan.html", **_plan(listing, department, photos), **_shared(context))

    return router


def _plan(listing: Listing, department: str, photos: Path | None) -> dict[str, Any]:
    """The values of a seat plan; raises NotFoundError for an unknown department."""
    listed = listing.of(department)
    if listed is None:
        raise NotFoundError
    return {"department": listed.department, "seats": seats(listed, photos), "sheet": SHEET_MM}


def _shared(context: Context) -> dict[str, Any]:
    return {
        "guide": context.office.charter.guide,
        "banners": context.state.banners(),
        "observed": context.state.observed,
    }
