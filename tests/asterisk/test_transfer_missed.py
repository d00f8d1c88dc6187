"""Passed on and not answered: back to who passed him on, the deputy, the memo. No bridge runs here."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from rehearsal.phone import (
    Answering,
    CallState,
    IncomingCall,
    Instant,
    TransferKey,
    answers,
    rejects,
    rings_on,
)
from tests.asterisk.pbx import Pbx, until
from tests.asterisk.test_callback import place
from tests.asterisk.transfers import (
    goodbye,
    hears,
    no_long_silence,
    press,
    side_by_side,
    talking,
    told,
    transfer_pbx,
    until_talk,
)

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with transfer_pbx(tmp_path_factory.mktemp("pbx") / "state") as running:
        yield running


async def away(pbx: Pbx, extension: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    await pbx.put("away", extension, f"{now - 60}-{now + 3600}-")


ENDS: dict[str, tuple[str, Answering | None, str]] = {
    "5040": ("5050", rejects(486), "busy"),
    "5041": ("5051", rejects(603), "declined"),
    "5042": ("5052", rings_on(), "no_answer"),
    "5044": ("5054", None, "unregistered"),
    "5045": ("5055", rings_on(), "away"),
    "5046": ("5056", rings_on(), "do_not_disturb"),
}


async def test_who_is_not_reached_gives_him_back_to_who_passed_him_on(pbx: Pbx) -> None:
    await away(pbx, "5055")
    await pbx.put("dnd", "5056", "1")

    async def passed(by: str, to: str, answering: Answering | None, why: str) -> None:
        if answering:
            await pbx.stage.phone(to, answering)
        seen, key = await talking(pbx, by)
        await key.blind(to)
        ordered = key.call.record.transfer_ordered
        assert ordered
        back = await pbx.stage.took(by, 1)
        await hears(pbx, seen, by)
        assert back.record.answered
        no_long_silence(seen.call, ordered, back.record.answered.since(ordered))
        await goodbye(pbx, seen)
        dial = [] if why in ("unregistered", "away", "do_not_disturb") else [("Dial", to, "transfer")]
        assert told(pbx.of(seen)) == [("Transfer", to, ""), *dial, ("Absent", to, why), ("Dial", by, "back")]
        said = [n["Prompt"] for n in pbx.of(seen) if n["Kind"] == "Prompt" and n["State"] == "ended"]
        assert said[1:] == ["transfer-back"]
        if not dial:
            assert to not in pbx.stage.taken

    await side_by_side(*(passed(by, *end) for by, end in ENDS.items()))


async def test_nobody_to_go_back_to_the_deputy_then_the_memo(pbx: Pbx) -> None:
    """The first officer takes no call back: the deputy answers, or the citizen leaves word."""
    once = itertools.count()

    def first_only(_: IncomingCall) -> Answering:
        return answers(0.3) if next(once) % 2 == 0 else rejects(486)

    async def deputy() -> None:
        await pbx.stage.phone("5013", rejects(486))
        await pbx.stage.phone("5014", answers(1.0))
        seen, key = await talking(pbx, "5012", first_only)
        await key.blind("5013")
        await hears(pbx, seen, "5014")
        await goodbye(pbx, seen)
        assert told(pbx.of(seen)) == [
            ("Transfer", "5013", ""), ("Dial", "5013", "transfer"), ("Absent", "5013", "busy"),
            ("Dial", "5012", "back"), ("Absent", "5012", "busy"), ("Dial", "5014", "deputy"),
        ]  # fmt: skip

    await deputy()
    await pbx.stage.phone("5023", rejects(486))
    phone = await pbx.stage.phone("5015", answers(0.3))
    seen, key = await talking(pbx, "5015", phone=phone)
    await phone.registration.unregister()
    await key.blind("5023")
    memo = await pbx.told(seen, Kind="Memo", TakenBy="recorder")
    assert memo["Exten"] == "5023"
    await goodbye(pbx, seen)
    assert told(pbx.of(seen))[:5] == [
        ("Transfer", "5023", ""), ("Dial", "5023", "transfer"), ("Absent", "5023", "busy"),
        ("Absent", "5015", "unregistered"), ("Absent", "5024", "unregistered"),
    ]  # fmt: skip
    assert "transfer-memo" in [n["Prompt"] for n in pbx.of(seen) if n["Kind"] == "Prompt"]


async def test_released_while_it_rings_and_not_answered_he_is_back(pbx: Pbx) -> None:
    async def by_refer() -> None:
        await pbx.stage.phone("5061", rings_on())
        seen, key = await talking(pbx, "5060")
        consult = await key.consult("5061")
        await consult.ringing()
        await key.pass_on()
        await pbx.stage.took("5060", 1)
        await hears(pbx, seen, "5060")
        await goodbye(pbx, seen)
        short = [(n["Kind"], n["Exten"]) for n in pbx.of(seen) if n["Kind"] in ("Absent", "Dial")]
        assert short == [("Dial", "5060"), ("Absent", "5061"), ("Dial", "5060")]

    async def by_code() -> None:
        await pbx.stage.phone("5063", rings_on())
        seen, key = await talking(pbx, "5062")
        await press(pbx, key.call, "*2", "5063")
        rung = await pbx.stage.took("5063")
        await rung.until(lambda: rung.record.ringing, 10)
        left = Instant.now()
        await key.call.hang_up()
        back = await pbx.stage.took("5062", 1)
        await hears(pbx, seen, "5062")
        assert back.record.answered
        no_long_silence(seen.call, left, back.record.answered.since(left))
        await goodbye(pbx, seen)
        assert [n["Why"] for n in pbx.notes(Kind="Absent", Exten="5063")] == ["no_answer"]
        assert [n["Role"] for n in pbx.of(seen) if n["Kind"] == "Dial"] == ["desk", "back"]

    await side_by_side(by_refer(), by_code())


async def test_asked_by_code_and_busy_or_unknown_the_officer_has_him_again(pbx: Pbx) -> None:
    async def busy() -> None:
        await pbx.stage.phone("5065", rejects(486))
        seen, key = await talking(pbx, "5064")
        await press(pbx, key.call, "*2", "5065")
        await until(lambda: pbx.notes(Kind="Absent", Exten="5065"), 20)
        await until_talk(pbx, key.call, pbx.stage.carrier)
        await hears(pbx, seen, "5064")
        await goodbye(pbx, seen)

    async def unknown() -> None:
        seen, key = await talking(pbx, "5066")
        await press(pbx, key.call, "#1", "5999")
        said = pbx.stage.cue("office/transfer-unknown")
        await key.call.until(lambda: said.sounds(key.call), 20)
        assert seen.call.state is CallState.UP
        await goodbye(pbx, seen)

    await side_by_side(busy(), unknown())


async def test_a_citizen_who_hangs_up_between_ends_it(pbx: Pbx) -> None:
    await pbx.stage.phone("5068", rings_on())
    seen, key = await talking(pbx, "5067")
    await key.blind("5068")
    rung = await pbx.stage.took("5068")
    await rung.until(lambda: rung.record.ringing, 10)
    await goodbye(pbx, seen)
    await rung.ended(10)
    assert told(pbx.of(seen)) == [("Transfer", "5068", ""), ("Dial", "5068", "transfer")]
    assert (await pbx.told(seen, Kind="End"))["Source"].startswith("PJSIP/trunk-")


async def test_a_citizen_whom_we_called(pbx: Pbx) -> None:
    async def dialled_by_hand() -> None:
        """The colleague sees his number; not taken, he is back; else he is told the direct number."""
        number = "01055550001"
        await pbx.stage.phone("5032", rejects(486))
        officer = await pbx.stage.phone("5031", answers(0.3))
        call = officer.call(number)
        citizen = await pbx.stage.took(number)
        await until_talk(pbx, call, pbx.stage.carrier)
        await TransferKey(officer, call).blind("5032")
        assert (await pbx.stage.took("5032")).remote.user == number
        back = await pbx.stage.took("5031")
        await until_talk(pbx, citizen, officer)
        await officer.registration.unregister()
        await pbx.stage.phone("5033", rejects(486))
        await TransferKey(officer, back).blind("5033")
        sorry = pbx.stage.cue("transfer/5033/sorry")
        await citizen.until(lambda: sorry.sounds(citizen), 30)
        await citizen.ended(30)
        journal = (pbx.stack.state / "asterisk" / "journal" / "calls.csv").read_text(encoding="utf-8")
        assert number not in journal

    async def called_back() -> None:
        number = "01055550002"
        colleague = await pbx.stage.phone("5047", answers(1.0))
        officer = await pbx.stage.phone("5037", answers(0.3))
        async with pbx.ami() as ami:
            await place(ami, "x1", "5037", number)
            citizen, call = await pbx.stage.took(number), await pbx.stage.took("5037")
            await until_talk(pbx, call, pbx.stage.carrier)
        await TransferKey(officer, call).blind("5047")
        await until_talk(pbx, citizen, colleague)
        assert (await pbx.stage.took("5047")).remote.user == number
        await citizen.hang_up()
        (ended,) = pbx.notes(Kind="Callback", Attempt="x1", Step="ended")
        assert ended["By"].startswith("PJSIP/5037-")

    await side_by_side(dialled_by_hand(), called_back())
