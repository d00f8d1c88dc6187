"""How a phone treats a call that comes in: when it rings, and what it does then. Data only."""

from dataclasses import dataclass
from enum import StrEnum


class Ring(StrEnum):
    """What a phone says while its bell rings."""

    RINGING = "180"  # the bell
    PROGRESS = "183"  # a ringback tone of its own as early media, and no 180
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A plan for one incoming call. Seconds.

    `after_s` counts from the sending of the phone's own 180 or 183 (from the INVITE with Ring.NOTHING); then
    `final` is sent: 200 answers, 486/480/603 refuse, 302 sends the caller to `forward_to`, None leaves it
    ringing. `hang_up_after_s` counts from the phone's own 200.
    """

    ring: Ring = Ring.RINGING
    ring_delay_s: float = 0.0
    after_s: float = 1.0
    final: int | None = 200
    forward_to: str = ""
    hang_up_after_s: float | None = None


def answers(after_s: float, *, ring: Ring = Ring.RINGING, hang_up_after_s: float | None = None) -> Answering:
    """Rings at once and answers `after_s` later."""
    return Answering(ring=ring, after_s=after_s, hang_up_after_s=hang_up_after_s)


def rejects(status: int, after_s: float = 0.0, *, ring: Ring = Ring.NOTHING) -> Answering:
    """Refuses with `status` (486 busy, 480 unavailable, 603 declined)."""
    return Answering(ring=ring, after_s=after_s, final=status)


def forwards(to: str, after_s: float = 0.0) -> Answering:
    """Answers 302 with the number `to`, as a phone does on which forwarding was switched on."""
    return Answering(ring=Ring.NOTHING, after_s=after_s, final=302, forward_to=to)


def rings_on() -> Answering:
    """Rings and is never picked up."""
    return Answering(final=None)
