"""An officer in the desk menu without a line: answers each effect as a script or a draw says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ivr.menus import desk_talk as t
from ivr.menus import facts as f
from ivr.menus.desk import advance
from ivr.menus.desk_state import DeskMenu, Phase
from ivr.menus.effects import CollectKeys, NoteAnomaly, Play
from office.phone_codes import DeskWish

NOW = datetime(2026, 11, 25, 5, 3, tzinfo=UTC)
RECORDED = t.Item("m1", "c1", NOW - timedelta(minutes=34), NOW + timedelta(minutes=27), "recording")
TYPED = t.Item("m2", None, NOW - timedelta(hours=3), None, "text")
MISSED = t.Item("m3", "c3", NOW - timedelta(days=1), NOW + timedelta(hours=1), "none")
DESK = t.Desk(NOW, owned=True, memos=2, callbacks=2, items=(RECORDED, MISSED, TYPED))
Answer = Callable[[t.Effect], list[t.Fact]]


@dataclass
class DeskLine:
    """One visit; `answer` gives the facts that come of an effect."""

    answer: Answer
    menu: DeskMenu = field(default_factory=DeskMenu)
    effects: list[t.Effect] = field(default_factory=list)

    def run(self, wish: DeskWish, *, pin: str = "", in_call: bool = False, bound: int = 5_000) -> "DeskLine":
        """To the end; fails where nothing more would happen, or after `bound` steps."""
        told: list[t.Fact] = [t.Dialled(wish, pin, in_call)]
        waiting: t.Effect | None = None
        for _ in range(bound):
            while told:
                self.menu, effects = advance(self.menu, told.pop(0))
                for effect in effects:
                    self.effects.append(effect)
                    if not isinstance(effect, NoteAnomaly):
                        waiting = effect
            if isinstance(waiting, t.Finish):
                assert self.menu.phase is Phase.ENDED
                return self
            assert waiting is not None, "the menu waits for nothing"
            told += self.answer(waiting)
        raise AssertionError("the menu does not end")

    @property
    def said(self) -> list[str]:
        """The files of every sentence, in order."""
        return [name for effect in self.effects if isinstance(effect, Play) for name in effect.prompts]

    def carried(self) -> list[t.Carry]:
        return [effect for effect in self.effects if isinstance(effect, t.Carry)]

    def heard(self) -> list[str]:
        return [effect.memo for effect in self.effects if isinstance(effect, t.Hear)]


def keyed(*keys: str, desk: t.Desk = DESK, **carried: t.Carried | t.Refused | t.Unreached) -> Answer:
    """Listens to all, then presses `keys`, a space for silence; acts come out as `carried`."""
    left, ms = list(keys), iter(range(0, 10**9, 1000))

    def answer(effect: t.Effect) -> list[t.Fact]:
        if isinstance(effect, t.Look):
            return [t.Told(desk)]
        if isinstance(effect, t.Carry):
            return [carried.get(effect.act, t.Carried())]
        if isinstance(effect, CollectKeys):
            key = left.pop(0) if left else " "
            return [f.KeysTimedOut()] if key == " " else [f.KeyPressed(key, next(ms))]
        return [f.PromptsPlayed()]

    return answer
