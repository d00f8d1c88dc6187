"""Has the PBX's wall clock jumped? Compares the PBX's times with the arrival's monotonic clock (TIM-01).

Events may come late, never early: a time from the future is a jump forward, a time clearly older than the
last one a jump back. A stall of the link or of ours looks like neither. Pure: both clocks are arguments.
"""

STEP_US = 1_000_000
"""More than this apart and durations cannot be trusted."""
DRIFT = 10_000
"""Two healthy clocks part by less than one in this many (100 ppm)."""


class ClockWatch:
    """Keeps the offset between the PBX's wall clock and our monotonic one, both in µs."""

    def __init__(self) -> None:
        self._offset: int | None = None
        self._last = 0
        self._mono = 0

    def seen(self, pbx: int, mono: int) -> bool:
        """Take an event's PBX time and its arrival; True if the PBX's clock stepped."""
        offset = pbx - mono
        if self._offset is None:
            self._offset, self._last, self._mono = offset, pbx, mono
            return False
        back = self._last - pbx > STEP_US
        if back or offset - self._offset > STEP_US:
            self._offset, self._last, self._mono = offset, pbx, mono
            return True
        # the least delayed event shows the offset best; old ones lose their word as the clocks drift
        self._offset = max(self._offset - (mono - self._mono) // DRIFT, offset)
        self._last, self._mono = max(self._last, pbx), mono
        return False

    def pbx_now(self, mono: int) -> int | None:
        """The PBX's clock at monotonic time `mono`; None before the first event."""
        return None if self._offset is None else self._offset + mono

    def reset(self) -> None:
        """Forget: the link was down, or another PBX answers."""
        self._offset = None
