"""A line for the memo menu in tests: plays a citizen's acts against it and writes down what was heard.

Owns nothing of the menu's rules; it does what a driver does, in no time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ivr.menus import facts as f
from ivr.menus.effects import (
    PAUSE,
    Done,
    Effect,
    Field,
    KeepField,
    Memo,
    NoteAnomaly,
    Play,
)
from ivr.menus.memo import advance
from ivr.menus.parts import menu_prompts
from ivr.menus.state import Menu
from office.calendar import KST
from office.events import Closed
from office.folder import load_office
from office.phone_number import PhoneNumber, classify

OFFICE = load_office(Path(__file__).parents[3] / "examples" / "pyeongchang")
TEXTS = {prompt.name: prompt.text or "" for prompt in menu_prompts(OFFICE)}
CALLER = classify("010-9876-5432")
WITHHELD = classify("anonymous")
DROPPED = "hang up"
SILENCE = "silence"


def kst(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026; 25 November is a Wednesday."""
    return datetime(2026, month, day, hour, minute, tzinfo=KST)


CHOICES = (f.Choice(kst(25, 16)), f.Choice(kst(26, 10)))


def began(
    caller: PhoneNumber = CALLER,
    *,
    closed: Closed | None = None,
    choices: tuple[f.Choice, ...] = CHOICES,
    open_callback_due: datetime | None = None,
    has_person: bool = True,
) -> f.Began:
    """A call to 행정과 on Wednesday, 25 November 2026 at 14:03, or at 19:03 when closed."""
    return f.Began(
        at=kst(25, 19, 3) if closed else kst(25, 14, 3),
        caller=caller,
        when=kst(26, 10) if closed else kst(25, 15, 3),
        next_open=kst(26, 9),
        department="haengjeong",
        closed=closed,
        open_callback_due=open_callback_due,
        choices=choices,
        area="033",
        has_person=has_person,
    )


@dataclass
class Line:
    """One call. `act` takes keys, `SILENCE`, `DROPPED` or facts; prompts are heard out in between."""

    menu: Menu = field(default_factory=Menu)
    heard: list[str] = field(default_factory=list)
    abouts: list[str] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    kept: dict[Field, str] = field(default_factory=dict)
    typed: str = ""
    clock_ms: int = 0
    waiting: Effect | None = None

    def tell(self, fact: f.Fact) -> None:
        """One fact, and what follows is noted."""
        if isinstance(fact, f.KeyPressed):
            self.typed += fact.key
        self.menu, effects = advance(self.menu, fact)
        for effect in effects:
            self.effects.append(effect)
            if isinstance(effect, KeepField):
                self.kept[effect.name] = effect.value
            elif not isinstance(effect, NoteAnomaly):
                self.waiting = effect
            if isinstance(effect, Play):
                self.abouts.append(effect.about)
                self.heard.append(spelled(effect.prompts))

    def hear_out(self) -> None:
        """Listen until the menu waits for something else."""
        while isinstance(self.waiting, Play):
            self.tell(f.PromptsPlayed())

    def key(self, key: str, after_ms: int = 300) -> None:
        """Press a key, `after_ms` after the one before; prompts are stopped."""
        self.clock_ms += after_ms
        self.tell(f.KeyPressed(key, self.clock_ms))

    def act(self, *acts: str | f.Fact) -> "Line":
        """Each act after the prompts before it are heard out; a string of keys is typed through."""
        for act in acts:
            self.hear_out()
            if act == SILENCE:
                self.tell(f.KeysTimedOut())
            elif act == DROPPED:
                self.tell(f.HungUp())
            elif isinstance(act, str):
                for key in act:
                    self.key(key)
            else:
                self.tell(act)
        return self

    def to_the_end(self) -> "Line":
        """Hear out what is left."""
        self.hear_out()
        return self

    @property
    def memo(self) -> Memo:
        """The memo of the one `Done` there is."""
        (done,) = [effect for effect in self.effects if isinstance(effect, Done)]
        return done.memo

    def of(self, kind: type[Effect]) -> list[Effect]:
        """Effects of one kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


def spelled(names: Iterable[str]) -> str:
    """What the files say, one after the other; a pause is a bar."""
    return " ".join("|" if name == PAUSE else TEXTS[name] for name in names)


SPOKE = f.RecordingEnded(12.5, silent=False)
NOTHING = f.RecordingEnded(4.0, silent=True)
