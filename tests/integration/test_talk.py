"""What an officer types during a call, and what his desk shows: kept by version, sealed, destroyed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from memo_service.db.session import writing
from memo_service.errors import ForbiddenError
from memo_service.talk.service import Talk, TalkConflictError, Typed
from memo_service.transfers.retire import forget_gists, forget_talk, forget_transfers
from tests.support.transfer_desk import (
    GIST,
    TARGET,
    Passed,
    TransferDesk,
    in_talk,
    open_desk,
    view,
)


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[TransferDesk]:
    made = open_desk(database, tmp_path)
    yield made
    made.parts.engine.dispose()


def test_what_is_typed_is_kept_by_version_and_two_tabs_lose_nothing(desk: TransferDesk) -> None:
    call, talks, me = in_talk(desk), desk.feature.talks, desk.actor()
    call_id = call.script.call_id
    assert talks.get(me, call_id) == Talk()
    one = talks.put(me, call_id, Typed(0, "고지서", ""))
    assert (one.version, one.read_back) == (1, "고지서")
    two = talks.put(me, call_id, Typed(1, "고지서", "3월분"))
    assert talks.put(me, call_id, Typed(1, "고지서", "3월분")) == two
    with pytest.raises(TalkConflictError) as caught:
        talks.put(me, call_id, Typed(1, "다른 창의 글", ""))
    assert (caught.value.theirs, caught.value.mine.read_back) == (two, "다른 창의 글")
    stamped = talks.put(me, call_id, Typed(2, "고지서", "3월분", stamp=True))
    assert stamped.read_back_at == desk.clock()
    assert view(desk).calls[0].talk.version == stamped.version == 3
    assert talks.get(desk.actor(TARGET), call_id) == Talk()
    with pytest.raises(ForbiddenError):
        talks.put(desk.actor(TARGET), call_id, Typed(0, "남의 통화", ""))


def test_two_tabs_that_save_at_once_are_told_apart(desk: TransferDesk) -> None:
    call, talks, me = in_talk(desk), desk.feature.talks, desk.actor()

    def save(text: str) -> str:
        try:
            return talks.put(me, call.script.call_id, Typed(0, text, "")).read_back
        except TalkConflictError as conflict:
            return f"{conflict.theirs.read_back}/{conflict.mine.read_back}"

    with ThreadPoolExecutor(2) as both:
        found = sorted(both.map(save, ("가", "나")), key=len)
    kept = talks.get(me, call.script.call_id).read_back
    lost = "나" if kept == "가" else "가"
    assert found == [kept, f"{kept}/{lost}"]


def test_texts_go_with_the_memos_and_rows_at_their_term(desk: TransferDesk) -> None:
    call = in_talk(desk)
    desk.feature.talks.put(desk.actor(), call.script.call_id, Typed(0, "고지서", ""))
    desk.order(call.script, gist=GIST)
    later = desk.clock.forward(days=1)
    with writing(desk.parts.engine) as session:
        assert (forget_gists(session, later), forget_talk(session, later)) == (1, 1)
    assert desk.rows()[0].gist is None
    with writing(desk.parts.engine) as session:
        assert forget_transfers(session, later) == 1


def test_a_desk_shows_its_own_call_with_words_to_say_and_who_calls(desk: TransferDesk) -> None:
    earlier = Passed(desk.clock() - timedelta(hours=2))
    desk.tell(earlier.over().events)
    call = Passed(desk.clock() - timedelta(seconds=8))
    desk.tell(call.until(1_000))
    (ringing,) = view(desk).calls
    assert (ringing.phase, ringing.ring, ringing.words.due) == ("ringing", 3, "apology")
    assert ringing.words.greeting == "안녕하십니까, 행정과 김민수입니다."
    assert ringing.words.apology == "늦게 받아 죄송합니다. 평창군청 행정과 김민수입니다."
    assert ringing.caller.number == "010-2468-5739"
    assert [c.call_id for c in ringing.caller.calls] == [earlier.script.call_id]
    assert view(desk, TARGET).calls == ()
    withheld = Passed(desk.clock() - timedelta(seconds=1), caller="01099998888", withheld=True)
    desk.tell(withheld.until(100))
    assert view(desk).calls[-1].caller.number == ""
