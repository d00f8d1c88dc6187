"""The scenarios of officers at their phones alone: a code within a call, a memo heard and answered by ear.

Owns what people do. truth.py judges the phones, ledger.py asks the product.
"""

from collections.abc import Awaitable, Callable

from office.phone_codes import DIALLED, IN_CALL, DeskWish, PhoneAct
from rehearsal.phone import answers
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.callbacks import closing, owed, talk_back
from rehearsal.scenarios.calls import talk, until_over
from rehearsal.scenarios.leaving import answers_key, hears
from rehearsal.scenarios.stage import Seen, Stage

Scenario = Callable[[Stage], Awaitable[Seen]]
_PATIENCE_S = 60.0


async def memo_heard(stage: Stage) -> Seen:
    """An officer without a screen hears a memo by a code, and calls back by a key."""
    reply = await owed(stage, "3062", answers(0.5), answers(1.0))
    number, left = reply.seen.caller, reply.seen.left
    await reply.desk.has_recording_of(number)
    call = stage.phones["3062"].call(DIALLED[DeskWish.MEMOS])
    await answers_key(stage, call, "menu/phone-choose", "1")
    await hears(stage, call, "menu/phone-item.a")
    voice_hz = left.voice_hz if left else 0
    await call.until(lambda: hears_tone(call, voice_hz), _PATIENCE_S)
    read = await reply.desk.receipts_of(number)
    await call.send_digits("3")
    await hears(stage, call, "menu/phone-calling")
    await until_over(call)
    await talk_back(reply)
    await reply.told("reached")
    seen = closing(reply, officer=1, citizen=1)
    seen.checks["hearing it was reading it"] = bool(read["read"])
    return seen


async def read_back(stage: Stage) -> Seen:
    """An officer says by a code that he repeated the point; the citizen hears nothing of it."""
    await stage.phone("3063", answers(1.5))
    desk = await stage.desk("3063")
    seen = stage.citizen("3063")
    await talk(stage, seen, "3063")
    call_id = await desk.call_of(seen.caller)
    officer = await stage.took("3063")
    await officer.send_digits(IN_CALL[PhoneAct.READ_BACK])
    await hears(stage, officer, "office/phone-saved")
    await officer.until(lambda: hears_tone(officer, stage.carrier.tone_hz or 0), _PATIENCE_S)
    await desk.sees_read_back(call_id)
    await talk(stage, seen, "3063")
    await seen.call.hang_up()
    seen.checks["no key reached the citizen"] = seen.call.record.digits_received == ""
    return stage.gather(seen, "3063")


PHONES: dict[str, Scenario] = {
    "memo-heard-by-phone": memo_heard,
    "read-back-by-code": read_back,
}
