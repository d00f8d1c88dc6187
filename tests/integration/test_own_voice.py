"""An officer who greets himself says that he did: a fact in the ledger, and the verdict follows from it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.talk.said import Said
from office import events as ev
from tests.support.feed import DESK, Script
from tests.support.transfer_desk import TARGET, TransferDesk, open_desk, view


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[TransferDesk]:
    made = open_desk(database, tmp_path)
    yield made
    made.parts.engine.dispose()


def saying(desk: TransferDesk) -> Said:
    said = Said(desk.parts.reader, desk.clock)

    async def keep(events: Sequence[ev.CallEvent]) -> None:
        recorded = desk.parts.ledger.record(events)
        desk.board.take(recorded.records.values(), events)
        desk.board.tell()

    said.keep = keep
    return said


def own_call(desk: TransferDesk, reason: str = "own_voice") -> Script:
    """A citizen in talk with kim_ms, to whom nothing was played."""
    call = Script(start=desk.clock() - timedelta(seconds=8)).arrive().dial().ring(50, "b").answer(2_000, "b")
    call.words(2_010, "none" if reason == "own_voice" else "greeting", reason, 1_950)
    call.talk(2_020, None, "b")
    desk.tell(call.events)
    return call


def over(desk: TransferDesk, call: Script) -> None:
    call.add(ev.TalkEnded, 9_000, "b1", leg=f"{call.call_id}b", phone=DESK)
    desk.tell(call.hangup(9_001, ev.Side.CITIZEN).end(9_002).events)


def t2(desk: TransferDesk, call: Script) -> str:
    found = desk.parts.reader.verdicts(call.call_id)["T2"]
    return f"{found.result.value} {found.reason}"


@pytest.mark.parametrize("after", [False, True])
def test_what_he_says_during_the_call_or_after_it_is_kept_and_judged_alike_again(
    desk: TransferDesk, *, after: bool
) -> None:
    call, said = own_call(desk), saying(desk)
    (shown,) = view(desk).calls
    assert (shown.words.own, shown.words.said) == (True, False)
    if after:
        over(desk, call)
        assert t2(desk, call) == "unknown own_voice"
    desk.run(said.tick(desk.actor(), call.call_id))
    desk.run(said.tick(desk.actor(), call.call_id))
    if not after:
        assert view(desk).calls[0].words.said
        over(desk, call)
    assert t2(desk, call) == "kept by_officer"
    stored = desk.parts.reader.call(call.call_id)
    assert stored is not None
    assert len(stored.record.said) == 1
    assert desk.parts.ledger.recompute().differences == []


def test_nobody_says_it_of_anothers_call_or_of_one_to_which_words_were_played(desk: TransferDesk) -> None:
    said, mine, greeted = saying(desk), own_call(desk), own_call(desk, "on_time")
    with pytest.raises(ForbiddenError):
        desk.run(said.tick(desk.actor(TARGET), mine.call_id))
    with pytest.raises(ForbiddenError):
        desk.run(said.tick(desk.actor(), greeted.call_id))
    with pytest.raises(NotFoundError):
        desk.run(said.tick(desk.actor(), "none.1"))
