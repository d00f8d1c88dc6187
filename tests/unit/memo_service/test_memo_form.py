"""The form of a memo by hand: what is needed, and whose business a memo is."""

from datetime import timedelta
from typing import Any

import pytest

from memo_service.access.actor import Actor
from memo_service.memos import labels
from memo_service.memos.concern import Concern
from memo_service.memos.form import new_key, read_memo
from memo_service.memos.models import Memo
from memo_service.memos.present import moment
from memo_service.web.forms import Form
from office.calendar import KST
from office.folder import load_office
from office.phone_number import classify
from tests.support.feed import WORKDAY
from tests.support.memo import ROOT

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
WHOLE = {
    "key": "k" * 20,
    "to": "officer:kim_ms",
    "channel": "visit",
    "name": "홍길순",
    "number": "010-2468-5739",
    "matter": "서류를 물으심",
    "reply_wanted": "yes",
    "asked_at": "",
}


def read(**change: str) -> Any:
    return read_memo(Form(WHOLE | change), OFFICE.directory, classify, WORKDAY)


def test_a_whole_form_is_a_memo() -> None:
    memo = read().memo
    assert memo is not None
    assert (memo.officer, memo.department, memo.channel) == ("kim_ms", "haengjeong", "visit")
    assert memo.number is not None
    assert memo.number.reveal() == "01024685739"
    assert memo.reply_wanted


def test_a_department_can_be_meant_without_an_officer() -> None:
    memo = read(to="department:minwon").memo
    assert memo is not None
    assert (memo.officer, memo.department) == (None, "minwon")


def test_an_asked_time_is_the_offices_local_time() -> None:
    memo = read(asked_at="2026-11-26T10:00").memo
    assert memo is not None
    assert memo.asked_at == (WORKDAY + timedelta(days=1)).astimezone(KST).replace(hour=10, minute=0)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"to": ""}, "to", "whom"),
        ({"to": "officer:nobody"}, "to", "whom"),
        ({"to": "department:nowhere"}, "to", "whom"),
        ({"matter": " \n "}, "matter", "matter"),
        ({"matter": "가" * 2001}, "matter", "too_long"),
        ({"number": "0101"}, "number", "number"),
        ({"number": ""}, "number", "no_number"),
        ({"number": "anonymous"}, "number", "number"),
        ({"asked_at": "2026-11-25T09:00"}, "asked_at", "asked_at"),
        ({"asked_at": "tomorrow"}, "asked_at", "asked_at"),
    ],
)
def test_what_is_missing_is_said_by_field(change: dict[str, str], field: str, code: str) -> None:
    found = read(**change)
    assert found.memo is None
    assert found.faults == {field: code}
    assert labels.FAULTS[code]


def test_without_a_reply_no_number_is_needed() -> None:
    memo = read(number="", reply_wanted="no", asked_at="2026-11-25T09:00").memo
    assert memo is not None
    assert (memo.number, memo.asked_at) == (None, None)


def test_a_strange_key_is_not_taken_over() -> None:
    memo = read(key="../x").memo
    assert memo is not None
    assert len(memo.key) >= 16
    assert new_key() != new_key()


@pytest.mark.parametrize(
    ("officer", "owner", "sees", "is_for"),
    [
        ("kim_ms", None, True, True),  # his own
        ("lee_sy", None, True, True),  # his deputy
        ("park_kj", None, True, True),  # his leader
        ("choi_jh", None, True, False),  # a colleague of the department
        ("yoon_mk", None, False, False),  # another department
        ("yoon_mk", "yoon_mk", True, True),  # who was given the callback
    ],
)
def test_whose_business_a_memo_is(officer: str, owner: str | None, sees: bool, is_for: bool) -> None:
    memo = Memo(officer="kim_ms", department="haengjeong", taken_by="menu")
    actor = Actor.of(OFFICE.directory, officer)
    assert actor is not None
    concern = Concern(OFFICE.directory)
    assert concern.may_see(actor, memo, owner) is sees
    assert concern.is_for(actor, memo, owner) is is_for


def test_an_officer_who_left_the_directory_is_no_ones_puzzle() -> None:
    memo = Memo(officer="long_gone", department="haengjeong", taken_by="menu")
    actor = Actor.of(OFFICE.directory, "kim_ms")
    assert actor is not None
    assert not Concern(OFFICE.directory).is_for(actor, memo, None)


def test_days_are_told_as_they_stand_to_today() -> None:
    assert moment(WORKDAY, WORKDAY) == "오늘 10:30"
    assert moment(WORKDAY, WORKDAY + timedelta(days=1)) == "11.25.(수) 10:30"
    assert moment(WORKDAY, WORKDAY + timedelta(days=100), seconds=True) == "2026.11.25.(수) 10:30:00"
