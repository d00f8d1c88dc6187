"""The office's own menus, whatever is written and whatever is keyed: every way ends, and nothing is lost."""

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ivr.menus import facts as f
from ivr.menus.effects import CollectKeys, Play, Record
from ivr.menus.state import BUDGET, Phase
from ivr.menus.walk import (
    KINDS,
    TABLE,
    Ending,
    KeepAnswer,
    Leave,
    Opened,
    Walk,
    WalkEffect,
    WalkFact,
    advance,
)
from office.folder import load_office
from office.menus import Act, Menu, read_menus

OFFICE = load_office(Path(__file__).parents[2] / "examples" / "pyeongchang")
ENDS = ('duty = "여권"', 'memo = "2000"', "end = true", "person = true", 'extension = "2010"')
PRESSES = (*"0123456789*#", "silence", "hear on")
BOUND = 6 * BUDGET
"""Facts after which every menu is over, whoever keys what."""


@st.composite
def menus(draw: st.DrawFn) -> Menu:
    """A menu that the checks let through: a random graph of questions whose first key goes towards an end."""
    count = draw(st.integers(1, 6))
    names = [f"n{n}" for n in range(count)]
    unanswered = draw(st.sampled_from(["person", "memo", "end"]))
    lines = [f'name = "시험"\npurpose = "survey"\nstart = "n0"\nunanswered = "{unanswered}"']
    for n, name in enumerate(names):
        targets = [names[n + 1] if n + 1 < count else "way_out"]
        targets += draw(st.lists(st.sampled_from([*names, "way_out", "person"]), max_size=2))
        say = ", ".join(f"가지 {key}번" for key in range(1, len(targets) + 1))
        if len(targets) == 1 and draw(st.booleans()):
            lines.append(f'[node.{name}]\nsay = "말씀하십시오."\nrecord = "words"\nthen = "{targets[0]}"')
            continue
        keys = ", ".join(f'{key} = "{target}"' for key, target in enumerate(targets, 1))
        lines.append(f'[node.{name}]\nsay = "{say}"\nkeep = "key"\nkeys = {{ {keys} }}')
    lines.append(f"[node.way_out]\n{draw(st.sampled_from(ENDS))}")
    (menu,) = read_menus([("menus/test.toml", "\n".join(lines))], OFFICE.directory, "평창군청").values()
    return menu


def answer(effect: WalkEffect, press: str, at_ms: int) -> WalkFact:
    """What a citizen's act comes to, for what the menu is waiting for."""
    if isinstance(effect, Record):
        return f.RecordingEnded(1.0, silent=press == "silence")
    if isinstance(effect, Play) and (press in ("silence", "hear on") or not effect.interruptible):
        return f.PromptsPlayed()
    if press in ("silence", "hear on"):
        return f.KeysTimedOut()
    return f.KeyPressed(press, at_ms)


def play(menu: Menu, presses: Sequence[str], hang_up_after: int | None = None) -> list[WalkEffect]:
    """Every effect of one citizen's walk; his presses over and over until it is over."""
    walk, effects = advance(Walk(menu), Opened())
    told = list(effects)
    for turn in range(BOUND):
        if isinstance(effects[-1] if effects else None, Leave):
            return told
        if turn == hang_up_after:
            fact: WalkFact = f.HungUp()
        else:
            waiting = next(e for e in reversed(told) if isinstance(e, Play | CollectKeys | Record))
            fact = answer(waiting, presses[turn % len(presses)], turn * 1000)
        walk, effects = advance(walk, fact)
        told += effects
    raise AssertionError(f"not over after {BOUND} facts: {walk}")


def keys_kept(effects: list[WalkEffect]) -> list[KeepAnswer]:
    return [effect for effect in effects if isinstance(effect, KeepAnswer) and not effect.take]


@given(menus(), st.lists(st.sampled_from(PRESSES), min_size=1, max_size=40))
def test_every_way_through_every_menu_ends_somewhere(menu: Menu, presses: list[str]) -> None:
    last = play(menu, presses)[-1]
    assert isinstance(last, Leave)
    assert last.ending is Ending.DONE
    assert last.act.ends
    assert (last.target in OFFICE.directory.desks) is (last.act in (Act.DIAL, Act.MEMO))


@given(menus(), st.lists(st.sampled_from(PRESSES), min_size=1, max_size=40), st.integers(0, 40))
def test_who_hangs_up_anywhere_ends_the_menu_and_keeps_what_there_is(
    menu: Menu, presses: list[str], after: int
) -> None:
    whole, cut = play(menu, presses), play(menu, presses, after)
    assert isinstance(cut[-1], Leave)
    assert cut[-1].ending is (Ending.HUNG_UP if cut != whole else Ending.DONE)
    kept, all_kept = keys_kept(cut), keys_kept(whole)
    assert all_kept[: len(kept)] == kept
    if isinstance(cut[-1], Leave) and cut[-1].ending is Ending.HUNG_UP and isinstance(cut[-2], KeepAnswer):
        assert cut[-2].take


@given(menus())
def test_who_presses_nothing_is_led_to_the_end_the_menu_names(menu: Menu) -> None:
    last = play(menu, ["silence"])[-1]
    assert isinstance(last, Leave)
    assert last.node in (menu.unanswered, "way_out")


@given(menus(), st.lists(st.sampled_from(PRESSES), max_size=12))
def test_0_is_a_person_from_every_question(menu: Menu, presses: list[str]) -> None:
    walk, effects = advance(Walk(menu), Opened())
    waiting: WalkEffect = effects[-1]
    for turn, press in enumerate(presses):
        if isinstance(waiting, Leave) or walk.phase in (Phase.TELLING, Phase.RECORDING):
            return
        walk, effects = advance(walk, answer(waiting, press, turn * 1000))
        waiting = effects[-1] if effects else waiting
    if walk.phase in (Phase.SAYING, Phase.LISTENING):
        walk, _ = advance(walk, f.KeyPressed("0", 99_000))
        assert walk.at.act is Act.PERSON or walk.left <= 0


def test_the_table_is_total() -> None:
    assert all(set(TABLE[phase]) == set(KINDS) for phase in Phase if phase is not Phase.CONNECTING)
