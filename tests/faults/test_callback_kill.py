"""`kill -9` of memo_service at every step from the pressed button to the command stream (CBK-01).

Never two commands of one attempt; what became of it is told truly: not begun, on its way, or unknown.
"""

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from memo_service.callbacks.refused import CallbackRefusedError
from office.commands import commands_stream
from tests.support.callback_desk import EXAMPLE, CallbackDesk, open_callbacks
from tests.support.callback_victim import killed_service
from tests.support.feed import PBX
from tests.support.memo import PLAIN, MemoService, RedisServer, eventually
from tests.support.nursery import Nursling

ALWAYS = '[[hours]]\nweekdays = [1, 2, 3, 4, 5, 6, 7]\nhours = [["00:00", "00:00"]]\non_holidays = true\n'


@dataclass
class Ward:
    """A service, what it works on, and the page an officer presses on."""

    redis: RedisServer
    memo: MemoService
    desk: CallbackDesk
    callback: str
    victim: Nursling | None = None

    def launch(self, step: str = "", shift_s: int = 0) -> None:
        """Start it: to be killed at `step`, or to live, with its clock put forward."""
        self.memo.env["CHARTERLINE_CLOCK_SHIFT_S"] = str(shift_s)
        if not step:
            self.memo.start()
            return
        told = self.memo.state / "victim.txt"
        self.victim = Nursling(partial(killed_service, step), self.memo.environment(), told)
        eventually(
            lambda: httpx.get(f"{self.memo.url}/healthz", trust_env=False, verify=PLAIN).status_code == 200
        )

    def press(self) -> None:
        """Press call at the desk of the officer; the answer may never come."""
        with httpx.Client(base_url=self.memo.url, trust_env=False, verify=PLAIN, timeout=10) as browser:
            browser.post("/desk", data={"officer": "kim_ms"})
            try:
                browser.post(f"/api/callbacks/{self.callback}/call").raise_for_status()
            except httpx.TransportError:
                return

    def bury(self) -> None:
        assert self.victim is not None
        assert self.victim.end()[0] == -signal.SIGKILL
        self.victim = None

    def commands(self) -> list[str]:
        """Attempts that were ever put on the stream; nobody reads it here."""
        with self.redis.client() as client:
            entries: Any = client.xrange(commands_stream(PBX))
        told = [json.loads(fields[b"c"]) for _, fields in entries]
        return [command["id"] for command in told if command["kind"] == "place_callback"]

    def attempts(self) -> list[tuple[str, str | None]]:
        return [(attempt.state, attempt.outcome) for attempt in self.desk.attempts(self.callback)]


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    office, state = tmp_path / "office", tmp_path / "state"
    shutil.copytree(EXAMPLE, office)
    (office / "calendar.d" / "99-always.toml").write_text(ALWAYS, encoding="utf-8")
    (state / "memo").mkdir(parents=True)
    url = f"sqlite:///{state / 'memo' / 'charterline.sqlite3'}"
    desk = open_callbacks(url, state / "memo", office)
    desk.clock.at = datetime.now(UTC)
    redis = RedisServer(tmp_path, keep=True).start()
    memo = MemoService(redis.url, state, {"CHARTERLINE_DEMO": "1", "CHARTERLINE_OFFICE": str(office)})
    stands = Ward(redis, memo, desk, desk.open())
    yield stands
    memo.close()
    if stands.victim is not None:
        stands.victim.send_signal(signal.SIGKILL)
        stands.victim.end()
    redis.stop()
    desk.engine.dispose()


def test_killed_within_the_claim_nothing_was_claimed(ward: Ward) -> None:
    ward.launch("in_the_claim")
    ward.press()
    ward.bury()
    assert ward.attempts() == []
    ward.launch()
    ward.press()
    eventually(lambda: len(ward.commands()) == 1)


def test_killed_after_the_claim_it_is_sent_once_at_the_next_start(ward: Ward) -> None:
    ward.launch("claimed")
    ward.press()
    ward.bury()
    assert ward.attempts() == [("open", None)]
    assert ward.commands() == []
    ward.launch()
    # in time: sent; a start that took longer than the command lives: never begun
    eventually(lambda: ward.commands() or ward.attempts() == [("done", "expired")])
    assert len(ward.commands()) <= 1


def test_killed_after_the_claim_and_started_too_late_it_is_never_begun(ward: Ward) -> None:
    ward.launch("claimed")
    ward.press()
    ward.bury()
    ward.launch(shift_s=60)
    eventually(lambda: ward.attempts() == [("done", "expired")])
    assert ward.commands() == []
    assert ward.desk.row(ward.callback).state == "waiting"


@pytest.mark.parametrize(("step", "sent"), [("marked", 0), ("on_the_stream", 1), ("done", 1)])
def test_killed_after_the_mark_it_is_never_sent_again(ward: Ward, step: str, sent: int) -> None:
    ward.launch(step)
    ward.press()
    ward.bury()
    assert len(ward.commands()) == sent
    ward.launch(shift_s=60)
    eventually(lambda: ward.attempts() == [("unknown", "unknown")])
    assert len(ward.commands()) == sent
    ward.desk.clock.at = datetime.now(UTC)
    with pytest.raises(CallbackRefusedError) as caught:
        ward.desk.call(ward.callback)
    assert caught.value.code == "confirm_unknown"
    assert ward.desk.outbox() == []


def test_redis_away_the_command_waits_and_expires_unbegun(ward: Ward) -> None:
    ward.launch()
    ward.redis.stop()
    ward.press()
    eventually(lambda: ward.attempts() == [("done", "expired")])
    ward.redis.start()
    assert ward.commands() == []
    ward.press()
    eventually(lambda: len(ward.commands()) == 1)


def test_a_redis_that_lost_everything_learns_again_who_waits(ward: Ward) -> None:
    """TIM-04."""
    key = f"open_callbacks:{PBX}"

    def waits() -> int:
        with ward.redis.client() as client:
            fields: Any = client.hlen(key)
        return int(fields)

    ward.launch()
    eventually(lambda: waits() == 2)
    with ward.redis.client() as client:
        client.flushall()
    ward.press()  # any change, or the next look
    eventually(lambda: waits() == 2)
