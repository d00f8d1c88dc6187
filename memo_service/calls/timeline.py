"""Geometry of a call's timeline: lanes, bars and marks in drawing units. Pure; the template draws them.

Owns the scale. Long stretches in which nothing happens are drawn short and marked as cut, so that six
seconds of ringing stay readable beside ten minutes of talk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from memo_service.calls import labels
from memo_service.ledger.verdicts import CallRecord
from memo_service.ledger.verdicts.record import Leg
from office.charter import Ring
from office.events import HangupSeen, Side

WIDTH, LEFT, RIGHT = 960.0, 168.0, 24.0
LANE_HEIGHT, TOP = 62.0, 44.0
_LONG_S, _SHOWN_S = 8.0, 4.0
_MAX_BELLS = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch on a lane; `kind` is ring, talk, up, prompt, pass (passed on) or park."""

    kind: str
    x: float
    width: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a lane; `kind` is bell, answer or hangup."""

    kind: str
    x: float
    text: str = ""
    width: float = 0.0


@dataclass(slots=True)
class Lane:
    """One party: the citizen, or a phone."""

    label: str
    y: float
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture."""

    width: float
    height: float
    lanes: list[Lane]
    limit_x: float | None
    ticks: list[tuple[float, str]]
    cuts: list[float]


class Scale:
    """Seconds since the call's start to x, with long empty stretches cut short."""

    def __init__(self, moments: Iterable[float]) -> None:
        self._knots: list[tuple[float, float]] = [(0.0, 0.0)]
        self.cuts: list[tuple[float, float]] = []
        for moment in sorted({m for m in moments if m > 0}):
            since, shown = self._knots[-1]
            gap = moment - since
            if gap > _LONG_S:
                self.cuts.append((since, moment))
            self._knots.append((moment, shown + (_SHOWN_S if gap > _LONG_S else gap)))
        self._unit = (WIDTH - LEFT - RIGHT) / max(self._knots[-1][1], 1.0)
        self.end = self._knots[-1][0]

    def x(self, second: float) -> float:
        """x of a second; outside the call it is held at its edge."""
        inside = min(max(second, 0.0), self.end)
        for (a, shown_a), (b, shown_b) in zip(self._knots, self._knots[1:], strict=False):
            if inside <= b:
                share = (inside - a) / (b - a)
                return round(LEFT + (shown_a + share * (shown_b - shown_a)) * self._unit, 1)
        return round(LEFT + self._knots[-1][1] * self._unit, 1)


def draw(
    record: CallRecord, ring: Ring, names: dict[str, str], prompts: dict[str, str], until: datetime
) -> Timeline:
    """The timeline of `record`; `names` labels the citizen ("") and legs, `until` ends a call still up."""
    end = record.end.at if record.end else max(until, record.last_at)
    clock = _Clock(record.first_at, end)
    legs = [leg for leg in record.legs if leg.rang_at or leg.answered_at or leg.talks]
    limit = _limit(record, ring, clock)
    scale = Scale([*_moments(record, legs, ring, clock), *([limit] if limit is not None else [])])
    pen = _Pen(record, ring, prompts, scale, clock)
    lanes = [pen.citizen(names[""])]
    lanes += [pen.phone(leg, names[leg.leg], TOP + LANE_HEIGHT * n) for n, leg in enumerate(legs, 1)]
    return Timeline(
        width=WIDTH,
        height=TOP + LANE_HEIGHT * len(lanes) + 34,
        lanes=lanes,
        limit_x=None if limit is None else scale.x(limit),
        ticks=_ticks(scale),
        cuts=[round((scale.x(a) + scale.x(b)) / 2, 1) for a, b in scale.cuts],
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    start: datetime
    end: datetime

    def at(self, moment: datetime | None) -> float:
        return ((moment or self.end) - self.start).total_seconds()


def _limit(record: CallRecord, ring: Ring, clock: _Clock) -> float | None:
    """Where the limit falls, if the call rang long enough to be drawn beside it."""
    first = record.first_ring
    if first is None or first.rang_at is None:
        return None
    return clock.at(first.rang_at) + ring.late_after_ms / 1000


def _moments(record: CallRecord, legs: Sequence[Leg], ring: Ring, clock: _Clock) -> list[float]:
    found = [clock.at(None)]
    for leg in legs:
        found += [clock.at(m) for m in (leg.rang_at, leg.answered_at, leg.stopped_at) if m]
        found += [clock.at(m) for talk in leg.talks for m in talk]
        found += [start for start, _ in _bells(leg, ring, clock)]
    found += [clock.at(m) for p in record.prompts for m in (p.started_at, p.ended_at) if m]
    found += [clock.at(h.at) for h in record.hangups]
    found += [clock.at(t.at) for t in record.transfers] + [
        clock.at(t.end.at) for t in record.transfers if t.end
    ]
    found += [clock.at(m) for p in record.parkings for m in (p.since, p.until) if m]
    return found


def _bells(leg: Leg, ring: Ring, clock: _Clock) -> list[tuple[float, float]]:
    """(start, end) of each sounding of the bell."""
    if leg.rang_at is None:
        return []
    start, stop = clock.at(leg.rang_at), clock.at(leg.answered_at or leg.stopped_at)
    count = min(int(max(stop - start, 0) * 1000 // ring.cycle_ms) + 1, _MAX_BELLS)
    begins = (start + n * ring.cycle_ms / 1000 for n in range(count))
    return [(begin, min(begin + ring.on_ms / 1000, stop)) for begin in begins]


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws the lanes of one call."""

    record: CallRecord
    ring: Ring
    prompts: dict[str, str]
    scale: Scale
    clock: _Clock

    def citizen(self, label: str) -> Lane:
        lane = Lane(label, TOP)
        lane.bars.append(self._bar("up", self.record.first_at, self.clock.end))
        lane.bars += self._passed()
        lane.bars += self._played(Side.CITIZEN)
        lane.bars += [self._bar("talk", a, b) for leg in self.record.legs for a, b in leg.talks]
        first = self.record.last_hangups[:1]
        lane.marks += [self._hangup(seen) for seen in first if seen.side is Side.CITIZEN]
        return lane

    def phone(self, leg: Leg, label: str, y: float) -> Lane:
        lane = Lane(label, y)
        if leg.rang_at:
            lane.bars.append(self._bar("ring", leg.rang_at, leg.answered_at or leg.stopped_at))
        for index, (start, end) in enumerate(_bells(leg, self.ring, self.clock), start=1):
            x = self.scale.x(start)
            lane.marks.append(Mark("bell", x, str(index), max(round(self.scale.x(end) - x, 1), 2.0)))
        if leg == self.record.answer:
            lane.bars += self._played(Side.OFFICER)
        lane.bars += [self._bar("talk", a, b, "통화") for a, b in leg.talks]
        lane.marks += [self._hangup(seen) for seen in self._of_officer(leg)]
        if leg.answered_at:
            lane.marks.append(Mark("answer", self._x(leg.answered_at), "받음"))
        return lane

    def _x(self, moment: datetime | None) -> float:
        return self.scale.x(self.clock.at(moment))

    def _bar(self, kind: str, start: datetime | None, end: datetime | None, text: str = "") -> Bar:
        x = self._x(start)
        return Bar(kind, x, max(round(self._x(end) - x, 1), 3.0), text)

    def _played(self, to: Side) -> list[Bar]:
        return [
            self._bar(
                "prompt" if played.complete else "prompt-cut",
                played.started_at or played.ended_at,
                played.ended_at or played.started_at,
                self.prompts.get(played.prompt, played.prompt),
            )
            for played in self.record.prompts
            if played.to is to
        ]

    def _passed(self) -> list[Bar]:
        """From the order until somebody has the citizen, with its seconds; and his stays while parked."""
        passed = [
            self._bar(
                "pass", t.at, t.end.at if t.end else None, self._seconds(t.at, t.end.at if t.end else None)
            )
            for t in self.record.transfers
        ]
        return passed + [self._bar("park", p.since, p.until, p.space) for p in self.record.parkings]

    def _seconds(self, start: datetime, end: datetime | None) -> str:
        return f"돌림 {labels.seconds((self.clock.at(end) - self.clock.at(start)) * 1000)}"

    def _of_officer(self, leg: Leg) -> list[HangupSeen]:
        """The hang-up that ended the call, if it was this phone's; nobody's known is the answering one's."""
        first = [seen for seen in self.record.last_hangups[:1] if seen.side is Side.OFFICER]
        known = {other.leg for other in self.record.legs}
        own = leg == self.record.answer
        return [seen for seen in first if seen.leg == leg.leg or (own and seen.leg not in known)]

    def _hangup(self, seen: HangupSeen) -> Mark:
        return Mark("hangup", self._x(seen.at), "끊음")


def _ticks(scale: Scale) -> list[tuple[float, str]]:
    """A tick every second, two, five or ten, where there is room and nothing is cut."""
    step = next((s for s in (1, 2, 5, 10, 30, 60) if scale.x(s) - LEFT > 34 or s >= 60), 60)
    ticks: list[tuple[float, str]] = []
    second = 0
    while second <= scale.end:
        inside_cut = any(a < second < b for a, b in scale.cuts)
        if not inside_cut and (not ticks or scale.x(second) - ticks[-1][0] > 30):
            ticks.append((scale.x(second), f"{second}초"))
        second += step
    return ticks
