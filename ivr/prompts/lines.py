"""Sounds put together from prompts and tones: what is heard while a phone rings, and on hold.

Owns which they are and how each is laid out. Pure: files are read and written by the library.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ivr.prompts import sound
from ivr.prompts.plan import transfer_notice
from office.charter import Ring
from office.folder import Office

_LONG_S = 120.0
_HOLD_ROUND_S = 30.0
_BEAT_S = 1.2


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt, by name."""

    prompt: str


@dataclass(frozen=True, slots=True)
class Ringback:
    """Korean ringback for `seconds`, or on to `seconds` after the line's beginning."""

    seconds: float
    to: bool = False


@dataclass(frozen=True, slots=True)
class Beats:
    """A soft tone every 1.2 s, on to `seconds` after the line's beginning: he is still connected."""

    seconds: float


Part = Said | Ringback | Beats


@dataclass(frozen=True, slots=True)
class Line:
    """One file below the prompts, and its parts in order."""

    name: str
    parts: tuple[Part, ...]

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts it is made of."""
        return tuple(part.prompt for part in self.parts if isinstance(part, Said))


def lines(office: Office) -> Iterator[Line]:
    """Every line of the office."""
    charter = office.charter
    limit_s = float(charter.transfer.limit_s)
    yield Line("early/early", (Ringback(charter.ring.limit_ms() / 1000), Said("early"), Ringback(_LONG_S)))
    yield Line("ringback/ringback", (Ringback(_LONG_S),))
    yield Line("passed/late", (Said("office/transfer-late"), Ringback(_LONG_S)))
    yield Line("passed/limit", (Ringback(limit_s),))
    if charter.transfer.notice:
        for desk in office.directory.desks.values():
            notice = Said(transfer_notice(desk.number))
            yield Line(f"passed/{desk.number}", (notice, Ringback(limit_s, to=True)))
    again_s = 2 * _HOLD_ROUND_S
    hold = (Said("office/hold"), Beats(_HOLD_ROUND_S), Said("office/hold-again"), Beats(again_s))
    yield Line("hold/hold", hold)


def lay(line: Line, ring: Ring, said: Callable[[str], sound.Samples]) -> sound.Samples:
    """The sound of a line at 8 kHz; `said` gives a prompt's."""
    laid: list[sound.Samples] = []
    for part in line.parts:
        if isinstance(part, Said):
            laid.append(said(part.prompt))
            continue
        before_s = _seconds(laid) if isinstance(part, Beats) or part.to else 0.0
        rest_s = max(0.0, part.seconds - before_s)
        laid.append(_beats(rest_s) if isinstance(part, Beats) else _ringback(ring, rest_s))
    return np.concatenate(laid)


def _seconds(laid: Sequence[sound.Samples]) -> float:
    return sum(len(samples) for samples in laid) / sound.RATE


def _ringback(ring: Ring, seconds: float) -> sound.Samples:
    cycle = np.concatenate([sound.tone(ring.on_ms / 1000, 440, 480), sound.silence(ring.off_ms / 1000)])
    return np.resize(cycle, round(seconds * sound.RATE))


def _beats(seconds: float) -> sound.Samples:
    beat = np.concatenate([sound.silence(_BEAT_S - 0.2), sound.tone(0.2, 523.25, level=0.1)])
    return np.resize(beat, round(seconds * sound.RATE))
