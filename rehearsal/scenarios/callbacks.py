"""The scenarios of calling back: a citizen leaves word, an officer presses "call", both phones are seen.

Owns what people do. How often which phone rang, in which order and with which number shown is checked here
from the phones; what the product made of it is ledger.py's to ask.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from rehearsal.phone import Answering, IncomingCall, answers, rejects, rings_on
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.calls import talk, until_over
from rehearsal.scenarios.desks import Desk
from rehearsal.scenarios.leaving import leaves_word
from rehearsal.scenarios.stage import Seen, Stage, Tried
from rehearsal.scenarios.waiting import NotSeenError

Scenario = Callable[[Stage], Awaitable[Seen]]
_TALK_S = 3.0  # more than the office takes for a mailbox (confirm_talk_s)
_PATIENCE_S = 30.0
_CLOSE_S = 0.5


def one_by_one(*plans: Answering) -> Callable[[IncomingCall], Answering]:
    """The first call is treated by the first plan, the second by the second; the last goes on."""
    left: Iterator[Answering] = iter(plans)
    return lambda _: next(left, plans[-1])


@dataclass(slots=True)
class Owed:
    """A citizen who was promised a reply, the officer who owes it, and the callback in the product."""

    stage: Stage
    seen: Seen
    desk: Desk
    callback: str

    async def press(self, desk: Desk | None = None, *, again: bool = False) -> None:
        """Press "call" on the callback's row; `again`: and confirm that it is to be before its turn."""
        answer = await (desk or self.desk).press_call(self.callback, confirmed=again)
        if not answer.is_success:
            raise NotSeenError(f"the call was refused: {answer.text}")

    async def told(self, *outcomes: str) -> None:
        """Wait until as many attempts have ended, and hold their outcomes and the last talk to the phones."""
        attempts = await self.desk.attempts(self.callback, len(outcomes))
        self.seen.checks |= {
            f"the attempts are told as {outcomes}": tuple(one["outcome"] for one in attempts) == outcomes,
            "the talk is told as long as it was": all(map(self._is_told_right, attempts)),
        }

    def _is_told_right(self, attempt: Mapping[str, Any]) -> bool:
        """Whether the talk of the attempt is as long as at the citizen's phone."""
        if attempt["outcome"] != "reached":
            return bool(attempt["talk_ms"] == 0)
        talk = self.stage.taken[self.seen.caller][-1].record
        seconds = talk.bye.since(talk.answered) if talk.bye and talk.answered else 0.0
        return bool(abs(attempt["talk_ms"] / 1000 - seconds) < _CLOSE_S)


async def owed(stage: Stage, extension: str, at_phone: Answering, *at_home: Answering) -> Owed:
    """The officer's phone is busy, the citizen leaves word; later both take calls as planned."""
    await stage.phone(extension, one_by_one(rejects(486), at_phone))
    seen = stage.citizen(extension, silent=True)
    stage.at_home[seen.caller] = list(at_home)
    await leaves_word(stage, seen)
    desk = await stage.desk(extension)
    return Owed(stage, seen, desk, await desk.callback_of(seen.caller))


async def talk_back(reply: Owed, nth: int = 0, *, by: str = "") -> None:
    """Citizen and officer (`by`: another than the first) hear each other and talk; the citizen hangs up."""
    stage = reply.stage
    tone = stage.phones[by or reply.seen.desk].tone_hz or 0
    citizen = await stage.took(reply.seen.caller, nth)
    await citizen.until(lambda: hears_tone(citizen, tone), _PATIENCE_S)
    await asyncio.sleep(_TALK_S)
    await citizen.hang_up()


def closing(reply: Owed, *, officer: int, citizen: int, by: str = "", moved_s: int = 0) -> Seen:
    """How often each phone rang, in which order, and what number the citizen saw."""
    stage, seen = reply.stage, reply.seen
    stage.gather(seen, seen.desk)
    left = seen.call.record.ended

    def later(who: str) -> list[IncomingCall]:
        """What a phone took after the citizen had left word: the office's calls."""
        taken = stage.taken.get(who, [])
        return [call for call in taken if left and call.record.invite and call.record.invite > left]

    tried = Tried(later(by or seen.desk), later(seen.caller), moved_s=moved_s)
    seen.officers = [call for call in seen.officers if call not in later(seen.desk)]
    shown = {call.remote.user for call in tried.citizen}
    seen.tried = tried
    seen.checks |= {
        f"the officer's phone rang {officer} times for the callback": len(tried.officer) == officer,
        f"the citizen's phone rang {citizen} times": len(tried.citizen) == citizen,
        "the citizen saw the department's own number": shown <= {stage.shown(seen.desk)},
        "the officer's phone was answered before the citizen's rang": _officer_first(tried),
    }
    return seen


def _officer_first(tried: Tried) -> bool:
    answered = [call.record.answered for call in tried.officer]
    rang = [call.record.invite for call in tried.citizen]
    return all(a and r and a < r for a, r in zip(answered, rang, strict=False))


async def reached(stage: Stage) -> Seen:
    """The officer presses "call" and reaches the citizen."""
    reply = await owed(stage, "3053", answers(0.5), answers(1.0))
    await reply.press()
    await talk_back(reply)
    await reply.told("reached")
    return closing(reply, officer=1, citizen=1)


async def citizen_busy(stage: Stage) -> Seen:
    """The citizen's line is busy; the second try reaches him."""
    reply = await owed(stage, "3054", answers(0.5), rejects(486), answers(1.0))
    await reply.press()
    await reply.told("busy")
    await until_over(await stage.took("3054", 1))  # he is told so, and his phone is free again
    await reply.press(again=True)
    await talk_back(reply, 1)
    await reply.told("busy", "reached")
    return closing(reply, officer=2, citizen=2)


async def officer_no_answer(stage: Stage) -> Seen:
    """The officer does not pick up his own phone: the citizen is not called."""
    reply = await owed(stage, "3055", rings_on(), answers(0.5))
    await reply.press()
    await reply.told("officer_failed")
    return closing(reply, officer=1, citizen=0)


async def twice_pressed(stage: Stage) -> Seen:
    """Two people press "call" on one row: one wins, the other is told who."""
    reply = await owed(stage, "3056", answers(0.5), answers(1.0))
    await stage.phone("3061", answers(0.5))
    both = {"3056": reply.desk, "3061": await stage.desk("3061")}
    pressed = [desk.press_call(reply.callback, confirmed=False) for desk in both.values()]
    told = dict(zip(both, await asyncio.gather(*pressed), strict=True))
    won = [extension for extension, answer in told.items() if answer.is_success]
    lost = [answer for answer in told.values() if answer.status_code == httpx.codes.CONFLICT]
    if len(won) != 1 or len(lost) != 1:
        raise NotSeenError(f"not one won and one lost: {[answer.text for answer in told.values()]}")
    await talk_back(reply, by=won[0])
    await reply.told("reached")
    seen = closing(reply, officer=1, citizen=1, by=won[0])
    rang = {"3056": len(stage.taken["3056"]) - 1, "3061": len(stage.taken.get("3061", []))}
    seen.checks["the phone of the other stayed still"] = sum(rang.values()) == 1
    winner = stage.office.directory.officers[stage.officer(won[0])].name
    seen.checks["the other is told who was first"] = winner in lost[0].text
    return seen


async def calls_again(stage: Stage) -> Seen:
    """The citizen calls again and gets through: the callback he was promised is closed with the reason."""
    reply = await owed(stage, "3060", answers(0.5))
    again = stage.citizen("3060", number=reply.seen.caller)
    await talk(stage, again, "3060")
    await asyncio.sleep(_TALK_S)
    await again.call.hang_up()
    await until_over(stage.taken["3060"][1])
    await reply.desk.sees_closed(reply.callback)
    seen = closing(reply, officer=1, citizen=0)
    seen.tried = Tried([], [], again.call)
    return seen


CALLBACKS: dict[str, Scenario] = {
    "callback-reached": reached,
    "callback-citizen-busy-then-reached": citizen_busy,
    "callback-officer-no-answer": officer_no_answer,
    "callback-twice-pressed": twice_pressed,
    "citizen-calls-again": calls_again,
}
