"""Transfers on real databases: one row each however their events come, and the gist ahead of the citizen."""

from collections.abc import Iterator
from datetime import timedelta
from operator import itemgetter
from pathlib import Path
from zlib import crc32

import pytest
from sqlalchemy import select

from memo_service.access.log import AccessEntry
from memo_service.db.session import reading
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.talk.service import Typed
from memo_service.transfers.models import TransferRow
from office import events as ev
from tests.support.feed import DESK
from tests.support.memo_desk import EVERYTHING
from tests.support.transfer_desk import (
    GIST,
    LEADER,
    OFFICER,
    TARGET,
    THIRD,
    Passed,
    TransferDesk,
    in_talk,
    open_desk,
    told_desks,
    view,
)

COLUMNS = [column.name for column in TransferRow.__table__.columns if column.name != "gist"]


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[TransferDesk]:
    made = open_desk(database, tmp_path)
    yield made
    made.parts.engine.dispose()


def content(desk: TransferDesk) -> list[dict[str, object]]:
    return [{name: getattr(row, name) for name in COLUMNS} for row in desk.rows()]


def test_the_pbxs_transfer_is_the_pages_order(desk: TransferDesk) -> None:
    call = in_talk(desk)
    order = desk.order(call.script, gist=GIST)
    known = len(call.events)
    desk.command(order, "accepted")
    desk.tell((call.connected(3_000, at_ms=8_100)).events[known:])
    (row,) = desk.rows()
    assert (row.id, row.transfer, row.result, row.answered_by) == (order, call.key(), "connected", TARGET)
    assert view(desk).outgoing[0].state == "connected"
    (mine,) = view(desk, TARGET).calls
    assert (mine.phase, mine.hops, mine.caller.number) == ("talking", 1, "010-2468-5739")


def test_a_phones_own_transfer_makes_a_row_with_what_was_typed(desk: TransferDesk) -> None:
    call = in_talk(desk)
    desk.feature.talks.put(desk.actor(), call.script.call_id, Typed(0, "지방세 고지서", "3월분", stamp=True))
    known = len(call.events)
    desk.tell((call.passed(8_000).released(8_001).rings(8_005)).events[known:])
    assert view(desk, TARGET).incoming[0].gist == "지방세 고지서\n3월분"
    assert not view(desk).outgoing[0].asks_gist
    assert told_desks(desk.hub)[-1] == [OFFICER, TARGET]


def test_without_a_line_the_page_asks_for_one_and_it_reaches_the_target(desk: TransferDesk) -> None:
    call = in_talk(desk)
    known = len(call.events)
    desk.tell((call.passed(8_000).released(8_001).rings(8_005)).events[known:])
    (made,) = view(desk).outgoing
    assert made.asks_gist
    with pytest.raises(ForbiddenError):
        desk.run(desk.feature.late_gist(desk.actor(THIRD), made.id, "남의 전화"))
    assert view(desk, TARGET).incoming[0].gist == ""
    assert looks(desk) == []
    desk.run(desk.feature.late_gist(desk.actor(), made.id, GIST))
    assert TARGET in told_desks(desk.hub)[-1]
    assert view(desk, TARGET).incoming[0].gist == GIST
    view(desk, TARGET)
    assert looks(desk) == [(TARGET, "gist", call.script.call_id)]
    assert not view(desk).outgoing[0].asks_gist


@pytest.mark.parametrize("typed", [GIST, ""])
def test_to_an_open_page_a_phones_transfer_is_noted_as_shown_with_its_own_commit(
    desk: TransferDesk, typed: str
) -> None:
    """The card need not wait for a commit of its own; whoever does not look has seen nothing yet (T5)."""
    call = in_talk(desk)
    if typed:
        desk.feature.talks.put(desk.actor(), call.script.call_id, Typed(0, typed, ""))
    for officer in (OFFICER, TARGET, THIRD):
        desk.feature.ahead.opened(officer)
    known = len(call.events)
    desk.tell(call.passed(8_000).released(8_001).events[known:])
    seen = [(TARGET, "gist", call.script.call_id)] if typed else []
    assert looks(desk) == seen
    assert view(desk).outgoing[0].shown
    assert view(desk, TARGET).incoming[0].gist == typed
    desk.tell(call.rings(8_005).events[known + 2 :])
    view(desk, TARGET)
    assert looks(desk) == seen


def looks(desk: TransferDesk) -> list[tuple[str, str, str]]:
    """Who opened what, by the access log."""
    with reading(desk.parts.engine) as session:
        entries = session.scalars(select(AccessEntry).order_by(AccessEntry.seq)).all()
        return [(entry.actor, entry.what, entry.subject) for entry in entries]


def test_the_gist_is_shown_and_opened_by_the_target_alone(desk: TransferDesk) -> None:
    call = in_talk(desk)
    order = desk.order(call.script, gist=GIST)
    assert view(desk, THIRD).incoming == ()
    with pytest.raises(ForbiddenError):
        desk.run(desk.feature.opened(desk.actor(THIRD), order))
    with pytest.raises(ForbiddenError):
        desk.run(desk.feature.opened(desk.actor(), order))
    with pytest.raises(NotFoundError):
        desk.run(desk.feature.opened(desk.actor(TARGET), "none"))
    view(desk, TARGET)
    view(desk, TARGET)
    desk.run(desk.feature.opened(desk.actor(TARGET), order))
    assert view(desk).outgoing[0].opened
    assert looks(desk) == [(TARGET, "gist", call.script.call_id)]


def test_the_same_rows_whatever_the_order_of_delivery(desk: TransferDesk) -> None:
    """Events of one call in any order, doubled, in batches of any size."""
    at = desk.clock()
    for seed in range(12):
        call = Passed(at + timedelta(minutes=seed))
        call.passed(8_000).released(8_001).rings(8_005).ended(9_000, "failed", why=ev.Outcome.BUSY)
        call.rings(9_100, "d", DESK, "back").has_him(10_000, "d", DESK)
        call.passed(20_000, "t2", to="2201", hop=2).released(20_001, "d").late(30_000, "t2")
        call.taken(31_000, "t2", "e", LEADER).has_him(31_000, "e", LEADER).ended(31_001, "connected", "t2")
        call.over(50_000)
        keys = [crc32(f"{seed}/{place}".encode()) for place in range(2 * len(call.events))]
        delivered = [event for _, event in sorted(zip(keys, call.events * 2, strict=True), key=itemgetter(0))]
        while delivered:
            size = 1 + crc32(f"{seed}/{len(delivered)}".encode()) % 9
            desk.tell(delivered[:size])
            delivered = delivered[size:]
    rows = content(desk)
    assert len(rows) == 24
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        assert (first["result"], first["why"], first["after"], first["hop"]) == (
            "failed",
            "busy",
            "returned",
            1,
        )
        assert (second["result"], second["answered_by"], second["hop"]) == ("connected", THIRD, 2)
        assert (second["way"], second["command"], second["from_officer"]) == ("blind", None, OFFICER)


def test_an_order_is_linked_alike_whichever_word_comes_first(desk: TransferDesk) -> None:
    call = in_talk(desk)
    order = desk.order(call.script)
    known = len(call.events)
    call.connected(3_000, at_ms=8_100)
    for event in reversed(call.events[known:]):
        desk.tell([event])
    desk.command(order, "accepted")
    (row,) = desk.rows()
    assert (row.id, row.command, row.result) == (order, "accepted", "connected")


def without_a_taker(desk: TransferDesk) -> Passed:
    """Nobody takes him: he leaves a memo without a voice."""
    call = in_talk(desk)
    call.passed(8_000).released(8_001).rings(8_005).ended(9_000, "failed", why=ev.Outcome.NO_ANSWER)
    call.script.add(
        ev.MemoBegan, 20_000, "1", exten="2203", officer=TARGET, department="haengjeong", taken_by="menu"
    )
    call.script.add(ev.MemoEnded, 25_000, "1", ending="goodbye")
    return call.over(25_001)


def test_a_memo_after_a_transfer_has_the_gist_as_its_matter(desk: TransferDesk) -> None:
    call = without_a_taker(desk)
    desk.feature.talks.put(desk.actor(), call.script.call_id, Typed(0, GIST, ""))
    desk.tell(call.events)
    desk.tell(call.events)
    (memo,) = desk.memos.reader.memos(EVERYTHING, offset=0, limit=9)
    assert (memo.texts["matter"], memo.row.has_matter, memo.row.officer) == (GIST, True, TARGET)
    assert desk.parts.ledger.recompute().differences == []


def test_a_line_that_comes_late_reaches_the_memo_and_overwrites_nothing(desk: TransferDesk) -> None:
    call = without_a_taker(desk)
    desk.tell(call.events)
    (row,) = desk.rows()
    desk.run(desk.feature.late_gist(desk.actor(), row.id, GIST))
    desk.run(desk.feature.late_gist(desk.actor(), row.id, "다른 말"))
    (memo,) = desk.memos.reader.memos(EVERYTHING, offset=0, limit=9)
    assert memo.texts["matter"] == GIST


def test_what_he_said_himself_is_the_matter(desk: TransferDesk) -> None:
    call = without_a_taker(desk)
    call.script.add(ev.MemoKept, 21_000, "r", name="recording", value="memo/1-1-1.wav")
    call.script.add(ev.MemoKept, 22_000, "s", name="silent", value="no")
    desk.feature.talks.put(desk.actor(), call.script.call_id, Typed(0, GIST, ""))
    desk.tell(call.events)
    (memo,) = desk.memos.reader.memos(EVERYTHING, offset=0, limit=9)
    assert (memo.texts["matter"], memo.row.has_matter) == ("", True)
