"""What the product says of a call: asked over its JSON API, as anybody at a desk could."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from rehearsal.scenarios.desks import Desk, take_desk
from rehearsal.scenarios.memo_truth import office_time
from rehearsal.scenarios.stage import Seen
from rehearsal.scenarios.truth import PROMISES

_WAIT_S = 20.0


class NotInLedgerError(RuntimeError):
    """The call did not show up, or not as ended, in time."""


@dataclass(frozen=True, slots=True)
class KeptMemo:
    """A memo as the API tells it, and the sound of its recording (empty without one)."""

    told: Mapping[str, Any]
    wav: bytes


class Ledger:
    """The ledger behind `url`, seen through its API from the desk of `officer`."""

    def __init__(self, url: str, officer: str) -> None:
        self._url = url
        self._officer = officer
        self._http = httpx.AsyncClient(base_url=url, timeout=5.0, trust_env=False)

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def verdicts(self, seen: Seen) -> Mapping[str, Mapping[str, Any]]:
        """{promise: verdict} of an ended call; waits for it, raises NotInLedgerError after 20 s."""
        call = await self._ended(seen)
        found = (await self._get(f"/api/calls/{call['call_id']}"))["verdicts"]
        missing = {"result": "missing", "measures": {}}
        return dict.fromkeys(PROMISES, missing) | {verdict["promise"]: verdict for verdict in found}

    async def memo(self, number: str, officer: str) -> KeptMemo:
        """The one memo with this number to call, read and heard by its officer; raises NotSeenError."""
        async with Desk(self._url, officer) as desk:
            memo = await desk.memo_of(number)
            return KeptMemo(memo, await desk.recording(memo))

    async def holds(self, text: str) -> bool:
        """Whether `text` stands anywhere in what the API tells of the newest calls."""
        calls = (await self._get("/api/calls"))["calls"]
        told = [str(await self._get(f"/api/calls/{call['call_id']}")) for call in calls]
        return any(text in one for one in told)

    async def _ended(self, seen: Seen) -> dict[str, Any]:
        async with asyncio.timeout(_WAIT_S):
            try:
                while True:
                    if (call := await self._find(seen)) and call["ended_at"]:
                        return call
                    await asyncio.sleep(0.1)
            except TimeoutError:
                raise NotInLedgerError(
                    f"{seen.call_class} call to {seen.desk}: not ended in the ledger"
                ) from None

    async def _find(self, seen: Seen) -> dict[str, Any] | None:
        asked = {"caller": seen.caller} if seen.caller and not seen.withheld else {}
        calls: list[dict[str, Any]] = (await self._get("/api/calls", **asked))["calls"]
        found = [c for c in calls if c["call_class"] == seen.call_class and _of_desk(c, seen)]
        return min(found, key=lambda call: _apart(call, seen), default=None)

    async def _get(self, path: str, **asked: str) -> Any:
        if not self._http.cookies:
            await take_desk(self._http, self._officer)
        answer = await self._http.get(path, params=asked)
        answer.raise_for_status()
        return answer.json()


def _of_desk(call: Mapping[str, Any], seen: Seen) -> bool:
    """Calls to the outside name no desk: the number dialled is nobody's business."""
    return seen.call_class in ("outbound", "emergency") or call["exten"] == seen.desk


def _apart(call: Mapping[str, Any], seen: Seen) -> timedelta:
    """How far the call began from the phone's: a citizen may have called twice."""
    began = seen.call.record.invite
    if began is None:
        return timedelta.max
    return abs(datetime.fromisoformat(call["started_at"]) - office_time(began, seen.shift_s))
