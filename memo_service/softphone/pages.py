"""The softphone's window and what it registers with.

The window owns the call: pages come and go, it stays. Who is at a desk gets that desk's secret and no other,
by POST, so that no other site can ask for it (web/security.py) and no cache keeps it.
"""

import logging

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse, JSONResponse

from memo_service.access.actor import Actor
from memo_service.context import Context
from memo_service.errors import ForbiddenError
from memo_service.softphone.secrets import NoSecretError, secret_of
from office.directory import Officer

_log = logging.getLogger(__name__)
_NONE = "이 자리에는 브라우저 전화가 없습니다. 관리자에게 말씀하세요."


def softphone_pages(context: Context) -> APIRouter:
    """Routes of the softphone."""
    router = APIRouter(include_in_schema=False)

    @router.get("/softphone", response_class=HTMLResponse)
    def window(request: Request) -> HTMLResponse:
        officer = _officer(context, context.desk.actor(request))
        return context.pages.page("softphone.html", officer=officer)

    @router.post("/api/softphone/credentials")
    def credentials(request: Request) -> JSONResponse:
        """Endpoint and secret of the asker's own softphone. 401, 403; 503 where no PBX of ours has one."""
        officer = _officer(context, context.desk.actor(request))
        endpoint = officer.browser_phone or ""
        try:
            secret = secret_of(context.settings.softphones, endpoint)
        except NoSecretError:
            raise HTTPException(503, "the PBX is not provisioned with this softphone") from None
        _log.info("softphone secret handed over", extra={"officer": officer.id, "endpoint": endpoint})
        return JSONResponse({"endpoint": endpoint, "secret": secret}, headers={"Cache-Control": "no-store"})

    return router


def _officer(context: Context, actor: Actor) -> Officer:
    officer = context.office.directory.officers[actor.officer]
    if officer.browser_phone is None:
        raise ForbiddenError(_NONE)
    return officer
