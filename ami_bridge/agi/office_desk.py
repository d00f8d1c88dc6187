"""Asks memo_service what waits for an officer, for what he hears, and for what he does (docs/contracts.md).

Owns that nothing is waited for without end, and that an answer which cannot be read is none. Logs no text and
no number: none comes this way but in a sound.
"""

import logging
from datetime import datetime
from typing import Any

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from ivr.menus import desk_talk as t

log = logging.getLogger(__name__)

ANSWER_S = 5.0
SOUND_S = 25.0
"""A voice may have to say a long text first."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Item(_Told):
    memo: str
    callback: str | None
    received_at: AwareDatetime
    due_at: AwareDatetime | None
    sound: str


class _Last(_Told):
    kind: str
    id: str


class _Desk(_Told):
    now: AwareDatetime
    officer: bool
    memos: int
    callbacks: int
    items: tuple[_Item, ...]
    last: _Last | None


class _Until(_Told):
    until: AwareDatetime | None


class OfficeDesk:
    """memo_service at `url`, which knows us by `token`. Without an address nobody is reached."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url or "http://127.0.0.1:1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=ANSWER_S,
            trust_env=False,
        )

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def look(self, endpoint: str) -> t.Told | t.Unreached:
        """What waits for the officer of this phone."""
        answer = await self._ask("GET", "/api/phone/desk", params={"endpoint": endpoint})
        if answer is None or answer.status_code != httpx.codes.OK:
            return t.Unreached()
        try:
            return t.Told(_desk(_Desk.model_validate_json(answer.content)))
        except ValidationError:
            log.warning("memo_service told a desk that cannot be read")
            return t.Unreached()

    async def sound(self, endpoint: str, memo: str) -> bytes | t.Unheard | t.Unreached:
        """A memo, or the gist for an empty id, as WAV; opened by this."""
        path = f"/api/phone/memos/{memo}/sound" if memo else "/api/phone/gist/sound"
        answer = await self._ask("GET", path, params={"endpoint": endpoint}, timeout=SOUND_S)
        if answer is None or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            no_voice = answer is not None and _code(answer) == "no_voice"
            return t.Unheard("no_voice") if no_voice else t.Unreached()
        return answer.content if answer.status_code == httpx.codes.OK else t.Unheard("nothing")

    async def act(self, endpoint: str, asked: t.Carry) -> t.Carried | t.Refused | t.Unreached:
        """Have it done, once: what is not answered is not asked again."""
        wanted = {"endpoint": endpoint, "act": asked.act, "item": asked.item, "confirmed": asked.confirmed}
        answer = await self._ask("POST", "/api/phone/acts", json=wanted)
        if answer is None or answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return t.Unreached()
        if answer.status_code != httpx.codes.OK:
            return t.Refused(_code(answer))
        return t.Carried(_until(answer))

    async def _ask(self, method: str, path: str, **asked: Any) -> httpx.Response | None:
        try:
            return await self._client.request(method, path, **asked)
        except httpx.HTTPError as error:
            log.warning("memo_service did not answer a phone", extra={"reason": type(error).__name__})
            return None


def _desk(told: _Desk) -> t.Desk:
    items = tuple(t.Item(i.memo, i.callback, i.received_at, i.due_at, i.sound) for i in told.items)
    kind, last = (told.last.kind, told.last.id) if told.last else ("", "")
    return t.Desk(told.now, told.officer, told.memos, told.callbacks, items, kind, last)


def _code(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return ""
    return str(told.get("code", "")) if isinstance(told, dict) else ""


def _until(answer: httpx.Response) -> datetime | None:
    try:
        return _Until.model_validate_json(answer.content).until
    except ValidationError:
        return None
