"""Drafts in a whole process: the memo's page, and what the administrator reads where there is no model."""

from datetime import UTC, datetime, timedelta
from html import unescape

from memo_service.db.session import open_engine
from memo_service.drafts.store import Drafts, Waiting
from memo_service.protect import open_keyring
from tests.support.feed import publish
from tests.support.memo import MemoService, RedisServer, eventually
from tests.support.memo_desk import spoken
from tests.support.sounds import voice

ADMINISTRATOR = "choi_jh"


def test_the_page_shows_a_draft_as_a_draft_and_its_words_as_text(
    redis_server: RedisServer, service: MemoService
) -> None:
    service.start()
    spool = service.state / "asterisk" / "spool" / "memo"
    spool.mkdir(parents=True)
    (spool / "take.wav").write_bytes(voice(2))
    with redis_server.client() as redis:
        publish(redis, spoken(datetime.now(UTC) - timedelta(minutes=3)).events)
    (memo,) = eventually(
        lambda: [m for m in service.get("/api/memos")["memos"] if m["recording"]["state"] == "kept"]
    )
    memo_id, take = memo["id"], service.get(f"/api/memos/{memo['id']}")["recording"]["id"]
    keyring = open_keyring(service.state / "memo" / "keys.json")
    engine = open_engine(f"sqlite:///{service.state / 'memo' / 'charterline.sqlite3'}")
    drafts = Drafts(engine, keyring, lambda: datetime.now(UTC))
    assert drafts.keep(Waiting(take, memo_id, 2000), "가로등 <b>고장</b>", "a" * 64, 10)
    page = service.look(f"/memos/{memo_id}").text
    assert "받아쓴 초안 · 틀릴 수 있습니다" in page
    assert "<b>고장</b>" not in page
    assert "가로등 <b>고장</b>" in unescape(page)
    assert "가로등" not in service.look("/memos").text
    assert "가로등" not in service.look(f"/memos/{memo_id}/slip").text


def test_without_the_model_the_administrator_is_told_and_the_service_runs(service: MemoService) -> None:
    service.env |= {"CHARTERLINE_STT_MODEL": str(service.state / "nothing")}
    service.start()
    with service.at_desk(ADMINISTRATOR) as client:
        assert eventually(lambda: "받아쓰기 모형(model.bin)을 찾지 못해" in client.get("/start").text, 60)
    _, _, told = service.stop()
    assert told.count("recordings are not written down") == 1
