"""The scenarios of a closed office, each on a stack whose clock is set to an hour at which nobody is in.

Owns the hours, and what the charter and the calendar make of them: when the citizen is told he will be
called, to the minute (cases TIM-02 and CBK-02). The moments are written by hand, not by the product.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from office.calendar import KST
from rehearsal.phone import answers
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.calls import until_over
from rehearsal.scenarios.leaving import OPEN_CLOSED, PROMISED, answers_key, hears, speaks
from rehearsal.scenarios.stage import Seen, Stage

DUTY_MOBILE = "01000007777"
_OFFICER = "3035"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """A moment at which the office is shut, the words for it, and by when the citizen is called.

    `told`: the prompt files of two moments as he hears them, when the office opens and by when he is called.
    """

    clock: datetime
    notice: str
    due_at: datetime
    told: tuple[str, ...]


def _kst(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=KST)


NIGHT = Hour(
    clock=_kst(2026, 11, 25, 20, 10),
    notice="menu/closed-night",
    due_at=_kst(2026, 11, 26, 10),
    told=("menu/day/tomorrow", "menu/hour/9-from", "menu/day/tomorrow", "menu/hour/10-until"),
)
LUNCH = Hour(
    clock=_kst(2026, 11, 25, 12, 20),
    notice="menu/closed-lunch",
    due_at=_kst(2026, 11, 25, 14),
    told=("menu/day/today", "menu/hour/13-from", "menu/day/today", "menu/hour/14-until"),
)
CHUSEOK = Hour(
    clock=_kst(2026, 9, 25, 11),
    notice="menu/closed-holiday",
    due_at=_kst(2026, 9, 28, 10),
    told=("menu/weekday/1", "menu/hour/9-from", "menu/weekday/1", "menu/hour/10-until"),
)


async def _leaves_word(stage: Stage, hour: Hour) -> Seen:
    """The officer's phone stays still; the citizen hears why and from when, and leaves word."""
    await stage.phone(_OFFICER, answers(0.5))
    seen = stage.citizen(_OFFICER, silent=True)
    await hears(stage, seen.call, f"{hour.notice}.a")
    await answers_key(stage, seen.call, f"{hour.notice}.b", "1")  # after the moment of opening
    await answers_key(stage, seen.call, OPEN_CLOSED, "1")
    await speaks(stage, seen)
    await hears(stage, seen.call, PROMISED)
    await seen.call.hang_up()
    if seen.left is not None:
        seen.left.due_at, seen.left.told = hour.due_at, hour.told
    stage.gather(seen, _OFFICER)
    seen.checks["no phone of the office rang"] = not seen.officers
    return seen


async def after_hours(stage: Stage) -> Seen:
    """Wednesday 20:10: the citizen is called by ten the next morning."""
    return await _leaves_word(stage, NIGHT)


async def lunch(stage: Stage) -> Seen:
    """Wednesday 12:20 where lunch is closed: the citizen is called by two."""
    return await _leaves_word(stage, LUNCH)


async def holiday(stage: Stage) -> Seen:
    """Chuseok: called by ten on Monday; another citizen presses 0 and reaches the mobile that is on duty."""
    seen = await _leaves_word(stage, CHUSEOK)
    urgent = stage.citizen(_OFFICER, silent=True)
    await answers_key(stage, urgent.call, f"{CHUSEOK.notice}.a", "0")
    mobile = await stage.took(DUTY_MOBILE)
    await answers_key(stage, mobile, "office/duty-call", "1")
    await urgent.call.until(lambda: hears_tone(urgent.call, stage.carrier.tone_hz or 0))
    await urgent.call.hang_up()
    await until_over(mobile)
    seen.checks["who pressed 0 talked to the mobile on duty"] = mobile.record.answered is not None
    return seen


Scenario = Callable[[Stage], Awaitable[Seen]]
CLOSED: dict[str, tuple[Hour, Scenario]] = {
    "after-hours": (NIGHT, after_hours),
    "lunch": (LUNCH, lunch),
    "holiday": (CHUSEOK, holiday),
}
