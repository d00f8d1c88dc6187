"""The JSON API for officers' phones, asked by the bridge alone (docs/contracts.md, "An officer's phone").

Owns the token by which the bridge is known, and that the desk is the one of the phone that is named.
"""

import asyncio
import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from memo_service.access.actor import Actor
from memo_service.context import Context
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.phone.acts import Act, Asked, PhoneRefusedError
from memo_service.phone.ear import NoVoiceError
from memo_service.phone.views import Carried, PhoneDesk

Endpoint = Annotated[str, Query(pattern=r"^[a-z0-9_]{2,40}$")]


class ActIn(BaseModel):
    """What is asked for at a phone."""

    endpoint: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")]
    act: Act
    item: Annotated[str, Field(max_length=80)] = ""
    confirmed: bool = False


def phone_api(context: Context) -> APIRouter:
    """Routes below /api/phone. 401 without the token, 403 for a phone that nobody owns."""
    phones = _Phones(context)
    router = APIRouter(prefix="/api/phone", include_in_schema=False, dependencies=[Depends(phones.known)])

    @router.get("/desk")
    def desk(endpoint: Endpoint) -> PhoneDesk:
        """What waits for the officer of this phone."""
        desks = context.phone.desks
        return desks.desk(desks.actor(endpoint))

    @router.get("/memos/{memo_id}/sound")
    async def memo_sound(endpoint: Endpoint, memo_id: str) -> Response:
        """A memo for his ear, opened by this: WAV; 404 nothing to hear, 503 no voice."""
        return await phones.memo(endpoint, memo_id)

    @router.get("/gist/sound")
    async def gist_sound(endpoint: Endpoint) -> Response:
        """The gist of the last transfer to him, opened by this; as above."""
        return await phones.gist(endpoint)

    @router.post("/acts", response_model=Carried)
    async def act(asked: ActIn) -> Carried | Response:
        """Do it; 409 with the code of what stands against it."""
        return await phones.act(asked)

    return router


class _Phones:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._phone = context.phone

    def known(self, request: Request) -> None:
        given = request.headers.get("Authorization", "")
        expected = f"Bearer {self._context.settings.phone_token}"
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise HTTPException(401, "the bridge's token is needed")

    def _actor(self, endpoint: str) -> Actor:
        found = self._phone.desks.actor(endpoint)
        if found is None:
            raise ForbiddenError("nobody's phone")
        return found

    async def memo(self, endpoint: str, memo_id: str) -> Response:
        try:
            sound = await asyncio.to_thread(self._phone.ear.memo, self._actor(endpoint), memo_id)
        except NoVoiceError:
            sound = None
        self._changed(memo_id)  # opened, whether or not a voice could say it
        return Response(sound, media_type="audio/wav") if sound else _refused(503, "no_voice")

    async def gist(self, endpoint: str) -> Response:
        try:
            heard = await asyncio.to_thread(self._phone.ear.gist, self._actor(endpoint))
        except NoVoiceError:
            return _refused(503, "no_voice")
        self._context.transfers.live.tell(heard.officers)
        return Response(heard.sound, media_type="audio/wav")

    async def act(self, asked: ActIn) -> Carried | Response:
        wanted = Asked(asked.act, asked.item, confirmed=asked.confirmed)
        actor = self._actor(asked.endpoint)
        try:
            done = await self._phone.acts.carry_out(actor, wanted)
        except PhoneRefusedError as error:
            return _refused(409, error.code)
        except NotFoundError:
            return _refused(409, "gone")
        if asked.act is Act.ACTED:
            self._changed(asked.item)
        return done

    def _changed(self, memo_id: str) -> None:
        """Pages that show the memo look again. On the event loop."""
        self._context.hub.publish("memos", {"ids": [memo_id]})


def _refused(status: int, code: str) -> Response:
    return JSONResponse({"code": code, "detail": code}, status_code=status)
