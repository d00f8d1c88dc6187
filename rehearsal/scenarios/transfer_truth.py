"""The truth of passing a citizen on (charter T5), by the phones alone: who took him when, and what he heard.

Written from the charter, not from the product: it shares no code with the verdicts it checks. What the
product made of it is handed in, as its API tells it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.phone import Call, IncomingCall, Instant
from rehearsal.phone.audio import Heard, load_prompt, silences
from rehearsal.phone.rtp import Pcm
from rehearsal.phone.timeline import IN_STEP_S

LIMIT_S = 10.0
_QUIET_S = 1.5
_PAUSE_S = 2.8  # between two bells there are 2 s; a busy machine sends late
_AT_ONCE_S = 2.0
_LATE = "transfer-late"
_CLOSE_S = 0.5
_MARGIN_S = 1.0  # about the limit: the PBX's clock and the phones' are not read at the same moment
_SEAM_S = 0.3


@dataclass(eq=False, slots=True, kw_only=True)
class Passed:
    """One time a citizen was passed on.

    `ordered`: when the REFER, the last key or the page's order was sent; attended, when the consult was
    dialled. `legs`: calls of who passes him on, which end by it. `target`: what the new phone took. `keyed`:
    the order was keys, which the PBX may wait a little to be the last.
    """

    way: str
    ordered: Instant
    legs: tuple[Call, ...]
    target: IncomingCall
    keyed: bool = False

    @property
    def answered_s(self) -> float | None:
        """Seconds from the order to the new phone's answer; None without one."""
        answered = self.target.record.answered
        return answered.since(self.ordered) if answered else None

    @property
    def rang_s(self) -> float:
        """Seconds that the new phone rang."""
        record = self.target.record
        ended = record.answered or record.ended
        return ended.since(record.ringing) if ended and record.ringing else 0.0


def t5(transfers: Sequence[Passed], left: Instant | None) -> str:
    """The one verdict of a call with transfers. `left`: when the citizen put the phone down."""
    found = {_one(passed, left) for passed in transfers}
    return next((result for result in ("broken", "kept") if result in found), "not_applicable")


def _one(passed: Passed, left: Instant | None) -> str:
    if (waited_s := passed.answered_s) is not None:
        return "kept" if waited_s <= LIMIT_S else "broken"
    ended = passed.target.record.ended
    if left and (ended is None or ended >= left):  # he gave up while the new phone rang
        return "broken" if left.since(passed.ordered) > LIMIT_S else "not_applicable"
    return "broken"


def known_prompts(prompts: Path, transfers: Sequence[Passed]) -> dict[str, Pcm]:
    """What a citizen may be told on the way."""
    files = {name: f"office/{name}" for name in (_LATE, "transfer-back", "transfer-memo")}
    files |= {_notice(passed): f"transfer/{passed.target.called}/notice" for passed in transfers}
    return {name: load_prompt(prompts / f"{file}.wav") for name, file in files.items()}


def _notice(passed: Passed) -> str:
    """Where he is passed on to, and the number in case the line breaks."""
    return f"notice {passed.target.called}"


def faults(call: Call, transfers: Sequence[Passed], sounds: Sequence[Heard]) -> Iterator[str]:
    """What the citizen heard otherwise than he should while he was passed on."""
    zero = call.record.invite
    if zero is None:
        return
    quiets = silences(call, _QUIET_S)
    for number, passed in enumerate(transfers, 1):
        from_s = passed.ordered.since(zero)
        to_s = _over_s(call, passed, sounds, zero)
        inside = [h for h in sounds if from_s - IN_STEP_S <= h.start_s <= to_s + _SEAM_S]
        yield from (f"transfer {number}: {fault}" for fault in _words(passed, inside, from_s, to_s))
        for quiet in quiets:
            length_s = min(quiet.end_s, to_s) - max(quiet.start_s, from_s)
            if length_s > (_PAUSE_S if _between_bells(quiet, inside) else _QUIET_S):
                yield f"transfer {number}: {length_s:.1f} s of silence from {quiet.start_s:.1f} s on"


def _words(passed: Passed, inside: Sequence[Heard], from_s: float, to_s: float) -> Iterator[str]:
    """He is told where he goes at once, that it takes longer at the limit, and neither without cause."""
    begun = [h for h in inside if h.from_s < _SEAM_S]
    said = {h.name: h.start_s - from_s for h in reversed(begun)}
    if passed.way == "blind":
        # notices to colleagues begin alike: one that is cut short may be either's
        where = [h.start_s - from_s for h in begun if _notice(passed) in (h.name, *h.or_else)]
        if passed.rang_s > _AT_ONCE_S < min(where, default=LIMIT_S):
            yield "the citizen was not told at once where he goes"
        if passed.rang_s > LIMIT_S + _MARGIN_S and abs(said.get(_LATE, 0.0) - LIMIT_S) > _MARGIN_S:
            yield f"the citizen was not told at the limit that it takes longer: {said}"
    if to_s - from_s < LIMIT_S - _MARGIN_S and _LATE in said:
        yield f"told of a delay after {said[_LATE]:.1f} s"


def _between_bells(quiet: Heard, sounds: Sequence[Heard]) -> bool:
    """Whether this is the pause of a ringback tone, which is no silence of the line."""
    return any(h.name == "ringback" and abs(h.end_s - quiet.start_s) < _SEAM_S for h in sounds)


def _over_s(call: Call, passed: Passed, sounds: Sequence[Heard], zero: Instant) -> float:
    """When an officer, or the memo menu, was heard again, or the call was over; seconds after `zero`."""
    from_s = passed.ordered.since(zero) + _SEAM_S
    back = [h.start_s for h in sounds if h.start_s > from_s and h.name.startswith(("officer ", "menu/"))]
    ended = call.record.ended
    return min([*back, *([ended.since(zero)] if ended else [])], default=from_s)


def differences(transfers: Sequence[Passed], told: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """What the product tells of the transfers otherwise than the phones: how many, which way, how long."""
    if len(told) != len(transfers):
        return [f"the ledger tells {len(told)} transfers, there were {len(transfers)}"]
    return [
        f"transfer {number}: {name} is {one[name]!r}, by the phones {wanted!r}"
        for number, (passed, one) in enumerate(zip(transfers, told, strict=True), 1)
        for name, wanted in (("way", passed.way), ("hop", number), ("answered_ms", passed.answered_s))
        if not _alike(passed, one[name], wanted)
    ]


def _alike(passed: Passed, told: object, measured: object) -> bool:
    if isinstance(told, int) and isinstance(measured, float):
        # after keys the PBX may have waited for more of them
        return passed.keyed or abs(told / 1000 - measured) < _CLOSE_S
    return told == measured
