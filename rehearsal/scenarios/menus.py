"""The scenarios of the office's own menus and the survey.

Each has extensions of its own but for the operator. truth.py judges what phones saw; what was said is held
against the prompt files.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from office.phone_codes import SURVEY
from rehearsal.phone import CallEndedError, answers
from rehearsal.phone.audio import heard, load_prompt
from rehearsal.phone.rtp import RATE
from rehearsal.scenarios.calls import talk, until_over
from rehearsal.scenarios.leaving import answers_key, hears, speaks
from rehearsal.scenarios.stage import Seen, Stage

Scenario = Callable[[Stage], Awaitable[Seen]]
NUMBER = "3900"
"""What the menu of the rehearsal is called by; the call is one to the main number."""
TOP = "menus/main/top"
CONNECT = "office/menu-connect"
WRONG = "menu/key-wrong"
PERSON = "menu/key-person"
HELP = "menu/key-help"
_SURVEY = ("menus/survey/offer", "menus/survey/score", "menus/survey/remark", "menus/survey/thanks")
_LAST_S = 0.6
"""How much of a prompt's end may be lost on a line that stutters, and it was still heard out."""
OPERATOR = "3000a"
_OFFICER = "3152"


def caller(stage: Stage) -> Seen:
    """A citizen who calls the number with the menu."""
    return stage.citizen("3000", dialled=stage.public(NUMBER))


async def operator(stage: Stage) -> int:
    """See that the operator's phone is there; how many calls it took before."""
    if OPERATOR not in stage.phones:
        await stage.phone(OPERATOR, answers(2.0))
    return len(stage.taken.get(OPERATOR, []))


def said(stage: Stage, seen: Seen, *prompts: str) -> list[str]:
    """Which of these prompt files the citizen heard to the end, in order; asked when no call is up.

    All that a menu may say is looked for, so that words which two prompts share are given to the right one.
    """
    files = {*prompts, TOP, CONNECT, WRONG, PERSON, HELP, *_SURVEY}
    known = {file: load_prompt(stage.prompts / f"{file}.wav") for file in sorted(files)}
    ends = {name: len(samples) / RATE - _LAST_S for name, samples in known.items()}
    told: list[str] = []
    last: dict[str, float] = {}
    for sound in (sound for sound in heard(seen.call, known) if sound.name in prompts):
        # a line that stutters breaks a prompt into parts: what goes on where the last ended is no new one
        goes_on = sound.from_s > 0 and sound.from_s >= last.get(sound.name, 0.0)
        counted = last.get(sound.name, 0.0) > ends[sound.name]
        if sound.to_s > ends[sound.name] and not (goes_on and counted):
            told.append(sound.name)
        last[sound.name] = sound.to_s
    return told


async def by_duty(stage: Stage) -> Seen:
    """The citizen hears the choices out, presses 1, and reaches whoever is in charge of that duty."""
    await stage.phone("3150", answers(1.0))
    seen = caller(stage)
    await hears(stage, seen.call, HELP)  # what follows the choices
    await asyncio.sleep(1.0)
    await seen.call.send_digits("1")
    await talk(stage, seen, "3150")
    await seen.call.hang_up()
    stage.gather(seen, "3150")
    seen.department = "calls"  # he is greeted by who answers
    seen.checks["the choices were heard whole, then that he is connected"] = said(
        stage, seen, TOP, CONNECT
    ) == [TOP, CONNECT]
    return seen


async def barge_in(stage: Stage) -> Seen:
    """A citizen who knows his way presses 2 at the first word: nothing more is said, and he is connected."""
    await stage.phone("3151", answers(1.0))
    seen = caller(stage)
    await answers_key(stage, seen.call, TOP, "2")
    await talk(stage, seen, "3151")
    await seen.call.hang_up()
    stage.gather(seen, "3151")
    seen.department = "pass"
    seen.checks["the key cut the choices short"] = said(stage, seen, TOP, CONNECT) == [CONNECT]
    return seen


async def three_wrong_keys(stage: Stage) -> Seen:
    """Three keys that lead nowhere: the citizen is told, hears the choices again, and reaches a person."""
    before = await operator(stage)
    seen = caller(stage)
    await answers_key(stage, seen.call, TOP, "7")
    for _ in range(2):
        await hears(stage, seen.call, WRONG)
        await seen.call.until(lambda: not stage.cue(WRONG).sounds(seen.call), 30)
        await answers_key(stage, seen.call, TOP, "7")
    await talk(stage, seen, OPERATOR)
    await seen.call.hang_up()
    seen.officers, seen.tones = (
        stage.taken[OPERATOR][before:],
        {OPERATOR: stage.phones[OPERATOR].tone_hz or 0},
    )
    seen.checks["twice he was told that there is no such key"] = said(stage, seen, WRONG) == [WRONG] * 2
    return seen


async def survey(stage: Stage) -> Seen:
    """The officer hands the line over by a key; the citizen presses 3, speaks, and is thanked."""
    await stage.phone(_OFFICER, answers(1.0))
    seen = stage.citizen(_OFFICER, silent=True)
    await talk(stage, seen, _OFFICER)
    officer = stage.taken[_OFFICER][0]
    with suppress(CallEndedError):  # his line is let go while the last key is still down
        await officer.send_digits(SURVEY)
    await answers_key(stage, seen.call, "menus/survey/offer", "1")
    await answers_key(stage, seen.call, "menus/survey/score", "3")
    await speaks(stage, seen)
    await hears(stage, seen.call, "menus/survey/thanks")
    await until_over(seen.call)
    await until_over(officer)
    stage.gather(seen, _OFFICER)
    seen.handed_over, seen.left = True, None  # what he left is an opinion, no memo
    wanted = ["menus/survey/remark", "menus/survey/thanks"]
    told = said(stage, seen, *wanted)
    seen.checks["he was asked for his words, and thanked, to the last word"] = told == wanted
    return seen


async def without_bridge(stage: Stage) -> Seen:
    """No bridge, no menu: the operator's phones ring as they always did."""
    before = await operator(stage)
    seen = caller(stage)
    await talk(stage, seen, OPERATOR)
    await seen.call.hang_up()
    seen.officers, seen.tones = (
        stage.taken[OPERATOR][before:],
        {OPERATOR: stage.phones[OPERATOR].tone_hz or 0},
    )
    seen.checks["nothing of a menu was said"] = said(stage, seen, TOP, CONNECT) == []
    return seen


MENUS: dict[str, Scenario] = {
    "menu-by-duty": by_duty,
    "menu-barge-in": barge_in,
    "menu-three-wrong-keys": three_wrong_keys,
    "survey": survey,
}
