"""Absences on SQLite and PostgreSQL: rights, history, sealed notes, imports all or nothing, feature codes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from memo_service.absences.files import read_file
from memo_service.absences.importing import Act
from memo_service.absences.models import AbsenceRow
from memo_service.absences.presence import PresenceFollower, Sign
from memo_service.absences.retire import forget_absences
from memo_service.absences.rules import AbsenceRefusedError, Kind, Source, Wanted
from memo_service.absences.service import Absences
from memo_service.access.actor import Actor
from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine, reading, writing
from memo_service.errors import NotFoundError
from memo_service.ledger.parties import Parties
from memo_service.ledger.rulebook import load_rulebook
from memo_service.ledger.service import Ledger
from memo_service.protect import Keyring, open_keyring
from office.calendar import KST
from office.events import AbsenceFound, CallEvent, Outcome, PhoneRang, PresenceSet
from office.folder import load_office
from tests.support.feed import DESK, PBX
from tests.support.memo import ROOT

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
RULEBOOK = load_rulebook(ROOT / "examples" / "pyeongchang")
NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # Wednesday, 10:30 in Korea
HOUR = timedelta(hours=1)


def actor(officer: str) -> Actor:
    found = Actor.of(OFFICE.directory, officer)
    assert found is not None
    return found


LEADER, KIM, LEE, OTHER = actor("park_kj"), actor("kim_ms"), actor("lee_sy"), actor("yoon_mk")


@dataclass
class Desk:
    """An office whose clock the test turns."""

    url: str
    keys: Keyring
    now: datetime = NOW
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = open_engine(self.url)
        migrate(self.engine)
        self.absences = Absences(self.engine, self.keys, OFFICE.directory, lambda: self.now)
        self.absences.on_change = lambda: self.told.append("changed")
        follower = PresenceFollower(self.absences, lambda: self.told.append("presence"))
        self.ledger = Ledger(self.engine, Parties(self.keys, "033"), RULEBOOK, [follower])
        self.ledger.open()

    def happen(self, *events: CallEvent) -> None:
        self.ledger.record(events)
        for follower in self.ledger.followers:
            follower.settled()

    def history(self, absence: str) -> list[tuple[str, str]]:
        return [(change.act, change.by) for change in self.absences.changes(absence)]


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(database, open_keyring(tmp_path / "keys.json"))
    yield opened
    opened.engine.dispose()


def wanted(officer: str, start: float, end: float, deputy: str | None = "lee_sy", note: str = "") -> Wanted:
    return Wanted(officer, Kind.TRIP, NOW + start * HOUR, NOW + end * HOUR, deputy, note)


def said(state: str, minute: float, exten: str = "2202", officer: str | None = "kim_ms") -> PresenceSet:
    at = NOW + timedelta(minutes=minute)
    subject = f"{PBX}/{at.timestamp()}/presence_set"
    fields = {"id": subject, "pbx": PBX, "call_id": f"{at.timestamp()}", "at": at, "state": state}
    return PresenceSet.model_validate({**fields, "exten": exten, "officer": officer})


def test_an_absence_is_kept_with_what_was_said_of_it(desk: Desk) -> None:
    first = desk.absences.set(KIM, wanted("kim_ms", 1, 5)).absence
    desk.now += HOUR / 2
    desk.absences.change(LEADER, first.id, wanted("kim_ms", 2, 6, "choi_jh"))
    desk.now += 2 * HOUR
    desk.absences.cancel(KIM, first.id)
    assert desk.history(first.id) == [("set", "kim_ms"), ("change", "park_kj"), ("cancel", "kim_ms")]
    kept = desk.absences.get(first.id)
    assert (kept.starts_at, kept.ends_at, kept.deputy) == (NOW + 2 * HOUR, desk.now, "choi_jh")
    assert desk.told == ["changed"] * 3


def test_one_that_has_not_begun_is_taken_back_whole(desk: Desk) -> None:
    first = desk.absences.set(KIM, wanted("kim_ms", 1, 5)).absence
    desk.absences.cancel(KIM, first.id)
    assert desk.absences.of("kim_ms") == []
    with pytest.raises(NotFoundError):
        desk.absences.get(first.id)
    with pytest.raises(NotFoundError):
        desk.absences.cancel(KIM, first.id)


def test_what_is_over_cannot_be_changed(desk: Desk) -> None:
    first = desk.absences.set(KIM, wanted("kim_ms", 0, 1)).absence
    desk.now += HOUR
    with pytest.raises(AbsenceRefusedError, match="over"):
        desk.absences.change(KIM, first.id, wanted("kim_ms", 2, 6))
    with pytest.raises(AbsenceRefusedError, match="over"):
        desk.absences.cancel(KIM, first.id)


@pytest.mark.parametrize(("who", "may"), [(KIM, True), (LEADER, True), (LEE, False), (OTHER, False)])
def test_who_may_set_whose_absence(desk: Desk, who: Actor, may: bool) -> None:
    if may:
        first = desk.absences.set(who, wanted("kim_ms", 0, 5)).absence
        assert desk.absences.end_now(who, "kim_ms") == 1
        assert desk.history(first.id)[0] == ("set", who.officer)
        return
    first = desk.absences.set(KIM, wanted("kim_ms", 1, 5)).absence
    acts = (
        lambda: desk.absences.set(who, wanted("kim_ms", 6, 7)),
        lambda: desk.absences.change(who, first.id, wanted("kim_ms", 6, 7)),
        lambda: desk.absences.cancel(who, first.id),
        lambda: desk.absences.end_now(who, "kim_ms"),
    )
    for act in acts:
        with pytest.raises(AbsenceRefusedError, match="not_allowed"):
            act()
    assert desk.history(first.id) == [("set", "kim_ms")]


def test_the_note_is_sealed_and_seen_by_himself_and_his_leader_alone(desk: Desk) -> None:
    first = desk.absences.set(KIM, wanted("kim_ms", 1, 5, note="도청 감사 준비")).absence
    with reading(desk.engine) as session:
        sealed = session.scalars(select(AbsenceRow.note)).one()
    assert sealed is not None
    assert "도청".encode() not in sealed
    seen = [desk.absences.notes(who, [first]) for who in (KIM, LEADER, LEE, OTHER)]
    assert seen == [{first.id: "도청 감사 준비"}, {first.id: "도청 감사 준비"}, {}, {}]


def test_two_who_would_point_at_each_other_cannot_both_be_saved_at_once(desk: Desk) -> None:
    def save(pair: tuple[Actor, str]) -> str:
        who, deputy = pair
        try:
            desk.absences.set(who, wanted(who.officer, 1, 5, deputy))
        except AbsenceRefusedError as error:
            return error.faults[0].code
        return "saved"

    for _ in range(5):
        with ThreadPoolExecutor(2) as both:
            results = list(both.map(save, ((KIM, "lee_sy"), (LEE, "kim_ms"))))
        assert sorted(results) == ["loop", "saved"]
        for who in (KIM, LEE):
            for absence in desk.absences.of(who.officer):
                desk.absences.cancel(who, absence.id)


def test_who_is_away_and_who_stands_in(desk: Desk) -> None:
    desk.absences.set(LEADER, wanted("park_kj", 0, 9, "kim_ms"))
    desk.absences.set(KIM, wanted("kim_ms", 2, 4, "lee_sy"))
    assert list(desk.absences.away_at(NOW + 3 * HOUR)) == ["park_kj", "kim_ms"]
    with reading(desk.engine) as session:
        stand_ins = [desk.absences.stand_in(session, "park_kj", NOW + h * HOUR) for h in (1, 3, 5)]
        nobody = desk.absences.stand_in(session, "lee_sy", NOW)
    assert stand_ins == ["kim_ms", "lee_sy", "kim_ms"]
    assert nobody is None


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{body}END:VCALENDAR\n".encode()


def bring_in(desk: Desk, raw: bytes, who: Actor = KIM, officer: str = "kim_ms") -> list[Act]:
    source, found = read_file(raw, officer, OFFICE.directory, desk.now)
    assert not found.faults
    seen = desk.absences.look_at(who, found.entries)
    done = desk.absences.bring_in(who, found.entries, source)
    assert [step.act for step in seen.steps] == [step.act for step in done.steps], (
        "the preview tells the truth"
    )
    return [step.act for step in done.steps]


WEEKLY = "UID:w\nDTSTART:20261126T100000\nDTEND:20261126T110000\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:회의"
LEAVE = "UID:l\nDTSTART;VALUE=DATE:20261201\nSUMMARY:연가"


def test_a_second_import_changes_instead_of_doubling(desk: Desk) -> None:
    assert bring_in(desk, calendar(WEEKLY, LEAVE)) == [Act.NEW] * 3
    assert bring_in(desk, calendar(WEEKLY, LEAVE)) == [Act.SAME] * 3
    moved = LEAVE.replace("20261201", "20261202")
    fewer = WEEKLY.replace("COUNT=2", "COUNT=2\nEXDATE:20261203T100000")
    assert bring_in(desk, calendar(fewer, moved)) == [Act.SAME, Act.CHANGE, Act.CANCEL]
    assert bring_in(desk, calendar(f"{LEAVE}\nSTATUS:CANCELLED")) == [Act.CANCEL]
    left = desk.absences.of("kim_ms")
    assert [f"{a.starts_at.astimezone(KST):%m-%d %H}" for a in left] == ["11-26 10"]
    assert desk.absences.notes(KIM, left) == {left[0].id: "회의"}


def test_a_table_is_saved_whole_or_not_at_all(desk: Desk) -> None:
    good = "직원,종류,시작,대직자\n김민수,연가,11/30,이서연\n이서연,교육,12/2,김민수\n"
    ring = f"{good}김민수,연가,12/2,이서연\n"
    _, found = read_file(ring.encode("cp949"), "park_kj", OFFICE.directory, NOW)
    made = desk.absences.bring_in(LEADER, found.entries, Source.CSV)
    assert [(s.line, [f.code for f in s.faults]) for s in made.steps] == [(2, []), (3, []), (4, ["loop"])]
    assert desk.absences.not_over(NOW) == (0, [])
    assert desk.told == []
    assert bring_in(desk, good.encode("cp949"), LEADER) == [Act.NEW, Act.NEW]
    assert desk.told == ["changed"]


def test_colleagues_of_others_cannot_be_imported(desk: Desk) -> None:
    _, found = read_file("직원,시작\n김민수,11/30\n".encode(), "yoon_mk", OFFICE.directory, NOW)
    made = desk.absences.bring_in(OTHER, found.entries, Source.CSV)
    assert [fault.code for step in made.steps for fault in step.faults] == ["not_allowed"]
    assert desk.absences.of("kim_ms") == []


def test_back_at_the_phone_ends_the_absence_of_that_moment(desk: Desk) -> None:
    running = desk.absences.set(KIM, wanted("kim_ms", 0, 5)).absence
    later = desk.absences.set(KIM, wanted("kim_ms", 6, 7)).absence
    desk.now += HOUR
    desk.happen(said("back", 30))
    assert desk.history(running.id) == [("set", "kim_ms"), ("back", "phone")]
    assert desk.absences.get(running.id).ends_at == NOW + HOUR / 2
    assert desk.absences.of("kim_ms") == [later]
    assert desk.told[-1] == "presence"


def test_back_told_again_or_late_does_not_end_what_was_set_afterwards(desk: Desk) -> None:
    desk.absences.set(KIM, wanted("kim_ms", 0, 5))
    desk.happen(said("back", 30))
    desk.now += HOUR
    again = desk.absences.set(KIM, wanted("kim_ms", 0, 6)).absence
    desk.happen(said("back", 30))
    assert desk.absences.get(again.id).ends_at == NOW + 6 * HOUR


def test_back_of_a_phone_that_is_nobodys_own_ends_nothing(desk: Desk) -> None:
    desk.absences.set(KIM, wanted("kim_ms", 0, 5))
    desk.happen(said("back", 30, "2000", None))
    assert list(desk.absences.away_at(NOW + HOUR)) == ["kim_ms"]


def test_do_not_disturb_is_shown_until_back_whatever_the_order(desk: Desk) -> None:
    desk.happen(said("do_not_disturb", 1))
    assert desk.absences.signs() == {"2202": {Sign.DO_NOT_DISTURB: NOW + HOUR / 60}}
    desk.happen(said("back", 5))
    assert desk.absences.signs() == {}
    desk.happen(said("do_not_disturb", 3))
    assert desk.absences.signs() == {}, "told late: he was back since"
    desk.happen(said("do_not_disturb", 9))
    assert list(desk.absences.signs()) == ["2202"]


def test_a_phone_that_was_not_there_is_shown_until_it_rings(desk: Desk) -> None:
    common = {"pbx": PBX, "call_id": "1.1"}
    lost = AbsenceFound(id="a", at=NOW, exten="2202", why=Outcome.UNREGISTERED, **common)
    busy = AbsenceFound(id="b", at=NOW, exten="2203", why=Outcome.BUSY, **common)
    rang = PhoneRang(id="c", at=NOW + HOUR, leg="1.2", phone=DESK, **common)
    desk.happen(lost, busy)
    assert desk.absences.signs() == {"2202": {Sign.UNREGISTERED: NOW}}
    told = len(desk.told)
    desk.happen(rang)
    assert desk.absences.signs() == {}
    desk.happen(rang, lost)
    assert desk.absences.signs() == {}
    assert len(desk.told) == told + 1, "what changes nothing is not told"


def test_old_absences_are_destroyed_with_their_history(desk: Desk) -> None:
    old = desk.absences.set(KIM, wanted("kim_ms", 0, 1, note="감사")).absence
    desk.absences.set(KIM, wanted("kim_ms", 2, 9))
    with writing(desk.engine) as session:
        assert forget_absences(session, NOW + 2 * HOUR) == 1
    assert desk.history(old.id) == []
    assert len(desk.absences.between(["kim_ms"], NOW, NOW + 9 * HOUR)) == 1


def test_the_tables_can_be_taken_down_again(desk: Desk) -> None:
    migrate(desk.engine, "base")
    migrate(desk.engine)
    assert desk.absences.not_over(NOW) == (0, [])
