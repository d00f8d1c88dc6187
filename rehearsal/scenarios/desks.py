"""What officers do at their pages: a desk taken as in the demo, and the product asked as a page asks.

Owns the HTTP of it. Phones are stage.py's; what the ledger says of a call is ledger.py's.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

import httpx

from rehearsal.phone import Instant
from rehearsal.scenarios.waiting import NotSeenError, arrives

_LEAVE = timedelta(hours=4)


class Desk:
    """One officer at his desk. Use it with `async with`; `officer` is his id in the directory."""

    def __init__(self, url: str, officer: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=10.0, trust_env=False)
        self.officer = officer

    async def __aenter__(self) -> Self:
        await take_desk(self._http, self.officer)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    # -- acts --

    async def press_call(self, callback: str, *, confirmed: bool) -> httpx.Response:
        """Press "call" on a callback's row; `confirmed`: also before its turn. The answer, also a refusal."""
        return await self._http.post(f"/api/callbacks/{callback}/call", json={"confirmed": confirmed})

    async def press_transfer(self, call_id: str, exten: str, gist: str) -> tuple[Instant, httpx.Response]:
        """Pass the citizen of a call on to `exten`, with a line for him.

        When the first byte of the order went to the socket, and the answer, also a refusal.
        """
        asked = {"exten": exten, "gist": gist, "confirmed": False}
        sent: list[Instant] = []

        async def trace(step: str, _: Mapping[str, Any]) -> None:
            if step == "http11.send_request_headers.started":
                sent.append(Instant.now())

        url = f"/api/calls/{call_id}/transfer"
        answer = await self._http.post(url, json=asked, extensions={"trace": trace})
        return sent[-1], answer

    async def is_away(self) -> None:
        """Go on leave from now on, for some hours; the directory's deputy stands in."""
        now = datetime.now(UTC)
        span = {"starts_at": now.isoformat(), "ends_at": (now + _LEAVE).isoformat()}
        asked = {"officer": self.officer, "kind": "annual_leave", **span}
        (await self._http.post("/api/absences", json=asked)).raise_for_status()

    async def recording(self, memo: Mapping[str, Any]) -> bytes:
        """Listen to a memo's message; empty if it has none."""
        if memo["recording"] is None or memo["recording"]["state"] != "kept":
            return b""
        answer = await self._http.get(f"/memos/{memo['id']}/recording")
        answer.raise_for_status()
        return answer.content

    # -- what the pages show, waited for --

    async def memo_of(self, number: str) -> Mapping[str, Any]:
        """The one memo of who is to be called at `number`, its recording fetched; opens and so reads it."""

        async def look() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await self._get("/api/memos", caller=number))["memos"]
            waiting = [take for one in found for take in one["recordings"] if take["state"] == "waiting"]
            return [] if waiting else found

        found = await arrives("the memo", look)
        if len(found) != 1:
            raise NotSeenError(f"one call left {len(found)} memos")
        (await self._http.get(f"/memos/{found[0]['id']}")).raise_for_status()
        memo: Mapping[str, Any] = await self._get(f"/api/memos/{found[0]['id']}")
        return memo

    async def has_recording_of(self, number: str) -> None:
        """Wait until the recordings of the memo of `number` are fetched, without opening it."""

        async def look() -> bool:
            found = (await self._get("/api/memos", caller=number))["memos"]
            takes = [take for one in found for take in one["recordings"]]
            return bool(takes) and all(take["state"] != "waiting" for take in takes)

        await arrives("the recording", look)

    async def receipts_of(self, number: str) -> Mapping[str, Any]:
        """When the memo of `number` was delivered, read, acted on; this opens nothing."""
        found: Mapping[str, Any] = (await self._get("/api/memos", caller=number))["memos"][0]["receipts"]
        return found

    async def sees_read_back(self, call_id: str) -> None:
        """Wait until the line of a call stands as read back."""

        async def look() -> bool:
            return bool((await self._get(f"/api/calls/{call_id}/talk"))["read_back_at_ms"])

        await arrives("the stamp of the line read back", look)

    async def call_of(self, number: str) -> str:
        """The id of the call of `number` that this officer may pass on; waits until his page says so."""

        async def look() -> str | None:
            known = {call["call_id"] for call in (await self._get("/api/calls", caller=number))["calls"]}
            mine = [call for call in (await self._get("/api/my"))["calls"] if call["may_transfer"]]
            return next((str(call["call_id"]) for call in mine if call["call_id"] in known), None)

        return await arrives("the call on the officer's page", look)

    async def incoming(self) -> list[Mapping[str, Any]]:
        """The citizens who are being passed on to this officer, as his page shows them at this moment."""
        found: list[Mapping[str, Any]] = (await self._get("/api/my"))["incoming"]
        return found

    async def callback_of(self, number: str) -> str:
        """The id of the callback owed to `number`."""

        async def look() -> str | None:
            found = (await self._get("/api/callbacks", caller=number))["callbacks"]
            return str(found[0]["id"]) if found else None

        return await arrives("the callback", look)

    async def attempts(self, callback: str, number: int) -> list[Mapping[str, Any]]:
        """The attempts of a callback, once `number` of them have ended."""

        async def look() -> list[Mapping[str, Any]]:
            found: list[Mapping[str, Any]] = (await self._get(f"/api/callbacks/{callback}"))["attempts"]
            return found if len([one for one in found if one["outcome"]]) >= number else []

        return await arrives(f"the end of attempt {number}", look)

    async def sees_closed(self, callback: str) -> None:
        """Wait until a callback is closed."""

        async def look() -> bool:
            return bool((await self._get(f"/api/callbacks/{callback}"))["closed_at"])

        await arrives("the closing of the callback", look)

    async def holds(self, callback: str) -> None:
        """Wait until a callback is this officer's."""

        async def look() -> bool:
            return bool((await self._get(f"/api/callbacks/{callback}"))["owner"] == self.officer)

        await arrives(f"the moving of the callback to {self.officer}", look)

    async def _get(self, path: str, **asked: str) -> Any:
        answer = await self._http.get(path, params=asked)
        answer.raise_for_status()
        return answer.json()


async def take_desk(http: httpx.AsyncClient, officer: str) -> None:
    """Sit down at an officer's desk, as the demo allows everybody; raises NotSeenError where it does not."""
    answer = await http.post("/desk", data={"officer": officer})
    if not answer.has_redirect_location:
        raise NotSeenError(f"the desk of {officer} cannot be taken: {answer.status_code}")


async def flags_written(bridge: str, at_least: int = 0) -> int:
    """How many flags the bridge has written since its start; waits until all are, and `at_least` so many."""
    async with httpx.AsyncClient(base_url=bridge, timeout=10.0, trust_env=False) as http:

        async def look() -> tuple[int, ...]:
            answer = await http.get("/healthz")
            answer.raise_for_status()
            flags = answer.json()["flags"]
            return (flags["written"],) if flags["in_step"] and flags["written"] >= at_least else ()

        return (await arrives("the office's flags in the PBX", look))[0]
