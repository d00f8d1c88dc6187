"""Drives the memo menu on a call of the extension: its effects become sound, what comes of them are facts.

The same loop as on FastAGI (`ami_bridge/agi/driver.py`), in a thread of the call. Never logs what is played:
it can spell a number.
"""

import logging
import time
from collections import deque
from datetime import datetime
from pathlib import Path

from ivr.menus import facts as f
from ivr.menus.effects import (
    CollectKeys,
    ConnectPerson,
    Done,
    Effect,
    Ending,
    Field,
    KeepField,
    Memo,
    NoteAnomaly,
    Play,
    Record,
)
from ivr.menus.memo import advance
from ivr.menus.state import Menu
from ivr.phone.files import Prompts
from ivr.phone.line import HungUpError, Line
from ivr.phone.repairs.sound import Input
from ivr.phone.telling import Teller

log = logging.getLogger(__name__)

_FILES = (Field.RECORDING, Field.NUMBER_SPOKEN)
_RECORDER_S, _RECORDER_SILENCE_S = 120, 4


class Driver:
    """One citizen's way through the menu. Recordings are `<call>-1-<take>.wav`; take 0 is the recorder's."""

    def __init__(self, line: Line, prompts: Prompts, teller: Teller, folder: Path) -> None:
        self._line = line
        self._prompts = prompts
        self._teller = teller
        self._folder = folder
        self._seconds: dict[int, float] = {}
        self._promised: datetime | None = None

    def run(self, first: f.Fact) -> None:
        """From `first` to the menu's end, hang-up included; the end is told."""
        told: deque[f.Fact] = deque([first])
        menu, waiting = Menu(), None
        while not isinstance(waiting, Done):
            while told:
                menu, effects = advance(menu, told.popleft())
                for effect in effects:
                    if not self._at_once(effect):
                        waiting = effect
            if not isinstance(waiting, Done):
                if isinstance(waiting, Play):  # what is never begun to be said is no promise
                    self._promised = menu.memo.promised_at
                told += self._come_of(waiting)
        self._end(waiting.memo)

    def only_record(self) -> None:
        """The menu cannot be had: the tone, and what he says, as the dialplan's recorder does it."""
        told = self._record(Record(0, _RECORDER_S, _RECORDER_SILENCE_S))
        if any(isinstance(fact, f.RecordingEnded) and not fact.silent for fact in told):
            self._keep(KeepField(Field.RECORDING, "0"))
        self._teller.ended("recorder", None, by_us=self._line.up)

    def _at_once(self, effect: Effect) -> bool:
        """Carry out an effect that nothing is awaited of; False for another."""
        if isinstance(effect, KeepField):
            self._keep(effect)
        elif isinstance(effect, NoteAnomaly):
            log.warning("the menu did not expect a fact", extra={"reason": f"{effect.phase} {effect.fact}"})
        else:
            return False
        return True

    def _come_of(self, effect: Effect | None) -> list[f.Fact]:
        """Carry out an effect that takes its time; what came of it."""
        try:
            if isinstance(effect, Play):
                return self._play(effect)
            if isinstance(effect, CollectKeys):
                key = self._line.key(effect.timeout_s)
                return [_pressed(key)] if key else [f.KeysTimedOut()]
            if isinstance(effect, Record):
                return self._record(effect)
            if isinstance(effect, ConnectPerson):  # an extension cannot ring another; the menu goes on
                return [f.PersonNotReached()]
        except HungUpError:
            return [f.HungUp()]
        raise RuntimeError("the menu waits for nothing")

    def _play(self, effect: Play) -> list[f.Fact]:
        log.debug("the menu speaks", extra={"about": effect.about})
        frames = tuple(frame for name in effect.prompts for frame in self._prompts.frames(name))
        key = self._line.play(frames, keys=effect.interruptible)
        return [_pressed(key)] if key else [f.PromptsPlayed()]

    def _record(self, effect: Record) -> list[f.Fact]:
        try:
            self._line.play(self._prompts.frames(effect.beep), keys=False)
        except HungUpError:  # before the tone was over: there is no file
            return [f.RecordingEnded(0.0, silent=True), f.HungUp()]
        try:
            seconds, silent = self._line.record(
                self._file(effect.take), effect.max_s, effect.silence_s, effect.stop_keys
            )
        except OSError as error:
            log.exception("a recording cannot be written", extra={"reason": type(error).__name__})
            seconds, silent = 0.0, True
        self._seconds[effect.take] = seconds
        ended: list[f.Fact] = [f.RecordingEnded(seconds, silent=silent)]
        return ended if self._line.up else [*ended, f.HungUp()]

    def _file(self, take: int) -> Path:
        return self._folder / f"{self._teller.call_id}-1-{take or 'recorder'}.wav"

    def _keep(self, effect: KeepField) -> None:
        value = effect.value
        if effect.name in _FILES:
            value = self._file(int(effect.value)).name
        self._teller.kept(effect.name.value, value)
        if effect.name is Field.RECORDING:
            self._teller.kept("seconds", f"{self._seconds.get(int(effect.value), 0.0):g}")
            self._teller.kept("silent", "no")

    def _end(self, memo: Memo) -> None:
        ending = memo.ending.value if memo.ending else ""
        self._teller.ended(ending, self._promised, by_us=memo.ending is not Ending.HUNG_UP)


def _pressed(key: Input) -> f.KeyPressed:
    return f.KeyPressed(key.key, key.at_ms or time.monotonic_ns() // 1_000_000)
