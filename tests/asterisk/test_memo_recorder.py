"""Leaving word without our bridge: the recorder; and what the dialplan hands to a menu and takes back."""

import asyncio
import re
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from rehearsal.phone import answers, rejects, rings_on
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.stage import Seen
from tests.asterisk.pbx import Pbx, pbx_alone, until

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with pbx_alone(tmp_path_factory.mktemp("pbx") / "state") as running:
        yield running
        assert running.complaints() == []


def fields(pbx: Pbx, seen: Seen) -> dict[str, str]:
    return {note["Name"]: note["Value"] for note in pbx.of(seen) if note["Kind"] == "MemoField"}


async def tone(seen: Seen) -> None:
    """Wait for the tone after which the citizen speaks (1000 Hz)."""
    await seen.call.until(lambda: hears_tone(seen.call, 1000), 30)


def loudest_hz(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)
    return float(np.abs(np.fft.rfft(samples)).argmax() * 8000 / len(samples))


async def test_the_recorder_keeps_what_is_said_when_he_hangs_up(pbx: Pbx) -> None:
    seen = pbx.stage.citizen("4060", silent=True)
    await tone(seen)
    await seen.call.speak(1500, 3.0)
    await seen.call.hang_up()
    end = await pbx.told(seen, 10, Kind="MemoEnd")
    assert (end["Ending"], end["Promised"]) == ("recorder", "0")
    kept = fields(pbx, seen)
    assert (kept["silent"], int(kept["seconds"]) in (2, 3, 4)) == ("no", True)
    assert abs(loudest_hz(pbx.memos / kept["recording"]) - 1500) < 10
    memo = [note for note in pbx.of(seen) if note["Kind"] == "Memo"]
    assert [note["TakenBy"] for note in memo] == ["menu", "recorder"]
    uid = end["uid"]
    told = f"4060^window^none^{memo[0]['At']}^{seen.caller}^{kept['recording']}"
    assert await pbx.get("memo", uid) == told


async def test_the_recorder_stops_at_silence_and_says_goodbye(pbx: Pbx) -> None:
    seen = pbx.stage.citizen("4060", silent=True)
    await tone(seen)
    await seen.call.speak(1300, 2.0)
    await pbx.told(seen, 20, Kind="Prompt", Prompt="memo-done-noreply", State="ended")
    await seen.call.ended(10)
    kept = fields(pbx, seen)
    assert kept["silent"] == "no"
    assert 1 <= int(kept["seconds"]) <= 4


async def test_who_says_nothing_is_told_as_silent(pbx: Pbx) -> None:
    seen = pbx.stage.citizen("4060", silent=True)
    await tone(seen)
    await pbx.told(seen, 20, Kind="MemoEnd")
    assert fields(pbx, seen)["silent"] == "yes"
    await seen.call.hang_up()


async def test_a_withheld_number_is_asked_for_and_told_nowhere(pbx: Pbx) -> None:
    seen = pbx.stage.citizen("4061", private=True, silent=True)
    await pbx.told(seen, 30, Kind="Prompt", Prompt="memo-nonumber", State="started")
    await tone(seen)
    await seen.call.speak(1500, 1.5)
    await seen.call.hang_up()
    end = await pbx.told(seen, 10, Kind="MemoEnd")
    assert (await pbx.get("memo", end["uid"])).split("^")[4] == ""
    journal = (pbx.stack.state / "asterisk" / "journal" / "calls.csv").read_text(encoding="utf-8")
    assert seen.caller not in journal


async def test_recordings_are_for_the_owner_alone(pbx: Pbx) -> None:
    assert pbx.memos.stat().st_mode & 0o777 == 0o700


@dataclass(slots=True)
class Menu:
    """Stands in for the bridge: takes the arguments, sends commands, and hangs up the socket."""

    commands: Sequence[Sequence[str]]
    arguments: list[list[str]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\n\n")).decode().splitlines()
        given = dict(line.split(": ", 1) for line in lines if ": " in line)
        self.arguments.append([given.get(f"agi_arg_{number}", "") for number in range(1, 9)])
        for command in self.commands[len(self.arguments) - 1]:
            writer.write(f"{command}\n".encode())
            await reader.readline()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def menu(pbx: Pbx, *commands: Sequence[str]) -> AsyncIterator[Menu]:
    """A menu that sends one list of commands a session."""
    stands = Menu(commands)
    async with await asyncio.start_server(stands.serve, "127.0.0.1", pbx.stack.ports.base + 5):
        yield stands


DONE = "SET VARIABLE MEMO_DONE 1"


async def test_what_the_menu_is_given(pbx: Pbx) -> None:
    async with menu(pbx, [DONE]) as stands:
        seen = pbx.stage.citizen("4062")
        await seen.call.ended(20)
    note = await pbx.told(seen, 10, Kind="Memo")
    uid = note["uid"]
    base = f"{pbx.memos}/{uid}-1"
    # the operator was tried already, so nobody is behind 0
    assert stands.arguments == [["4062", "window", "none", seen.caller, note["At"], "no", base, "no"]]
    assert [n["TakenBy"] for n in pbx.of(seen) if n["Kind"] == "Memo"] == ["menu"]


async def test_a_menu_that_dies_hands_over_to_the_recorder(pbx: Pbx) -> None:
    async with menu(pbx, ["SET VARIABLE MEMO_PERSON operator"]):
        seen = pbx.stage.citizen("4062")
        await pbx.told(seen, 20, Kind="Memo", TakenBy="recorder")
        await seen.call.hang_up()


async def test_0_rings_the_duty_desk_by_the_roster_and_comes_back(pbx: Pbx) -> None:
    """Closed; on duty: 4063, which is busy, then a mobile whose mailbox presses no key; then the menu."""
    now = int(datetime.now(UTC).timestamp())
    await pbx.put("hours/shut", day(now), "closed")
    roster = f"{now - 90}-{now - 30}-4000&{now - 30}-{now + 3600}-4063+01077770000"
    await pbx.put("duty", "list", roster)
    await pbx.stage.phone("4063", rejects(486))
    async with menu(pbx, ["SET VARIABLE MEMO_PERSON duty_desk", DONE], [DONE]) as stands:
        seen = pbx.stage.citizen("4030")
        await seen.call.ended(40)
    await pbx.told(seen, 10, Kind="End")
    first, second = stands.arguments
    assert [first[2], first[5], first[7]] == ["day_off", "no", "yes"]
    assert [second[2], second[4], second[5], second[7]] == ["day_off", first[4], "yes", "no"]
    assert second[6].endswith("-2")
    assert pbx.absences(seen) == [("4030", "closed"), ("4063", "busy"), ("", "no_answer")]
    assert [n for n in pbx.of(seen) if n["Kind"] == "Answered"] == []
    (mobile,) = pbx.stage.taken["01077770000"]
    assert mobile.record.answered
    assert mobile.remote.user == "0333304000"
    assert "01077770000" not in (pbx.stack.state / "asterisk" / "journal" / "calls.csv").read_text()


async def test_the_duty_person_takes_the_call_with_a_key(pbx: Pbx) -> None:
    now = int(datetime.now(UTC).timestamp())
    await pbx.put("hours/shut", day(now), "closed")
    await pbx.put("duty", "list", f"{now - 30}-{now + 3600}-01077770001")
    async with menu(pbx, ["SET VARIABLE MEMO_PERSON duty_desk", DONE]):
        seen = pbx.stage.citizen("4030")
        mobile = await pbx.stage.took("01077770001")
        await mobile.answered()
        await until(lambda: mobile.record.rtp_in.packets > 25, 10)
        await mobile.send_digits("1")
        await seen.call.until(lambda: hears_tone(seen.call, pbx.stage.carrier.tone_hz or 0), 15)
        await seen.call.hang_up()
        await mobile.ended(10)
    await pbx.told(seen, 10, Kind="End")
    (answered,) = pbx.notes(Kind="Answered", Reason="not_greeted")
    assert re.fullmatch(r"PJSIP/trunk-[0-9a-f]+", answered["Peer"])


async def test_0_reaches_the_duty_person_without_the_bridge(pbx: Pbx) -> None:
    """Closed, no menu: the recorder says that urgent matters have a key, and the key works."""
    now = int(datetime.now(UTC).timestamp())
    await pbx.put("hours/shut", day(now), "closed")
    await pbx.put("duty", "list", f"{now - 30}-{now + 3600}-4051")
    on_duty = await pbx.stage.phone("4051", answers(0.5))
    seen = pbx.stage.citizen("4030", silent=True)
    await pbx.told(seen, 20, Kind="Prompt", Prompt="recorder-urgent", State="started")
    await seen.call.send_digits("0")
    await seen.call.until(lambda: hears_tone(seen.call, on_duty.tone_hz or 0), 20)
    await seen.call.hang_up()
    dial = await pbx.told(seen, 10, Kind="Dial")
    assert (dial["Exten"], dial["Role"]) == ("4051", "duty")


async def test_0_in_open_hours_rings_the_operator_and_he_talks(pbx: Pbx) -> None:
    """The operator was not tried (the wait was over); he answers; the menu's time is no broken clock."""
    await pbx.stage.phone("4010", rings_on())
    await pbx.stage.phone("4011", rings_on())
    operator = await pbx.stage.phone("4000a", answers(1.0))
    async with menu(pbx, ["SET VARIABLE MEMO_PERSON operator", DONE]) as stands:
        seen = pbx.stage.citizen("4010")
        await seen.call.until(lambda: hears_tone(seen.call, operator.tone_hz or 0), 40)
        await seen.call.hang_up()
    assert stands.arguments[0][7] == "yes"
    answered = await pbx.told(seen, 10, Kind="Answered")
    assert (answered["Exten"], answered["Words"], answered["Reason"]) == ("4000", "apology", "late")


def day(now: int) -> str:
    return datetime.fromtimestamp(now + 9 * 3600, UTC).strftime("%Y%m%d")
