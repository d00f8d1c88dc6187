"""Passwords, pauses and rules of access, as pure as they are."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from memo_service.access.actor import Actor
from memo_service.access.passwords import LONGEST, Hasher, PasswordRefusedError, require_good
from memo_service.access.pauses import BY_ADDRESS, BY_NAME
from memo_service.access.rules import Rule, Rules
from memo_service.access.viewer import EVERYTHING, TOTALS, Access, Viewer
from memo_service.errors import RefusedToStartError
from memo_service.settings import read_settings
from office.events import Phone
from office.folder import load_office
from tests.support.memo import ROOT

OWN = ["kim_ms", "kim", "ms", "김민수", "2202", "평창군청"]
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "short"),
        ("짧은말입니다", "short"),
        ("x7!kQ9z@L", "short"),
        ("가" * (LONGEST + 1), "long"),
        ("password12345", "common"),
        ("Password!!2026", "common"),
        ("qwertyuiop1234", "common"),
        ("1q2w3e4r5t!!", "common"),
        ("abcdefghijklmn", "common"),
        ("2468:<>@BDFHJ", "common"),
        ("aaaaaaaaaaaaaa", "common"),
        ("12345678901234", "common"),
        ("김민수2202평창군청!", "common"),
        ("kim_ms-kim_ms-2202", "common"),
        ("ＰＡＳＳＷＯＲＤ１２３４", "common"),
        ("비밀번호비밀번호1!", "common"),
    ],
)
def test_what_is_tried_first_is_no_password(password: str, reason: str) -> None:
    with pytest.raises(PasswordRefusedError) as refused:
        require_good(password, OWN)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "감자밭에 첫눈이 내렸다",
        "bongpyeong memil 9월",
        "xk4 tr9 pw2 mz7",
        "가" * 3 + "나다라마바사아자차카타파하" * 9,
    ],
)
def test_length_is_enough_and_no_kind_of_character_is_asked_for(password: str) -> None:
    require_good(password, OWN)


def test_a_password_is_the_same_from_every_keyboard() -> None:
    hasher = Hasher(CHEAP)
    kept = hasher.hash("감자밭 café 12")
    decomposed = "감자밭 café 12"
    assert hasher.matches(kept, decomposed)
    assert not hasher.matches(kept, "감자밭 cafe 12")
    assert "감자밭" not in kept


def test_nobody_costs_the_same_work_as_somebody() -> None:
    hasher = Hasher(CHEAP)
    kept = hasher.hash("감자밭에 첫눈이 내렸다")
    before = hasher.work
    assert not hasher.matches(None, "nobody has this password")
    assert hasher.work - before == 1
    assert not hasher.matches(kept, "wrong")
    assert hasher.work - before == 2


def test_a_hash_that_is_none_opens_nothing() -> None:
    assert not Hasher(CHEAP).matches("not a hash", "anything")


def test_the_shipped_parameters_are_those_of_rfc_9106() -> None:
    kept = Hasher().hash("감자밭에 첫눈이 내렸다")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Hasher(CHEAP).is_outdated(kept)
    assert not Hasher().is_outdated(kept)


def test_pauses_grow_and_end() -> None:
    found = [BY_NAME.pause(failures).total_seconds() for failures in range(1, 15)]
    assert found[:7] == [0, 0, 0, 0, 5, 10, 20]
    assert found == sorted(found)
    assert found[-1] == timedelta(minutes=15).total_seconds()
    assert BY_NAME.pause(1_000_000) == timedelta(minutes=15)
    assert BY_ADDRESS.pause(20) == timedelta(0)
    assert BY_ADDRESS.pause(1_000_000) == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/", Rule.OFFICER),
        ("/sign-in", Rule.PUBLIC),
        ("/sign-in/code", Rule.PUBLIC),
        ("/static/style.css", Rule.BARE),
        ("/api/anything/new", Rule.OFFICER),
        ("/accounts/x/code", Rule.ACCOUNTS),
        ("/start", Rule.ADMINISTRATOR),
        ("/directory", Rule.OFFICER),
        ("/directory/hours", Rule.OFFICE),
        ("/guide/plan/haengjeong.svg", Rule.OFFICE),
        ("/staticx", None),
        ("/sign-in-x", None),
        ("//", None),
        ("//accounts", None),
        ("/nothing", None),
        ("", None),
    ],
)
def test_an_address_has_its_own_rule_or_the_nearest_above_it_or_none(path: str, rule: Rule | None) -> None:
    assert Rules(guide_public=False).of(path) is rule


def test_the_guide_is_public_where_the_office_chose_so() -> None:
    assert Rules(guide_public=True).of("/guide/plan/haengjeong") is Rule.PUBLIC


OFFICE = load_office(ROOT / "examples" / "pyeongchang")


def viewer(officer: str, *, demo: bool = False) -> tuple[Access, Viewer]:
    access = Access(OFFICE.charter, OFFICE.directory, demo=demo)
    actor = Actor.of(OFFICE.directory, officer)
    assert actor is not None
    return access, access.viewer(actor)


def test_an_officer_sees_his_own_calls_and_no_colleague_by_name() -> None:
    access, me = viewer("kim_ms")
    mine = Phone(endpoint="2202", extension="2202", officer="kim_ms", department="haengjeong")
    other = Phone(endpoint="2203", extension="2203", officer="lee_sy", department="haengjeong")
    assert me.figures == TOTALS
    assert me.sees_call("minwon", "2310", [mine])
    assert me.sees_call("haengjeong", "2202", [])
    assert not me.sees_call("haengjeong", "2203", [other])
    assert not me.sees_call(None, "2000", [])
    assert access.officer(me, "kim_ms") == "김민수 주무관 (2202)"
    assert access.officer(me, "lee_sy") == ""
    assert access.phone(me, other) == "행정과 담당자"
    assert (access.exten(me, "2202"), access.exten(me, other.extension or "")) == ("2202", "")


def test_a_leader_sees_his_department_and_a_manager_departments_without_names() -> None:
    access, leader = viewer("park_kj")
    assert leader.figures == "haengjeong"
    assert leader.sees_call("haengjeong", "2203", [])
    assert not leader.sees_call("minwon", "2310", [])
    assert access.officer(leader, "kim_ms") == "김민수 주무관 (2202)"
    access, manager = viewer("lee_sy")
    assert manager.figures == EVERYTHING
    assert manager.sees_call("minwon", "2310", [])
    assert access.officer(manager, "kim_ms") == ""


def test_on_the_demo_everybody_sees_everything_and_nobody_searches_numbers_elsewhere() -> None:
    access, me = viewer("kim_ms", demo=True)
    assert (me.figures, me.may_search_by_number) == (EVERYTHING, True)
    assert access.officer(me, "lee_sy") != ""
    assert not viewer("choi_jh")[1].may_search_by_number


def test_who_reads_a_scope_of_figures_sees_no_more_than_it_says() -> None:
    access, _ = viewer("kim_ms")
    for scope in (EVERYTHING, TOTALS, "haengjeong"):
        assert access.reader_of(scope).figures == scope
    assert not access.reader_of(TOTALS).sees_department(None)
    assert not access.everybody().sees_department("haengjeong")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "office.example", "::"])  # noqa: S104 - what is refused
def test_a_demo_is_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name, value in (("OFFICE", "x"), ("STATE", "y"), ("DEMO", "1"), ("HTTP_HOST", host)):
        monkeypatch.setenv(f"CHARTERLINE_{name}", value)
    with pytest.raises(RefusedToStartError, match="CHARTERLINE_DEMO"):
        read_settings()
    monkeypatch.setenv("CHARTERLINE_HTTP_HOST", "127.0.0.1")
    assert read_settings().demo
