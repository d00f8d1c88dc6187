"""Calling a citizen back as the dialplan does it; what the bridge's manager user may do; feature codes."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rehearsal.phone import Answering, IncomingCall, answers, rejects, rings_on
from rehearsal.phone.audio import RINGBACK, UNKNOWN, heard, hears_tone
from rehearsal.phone.instants import Instant
from rehearsal.phone.rtp import SILENCE
from tests.asterisk.pbx import Ami, Note, Pbx, pbx_alone, until

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
SHOWN = "0333304000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with pbx_alone(tmp_path_factory.mktemp("pbx") / "state") as running:
        yield running
        assert running.complaints() == []


def citizens(pbx: Pbx, answering: Answering) -> None:
    """What outside phones do from now on."""

    def take(call: IncomingCall) -> Answering:
        pbx.stage.taken.setdefault(call.called, []).append(call)
        return answering

    pbx.stage.carrier.answering = take


async def place(ami: Ami, attempt: str, extension: str, number: str) -> None:
    """Originate as the bridge does."""
    answer = await ami.ask(
        "Originate",
        ("Channel", f"PJSIP/{extension}"),
        ("Context", "callback"),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", "8000"),
        ("Async", "true"),
        ("ChannelId", f"cb-{attempt}-1"),
        ("Variable", f"CB_ATTEMPT={attempt}"),
        ("Variable", f"CB_NUMBER={number}"),
        ("Variable", f"CB_SHOW={SHOWN}"),
        ("Variable", "CB_RING_S=6"),
    )
    assert answer["Response"] == "Success"


async def ended(pbx: Pbx, attempt: str) -> list[Note]:
    """The notes of an attempt's channel, once it is over."""
    await until(lambda: pbx.notes(Kind="Callback", Attempt=attempt, Step="ended"), 30)
    return pbx.notes(uid=f"cb-{attempt}-1")


def steps(notes: list[Note]) -> list[str]:
    return [note["Step"] for note in notes if note["Kind"] == "Callback"]


async def connected(pbx: Pbx, attempt: str, extension: str, number: str) -> tuple[IncomingCall, IncomingCall]:
    """An attempt in which both sides hear each other: the officer's call and the citizen's."""
    await pbx.stage.phone(extension, answers(0.5))
    citizens(pbx, answers(1.0))
    async with pbx.ami() as ami:
        await place(ami, attempt, extension, number)
        citizen = await pbx.stage.took(number)
        officer = pbx.stage.taken[extension][-1]
        await officer.until(lambda: hears_tone(officer, pbx.stage.carrier.tone_hz or 0), 20)
        await citizen.until(lambda: hears_tone(citizen, pbx.stage.phones[extension].tone_hz or 0), 20)
    return officer, citizen


async def test_in_the_talk_the_officer_hears_the_citizen_and_no_ringback(pbx: Pbx) -> None:
    officer, citizen = await connected(pbx, "a0", "4005", "01011110000")
    citizen.play(itertools.repeat(SILENCE))
    quiet_from = Instant.now()
    await asyncio.sleep(4.0)  # longer than the tone's period of 3 s
    sounds = heard(officer, {"ringback": RINGBACK}, since=quiet_from)
    assert [sound for sound in sounds if sound.start_s > 0.2 and sound.name in ("ringback", UNKNOWN)] == []
    await citizen.hang_up()
    await ended(pbx, "a0")


async def test_reached_and_the_citizen_hangs_up(pbx: Pbx) -> None:
    _, citizen = await connected(pbx, "a1", "4001", "01011110001")
    assert citizen.remote.user == SHOWN
    await citizen.hang_up()
    notes = await ended(pbx, "a1")
    assert steps(notes) == ["officer_answered", "citizen_dialled", "citizen_answered", "ended"]
    assert notes[0]["Class"] == "callback"
    assert notes[0]["Exten"] == "4001"
    up, down = citizen.record.answered, citizen.record.bye
    assert up
    assert down
    assert abs(int(notes[-1]["TalkMs"]) / 1000 - down.since(up)) < 0.5
    assert notes[-1]["By"].startswith("PJSIP/trunk-")
    journal = (pbx.stack.state / "asterisk" / "journal" / "calls.csv").read_text(encoding="utf-8")
    assert "01011110001" not in journal


async def test_reached_and_the_officer_hangs_up(pbx: Pbx) -> None:
    officer, citizen = await connected(pbx, "a2", "4002", "01011110002")
    await officer.hang_up()
    await citizen.ended(10)
    notes = await ended(pbx, "a2")
    assert steps(notes)[-1] == "ended"
    assert notes[-1]["By"].startswith("PJSIP/4002-")


NOT_REACHED = {
    "01022220001": (rejects(486), "busy"),
    "01022220002": (rejects(480), "no_answer"),
    "01022220003": (rings_on(), "no_answer"),
    "01022220004": (rejects(603), "declined"),
    "01022220005": (rejects(404), "unreachable"),
    "01022220006": (rejects(503), "unreachable"),
}


async def test_not_reached_is_told_and_said_to_the_officer(pbx: Pbx) -> None:
    pbx.stage.carrier.answering = lambda call: NOT_REACHED[call.called][0]
    officers = dict(zip(NOT_REACHED, ("4003", "4005", "4042", "4043", "4050", "4051"), strict=True))
    told: dict[str, list[Note]] = {}
    async with pbx.ami() as ami:
        for number, extension in officers.items():
            await pbx.stage.phone(extension, answers(0.3))
            await place(ami, f"b{extension}", extension, number)
        for number, extension in officers.items():
            told[number] = await ended(pbx, f"b{extension}")
    for number, notes in told.items():
        assert steps(notes) == ["officer_answered", "citizen_dialled", "citizen_failed", "ended"]
        failed = next(note for note in notes if note.get("Step") == "citizen_failed")
        assert failed["Status"] == NOT_REACHED[number][1]
        # the officer heard why to its end: nobody but the dialplan hung up
        assert (notes[-1]["By"], notes[-1]["TalkMs"]) == ("dialplan/builtin", "0")


async def test_an_officer_who_hangs_up_first_ends_it(pbx: Pbx) -> None:
    await pbx.stage.phone("4004", answers(0.3))
    citizens(pbx, rings_on())
    async with pbx.ami() as ami:
        await place(ami, "c1", "4004", "01033330000")
        citizen = await pbx.stage.took("01033330000")
        await pbx.stage.taken["4004"][-1].hang_up()
        await citizen.ended(10)
    notes = await ended(pbx, "c1")
    assert steps(notes) == ["officer_answered", "citizen_dialled", "ended"]
    assert notes[-1]["By"].startswith("PJSIP/4004-")


async def test_the_bridge_writes_many_flags_with_one_originate(pbx: Pbx) -> None:
    long = "&".join(f"{1795600000 + n}-{1795700000 + n}-4002" for n in range(34))
    assert 850 < len(long) < 950
    async with pbx.ami() as ami:
        written = [("Variable", f"DB(hours/shut/202612{day:02})=0900-1200&1300-1800") for day in range(1, 31)]
        written += [("Variable", f"DB(away/4063)={long}"), ("Variable", "DB(away/4062)=1-2-")]
        assert (await flags(ami, *written))["Response"] == "Success"
        assert await pbx.get("hours/shut", "20261230") == "0900-1200&1300-1800"
        assert await pbx.get("away", "4063") == long
        await flags(ami, ("Variable", "DB_DELETE(away/4062)="), ("Variable", "DB(away/4063)=1-2-4001"))
        assert await pbx.get("away", "4062") == ""
        assert await pbx.get("away", "4063") == "1-2-4001"
        await ami.ask("DBGetTree", ("Family", "away"))
        entry = await ami.next(lambda message: message.get("Event") == "DBGetTreeResponse")
        assert (entry["Key"], entry["Val"]) == ("/away/4063", "1-2-4001")


async def flags(ami: Ami, *variables: tuple[str, str]) -> Note:
    """One Originate that writes; the event that it is done."""
    call = (("Channel", "Local/s@flags/n"), ("Application", "NoOp"), ("Async", "true"))
    assert (await ami.ask("Originate", *call, *variables))["Response"] == "Success"
    return await ami.next(lambda message: message.get("Event") == "OriginateResponse")


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Command", (("Command", "core show version"),)),
        ("DBPut", (("Family", "dnd"), ("Key", "4001"), ("Val", "1"))),
        ("GetConfig", (("Filename", "manager.conf"),)),
        ("Redirect", (("Channel", "PJSIP/4001-1"), ("Exten", "119"), ("Priority", "1"))),
        ("Originate", (("Channel", "Local/s@flags/n"), ("Application", "System"), ("Data", "true"))),
    ],
)
async def test_the_bridges_user_may_do_no_more(
    pbx: Pbx, action: str, headers: tuple[tuple[str, str], ...]
) -> None:
    async with pbx.ami() as ami:
        assert (await ami.ask(action, *headers))["Response"] == "Error"


async def test_do_not_disturb_and_back_by_feature_code(pbx: Pbx) -> None:
    phone = await pbx.stage.phone("4040", rings_on())
    colleague = await pbx.stage.phone("4041", rings_on())
    await phone.call("*78").ended(15)
    (told,) = pbx.notes(Kind="Presence")
    assert (told["Exten"], told["State"]) == ("4040", "do_not_disturb")
    assert await pbx.get("dnd", "4040") == "1"
    await colleague.call("4040").ended(10)
    assert "4040" not in pbx.stage.taken
    await phone.call("*79").ended(15)
    assert [note["State"] for note in pbx.notes(Kind="Presence")] == ["do_not_disturb", "back"]
    assert await pbx.get("dnd", "4040") == ""
    assert abs(int(await pbx.get("back", "4040")) - int(told["At"]) // 1000) < 20
    call = colleague.call("4040")
    await call.ringing()
    await call.hang_up()
    assert len(pbx.stage.taken["4040"]) == 1
