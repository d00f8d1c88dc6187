"""The page by which calendars and tables come in: look first, save then.

A file comes as the body of a request, as it is, so that its encoding is ours to find; text that is pasted in
works without scripts. Nothing is kept between looking and saving: the same file comes and is read again.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memo_service.absences import labels
from memo_service.absences.files import MOST_BYTES
from memo_service.absences.view import AbsenceView
from memo_service.context import Context
from memo_service.web.forms import Form, read_form

FormOf = Annotated[Form, Depends(read_form)]


def import_pages(context: Context) -> APIRouter:
    """Routes below /absences/import; all need a desk."""
    router = APIRouter(
        prefix="/absences/import", include_in_schema=False, default_response_class=HTMLResponse
    )
    view = AbsenceView(context)

    @router.get("")
    def import_page(request: Request, who: str = "") -> HTMLResponse:
        actor = context.desk.actor(request)
        values = view.shared(actor) | {"who": who or actor.officer, "text": "", "preview": None}
        return context.pages.page("absences_import.html", **values)

    @router.post("", response_model=None)
    async def upload(request: Request, who: str = "", save: bool = False) -> Response:
        actor = context.desk.actor(request)
        raw = await _read_body(request)
        whose = who or actor.officer
        preview = await asyncio.to_thread(view.imported, actor, whose, raw, save=save)
        if preview["saved"]:
            return Response(status_code=204)
        return context.pages.page("_absences_preview.html", preview=preview, text="")

    @router.post("/text", response_model=None)
    def paste(request: Request, form: FormOf) -> Response:
        actor = context.desk.actor(request)
        who, text = form.get("who", "") or actor.officer, form.get("text", "")
        preview = view.imported(actor, who, text.encode(), save="save" in form)
        if preview["saved"]:
            return RedirectResponse("/absences", 303)
        values = view.shared(actor) | {"who": who, "text": text, "preview": preview}
        return context.pages.page("absences_import.html", **values)

    return router


async def _read_body(request: Request) -> bytes:
    """A file as it is; raises 413 where it is larger than any calendar."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, labels.FAULTS["file_too_large"][0].format("2 MB"))
    return body
