"""The public page's form by which a citizen asks to be called back (charter V1, T7); off by default.

Owns the routes. What is kept, and when the citizen is called, is the memo's and the callback's business.
"""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memo_service.context import Context
from memo_service.errors import NotFoundError
from memo_service.guide.asking import BY_CITIZEN, Bound, read_asked
from memo_service.guide.listing import Listing
from memo_service.guide.words import FAULTS
from memo_service.memos.form import new_key
from memo_service.memos.present import moment
from memo_service.memos.taking import TakenMemo
from memo_service.memos.together import MemoNotSavedError
from memo_service.web.forms import Form, read_form

Sent = Annotated[Form, Depends(read_form)]


def ask_pages(context: Context) -> APIRouter:
    """Routes below /guide/callback; 404 unless charter.guide says public and call_me_back."""
    router = APIRouter(prefix="/guide/callback", include_in_schema=False, default_response_class=HTMLResponse)
    form_page = _FormPage(context)

    @router.get("")
    def empty(exten: str = "") -> HTMLResponse:
        form_page.admit()
        return form_page.show({"exten": exten, "key": new_key()}, {})

    @router.post("")
    async def send(request: Request, form: Sent) -> Response:
        form_page.admit()
        return await form_page.take(request.client.host if request.client else "", form)

    @router.get("/kept")
    def kept(memo: str = "") -> HTMLResponse:
        form_page.admit()
        return form_page.kept(memo)

    return router


class _FormPage:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._guide = context.office.charter.guide
        self._listing = Listing(context.office.directory, self._guide)
        self._bound = Bound(self._guide.asks_per_hour, time.monotonic)

    def admit(self) -> None:
        """Raises NotFoundError where the office does not offer it."""
        if not (self._guide.public and self._guide.call_me_back):
            raise NotFoundError

    def show(self, typed: dict[str, str], faults: dict[str, str], status: int = 200) -> HTMLResponse:
        """The form, with what was typed."""
        return self._page(
            "guide_callback.html",
            status=status,
            typed=typed,
            faults=faults,
            found=self._listing.find(),
            days=self._context.office.charter.memo.keep_text_days,
        )

    async def take(self, address: str, form: Form) -> Response:
        """Keep it: 303; 422 with what is missing, 429 over the bound, 503 where it could not be kept."""
        read = read_asked(form, self._context.office.directory, self._context.memos.acts.classify)
        if read.memo is None:
            return self.show(dict(form), {name: FAULTS[code] for name, code in read.faults.items()}, 422)
        if not self._bound.admits(address):
            return self.show(dict(form), {"": FAULTS["too_many"]}, 429)
        self._bound.count(address)
        return await self._keep(form, read.memo)

    async def _keep(self, form: Form, memo: TakenMemo) -> Response:
        try:
            memo_id = await self._context.memos.taking.take(BY_CITIZEN, memo)
        except MemoNotSavedError:
            return self.show(dict(form), {"": FAULTS["not_saved"]}, 503)
        self._context.memos.changed()
        return RedirectResponse(f"/guide/callback/kept?memo={memo_id}", 303)

    def kept(self, memo_id: str) -> HTMLResponse:
        """What becomes of it; tells nobody but the hour, since the address may be passed on."""
        found = self._context.memos.reader.memo(memo_id)
        if found is None or found.row.taken_by != BY_CITIZEN or found.callback is None:
            raise NotFoundError
        return self._page("guide_kept.html", due=moment(found.callback.due_at, self._context.now()))

    def _page(self, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        state = self._context.state
        return self._context.pages.page(
            name, status=status, banners=state.banners(), observed=state.observed, **values
        )
