"""Who may be away when, and who stands in: the rules, and that a ring of deputies can never be saved."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_service.absences import labels
from memo_service.absences.importing import BEHIND, Act, Entry, plan
from memo_service.absences.rules import (
    Absence,
    AbsenceRefusedError,
    Deputies,
    Fault,
    Kind,
    Wanted,
    faults_of,
    warnings_of,
)
from memo_service.absences.wishes import HORIZON, wishes_of
from office.calendar import KST
from office.commands import AwaySpan
from office.folder import load_office
from tests.support.memo import ROOT

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
OFFICERS = OFFICE.directory.officers
STANDING = {o.id: o.deputy for o in OFFICERS.values()}
NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # Wednesday, 10:30 in Korea
FOUR = ("park_kj", "kim_ms", "lee_sy", "choi_jh")


def at(hour: float) -> datetime:
    return NOW + timedelta(hours=hour)


def wanted(
    officer: str, start: float, end: float, deputy: str | None = None, uid: str | None = None
) -> Wanted:
    return Wanted(officer, Kind.TRIP, at(start), at(end), deputy, uid=uid)


def stored(
    officer: str, start: float, end: float, deputy: str | None = None, said: float = 0, uid: str | None = None
) -> Absence:
    name = f"{officer} {start} {end} {said}"
    return Absence(name, officer, Kind.TRIP, at(start), at(end), deputy, at(said), uid)


def codes(faults: Sequence[Fault]) -> list[str]:
    return [fault.code for fault in faults]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (wanted("kim_ms", 2, 2), "ends_before_start"),
        (wanted("kim_ms", 2, 1), "ends_before_start"),
        (wanted("kim_ms", 0, 24 * 367), "too_long"),
        (wanted("kim_ms", -3, 0), "past"),
        (wanted("nobody", 1, 2), "officer_unknown"),
        (wanted("kim_ms", 1, 2, "kim_ms"), "deputy_self"),
        (wanted("kim_ms", 1, 2, "nobody"), "deputy_unknown"),
    ],
)
def test_what_cannot_be(asked: Wanted, code: str) -> None:
    faults = faults_of(asked, [], STANDING, NOW)
    assert codes(faults) == [code]
    assert "{" not in labels.sentence(faults[0], OFFICERS)


@pytest.mark.parametrize("asked", [wanted("kim_ms", -3, 1), wanted("kim_ms", 0, 24 * 366, "lee_sy")])
def test_what_can_be(asked: Wanted) -> None:
    assert faults_of(asked, [], STANDING, NOW) == []


def test_the_same_time_twice_is_refused_and_an_overlap_is_told() -> None:
    beside = [stored("kim_ms", 1, 5)]
    assert codes(faults_of(wanted("kim_ms", 1, 5), beside, STANDING, NOW)) == ["doubled"]
    assert faults_of(wanted("kim_ms", 2, 5), beside, STANDING, NOW) == []
    assert codes(warnings_of(wanted("kim_ms", 2, 5, "lee_sy"), beside, STANDING)) == ["overlap"]


def test_a_ring_is_refused_with_the_names_in_it() -> None:
    beside = [stored("kim_ms", 1, 5, "lee_sy"), stored("lee_sy", 3, 8, "park_kj")]
    faults = faults_of(wanted("park_kj", 0, 4, "kim_ms"), beside, STANDING, NOW)
    assert codes(faults) == ["loop"]
    cause, _ = labels.told(faults[0], OFFICERS)
    assert cause == "대직자가 서로를 가리킵니다: 박경준 → 김민수 → 이서연 → 박경준"


def test_a_ring_that_never_closes_at_one_moment_is_none() -> None:
    beside = [stored("kim_ms", 1, 3, "park_kj")]
    assert faults_of(wanted("park_kj", 3, 5, "kim_ms"), beside, STANDING, NOW) == []
    assert codes(faults_of(wanted("park_kj", 2.9, 5, "kim_ms"), beside, STANDING, NOW)) == ["loop"]


def test_a_ring_below_another_absence_is_refused_too() -> None:
    beside = [stored("park_kj", 0, 9, "kim_ms", said=-5), stored("park_kj", 2, 4, "lee_sy", said=-1)]
    faults = faults_of(wanted("kim_ms", 2, 4, "park_kj"), beside, STANDING, NOW)
    assert codes(faults) == ["loop"], "were the second absence taken back, they would point at each other"


def test_a_deputy_who_is_away_is_told_with_who_comes_after() -> None:
    beside = [stored("kim_ms", 1, 3, "lee_sy")]
    warnings = warnings_of(wanted("park_kj", 2, 5, "kim_ms"), beside, STANDING)
    assert labels.sentence(warnings[0], OFFICERS) == (
        "대직자도 그동안 자리에 없습니다: 김민수 전화는 이서연 님에게 갑니다."
    )
    assert codes(warnings_of(wanted("lee_sy", 2, 5), beside, STANDING)) == ["deputy_none"]


def test_a_deputys_deputy_stands_in() -> None:
    deputies = Deputies([stored("park_kj", 0, 9, "kim_ms"), stored("kim_ms", 2, 4, "choi_jh")], STANDING)
    assert [deputies.stand_in("park_kj", at(h)) for h in (1, 3, 5)] == ["kim_ms", "choi_jh", "kim_ms"]
    assert deputies.chain("park_kj", at(3)) == ("kim_ms", "choi_jh")


def test_the_directorys_deputy_stands_in_for_one_who_is_not_away() -> None:
    deputies = Deputies([stored("kim_ms", 2, 4, "lee_sy")], STANDING)
    assert [deputies.stand_in("park_kj", at(h)) for h in (1, 3)] == ["kim_ms", "lee_sy"]


def test_nobody_stands_in_where_the_chain_ends_with_one_who_is_away() -> None:
    deputies = Deputies([stored("park_kj", 0, 9, "lee_sy"), stored("lee_sy", 0, 9)], STANDING)
    assert deputies.stand_in("park_kj", at(1)) is None


def test_of_two_at_once_the_one_said_last_names_the_deputy() -> None:
    week, meeting = stored("kim_ms", 0, 9, "lee_sy", said=-5), stored("kim_ms", 2, 4, "park_kj", said=-1)
    deputies = Deputies([week, meeting], STANDING)
    assert [deputies.stand_in("kim_ms", at(h)) for h in (1, 3, 5)] == ["lee_sy", "park_kj", "lee_sy"]
    assert deputies.back_at("kim_ms", at(3)) == at(9)


def test_back_is_the_end_of_absences_that_follow_one_another() -> None:
    deputies = Deputies([stored("kim_ms", 0, 2), stored("kim_ms", 2, 4), stored("kim_ms", 5, 6)], STANDING)
    assert deputies.back_at("kim_ms", at(1)) == at(4)
    assert deputies.back_at("kim_ms", at(4.5)) == at(4.5)


ASKED = st.builds(
    lambda officer, start, length, deputy: wanted(officer, start, start + length, deputy),
    st.sampled_from(FOUR),
    st.integers(0, 12),
    st.integers(1, 6),
    st.sampled_from([*FOUR, None]),
)


def rings_at(absences: Sequence[Absence], hour: float) -> bool:
    """By brute force: whether some absent officer can come back to himself by deputies who are absent too."""
    named = {(a.officer, a.deputy) for a in absences if a.covers(at(hour))}
    reached = set(named)
    for _ in FOUR:
        reached |= {(a, d) for a, b in reached for c, d in named if b == c}
    return any(a == b for a, b in reached)


def as_stored(asked: Wanted, said: int) -> Absence:
    return Absence(
        f"{said:04}", asked.officer, asked.kind, asked.starts_at, asked.ends_at, asked.deputy, at(said / 1000)
    )


@given(st.lists(ASKED, max_size=14))
def test_no_order_of_saving_closes_a_ring_and_only_rings_are_refused(asked: list[Wanted]) -> None:
    saved: list[Absence] = []
    for turn, one in enumerate(asked):
        faults = codes(faults_of(one, saved, STANDING, at(turn / 1000)))
        would = [*saved, as_stored(one, turn)]
        closes = any(rings_at(would, hour + 0.5) for hour in range(19))
        if faults in (["deputy_self"], ["doubled"]):
            continue
        assert (faults == ["loop"]) is closes
        if not faults:
            saved = would
    for taken_back in saved:
        left = [absence for absence in saved if absence is not taken_back]
        assert not any(rings_at(left, hour + 0.5) for hour in range(19))
    deputies = Deputies(saved, STANDING)
    for officer in FOUR:
        for hour in range(19):
            found = deputies.stand_in(officer, at(hour + 0.5))
            assert found != officer
            assert found is None or deputies.away(found, at(hour + 0.5)) is None


@given(st.lists(ASKED, max_size=10))
def test_wishes_say_of_every_moment_what_the_calendar_says(asked: list[Wanted]) -> None:
    absences = [as_stored(one, turn) for turn, one in enumerate(asked) if one.deputy != one.officer]
    wishes = wishes_of(absences, OFFICERS, NOW)
    deputies = Deputies(absences, dict.fromkeys(OFFICERS))
    for officer in FOUR:
        spans = wishes.away.get(OFFICERS[officer].extension, ())
        assert all(a.end <= b.start for a, b in pairwise(spans))
        for hour in range(19):
            moment = at(hour + 0.5)
            told = [span.deputy for span in spans if span.start <= moment.timestamp() < span.end]
            absence = deputies.away(officer, moment)
            deputy = absence.deputy if absence else None
            named = OFFICERS[deputy].extension if deputy else ""
            assert told == ([named] if absence else [])


def test_wishes_join_spans_and_leave_out_what_is_over_or_far() -> None:
    far = HORIZON.total_seconds() / 3600
    absences = [
        stored("kim_ms", -5, -1, "lee_sy"),
        stored("kim_ms", -1, 2, "lee_sy"),
        stored("kim_ms", 2, 4, "lee_sy"),
        stored("kim_ms", far - 1, far + 5),
        stored("kim_ms", far + 6, far + 7),
        stored("gone", 1, 2),
    ]
    second = int(NOW.timestamp())
    assert wishes_of(absences, OFFICERS, NOW).away == {
        "2202": (
            AwaySpan(start=second - 3600, end=second + 4 * 3600, deputy="2203"),
            AwaySpan(start=int(at(far - 1).timestamp()), end=int(at(far + 5).timestamp())),
        )
    }


def look(entries: Sequence[Entry], existing: Sequence[Absence], allowed: Sequence[str] = FOUR) -> list[Act]:
    made = plan(entries, existing, STANDING, allowed, NOW)
    assert not made.faulty
    return [step.act for step in made.steps]


def test_an_import_finds_what_it_means_and_changes_instead_of_doubling() -> None:
    existing = [
        stored("kim_ms", 1, 2, "lee_sy", uid="a"),
        stored("kim_ms", 3, 4, "lee_sy", uid="b"),
        stored("kim_ms", 5, 6, "lee_sy"),
    ]
    entries = [
        Entry(1, wanted("kim_ms", 1, 2, "lee_sy", uid="a")),
        Entry(2, wanted("kim_ms", 7, 8, "lee_sy", uid="b")),
        Entry(3, wanted("kim_ms", 5, 6, "choi_jh")),
        Entry(4, wanted("kim_ms", 9, 10, "lee_sy", uid="c")),
        Entry(5, wanted("kim_ms", -9, -8, "lee_sy", uid="d")),
        Entry(6, wanted("kim_ms", 11, 12, "lee_sy", uid="e"), cancelled=True),
    ]
    assert look(entries, existing) == [Act.SAME, Act.CHANGE, Act.CHANGE, Act.NEW, Act.PAST, Act.NOTHING]


def test_what_a_calendar_takes_back_is_cancelled() -> None:
    existing = [stored("kim_ms", n, n + 1, "lee_sy", uid=f"a{BEHIND}{n}") for n in (1, 3, 5)]
    kept = Entry(1, wanted("kim_ms", 1, 2, "lee_sy", uid=f"a{BEHIND}1"))
    dropped = Entry(2, wanted("kim_ms", 3, 4, "lee_sy", uid=f"a{BEHIND}3"), cancelled=True)
    made = plan([kept, dropped], existing, STANDING, FOUR, NOW)
    assert [(step.act, step.existing) for step in made.steps] == [
        (Act.SAME, existing[0]),
        (Act.CANCEL, existing[1]),
        (Act.CANCEL, existing[2]),
    ]


def test_an_event_moved_into_the_past_is_cancelled() -> None:
    existing = [stored("kim_ms", 3, 4, "lee_sy", uid="a")]
    assert look([Entry(1, wanted("kim_ms", -4, -3, "lee_sy", uid="a"))], existing) == [Act.CANCEL]


@pytest.mark.parametrize(
    ("entries", "faults"),
    [
        ([Entry(2, wanted("kim_ms", 1, 2)), Entry(5, wanted("kim_ms", 1, 2))], [[], ["twice"]]),
        (
            [Entry(2, wanted("kim_ms", 1, 5, "lee_sy")), Entry(3, wanted("lee_sy", 4, 8, "kim_ms"))],
            [[], ["loop"]],
        ),
        ([Entry(2, wanted("yoon_mk", 1, 2))], [["not_allowed"]]),
        ([Entry(2, wanted("kim_ms", 2, 1))], [["ends_before_start"]]),
    ],
)
def test_lines_that_cannot_be_saved(entries: list[Entry], faults: list[list[str]]) -> None:
    made = plan(entries, [], STANDING, FOUR, NOW)
    assert made.faulty
    assert [codes(step.faults) for step in made.steps] == faults


def test_every_code_has_words_and_every_sentence_is_whole() -> None:
    for code in labels.FAULTS:
        about = ("kim_ms", "lee_sy") if code == "deputy_away" else ("kim_ms",)
        told = labels.sentence(Fault(code, "", about), OFFICERS)
        assert told
        assert not set("{}") & set(told)
    assert set(labels.KINDS) == set(Kind)
    assert str(AbsenceRefusedError(Fault("loop"), Fault("past"))) == "loop, past"


@pytest.mark.parametrize(
    ("starts", "ends", "told"),
    [
        ("2026-11-25T14:00", "2026-11-25T18:00", "11.25.(수) 14:00 – 18:00"),
        ("2026-11-25T14:00", "2026-11-26T00:00", "11.25.(수) 14:00 – 24:00"),
        ("2026-11-26T00:00", "2026-11-27T00:00", "11.26.(목) 하루 종일"),
        ("2026-11-26T00:00", "2026-11-28T00:00", "11.26.(목) – 11.27.(금)"),
        ("2027-01-04T09:00", "2027-01-05T12:00", "2027.1.4.(월) 09:00 – 1.5.(화) 12:00"),
    ],
)
def test_spans_in_words(starts: str, ends: str, told: str) -> None:
    span = [datetime.fromisoformat(text).replace(tzinfo=KST) for text in (starts, ends)]
    assert labels.span(span[0], span[1], NOW) == told


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-25T18:00", "18:00까지"),
        ("2026-11-26T00:00", "오늘까지"),
        ("2026-11-28T00:00", "11.27.(금)까지"),
        ("2026-11-27T09:00", "11.27.(금) 09:00까지"),
    ],
)
def test_when_he_is_back_in_words(moment: str, told: str) -> None:
    assert labels.until(datetime.fromisoformat(moment).replace(tzinfo=KST), NOW) == told
