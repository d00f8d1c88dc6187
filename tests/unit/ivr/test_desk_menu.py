"""The desk menu, way by way: what an officer hears and what is done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.menus import desk_talk as t
from ivr.menus.desk_words import TEXTS, earlier
from ivr.menus.parts import menu_prompts
from office.phone_codes import DeskWish
from tests.support.desk_line import DESK, MISSED, NOW, RECORDED, TYPED, DeskLine, keyed
from tests.support.menu_server import OFFICE


def visit(
    wish: DeskWish, *keys: str, desk: t.Desk = DESK, pin: str = "", **carried: t.Carried | t.Refused
) -> DeskLine:
    return DeskLine(keyed(*keys, desk=desk, **carried)).run(wish, pin=pin)


def test_he_hears_how_many_and_one_after_another_the_one_that_is_due_first() -> None:
    line = visit(DeskWish.MEMOS, "1", "1", "1", "1")
    assert line.heard() == ["m1", "m2"]
    counted = (
        "menu/phone-memos.a",
        "menu/count/2",
        "menu/phone-memos.b",
        "menu/count/2",
        "menu/phone-memos.c",
    )
    assert tuple(name for name in line.said if name != "office/pause")[:5] == counted
    assert "menu/phone-item-none" in line.said
    assert line.said[-4:] == ["menu/phone-no-more", "office/pause", "menu/phone-end", "office/pause"]


def test_a_deadline_is_told_rounded_down_never_later_than_it_is() -> None:
    assert earlier(NOW + timedelta(minutes=27)) == NOW + timedelta(minutes=27)
    assert earlier(NOW + timedelta(minutes=35)) == NOW + timedelta(minutes=27)
    line = visit(DeskWish.MEMOS, "1", desk=replace(DESK, items=(RECORDED,)))
    at = line.said.index("menu/phone-item-due.a")
    assert line.said[at - 2 : at] == ["menu/hour/14", "menu/minute/30-until"]


@pytest.mark.parametrize(
    ("keys", "act"),
    [
        ("13", t.Carry("call", "c1")),
        ("14", t.Carry("acted", "m1")),
        ("15", t.Carry("hand_over", "c1")),
        ("2", t.Carry("call", "c1")),
        ("114", t.Carry("acted", "m3")),
    ],
)
def test_a_key_is_an_act_of_the_item_he_is_at(keys: str, act: t.Carry) -> None:
    assert visit(DeskWish.MEMOS, *keys).carried()[0] == act


def test_2_calls_the_first_that_has_a_callback() -> None:
    desk = replace(DESK, items=(TYPED, MISSED, RECORDED))
    assert visit(DeskWish.MEMOS, "2", desk=desk).carried() == [t.Carry("call", "c3")]


def test_a_call_that_is_taken_ends_with_the_word_that_his_phone_will_ring() -> None:
    assert "menu/phone-calling" in visit(DeskWish.MEMOS, "2").said


def test_what_stands_against_a_call_is_said_and_he_may_go_on_knowing_it() -> None:
    line = visit(DeskWish.MEMOS, "2", "1", call=t.Refused("too_soon"))
    assert line.carried() == [t.Carry("call", "c1"), t.Carry("call", "c1", confirmed=True)]
    assert "menu/phone-confirm" in line.said
    assert "menu/phone-refused" in line.said, "refused again, it is not asked a third time"


def test_refused_he_hears_why_and_is_where_he_was() -> None:
    line = visit(DeskWish.MEMOS, "1", "3", "4", call=t.Refused("taken"))
    assert [act.act for act in line.carried()] == ["call", "acted"]
    assert "menu/phone-refused-taken" in line.said


def test_a_memo_without_callback_is_not_called() -> None:
    line = visit(DeskWish.MEMOS, "1", "3", desk=replace(DESK, callbacks=0, items=(TYPED,)))
    assert line.carried() == []
    assert "menu/key-wrong" in line.said


def test_the_last_call_reached_or_to_follow_up() -> None:
    callback = replace(DESK, last_kind="callback", last_id="c9")
    call = replace(DESK, last_kind="call", last_id="u9")
    assert visit(DeskWish.LAST, "1", desk=callback).carried() == [t.Carry("reached", "c9")]
    assert visit(DeskWish.LAST, "2", desk=callback).carried() == [t.Carry("not_reached", "c9")]
    assert visit(DeskWish.LAST, "2", desk=call).carried() == [t.Carry("follow_up", "u9")]
    assert visit(DeskWish.LAST, "3", desk=call).carried() == [t.Carry("follow", "u9")]
    assert visit(DeskWish.LAST, "1", desk=call).carried() == [t.Carry("done", "u9")]
    assert "menu/phone-last-none" in visit(DeskWish.LAST).said


def test_away_is_told_with_its_end() -> None:
    until = t.Carried(NOW + timedelta(minutes=57))
    line = visit(DeskWish.AWAY, "1", away_hour=until)
    assert line.carried() == [t.Carry("away_hour")]
    assert "menu/hour/15-until" in line.said


def test_the_visitor_who_waited_is_helped_or_has_left() -> None:
    assert visit(DeskWish.VISITOR, "1").carried() == [t.Carry("visitor_helped")]
    none = visit(DeskWish.VISITOR, "2", visitor_left=t.Refused("no_visitor"))
    assert "menu/phone-refused-visitor" in none.said


def test_the_gist_is_heard_and_that_is_all() -> None:
    line = visit(DeskWish.GIST)
    assert line.heard() == [""]
    assert [name for name in line.said if name.startswith("menu")] == ["menu/phone-gist"]


def test_a_phone_that_nobody_owns_is_refused_with_a_sentence() -> None:
    line = visit(DeskWish.MEMOS, desk=t.Desk(NOW, owned=False))
    assert "menu/phone-shared" in line.said


def test_a_pin_where_the_office_wants_one() -> None:
    right = visit(DeskWish.MEMOS, *"1234#", pin="1234")
    assert "menu/phone-memos.a" in right.said
    wrong = visit(DeskWish.MEMOS, *"1#2#3#", pin="1234")
    assert wrong.said.count("menu/phone-pin-wrong") == 3
    assert "menu/phone-memos.a" not in wrong.said


def test_whoever_presses_nothing_is_asked_twice_and_bidden_farewell() -> None:
    line = visit(DeskWish.MEMOS)
    assert line.said.count("menu/phone-memos.a") == 2
    assert line.said[-2:] == ["menu/phone-end", "office/pause"]


def test_every_sentence_has_its_files() -> None:
    made = {prompt.name for prompt in menu_prompts(OFFICE)}
    missing = [key for key in TEXTS if not any(name.startswith(f"menu/{key}") for name in made)]
    assert missing == []
