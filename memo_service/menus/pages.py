"""The page /menus, for administrators and charter managers: each menu as a diagram and as a list."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from memo_service.context import Context
from memo_service.errors import ForbiddenError
from office.menus.draw import as_svg, outline, title
from office.phone_codes import SURVEY


def menu_pages(context: Context) -> APIRouter:
    """Routes of the page."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/menus")
    def page(request: Request) -> HTMLResponse:
        if not context.desk.actor(request).sees_all:
            raise ForbiddenError("헌장 담당자와 관리자만 볼 수 있는 화면입니다.")
        menus = [
            {
                "menu": menu,
                "svg": as_svg(menu, ident=f"menu-{menu.id}"),
                "lines": outline(menu),
                "unanswered": title(menu.nodes[menu.unanswered]),
            }
            for menu in context.office.menus.values()
        ]
        return context.pages.page(
            "menus.html",
            menus=menus,
            survey_key=SURVEY,
            main=context.office.directory.trunk,
            banners=context.state.banners(),
            observed=context.state.observed,
        )

    return router
