"""The parts of the memo menu: all there, few, natural where they meet, and right on every day and minute."""

from datetime import datetime, timedelta

import pytest

from ivr.menus.parts import menu_prompts
from ivr.menus.pieces import moment, number, told
from ivr.menus.words import SHAPES, TEXTS, Slot, Words, split
from ivr.prompts.plan import plan
from office.calendar import KST
from office.folder import Office
from office.phone_number import classify
from office.problems import OfficeRefusedError
from tests.unit.ivr.menu_line import OFFICE, kst, spelled
from tests.unit.ivr.menu_line import TEXTS as SAID

NOW = kst(25, 14, 3)


def with_texts(**texts: str) -> Office:
    words = OFFICE.charter.words.model_copy(
        update={"texts": {k.replace("_", "-"): t for k, t in texts.items()}}
    )
    return Office(OFFICE.charter.model_copy(update={"words": words}), OFFICE.directory, OFFICE.calendar)


def test_there_are_few_parts_and_none_twice() -> None:
    names = [prompt.name for prompt in menu_prompts(OFFICE)]
    assert len(names) == len(set(names)) < 300
    assert not set(names) & {prompt.name for prompt in plan(OFFICE)}


def test_a_voice_gets_words_only() -> None:
    for name, text in SAID.items():
        assert text, name
        assert not [letter for letter in text if letter.isascii() and letter not in " .,?"], text


def test_no_part_begins_with_a_particle_or_a_stop() -> None:
    """Sentences are cut between words, so that parts meet where a speaker may breathe."""
    for key, text in TEXTS.items():
        for slot in (piece for piece in split(key, text) if isinstance(piece, Slot)):
            after = text.split(f"{{{slot.name}}}{slot.particle}", 1)[1]
            assert after[:1] in ("", " "), key


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (kst(25, 15, 3), "오늘 오후 세 시 십 분까지"),
        (kst(25, 15, 10), "오늘 오후 세 시 십 분까지"),
        (kst(25, 15, 0), "오늘 오후 세 시까지"),
        (kst(25, 15, 51), "오늘 오후 네 시까지"),
        (kst(25, 12, 0), "오늘 낮 열두 시까지"),
        (kst(26, 9, 30), "내일 오전 아홉 시 삼십 분까지"),
        (kst(30, 9, 20), "월요일 오전 아홉 시 이십 분까지"),
        (kst(1, 9, 0, month=12), "화요일 오전 아홉 시까지"),
        (kst(2, 9, 0, month=12), "십이월 이일 수요일 오전 아홉 시까지"),
        (kst(25, 23, 55), "오늘 밤 열두 시까지"),
        (kst(26, 0, 10), "오늘 밤 열두 시 십 분까지"),
        (kst(24, 9, 0), "십일월 이십사일 화요일 오전 아홉 시까지"),
    ],
)
def test_moments_as_heard_on_a_wednesday_afternoon(at: datetime, said: str) -> None:
    assert spelled(moment(at, NOW)("까지")) == said


def test_shortly_before_midnight_no_day_is_called_tomorrow() -> None:
    late = kst(25, 23, 52)
    assert spelled(moment(kst(26, 10), late)("까지")) == "목요일 오전 열 시까지"


def test_every_minute_of_a_fortnight_has_its_parts_and_is_never_said_earlier() -> None:
    first = kst(20, 0)
    for minute in range(14 * 24 * 60):
        at = first + timedelta(minutes=minute, seconds=minute % 60)
        said = told(at)
        assert timedelta() <= said - at < timedelta(minutes=10)
        assert said.minute % 10 == 0
        for particle in ("", "까지", "부터"):
            assert set(moment(at, NOW)(particle)) <= SAID.keys()


def test_a_moment_in_another_zone_is_the_same_moment() -> None:
    at = kst(25, 15, 3)
    assert told(at.astimezone(tz=None)) == told(at)
    assert told(at).tzinfo is KST


@pytest.mark.parametrize(
    ("keyed", "said"),
    [
        ("033-330-2291", "공 삼 삼에 | 삼 삼 공에 | 이 이 구 일번이"),
        ("010-1234-5670", "공 일 공에 | 일 이 삼 사에 | 오 육 칠 공번이"),
        ("02-330-2291", "공 이에 | 삼 삼 공에 | 이 이 구 일번이"),
        ("1588-1234", "일 오 팔 팔에 | 일 이 삼 사번이"),
        ("0507-1234-5678", "공 오 공 칠에 | 일 이 삼 사에 | 오 육 칠 팔번이"),
    ],
)
def test_numbers_are_read_in_their_groups(keyed: str, said: str) -> None:
    assert spelled(number(classify(keyed))("번이")) == said


def test_an_office_may_replace_words_but_not_slots() -> None:
    office = with_texts(memo_kept="네, 남겨졌습니다. {when}까지 전화드립니다. 끊으셔도 됩니다.")
    texts = {prompt.name: prompt.text for prompt in menu_prompts(office)}
    assert texts["menu/memo-kept.a"] == "네, 남겨졌습니다."
    assert texts["menu/memo-kept.b"] == "전화드립니다. 끊으셔도 됩니다."


@pytest.mark.parametrize(
    "text",
    [
        "잘 남겨졌습니다.",
        "{when}까지 전화드리겠습니다.",
        "잘 남겨졌습니다. {when}에 전화드리겠습니다. 안녕히 계십시오.",
        "잘 남겨졌습니다. {when}까지 {name}이 전화드리겠습니다.",
        "",
    ],
)
def test_a_sentence_with_other_slots_is_refused_by_name(text: str) -> None:
    with pytest.raises(OfficeRefusedError, match=r"charter\.toml:1: words\.texts\.memo-kept: keep the slots"):
        list(menu_prompts(with_texts(memo_kept=text)))


def test_texts_of_other_prompts_are_none_of_the_menus() -> None:
    assert len(list(menu_prompts(with_texts(greet_office="안녕하십니까.")))) == len(SAID)


def test_every_fixed_stretch_is_one_file() -> None:
    names = [piece.name for shape in SHAPES.values() for piece in shape if isinstance(piece, Words)]
    assert len(names) == len(set(names))
    assert set(names) <= SAID.keys()
