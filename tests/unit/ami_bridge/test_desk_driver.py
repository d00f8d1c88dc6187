"""The desk menu on a fake line: what is asked of memo_service, what he hears, and what is left behind."""

import asyncio
from pathlib import Path

import pytest

from ami_bridge.agi.office_desk import OfficeDesk
from ivr.menus import desk_talk as t
from tests.support.desk_line import DESK, NOW
from tests.support.fake_agi import HANG_UP, FakeAgi
from tests.support.menu_server import Menus

pytestmark = pytest.mark.asyncio
MEMOS = ("memos", "dialled")


class FakeDesk:
    """memo_service as the bridge sees it."""

    def __init__(self) -> None:
        self.desk: t.Told | t.Unreached = t.Told(DESK)
        self.hears: bytes | t.Unheard | t.Unreached = b"RIFF sound"
        self.acts: list[tuple[str, t.Carry]] = []
        self.endpoints: list[str] = []

    async def look(self, endpoint: str) -> t.Told | t.Unreached:
        self.endpoints.append(endpoint)
        return self.desk

    async def sound(self, endpoint: str, memo: str) -> bytes | t.Unheard | t.Unreached:
        return self.hears

    async def act(self, endpoint: str, asked: t.Carry) -> t.Carried | t.Refused | t.Unreached:
        self.acts.append((endpoint, asked))
        return t.Carried()

    async def close(self) -> None:
        """Nothing to let go."""


def officer(*keys: str, channel: str = "PJSIP/2202-0000000a") -> FakeAgi:
    return FakeAgi(keys=keys, script="desk", channel=channel)


async def visit(state: Path, line: FakeAgi, desk: FakeDesk, *arguments: str) -> FakeAgi:
    async with Menus(state, desk=desk) as menus:
        await line.call(menus.port, arguments or MEMOS)
        assert menus.server.counts.failed == 0
        assert menus.server.in_menu("2202") is None
    return line


def left(state: Path) -> list[Path]:
    return list((state / "asterisk" / "spool" / "listen").iterdir())


async def test_he_hears_the_recording_and_it_is_gone_from_the_disk(tmp_path: Path) -> None:
    desk = FakeDesk()
    line = await visit(tmp_path, officer("1", "4", "#"), desk)
    assert line.variables == {"DESK_DONE": "1"}
    assert desk.endpoints == ["2202"]
    assert len(line.files) == 1
    assert desk.acts[0] == ("2202", t.Carry("acted", "m1"))
    assert left(tmp_path) == []


@pytest.mark.parametrize("when", ["menu/phone-memos.a", "a sound", "menu/phone-item.a"])
async def test_hung_up_anywhere_nothing_is_left_and_the_dialplan_knows(tmp_path: Path, when: str) -> None:
    line = officer("1")
    line.in_prompt = {when: HANG_UP}
    await visit(tmp_path, line, FakeDesk())
    assert left(tmp_path) == []
    assert line.variables == {"DESK_DONE": "1"}


async def test_a_bridge_that_ends_in_a_recording_leaves_none(tmp_path: Path) -> None:
    playing = asyncio.Event()
    desk = FakeDesk()
    line = officer("1")

    def stays(command: str) -> str | None:
        if "/listen/" in command:
            playing.set()
            return "HANGUP"  # a message of its own, and no reply: the sound goes on
        return None

    line.answer = stays
    async with Menus(tmp_path, desk=desk) as menus:
        calling = asyncio.create_task(line.call(menus.port, MEMOS))
        await asyncio.wait_for(playing.wait(), 30)
        await menus.server.close()
        await asyncio.wait_for(calling, 30)
    assert left(tmp_path) == []


async def test_what_a_crash_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    spool = tmp_path / "asterisk" / "spool" / "listen"
    spool.mkdir(parents=True)
    (spool / "old.wav").write_bytes(b"a citizen")
    async with Menus(tmp_path, desk=FakeDesk()):
        assert left(tmp_path) == []
        assert spool.stat().st_mode & 0o777 == 0o700


async def test_memo_service_away_is_said_and_never_silence(tmp_path: Path) -> None:
    line = officer()
    async with Menus(tmp_path, desk=OfficeDesk("http://127.0.0.1:1", "x")) as menus:
        await line.call(menus.port, MEMOS)
    assert "menu/phone-away-from" in line.heard
    assert line.variables == {"DESK_DONE": "1"}


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (t.Unheard("no_voice"), "menu/phone-on-page"),
        (t.Unheard("nothing"), "menu/phone-not-heard"),
        (t.Unreached(), "menu/phone-not-heard"),
    ],
)
async def test_no_voice_no_recording_and_no_answer_are_told_apart(
    tmp_path: Path, came: t.Unheard | t.Unreached, said: str
) -> None:
    desk = FakeDesk()
    desk.hears = came
    line = await visit(tmp_path, officer("1", "#"), desk)
    assert said in line.heard
    assert line.files == []


async def test_whose_phone_it_is_the_channel_says_and_a_stranger_is_refused(tmp_path: Path) -> None:
    desk = FakeDesk()
    async with Menus(tmp_path, desk=desk) as menus:
        line = await officer(channel="PJSIP/trunk-00000001").call(menus.port, MEMOS)
        await officer().call(menus.port, ("dance", "dialled"))
        assert menus.server.counts.refused == 2
    assert line.variables == {}
    assert desk.endpoints == []


async def test_a_phone_in_the_menu_is_known_until_he_has_hung_up(tmp_path: Path) -> None:
    seen: list[bool] = []
    line = officer("1", "3")
    async with Menus(tmp_path, desk=FakeDesk()) as menus:

        def looks(_: str) -> None:
            over = menus.server.in_menu("2202")
            seen.append(over is not None and not over.is_set())

        line.on_key = looks
        await line.call(menus.port, MEMOS)
    assert seen
    assert all(seen)


async def test_the_gist_within_a_call_asks_for_no_pin_and_no_key(tmp_path: Path) -> None:
    desk = FakeDesk()
    desk.desk = t.Told(t.Desk(NOW, owned=True))
    line = await visit(tmp_path, officer(), desk, "gist", "in_call")
    assert line.heard == ["menu/phone-gist", "office/pause", "a sound"]
    assert line.waits_ms == []
