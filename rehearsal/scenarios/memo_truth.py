"""The truth of a memo and of its reply, by the phones alone: what the citizen left, was told, and got.

Written from the charter (T6, T7), not from the product. What the product made of it is handed in, as its API
tells it, and held against what the phones saw.
"""

import wave
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np

from office.calendar import KST
from rehearsal.phone import Instant
from rehearsal.phone.audio import Heard, Tone
from rehearsal.phone.matching import SILENCE_RMS
from rehearsal.phone.rtp import RATE
from rehearsal.phone.tones import Windows, find
from rehearsal.scenarios.stage import Left, Seen

HOUR = timedelta(hours=1)
_CLOSE = timedelta(seconds=3)
_TOLD = timedelta(minutes=10)
_KEPT_TOLD = "menu/memo-kept.b"
"""What follows the promise: who heard it has heard the promise."""
_SENTENCES = ("memo-open.a", "memo-open-closed", "memo-kept.a", "memo-kept.b")
_CLOSED = ("closed-night.a", "closed-lunch.a", "closed-holiday.a")


def menu_files(seen: Seen, left: Left, memo: Mapping[str, Any]) -> Iterable[str]:
    """The prompt files worth looking for in what the citizen heard."""
    yield f"menu/duty/{seen.department}"
    yield from (f"menu/{name}" for name in (*_SENTENCES, *(_CLOSED if memo["closed"] else ())))
    yield from left.told
    yield from _promise_files(memo)
    yield from _choice_files(memo)


def moment_files(at: datetime, now: datetime, particle: str) -> tuple[str, ...]:
    """How a moment is said: rounded up to ten minutes, as today, tomorrow or the weekday, hour, minutes."""
    local = at.astimezone(KST)
    day_began = local.replace(hour=0, minute=0, second=0, microsecond=0)
    said = day_began + -(-(local - day_began) // _TOLD) * _TOLD
    ahead = (said.date() - now.astimezone(KST).date()).days
    days = {0: "menu/day/today", 1: "menu/day/tomorrow"}
    day = days.get(ahead, f"menu/weekday/{said.isoweekday()}")
    if said.minute:
        return (day, f"menu/hour/{said.hour}", f"menu/minute/{said.minute}{particle}")
    return (day, f"menu/hour/{said.hour}{particle}")


def faults(seen: Seen, left: Left, heard: Sequence[Heard], memo: Mapping[str, Any], wav: bytes) -> list[str]:
    """What the product's memo says otherwise than the phones."""
    asked, names = began(seen, heard), [h.name for h in heard]
    was_promised = any(h.name == _KEPT_TOLD and h.whole for h in heard)
    received, due = _received(memo), _moment(memo["due_at"])
    chosen = _moment(memo["asked_at"])
    promised = left.due_at or chosen or (asked + HOUR if asked else None)
    found = {
        "exten": memo["exten"] == (seen.wanted or seen.desk),
        "taken_by": memo["taken_by"] == left.recorded_by,
        "received_at": asked is not None and abs(received - asked) < _CLOSE,
        "number": memo["number"] == masked(left.number),
        "incomplete": memo["incomplete"] is not left.whole,
        "reply_wanted": memo["reply_wanted"] is bool(left.number),
        "due_at": due is not None and promised is not None and abs(due - promised) < _CLOSE,
        "asked_at": (chosen is not None) is left.asked and _in_order(names, _choice_files(memo)),
        "told": _in_order(names, left.told or (_promise_files(memo) if was_promised else ())),
        "recording": voice_s(wav, left.voice_hz) > left.spoken_s - 0.4 if left.spoken_s else not wav,
    }
    return [f"memo: {name} is {memo.get(name, '')!r}" for name, right in found.items() if not right]


def _promise_files(memo: Mapping[str, Any]) -> tuple[str, ...]:
    """How the deadline is told after the message."""
    due = None if memo["asked_at"] else _moment(memo["due_at"])
    return moment_files(due, _received(memo), "-until") if due else ()


def _choice_files(memo: Mapping[str, Any]) -> tuple[str, ...]:
    """How the moment he chose was offered."""
    chosen = _moment(memo["asked_at"])
    return ("menu/memo-when.a", *moment_files(chosen, _received(memo), "")) if chosen else ()


def began(seen: Seen, heard: Iterable[Heard]) -> datetime | None:
    """When the citizen was first asked for a message, on the office's clock."""
    starts = [h.start_s for h in heard if h.name.startswith("menu/") or h.name == "beep"]
    zero = seen.call.record.invite
    if not starts or zero is None:
        return None
    return office_time(zero, seen.shift_s) + timedelta(seconds=min(starts))


def office_time(at: Instant, shift_s: int) -> datetime:
    """An instant of the phones on the office's clock."""
    return datetime.fromtimestamp(at.wall_ns / 1e9, UTC) + timedelta(seconds=shift_s)


def masked(number: str) -> str:
    """How a citizen's number is shown to those who have not opened it."""
    return f"{number[:3]}-****-{number[-4:]}" if number else ""


def _in_order(names: list[str], wanted: tuple[str, ...]) -> bool:
    left = iter(names)
    return all(name in left for name in wanted)


def voice_s(wav: bytes, hz: int) -> float:
    """Seconds of this voice in a recording."""
    if not wav:
        return 0.0
    with wave.open(BytesIO(wav), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float32)
    windows = Windows.of(samples)
    active = np.sqrt(windows.energy) > SILENCE_RMS
    return sum((end - start) / RATE for start, end in find(windows, Tone(hz), active))


def _received(memo: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(memo["received_at"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
