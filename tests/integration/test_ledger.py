"""The ledger on SQLite and on PostgreSQL: idempotent, judged alike, personal data protected."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine, delete, func, select, update

from memo_service.db.migrate import migrate
from memo_service.db.models import CallRow, Party, StoredEvent, VerdictRow
from memo_service.db.session import open_engine, reading, writing
from memo_service.ledger.parties import Parties
from memo_service.ledger.reader import CallFilter, Reader
from memo_service.ledger.rulebook import load_rulebook, read_rulebook
from memo_service.ledger.service import Ledger
from memo_service.protect import Keyring, open_keyring
from office.events import CallClass, CommandTold, LinkLost, LinkRestored, Side
from tests.support.feed import PBX, WORKDAY, Script, abandoned, answered
from tests.support.memo import ROOT

RULEBOOK = load_rulebook(ROOT / "examples" / "pyeongchang")


@dataclass
class Desk:
    engine: Engine
    keyring: Keyring
    ledger: Ledger
    reader: Reader

    def count(self, model: type[Party | StoredEvent | CallRow | VerdictRow]) -> int:
        with reading(self.engine) as session:
            return session.execute(select(func.count()).select_from(model)).scalar_one()


def open_desk(database: str, keys: Path) -> Desk:
    engine = open_engine(database)
    migrate(engine)
    keyring = open_keyring(keys)
    parties = Parties(keyring, "033")
    ledger = Ledger(engine, parties, RULEBOOK)
    ledger.open()
    return Desk(engine, keyring, ledger, Reader(engine, parties))


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(database, tmp_path / "keys.json")
    yield opened
    opened.engine.dispose()


def test_a_call_is_stored_and_judged_at_its_end(desk: Desk) -> None:
    call = answered(7000)
    recorded = desk.ledger.record(call.events)
    assert recorded.verdicts[call.call_id]["T1"].result == "broken"
    stored = desk.reader.call(call.call_id)
    assert stored is not None
    assert stored.row.late is True
    assert stored.row.ring_ms == 7000
    assert stored.verdicts == recorded.verdicts[call.call_id]
    assert [e.id for e in stored.events] == [e.id for e in sorted(call.events, key=lambda e: (e.at, e.id))]


def test_a_second_delivery_in_any_cut_changes_nothing(desk: Desk) -> None:
    call = answered(2000)
    desk.ledger.record(call.events)
    before = (desk.count(StoredEvent), desk.count(VerdictRow), desk.reader.verdicts(call.call_id))
    desk.ledger.record(call.events[:5])
    for event in reversed(call.events):
        desk.ledger.record([event])
    assert (desk.count(StoredEvent), desk.count(VerdictRow), desk.reader.verdicts(call.call_id)) == before


def test_an_event_that_comes_after_the_end_is_judged_with_the_rest(desk: Desk) -> None:
    call = answered(2000)
    late = next(e for e in call.events if e.kind == "prompt_ended")
    desk.ledger.record([e for e in call.events if e is not late])
    assert desk.reader.verdicts(call.call_id)["T2"].result != "kept"
    desk.ledger.record([late])
    assert desk.reader.verdicts(call.call_id)["T2"].result == "kept"


def test_calls_judged_before_a_promise_was_known_are_judged_by_it_at_start(desk: Desk) -> None:
    calls = [answered(2000 + n, script=Script(start=WORKDAY + timedelta(minutes=n))) for n in range(3)]
    desk.ledger.record([event for call in calls for event in call.events])
    with writing(desk.engine) as session:
        session.execute(delete(VerdictRow).where(VerdictRow.promise == "T5"))
    assert len(desk.ledger.recompute().differences) == 3
    desk.ledger.open()
    assert desk.ledger.recompute().differences == []


def test_two_writers_with_halves_of_one_call_judge_it_whole(database: str, tmp_path: Path) -> None:
    if database.startswith("sqlite"):
        desks = [open_desk(database, tmp_path / "keys.json")]
    else:
        desks = [open_desk(database, tmp_path / "keys.json") for _ in range(2)]
    calls = [answered(2000 + n, script=Script(start=WORKDAY + timedelta(minutes=n))) for n in range(20)]
    halves = [[e for call in calls for e in call.events[part::2]] for part in range(2)]
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda n: desks[n % len(desks)].ledger.record(halves[n]), range(2)))
    for call in calls:
        found = desks[0].reader.verdicts(call.call_id)
        assert {p: v.result.value for p, v in found.items()} == {
            "T1": "kept", "T2": "kept", "T3": "not_applicable", "T5": "not_applicable", "T8": "kept",
        }  # fmt: skip
    for desk in desks:
        desk.engine.dispose()


def test_recomputing_finds_what_is_stored(desk: Desk) -> None:
    for call in (
        answered(2000),
        answered(7000),
        abandoned(9000),
        abandoned(1000),
        answered(100, first=Side.OFFICER),
    ):
        desk.ledger.record(call.events)
    again = desk.ledger.recompute()
    assert (again.calls, again.differences) == (5, [])


def test_recomputing_tells_a_verdict_that_was_tampered_with(desk: Desk) -> None:
    call = answered(7000)
    desk.ledger.record(call.events)
    with writing(desk.engine) as session:
        session.execute(update(VerdictRow).where(VerdictRow.promise == "T1").values(result="kept"))
    (difference,) = desk.ledger.recompute().differences
    assert difference.startswith(f"{call.call_id} T1")


def test_a_call_is_judged_again_by_the_charter_of_its_day(desk: Desk, tmp_path: Path) -> None:
    call = answered(6500)
    late = next(e for e in call.events if e.kind == "prompt_ended")
    desk.ledger.record([e for e in call.events if e is not late])
    milder = dict(RULEBOOK.files)
    milder["charter.toml"] = milder["charter.toml"].replace(
        'reading = "before_last_ring"', 'reading = "within_cycles"'
    )
    newer = Ledger(desk.engine, Parties(open_keyring(tmp_path / "keys.json"), "033"), read_rulebook(milder))
    newer.open()
    newer.record([late])
    assert desk.reader.verdicts(call.call_id)["T1"].result == "broken"
    assert newer.recompute().differences == []
    fresh = answered(6500)
    newer.record(fresh.events)
    assert desk.reader.verdicts(fresh.call_id)["T1"].result == "kept"


def test_one_citizen_in_many_spellings_is_one_party(desk: Desk) -> None:
    for spelling in ("01024685739", "+821024685739", "010-2468-5739", "821024685739"):
        desk.ledger.record(abandoned(1000, caller=spelling).events)
    assert desk.count(Party) == 1
    party = desk.reader.party_of("010 2468 5739")
    assert party is not None
    found = desk.reader.calls(CallFilter(party=party), offset=0, limit=10)
    assert len(found) == 4


def test_withheld_callers_are_nobody_even_with_a_number(desk: Desk) -> None:
    for caller in ("01024685739", None, "", "anonymous"):
        desk.ledger.record(abandoned(1000, caller=caller, withheld=True).events)
    desk.ledger.record(abandoned(1000, caller="<unknown>").events)
    assert desk.count(Party) == 0
    assert desk.reader.party_of("01024685739") is None


def test_no_number_stands_in_the_database_in_clear(desk: Desk, tmp_path: Path) -> None:
    desk.ledger.record(answered(2000, caller="01024685739").events)
    out = Script().arrive("2202", call_class=CallClass.OUTBOUND, exten="0332468573").end(5000)
    desk.ledger.record(out.events)
    with reading(desk.engine) as session:
        told = "".join(session.scalars(select(StoredEvent.payload)))
        rows = session.execute(select(Party.number)).scalars().all()
    assert len(rows) == 2
    for secret in ("24685739", "0332468573"):
        assert secret not in told
        assert not [row for row in rows if secret.encode() in row]
    for file in tmp_path.glob("ledger.sqlite3*"):
        assert b"24685739" not in file.read_bytes()
    shown = desk.reader.call(out.call_id)
    assert shown is not None
    assert str(shown.number).endswith("-****-8573")


def test_a_number_moved_to_another_row_does_not_open(desk: Desk) -> None:
    desk.ledger.record(abandoned(1000, caller="01024685739").events)
    with reading(desk.engine) as session:
        party = session.scalars(select(Party)).one()
        assert desk.keyring.decrypt(party.number, "parties.number", party.id) == "01024685739"
        with pytest.raises(InvalidTag):
            desk.keyring.decrypt(party.number, "parties.number", "another")
        with pytest.raises(InvalidTag):
            desk.keyring.decrypt(party.number, "parties.name", party.id)


def test_the_key_file_is_its_owners_alone(desk: Desk, tmp_path: Path) -> None:
    assert desk
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_calls_are_found_by_department_verdict_and_lateness(desk: Desk) -> None:
    late, in_time, gone = answered(7000), answered(2000), abandoned(9000, department="minwon")
    for call in (late, in_time, gone):
        desk.ledger.record(call.events)

    def found(**wanted: Any) -> set[str]:
        calls = desk.reader.calls(CallFilter(**wanted), offset=0, limit=10)
        return {call.row.call_id for call in calls}

    assert found(late=True) == {late.call_id, gone.call_id}
    assert found(department="minwon") == {gone.call_id}
    assert found(promise="T3", result="kept") == {late.call_id}
    assert found(result="broken") == {late.call_id, gone.call_id}


def test_calls_that_are_up_are_found_again_after_a_restart(desk: Desk) -> None:
    up = answered(2000, script=Script(start=datetime.now(UTC))).events[:-2]
    desk.ledger.record([*up, *abandoned(1000).events])
    records = desk.ledger.open_records(datetime.now(UTC) - timedelta(hours=1))
    assert list(records) == [up[0].call_id]
    assert records[up[0].call_id].talked


def test_gaps_in_the_link_are_told_with_their_times(desk: Desk) -> None:
    def lost(minute: int) -> LinkLost:
        at = WORKDAY + timedelta(minutes=minute)
        return LinkLost(id=f"{PBX}//link_lost/{minute}", pbx=PBX, call_id="", at=at, reason="closed")

    def back(minute: int, since: int, *, covered: bool) -> LinkRestored:
        return LinkRestored(
            id=f"{PBX}//link_restored/{minute}", pbx=PBX, call_id="", covered=covered,
            at=WORKDAY + timedelta(minutes=minute), since=WORKDAY + timedelta(minutes=since),
        )  # fmt: skip

    desk.ledger.record([lost(1), back(3, 1, covered=True), lost(10), back(12, 10, covered=False), lost(20)])
    gaps = desk.reader.gaps(WORKDAY)
    told = [((gap.lost_at - WORKDAY).seconds // 60, gap.restored_at is not None, gap.covered) for gap in gaps]
    assert told == [(20, False, False), (10, True, False), (1, True, True)]


def test_words_of_commands_are_stored_and_hide_no_gap_in_the_link(desk: Desk) -> None:
    lost = LinkLost(id=f"{PBX}//link_lost/1", pbx=PBX, call_id="", at=WORKDAY, reason="closed")
    words = [
        CommandTold(
            id=f"{PBX}/a{n}/command_told/accepted", pbx=PBX, call_id="",
            at=WORKDAY + timedelta(minutes=n), command=f"a{n}", state="accepted",
        )
        for n in range(300)
    ]  # fmt: skip
    assert desk.ledger.record([lost]).link_changed
    assert not desk.ledger.record(words).link_changed
    assert desk.count(StoredEvent) == 301
    assert [gap.lost_at for gap in desk.reader.gaps(WORKDAY)] == [WORKDAY]


def test_migrations_go_down_and_up_again(desk: Desk) -> None:
    migrate(desk.engine, "base")
    migrate(desk.engine)
    assert desk.count(StoredEvent) == 0
