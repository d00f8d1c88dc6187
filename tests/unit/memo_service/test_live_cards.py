"""Cards that are sent: to whose page is open, the newest last, never lost when they cannot be made."""

import asyncio
import sqlite3
import threading

import orjson
import pytest
from sqlalchemy.exc import OperationalError

from memo_service.mydesk.live import LiveCards
from memo_service.transfers.ahead import Ahead
from memo_service.web.hub import Hub

LOOKS, AWAY, RUNG = "kim_ms", "lee_sy", "park_kj"
NOBODY: frozenset[str] = frozenset()


class Desk:
    """A desk whose cards are a number that counts up; making them can be held back or fail."""

    def __init__(self) -> None:
        self.hub, self.ahead = Hub(), Ahead()
        self.start = self.hub.position
        self.made = 0
        self.go = threading.Event()
        self.began = threading.Event()
        self.fails = False
        self.cards = LiveCards(self.hub, self.ahead, self.render)
        self.ahead.opened(LOOKS)

    def render(self, officer: str) -> str:
        assert officer in (LOOKS, RUNG)
        self.made += 1
        made = self.made
        self.began.set()
        assert self.go.wait(30)
        if self.fails:
            raise OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))
        return str(made)

    def said(self, officer: str = LOOKS) -> list[tuple[str, dict[str, object]]]:
        """Kind and content of each message so far."""
        text = self.hub.after(self.start, officer=officer)[0].decode()
        lines = [message.split("\n") for message in text.split("\n\n") if message]
        return [(kind[7:], orjson.loads(data[6:])) for _, kind, data in lines]


async def test_only_who_looks_gets_his_cards() -> None:
    desk = Desk()
    desk.go.set()
    assert desk.cards.send([AWAY, LOOKS], NOBODY) == [LOOKS]
    await desk.cards.settled()
    assert desk.said() == [("cards", {"html": "1"})]
    assert desk.said(AWAY) == []


async def test_changes_that_come_while_cards_are_made_are_made_once_more() -> None:
    desk = Desk()
    desk.cards.send([LOOKS], NOBODY)
    await asyncio.to_thread(desk.began.wait, 30)
    for _ in range(5):
        assert desk.cards.send([LOOKS], NOBODY) == [LOOKS]
    desk.go.set()
    await desk.cards.settled()
    assert desk.said() == [("cards", {"html": "1"}), ("cards", {"html": "2"})]


async def test_a_database_that_fails_leaves_it_to_the_page_to_ask() -> None:
    desk = Desk()
    desk.fails = True
    desk.go.set()
    desk.cards.send([LOOKS], NOBODY)
    await desk.cards.settled()
    assert desk.said() == [("desk", {"officers": [LOOKS], "cards": []})]
    desk.fails = False
    assert desk.cards.send([LOOKS], NOBODY) == [LOOKS]
    await desk.cards.settled()
    assert desk.said()[-1] == ("cards", {"html": "2"})


@pytest.mark.parametrize("closed", [True, False])
async def test_a_page_that_closes_is_sent_nothing_more(*, closed: bool) -> None:
    desk = Desk()
    if closed:
        desk.ahead.closed(LOOKS)
    desk.go.set()
    assert desk.cards.send([LOOKS], NOBODY) == ([] if closed else [LOOKS])
    await desk.cards.settled()


async def test_who_is_rung_comes_before_those_that_wait_and_is_waited_for() -> None:
    desk = Desk()
    desk.ahead.opened(RUNG)
    desk.cards.send([LOOKS], NOBODY)
    await asyncio.to_thread(desk.began.wait, 30)
    desk.cards.send([LOOKS, RUNG], frozenset({RUNG}))
    desk.go.set()
    while not desk.said(RUNG):
        await desk.cards.made(frozenset({RUNG}))
    await desk.cards.settled()
    assert desk.said(RUNG) == [("cards", {"html": "2"})]
    assert desk.said() == [("cards", {"html": "1"}), ("cards", {"html": "3"})]


async def test_nobody_waits_long_for_cards_that_cannot_be_made() -> None:
    desk = Desk()
    desk.cards.send([LOOKS], frozenset({LOOKS}))
    await desk.cards.made(frozenset({LOOKS}))
    assert desk.said() == []
    desk.go.set()
    await desk.cards.settled()
    assert desk.said() == [("cards", {"html": "1"})]


async def test_a_fault_of_ours_costs_one_desk_its_cards_and_no_other() -> None:
    desk = Desk()
    desk.go.set()
    desk.ahead.opened(AWAY)  # whose cards this desk refuses to make
    desk.cards.send([AWAY, LOOKS], frozenset({AWAY}))
    await desk.cards.settled()
    assert desk.said() == [("cards", {"html": "1"})]


async def test_what_one_moment_brings_is_made_once() -> None:
    desk = Desk()
    desk.go.set()
    for _ in range(3):
        desk.cards.send([LOOKS], NOBODY)
        await asyncio.sleep(0)
    await desk.cards.settled()
    assert desk.said() == [("cards", {"html": "1"})]
