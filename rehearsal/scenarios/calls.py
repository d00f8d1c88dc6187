"""The scenarios that share one PBX and run side by side: one call each, on extensions of their own.

Each function plays the people and returns what was seen; truth.py judges it and verdict.py asks the ledger.
"""

import asyncio
from collections.abc import Awaitable, Callable

from rehearsal.phone import Call, Ring, answers, forwards, rings_on
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.stage import Seen, Stage

Scenario = Callable[[Stage], Awaitable[Seen]]
_TALK_S = 1.0
_PATIENCE_S = 60.0


async def talk(stage: Stage, seen: Seen, endpoint: str) -> None:
    """Wait until the citizen hears this officer, and talk a little."""
    tone = stage.phones[endpoint].tone_hz or 0
    await seen.call.until(lambda: hears_tone(seen.call, tone), _PATIENCE_S)
    await asyncio.sleep(_TALK_S)


async def until_over(call: Call) -> None:
    """Wait until a call has ended, however it ends."""
    await call.ended(_PATIENCE_S)


async def _answered(stage: Stage, extension: str, after_s: float, ring: Ring = Ring.RINGING) -> Seen:
    """The plain story: ring, answer, words, talk; the citizen hangs up."""
    await stage.phone(extension, answers(after_s, ring=ring))
    seen = stage.citizen(extension)
    await talk(stage, seen, extension)
    await seen.call.hang_up()
    return stage.gather(seen, extension)


async def on_time(stage: Stage) -> Seen:
    """Answered in the first ring."""
    return await _answered(stage, "3001", 1.5)


async def ring_2(stage: Stage) -> Seen:
    """Answered in the second ring."""
    return await _answered(stage, "3002", 4.0)


async def edge_in_time(stage: Stage) -> Seen:
    """Answered just before the third ring."""
    return await _answered(stage, "3003", 5.9)


async def edge_late(stage: Stage) -> Seen:
    """Answered just after the third ring began."""
    return await _answered(stage, "3004", 6.2)


async def late(stage: Stage) -> Seen:
    """Answered in the fourth ring."""
    return await _answered(stage, "3005", 10.0)


async def _abandoned(stage: Stage, extension: str, after_s: float) -> Seen:
    phone = await stage.phone(extension, rings_on())
    seen = stage.citizen(extension)
    await seen.call.ringing()
    await asyncio.sleep(after_s)
    await seen.call.hang_up()
    await until_over(stage.taken[extension][0])
    return stage.gather(seen, phone.user)


async def abandoned_early(stage: Stage) -> Seen:
    """The citizen gives up in the second ring."""
    return await _abandoned(stage, "3006", 4.0)


async def abandoned_late(stage: Stage) -> Seen:
    """The citizen gives up in the third ring."""
    return await _abandoned(stage, "3007", 7.5)


async def caller_hangs_up_first(stage: Stage) -> Seen:
    """The citizen puts the phone down first."""
    return await _answered(stage, "3008", 1.0)


async def officer_hangs_up_first(stage: Stage) -> Seen:
    """The officer puts the phone down while the citizen is still there."""
    await stage.phone("3009", answers(1.0))
    seen = stage.citizen("3009")
    await talk(stage, seen, "3009")
    await stage.taken["3009"][0].hang_up()
    await until_over(seen.call)
    return stage.gather(seen, "3009")


async def caller_gone_in_prompt(stage: Stage) -> Seen:
    """The citizen hangs up during the greeting."""
    await stage.phone("3010", answers(1.0))
    seen = stage.citizen("3010")
    await seen.call.answered()
    await asyncio.sleep(1.5)
    await seen.call.hang_up()
    await until_over(stage.taken["3010"][0])
    return stage.gather(seen, "3010")


async def officer_gone_in_prompt(stage: Stage) -> Seen:
    """The officer hangs up during the greeting: the citizen stays up and reaches the deputy."""
    await stage.phone("3011", answers(1.0, hang_up_after_s=1.0))
    await stage.phone("3012", answers(1.0))
    seen = stage.citizen("3011")
    await talk(stage, seen, "3012")
    await seen.call.hang_up()
    stage.gather(seen, "3011", "3012")
    seen.checks["the citizen was never hung up on and reached the deputy"] = (
        seen.call.record.bye_sent_by_us is True and stage.taken["3012"][0].record.answered is not None
    )
    return seen


async def two_phones(stage: Stage) -> Seen:
    """Two phones ring for one officer; one answers, the other is no missed call."""
    await stage.phone("3013a", rings_on())
    await stage.phone("3013b", answers(4.0))
    seen = stage.citizen("3013")
    await talk(stage, seen, "3013b")
    await seen.call.hang_up()
    await until_over(stage.taken["3013a"][0])
    return stage.gather(seen, "3013a", "3013b")


async def progress_only(stage: Stage) -> Seen:
    """The phone sends 183 and never 180 (EVT-01)."""
    return await _answered(stage, "3014", 7.4, ring=Ring.PROGRESS)


async def recording_notice(stage: Stage) -> Seen:
    """The notice is heard before the phone rings; the ring clock starts after it."""
    seen = await _answered(stage, "3015", 2.0)
    first_ring = seen.officers[0].record.ringing
    answered = seen.call.record.answered
    seen.checks["the PBX answered for the notice before the phone rang"] = bool(
        first_ring and answered and answered < first_ring
    )
    return seen


async def pickup_late(stage: Stage) -> Seen:
    """A colleague takes the ringing phone in its fourth ring."""
    await stage.phone("3016", rings_on())
    colleague = await stage.phone("3017", rings_on())
    seen = stage.citizen("3016")
    await seen.call.ringing()
    await asyncio.sleep(10.0)
    seen.picker = colleague.call("*8")
    await talk(stage, seen, "3017")
    await seen.call.hang_up()
    await until_over(seen.picker)
    return stage.gather(seen, "3016", "3017")


async def hunt_deputy_ring_1_apologises(stage: Stage) -> Seen:
    """The deputy answers on his own first ring, but the citizen has waited long: he hears the apology."""
    await stage.phone("3018", rings_on())
    await stage.phone("3019", answers(1.0))
    seen = stage.citizen("3018")
    await talk(stage, seen, "3019")
    await seen.call.hang_up()
    return stage.gather(seen, "3018", "3019")


async def internal_call(stage: Stage) -> Seen:
    """A colleague calls: not greeted, not judged."""
    caller = await stage.phone("3020", rings_on())
    await stage.phone("3021", answers(7.0))
    call = caller.call("3021")
    seen = Seen(call, [], "3021", "calls", call_class="internal", judged=False)
    await talk(stage, seen, "3021")
    await call.hang_up()
    return stage.gather(seen, "3021")


async def _outward(stage: Stage, extension: str, number: str, call_class: str) -> Seen:
    phone = await stage.phone(extension, rings_on())
    call = phone.call(number)
    seen = Seen(call, [], extension, "calls", call_class=call_class, judged=False)
    seen.tones["carrier"] = stage.carrier.tone_hz or 0
    await call.until(lambda: hears_tone(call, stage.carrier.tone_hz or 0), _PATIENCE_S)
    await call.hang_up()
    seen.checks["the carrier got the number as dialled"] = len(stage.taken.get(number, [])) == 1
    return seen


async def outbound_officer(stage: Stage) -> Seen:
    """An officer calls out: not judged."""
    return await _outward(stage, "3022", "01055550000", "outbound")


async def emergency_119(stage: Stage) -> Seen:
    """119 goes out from any phone at once, with no bridge running."""
    return await _outward(stage, "3023", "119", "emergency")


async def main_number_operator(stage: Stage) -> Seen:
    """The main number rings the operator group."""
    await stage.phone("3000a", answers(2.0))
    await stage.phone("3000b", rings_on())
    seen = stage.citizen("3000", dialled="+82333303000")
    await talk(stage, seen, "3000a")
    await seen.call.hang_up()
    await until_over(stage.taken["3000b"][0])
    return stage.gather(seen, "3000a", "3000b")


async def second_call_while_talking(stage: Stage) -> Seen:
    """The officer talks; a second citizen is not put onto his line but reaches the deputy."""
    await stage.phone("3024", answers(0.5))
    await stage.phone("3025", answers(1.0))
    first = stage.citizen("3024")
    await talk(stage, first, "3024")
    second = stage.citizen("3024")
    await talk(stage, second, "3025")
    await second.call.hang_up()
    await first.call.hang_up()
    stage.gather(second, "3024", "3025")
    second.checks["the busy phone was not rung again"] = len(stage.taken["3024"]) == 1
    second.officers = stage.taken["3025"]
    return second


async def fax_extension_not_greeted(stage: Stage) -> Seen:
    """A fax extension is connected without words and is not judged."""
    await stage.phone("3090", answers(7.0))
    seen = stage.citizen("3090")
    seen.judged = False
    await talk(stage, seen, "3090")
    await seen.call.hang_up()
    return stage.gather(seen, "3090")


async def phone_forwards_302(stage: Stage) -> Seen:
    """The phone answers 302: it is not followed; the absence rules send the citizen to the deputy."""
    await stage.phone("3026", forwards("01099998888"))
    await stage.phone("3027", answers(1.0))
    seen = stage.citizen("3026")
    await talk(stage, seen, "3027")
    await seen.call.hang_up()
    seen.checks["the number of the 302 was not called"] = "01099998888" not in stage.taken
    return stage.gather(seen, "3026", "3027")


async def withheld_with_number(stage: Stage) -> Seen:
    """The trunk sends a number that is withheld: it is shown and kept nowhere."""
    await stage.phone("3028", answers(1.0))
    seen = stage.citizen("3028", private=True)
    await talk(stage, seen, "3028")
    await seen.call.hang_up()
    stage.gather(seen, "3028")
    shown = str(seen.officers[0].remote.uri)
    seen.checks["the officer's phone was not shown the number"] = seen.caller not in shown
    return seen


async def early_apology_heard(stage: Stage) -> Seen:
    """The citizen hears the apology while the phone still rings, and the plain greeting at answer."""
    return await _answered(stage, "3029", 12.5)


async def observe_mode(stage: Stage) -> Seen:
    """Observe mode measures and plays nothing."""
    seen = await _answered(stage, "3030", 2.0)
    seen.observed_only = True
    return seen


async def own_voice(stage: Stage) -> Seen:
    """The officer greets with his own voice: the citizen hears him, and nothing of ours."""
    await stage.phone("3095", answers(2.0))
    seen = stage.citizen("3095")
    seen.own_voice = True
    await talk(stage, seen, "3095")
    await seen.call.hang_up()
    return stage.gather(seen, "3095")


async def prompt_file_missing(stage: Stage) -> Seen:
    """The greeting's file is gone: the two are connected at once."""
    for name in ("dept/bare/greeting", "desk/3034/greeting"):
        (stage.prompts / f"{name}.wav").unlink(missing_ok=True)
    return await _answered(stage, "3034", 1.0)


SIDE_BY_SIDE: dict[str, Scenario] = {
    "on-time": on_time,
    "ring-2": ring_2,
    "edge-in-time": edge_in_time,
    "edge-late": edge_late,
    "late": late,
    "abandoned-early": abandoned_early,
    "abandoned-late": abandoned_late,
    "caller-hangs-up-first": caller_hangs_up_first,
    "officer-hangs-up-first": officer_hangs_up_first,
    "caller-gone-in-prompt": caller_gone_in_prompt,
    "officer-gone-in-prompt": officer_gone_in_prompt,
    "two-phones": two_phones,
    "progress-only": progress_only,
    "recording-notice": recording_notice,
    "pickup-late": pickup_late,
    "hunt-deputy-ring-1-apologises": hunt_deputy_ring_1_apologises,
    "internal-call": internal_call,
    "outbound-officer": outbound_officer,
    "main-number-operator": main_number_operator,
    "second-call-while-talking": second_call_while_talking,
    "fax-extension-not-greeted": fax_extension_not_greeted,
    "phone-forwards-302": phone_forwards_302,
    "withheld-with-number": withheld_with_number,
    "early-apology-heard": early_apology_heard,
    "observe-mode": observe_mode,
    "own-voice": own_voice,
    "prompt-file-missing": prompt_file_missing,
}
