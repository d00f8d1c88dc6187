"""Officers at their phones alone: codes within calls become acts, and the bridge's questions are answered."""

import asyncio
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select

from memo_service.access.log import AccessEntry
from memo_service.app import make_app, make_context
from memo_service.callbacks.models import OutboxRow
from memo_service.context import Context
from memo_service.db.session import reading
from memo_service.ledger.service import Ledger
from memo_service.memos.reader import FoundMemo, MemoFilter, Scope
from memo_service.memos.taking import TakenMemo
from memo_service.parts import open_parts
from memo_service.service import Service
from memo_service.settings import Settings
from office import events as ev
from office.phone_codes import PhoneAct
from tests.support.feed import DEPUTY, DESK, WORKDAY, Script
from tests.support.memo import ROOT

SHARED = "what-only-the-bridge-knows"
EVERYTHING = MemoFilter(Scope(everything=True))


class Voice:
    """A voice service: says anything, keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        voice = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                voice.asked.append((self.headers["Authorization"], body["text"]))
                self.send_response(voice.status)
                self.end_headers()
                self.wfile.write(sound() if voice.status == 200 else b"")

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


def sound() -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x10\x00" * 800)
    return out.getvalue()


class Office:
    """One memo_service in this process, its ledger, and the bridge that asks it."""

    def __init__(self, context: Context, ledger: Ledger, http: httpx.AsyncClient, voice: Voice) -> None:
        self.context, self.ledger, self.http, self.voice = context, ledger, http, voice

    def tell(self, *events: ev.CallEvent) -> None:
        recorded = self.ledger.record(events)
        for follower in self.ledger.followers:
            follower.settled()
        self.context.board.take(recorded.records.values(), events)
        self.context.board.tell()

    def memos(self) -> list[FoundMemo]:
        return self.context.memos.reader.memos(EVERYTHING, offset=0, limit=50)

    async def typed(
        self, officer: str = "kim_ms", *, matter: str = "민방위 교육 날짜", reply: bool = True
    ) -> str:
        memo = TakenMemo(
            key=f"form-{matter}-{officer}",
            channel="visit",
            officer=officer,
            department="haengjeong",
            number=self.context.memos.acts.classify("010-2468-5739"),
            reply_wanted=reply,
            asked_at=None,
            texts={"name": "홍길순", "matter": matter},
        )
        return await self.context.memos.taking.take("lee_sy", memo)

    async def desk(self, endpoint: str = "2202") -> dict[str, Any]:
        answer = await self.http.get("/api/phone/desk", params={"endpoint": endpoint})
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    async def act(self, act: str, item: str = "", endpoint: str = "2202", **more: Any) -> httpx.Response:
        return await self.http.post(
            "/api/phone/acts", json={"endpoint": endpoint, "act": act, "item": item, **more}
        )

    def openings(self) -> list[tuple[str, str]]:
        with reading(self.context.memos.acts._engine) as session:
            rows = session.scalars(select(AccessEntry).order_by(AccessEntry.seq)).all()
            return [(row.actor, row.what) for row in rows]


@pytest.fixture(scope="module")
def voice() -> Iterator[Voice]:
    made = Voice()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
async def office(tmp_path: Path, voice: Voice) -> AsyncIterator[Office]:
    shift = round((WORKDAY - datetime.now(UTC)).total_seconds())
    settings = Settings(
        office=ROOT / "examples" / "pyeongchang",
        state=tmp_path,
        phone_token=SHARED,
        voice_url=voice.url,
        voice_token=SHARED,
        clock_shift_s=shift,
    )
    voice.status = 200
    voice.asked.clear()
    parts = open_parts(settings)
    context = make_context(settings, parts)
    app = make_app(context, Service(context, parts.ledger), lambda: None)
    await asyncio.to_thread(parts.ledger.open)
    headers = {"Authorization": f"Bearer {SHARED}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://office.test", headers=headers) as http:
        yield Office(context, parts.ledger, http, voice)
    parts.engine.dispose()


def in_talk(caller: str | None = "01024685739", **arrive: Any) -> Script:
    call = Script(start=WORKDAY - timedelta(seconds=60)).arrive(caller, **arrive).dial().ring(50, "b")
    return call.answer(2_000, "b").talk(5_000, None, "b")


def keyed(call: Script, act: PhoneAct, at_ms: float = 20_000, phone: ev.Phone = DESK) -> ev.CallEvent:
    call.add(ev.DeskActed, at_ms, f"{act}@{at_ms}", act=act, phone=phone)
    return call.events[-1]


async def test_read_back_by_a_code_is_the_stamp_of_the_page_once(office: Office) -> None:
    call = in_talk()
    office.tell(*call.events)
    first = keyed(call, PhoneAct.READ_BACK)
    office.tell(first)
    office.tell(keyed(call, PhoneAct.READ_BACK, 25_000), first)
    actor = office.context.phone.desks.actor("2202")
    assert actor is not None
    talk = office.context.transfers.talks.get(actor, call.call_id)
    assert (talk.read_back_at, talk.version) == (first.at, 1)


@pytest.mark.parametrize("order", ["as it was", "all at once", "told twice"])
async def test_to_be_called_back_is_one_memo_with_its_callback(office: Office, order: str) -> None:
    call = in_talk()
    act = keyed(call, PhoneAct.CALLBACK)
    if order == "as it was":
        office.tell(*call.events[:-1])
        office.tell(act)
    else:
        office.tell(*call.events)
    if order == "told twice":
        office.tell(*call.events)
        office.tell(act)
    (memo,) = office.memos()
    assert (memo.row.officer, memo.row.taken_by, memo.row.received_at) == ("kim_ms", "kim_ms", act.at)
    assert memo.number is not None
    assert memo.number.reveal() == "01024685739"
    assert memo.callback is not None
    assert memo.callback.owner == "kim_ms"
    assert memo.callback.due_at > act.at


async def test_a_withheld_number_leaves_a_memo_and_promises_nothing(office: Office) -> None:
    call = in_talk(None, withheld=True)
    keyed(call, PhoneAct.CALLBACK)
    office.tell(*call.events)
    (memo,) = office.memos()
    assert (memo.number, memo.callback) == (None, None)


async def test_a_shared_phone_and_colleagues_make_no_memo(office: Office) -> None:
    shared = in_talk()
    keyed(shared, PhoneAct.CALLBACK, phone=ev.Phone(endpoint="2000a", extension="2000"))
    inside = in_talk(None, call_class=ev.CallClass.INTERNAL)
    keyed(inside, PhoneAct.CALLBACK)
    office.tell(*shared.events, *inside.events)
    assert office.memos() == []


async def test_a_visitor_by_a_code_is_one_clock_from_that_moment(office: Office) -> None:
    call = in_talk()
    act = keyed(call, PhoneAct.VISITOR)
    office.tell(*call.events)
    office.tell(act)
    (clock,) = office.context.visitors.clocks.running("kim_ms")
    assert (clock.began_at, clock.call_id) == (act.at, call.call_id)
    assert (await office.act("visitor_helped")).status_code == 200
    assert office.context.visitors.clocks.running("kim_ms") == ()
    assert (await office.act("visitor_left")).json()["code"] == "no_visitor"


async def test_by_code_and_by_page_it_is_one_memo(office: Office) -> None:
    call = in_talk()
    keyed(call, PhoneAct.CALLBACK)
    call.hangup(40_000, ev.Side.CITIZEN).end(40_002)
    office.tell(*call.events)
    assert (await office.act("follow_up", call.call_id)).status_code == 200
    assert len(office.memos()) == 1


async def test_only_the_bridge_is_answered(office: Office) -> None:
    for headers in ({"Authorization": "Bearer x"}, {"Authorization": ""}):
        answer = await office.http.get("/api/phone/desk", params={"endpoint": "2202"}, headers=headers)
        assert answer.status_code == 401


async def test_a_phone_that_nobody_owns_has_no_desk(office: Office) -> None:
    shared = next(
        endpoint
        for endpoint, desk in office.context.office.directory.desk_by_endpoint.items()
        if desk.officer is None
    )
    assert (await office.desk(shared))["officer"] is False
    assert (await office.act("away_hour", endpoint=shared)).status_code == 403
    assert (await office.desk("nobody"))["officer"] is False


async def test_the_callback_comes_before_the_memo_and_opens_nothing(office: Office) -> None:
    plain = await office.typed(matter="알림", reply=False)
    owed = await office.typed()
    desk = await office.desk()
    assert (desk["memos"], desk["callbacks"]) == (2, 1)
    assert [item["memo"] for item in desk["items"]] == [owed, plain]
    assert [item["sound"] for item in desk["items"]] == ["text", "text"]
    assert desk["items"][0]["due_at"] is not None
    assert office.openings() == []
    assert (await office.desk("2203"))["items"] == []


async def test_listening_is_an_opening_and_a_receipt(office: Office) -> None:
    memo = await office.typed()
    answer = await office.http.get(f"/api/phone/memos/{memo}/sound", params={"endpoint": "2202"})
    assert (answer.status_code, answer.content) == (200, sound())
    assert office.voice.asked == [(f"Bearer {SHARED}", "홍길순 님. 민방위 교육 날짜")]
    assert office.openings() == [("kim_ms", "memo")]
    (found,) = office.memos()
    assert found.row.read_at is not None
    stranger = await office.http.get(f"/api/phone/memos/{memo}/sound", params={"endpoint": "2401"})
    assert stranger.status_code == 403


async def test_without_a_voice_it_says_so_and_the_opening_stands(office: Office) -> None:
    memo = await office.typed()
    office.voice.status = 503
    answer = await office.http.get(f"/api/phone/memos/{memo}/sound", params={"endpoint": "2202"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_voice")
    assert (await office.http.get("/api/phone/gist/sound", params={"endpoint": "2202"})).status_code == 404


async def test_acts_are_the_pages_own(office: Office) -> None:
    await office.typed()
    callback = (await office.desk())["items"][0]["callback"]
    assert (await office.act("call", callback)).status_code == 200
    with reading(office.context.memos.acts._engine) as session:
        assert len(session.scalars(select(OutboxRow)).all()) == 1
    again = await office.act("call", callback)
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    assert (await office.act("call", "nothing")).json()["code"] == "gone"


async def test_done_by_a_key_closes_the_callback_and_the_memo(office: Office) -> None:
    memo = await office.typed()
    assert (await office.act("acted", memo)).status_code == 200
    (found,) = office.memos()
    assert found.row.acted_at is not None
    assert found.callback is not None
    assert found.callback.outcome == "other_way"
    assert (await office.desk())["items"] == []


async def test_handed_to_the_deputy_it_is_his(office: Office) -> None:
    await office.typed()
    callback = (await office.desk())["items"][0]["callback"]
    assert (await office.act("hand_over", callback)).status_code == 200
    assert (await office.desk())["callbacks"] == 0
    assert (await office.desk(DEPUTY.endpoint))["callbacks"] == 1


async def test_away_by_a_key_is_an_absence_with_its_end(office: Office) -> None:
    answer = await office.act("away_hour")
    assert answer.status_code == 200
    until = datetime.fromisoformat(answer.json()["until"])
    assert abs(until - office.context.now() - timedelta(hours=1)) < timedelta(minutes=2)
    (absence,) = office.context.absences.of("kim_ms")
    assert absence.deputy == office.context.office.directory.officers["kim_ms"].deputy


async def test_the_last_call_is_finished_by_a_memo_once(office: Office) -> None:
    assert (await office.desk())["last"] is None
    call = in_talk()
    call.hangup(40_000, ev.Side.CITIZEN).end(40_002)
    office.tell(*call.events)
    assert (await office.desk())["last"] == {"kind": "call", "id": call.call_id}
    assert (await office.act("follow_up", call.call_id)).status_code == 200
    assert (await office.act("follow_up", call.call_id)).status_code == 200
    assert len(office.memos()) == 1
    assert (await office.act("follow_up", call.call_id, endpoint="2203")).status_code == 403
    assert (await office.desk())["last"] is None
