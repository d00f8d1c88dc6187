"""What officers do to pass a citizen on: by the phone's transfer key, by codes within the talk, by the page.

Owns the officers' side, and that the two who are joined hear each other. Every way enters into
`Seen.transfers` when it was ordered and what the new phone took; what that is worth is transfer_truth.py's.
"""

from collections.abc import Callable
from contextlib import suppress

from rehearsal.phone import Answering, Call, CallEndedError, IncomingCall, Instant, TransferKey, answers
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.calls import talk
from rehearsal.scenarios.leaving import hears
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.transfer_truth import Passed
from rehearsal.scenarios.waiting import NotSeenError

_PATIENCE_S = 60.0
_BLIND_CODE = "#1"
_ATTENDED_CODE = "*2"
_WHERE_TO = "office/transfer-which"
"""Asked of the officer who keyed a code; the number follows it."""


async def talking(
    stage: Stage,
    extension: str,
    plan: Answering | Callable[[IncomingCall], Answering] | None = None,
    *,
    silent: bool = False,
) -> Seen:
    """A citizen in talk with the officer of `extension`, whose phone treats calls by `plan`."""
    await stage.phone(extension, plan or answers(0.5))
    seen = stage.citizen(extension, silent=silent)
    await talk(stage, seen, extension)
    return seen


async def blind(stage: Stage, seen: Seen, by: str, to: str, *, bye_after_s: float | None = None) -> None:
    """The transfer key: REFER, and the officer is out of it."""
    leg, rung = stage.taken[by][-1], len(stage.taken.get(to, []))
    await TransferKey(stage.phones[by], leg).blind(to, bye_after_s=bye_after_s)
    target = await stage.took(to, rung)
    ordered = _at(leg.record.transfer_ordered)
    seen.transfers.append(Passed(way="blind", ordered=ordered, legs=(leg,), target=target))
    seen.checks[f"the phone of {to} was shown the citizen's number"] = seen.caller in target.remote.uri


async def attended(stage: Stage, seen: Seen, by: str, to: str, *, while_ringing: bool = False) -> None:
    """Hold, consult, and REFER with Replaces; `while_ringing`: before the colleague answers (blonde)."""
    leg, rung = stage.taken[by][-1], len(stage.taken.get(to, []))
    key = TransferKey(stage.phones[by], leg)
    consult = await key.consult(to)
    target = await stage.took(to, rung)
    if not while_ringing:
        await _hear(consult, stage.phones[to].tone_hz)
        await _hear(target, stage.phones[by].tone_hz)
    await key.pass_on()
    ordered = _at(consult.record.invite)
    seen.transfers.append(Passed(way="attended", ordered=ordered, legs=(leg, consult), target=target))


async def blind_by_code(stage: Stage, seen: Seen, by: str, to: str) -> None:
    """`#1` and the number, keyed within the talk."""
    leg, target = await _keyed(stage, by, to, _BLIND_CODE)
    ordered = leg.record.keys[-1].at
    seen.transfers.append(Passed(way="blind", ordered=ordered, legs=(leg,), target=target, keyed=True))


async def attended_by_code(stage: Stage, seen: Seen, by: str, to: str) -> None:
    """`*2` and the number; the two officers talk, and the first hangs up."""
    leg, target = await _keyed(stage, by, to, _ATTENDED_CODE)
    await _hear(leg, stage.phones[to].tone_hz)
    await _hear(target, stage.phones[by].tone_hz)
    await leg.hang_up()
    ordered = leg.record.keys[-1].at
    seen.transfers.append(Passed(way="attended", ordered=ordered, legs=(leg,), target=target, keyed=True))


async def by_page(stage: Stage, seen: Seen, by: str, to: str, gist: str) -> IncomingCall:
    """One press on the officer's page, with the gist; returns what the new phone took, at once."""
    leg, rung = stage.taken[by][-1], len(stage.taken.get(to, []))
    desk = await stage.desk(by)
    call_id = await desk.call_of(seen.caller)
    ordered, answer = await desk.press_transfer(call_id, to, gist)
    if not answer.is_success:
        raise NotSeenError(f"the transfer was refused: {answer.text}")
    target = await stage.took(to, rung)
    seen.transfers.append(Passed(way="blind", ordered=ordered, legs=(leg,), target=target))
    return target


async def joined(stage: Stage, seen: Seen, endpoint: str) -> None:
    """Wait until citizen and this phone hear each other."""
    await _hear(seen.call, stage.phones[endpoint].tone_hz)
    if seen.left is None:  # who is to leave word says nothing before
        await _hear(stage.taken[endpoint][-1], stage.carrier.tone_hz)


async def _keyed(stage: Stage, by: str, to: str, code: str) -> tuple[IncomingCall, IncomingCall]:
    leg, rung = stage.taken[by][-1], len(stage.taken.get(to, []))
    await leg.send_digits(code)
    await hears(stage, leg, _WHERE_TO)
    with suppress(CallEndedError):  # the PBX ends the leg with the last key, before that is released
        await leg.send_digits(to)
    return leg, await stage.took(to, rung)


async def _hear(call: Call, tone_hz: int | None) -> None:
    try:
        await call.until(lambda: hears_tone(call, tone_hz or 0), _PATIENCE_S)
    except (TimeoutError, CallEndedError) as error:
        raise NotSeenError(f"{call.local.user} never heard the tone of {tone_hz} Hz: {error!r}") from error


def _at(instant: Instant | None) -> Instant:
    if instant is None:
        raise NotSeenError("nothing was ordered")
    return instant
