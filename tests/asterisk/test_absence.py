"""Why an officer is absent and who is tried for him, decided by the dialplan alone: no bridge runs here."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from rehearsal.phone import Answering, answers, forwards, rejects, rings_on
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.stage import Seen
from tests.asterisk.pbx import Pbx, pbx_alone

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
HOUR = 3600


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with pbx_alone(tmp_path_factory.mktemp("pbx") / "state") as running:
        await running.stage.phone("4000a", rings_on())
        yield running
        assert running.complaints() == []


def epoch() -> int:
    return int(datetime.now(UTC).timestamp())


async def away(pbx: Pbx, extension: str, deputy: str = "", since: int = HOUR) -> None:
    """He is away since `since` seconds ago, for an hour more; other spans of his lie around."""
    now = epoch()
    spans = (f"{now - 9 * HOUR}-{now - 8 * HOUR}-4012", f"{now - since}-{now + HOUR}-{deputy}",
             f"{now + 8 * HOUR}-{now + 9 * HOUR}-4012")  # fmt: skip
    await pbx.put("away", extension, "&".join(spans))


async def left_word(pbx: Pbx, seen: Seen) -> list[tuple[str, str]]:
    """The absences of a call that came to the recorder; the citizen hangs up there."""
    await pbx.told(seen, Kind="Memo", TakenBy="recorder")
    await seen.call.hang_up()
    return pbx.absences(seen)


async def talk(pbx: Pbx, seen: Seen, endpoint: str) -> None:
    tone = pbx.stage.phones[endpoint].tone_hz or 0
    await seen.call.until(lambda: hears_tone(seen.call, tone), 40)
    await seen.call.hang_up()
    await pbx.told(seen, Kind="End")


REASONS: dict[str, tuple[Answering | None, str]] = {
    "4001": (rings_on(), "no_answer"),
    "4002": (rejects(486), "busy"),
    "4003": (rejects(603), "declined"),
    "4004": (None, "unregistered"),
    "4005": (forwards("01099998888"), "forwarded"),
    "4064": (rejects(480), "no_answer"),
}


async def test_what_the_phone_did_is_the_reason(pbx: Pbx) -> None:
    for extension, (answering, _) in REASONS.items():
        if answering:
            await pbx.stage.phone(extension, answering)
    calls = [pbx.stage.citizen(extension) for extension in REASONS]
    found = await asyncio.gather(*(left_word(pbx, seen) for seen in calls))
    assert [absences[0] for absences in found] == [(e, why) for e, (_, why) in REASONS.items()]
    assert "01099998888" not in pbx.stage.taken


async def test_do_not_disturb_rings_no_phone(pbx: Pbx) -> None:
    phone = await pbx.stage.phone("4040", rings_on())
    await pbx.put("dnd", "4040", "1")
    seen = pbx.stage.citizen("4040")
    absences = await left_word(pbx, seen)
    assert absences[0] == ("4040", "do_not_disturb")
    assert "4040" not in pbx.stage.taken
    assert not [note for note in pbx.of(seen) if note["Kind"] == "Dial" and note["Exten"] == "4040"]
    assert phone.registration.registered


async def test_an_absent_deputy_passes_on_to_his_own(pbx: Pbx) -> None:
    """4010 is away, his deputy 4011 too; the absence of 4011 names 4012."""
    await pbx.stage.phone("4012", answers(1.0))
    await away(pbx, "4010")
    await away(pbx, "4011", deputy="4012")
    seen = pbx.stage.citizen("4010")
    await talk(pbx, seen, "4012")
    assert pbx.absences(seen) == [("4010", "away"), ("4011", "away")]
    (answered,) = [note for note in pbx.of(seen) if note["Kind"] == "Answered"]
    assert (answered["Exten"], answered["Words"], answered["Reason"]) == ("4012", "greeting", "on_time")


async def test_deputies_in_a_circle_end_at_the_memo(pbx: Pbx) -> None:
    await away(pbx, "4041", deputy="4042")
    await away(pbx, "4042", deputy="4041")
    seen = pbx.stage.citizen("4041")
    assert (await left_word(pbx, seen))[:2] == [("4041", "away"), ("4042", "away")]


async def test_who_is_back_is_not_away(pbx: Pbx) -> None:
    await pbx.stage.phone("4043", answers(0.5))
    await away(pbx, "4043")
    await pbx.put("back", "4043", str(epoch() - 60))
    seen = pbx.stage.citizen("4043")
    await talk(pbx, seen, "4043")
    assert pbx.absences(seen) == []


async def test_who_came_back_from_an_earlier_absence_is_away_again(pbx: Pbx) -> None:
    await away(pbx, "4050", since=60)
    await pbx.put("back", "4050", str(epoch() - 120))
    seen = pbx.stage.citizen("4050")
    assert (await left_word(pbx, seen))[0] == ("4050", "away")


async def test_no_phone_rings_when_the_wait_is_over(pbx: Pbx) -> None:
    """Of 12 s the desk and the deputy take 5 each; what is left is too short for the team or the operator."""
    for endpoint in ("4020", "4021", "4022"):
        await pbx.stage.phone(endpoint, rings_on())
    seen = pbx.stage.citizen("4020")
    assert await left_word(pbx, seen) == [("4020", "no_answer"), ("4021", "no_answer")]
    assert "4022" not in pbx.stage.taken
    waited = int((await pbx.told(seen, Kind="Memo"))["At"]) - int((await pbx.told(seen, Kind="Dial"))["At"])
    assert 9_900 <= waited <= 12_500


async def test_the_free_phones_of_the_team_ring_then_the_operator_for_what_is_left(pbx: Pbx) -> None:
    for endpoint in ("4026", "4027", "4028"):
        await pbx.stage.phone(endpoint, rings_on())
    await away(pbx, "4027")
    await pbx.put("dnd", "4028", "1")
    before = len(pbx.stage.taken.get("4000a", []))
    seen = pbx.stage.citizen("4025")
    absences = await left_word(pbx, seen)
    assert absences == [("4025", "unregistered"), ("4025", "no_answer"), ("4000", "no_answer")]
    dials = [(note["Exten"], note["Role"]) for note in pbx.of(seen) if note["Kind"] == "Dial"]
    assert dials == [("4025", "desk"), ("4025", "group"), ("4000", "operator")]
    assert "4026" in pbx.stage.taken
    assert not {"4027", "4028"} & set(pbx.stage.taken)
    assert len(pbx.stage.taken["4000a"]) == before + 1


async def test_a_colleague_of_the_team_answers_and_the_wait_counts_on(pbx: Pbx) -> None:
    """He answers on his own second ring, in the citizen's third: the apology (charter T1, T3)."""
    for endpoint in ("4022", "4023", "4024"):
        await pbx.stage.phone(endpoint, answers(3.0) if endpoint == "4022" else rings_on())
    await pbx.stage.phone("4021", rejects(486))
    await pbx.stage.phone("4020", rings_on())
    seen = pbx.stage.citizen("4020")
    await talk(pbx, seen, "4022")
    assert pbx.absences(seen) == [("4020", "no_answer"), ("4021", "busy")]
    answered = await pbx.told(seen, Kind="Answered")
    assert (answered["Exten"], answered["Words"], answered["Reason"]) == ("4022", "apology", "late")
    assert 7_000 <= int(answered["RingMs"]) <= 10_000
