"""The voice service as seen from here (docs/contracts.md, "Voice service"): one method an address.

Owns the HTTP and what its failures mean. Keeps nothing, decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx
from pydantic import ValidationError

from memo_service.prompts.catalog import Listing

MOST_BYTES = 10_000_000
_CONNECT_S = 2.0
_ANSWER_S = 20.0
_RECORD_S = 60.0
"""A recording of ten megabytes is decoded, trimmed and levelled before the answer."""


class VoiceAwayError(Exception):
    """The voice service cannot be reached, or answered what nobody understands; the text says which."""


class VoiceRefusedError(Exception):
    """The voice service refused. `figure` is what it measured, where it measured something."""

    def __init__(self, status: int, told: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(told.get("code", "unknown"))
        self.detail = str(told.get("detail", ""))
        self.figure: object = told.get("figure")
        self.key = str(told.get("key", ""))
        super().__init__(f"{status} {self.code}")


@dataclass(frozen=True, slots=True)
class Sound:
    """A WAV file, and the content that it is, where the service says so (ETag)."""

    wav: bytes
    content: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence spoken once, and how it was read."""

    wav: bytes
    spoken: str


class VoiceClient:
    """One voice service. Raises VoiceAwayError and VoiceRefusedError."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            trust_env=False,
        )
        self._last = b"", Listing()

    async def listing(self) -> Listing:
        """Every prompt, how far rendering is, and the voices. The same answer again is not read again."""
        answer = await self._ask("GET", "/prompts")
        if answer.content == self._last[0]:
            return self._last[1]
        try:
            self._last = answer.content, Listing.model_validate_json(answer.content)
            return self._last[1]
        except ValidationError as error:
            raise VoiceAwayError("its list cannot be read") from error

    async def audio(self, name: str) -> Sound:
        """A prompt as it would be heard."""
        answer = await self._ask("GET", "/prompts/audio", params={"name": name})
        return Sound(answer.content, answer.headers.get("etag", "").strip('"'))

    async def say(self, text: str) -> Said:
        """A sentence, kept nowhere."""
        answer = await self._ask("POST", "/say", json={"text": text})
        return Said(answer.content, unquote(answer.headers.get("x-spoken", "")))

    async def record(self, name: str, sound: bytes, media_type: str) -> None:
        """Put a recording in; the one before stays if this one is refused."""
        headers = {"Content-Type": media_type}
        params = {"name": name}
        await self._ask(
            "POST", "/recordings", params=params, content=sound, headers=headers, timeout=_RECORD_S
        )

    async def remove(self, name: str) -> None:
        """Take a recording out."""
        await self._ask("DELETE", "/recordings", params={"name": name})

    async def want(self, wanted: Mapping[str, Mapping[str, str]]) -> None:
        """The whole wanted state."""
        await self._ask("PUT", "/wanted", json=wanted)

    async def render(self) -> None:
        """Render all that is missing."""
        await self._ask("POST", "/render")

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise VoiceAwayError(type(error).__name__) from error
        if answer.is_success:
            return answer
        told = _told(answer)
        if answer.status_code in (401, 403):
            raise VoiceAwayError("it refuses the token")
        if answer.is_server_error and "code" not in told:
            raise VoiceAwayError(f"it answered {answer.status_code}")
        raise VoiceRefusedError(answer.status_code, told)


def _told(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
