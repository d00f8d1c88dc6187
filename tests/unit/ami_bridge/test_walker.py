"""The office's own menus over FastAGI, against a scripted PBX: what is played, noted, told the dialplan."""

from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from ami_bridge.agi import acts
from office.commands import lookup_field, surveyed_key
from tests.support.fake_agi import HANG_UP, NOTHING, FakeAgi, Speech
from tests.support.menu_server import CALLER, KEY, Menus


class Asked:
    """Redis that knows who was asked this month; or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    async def hget(self, name: str, key: str) -> bytes | None:
        if self.away:
            raise RedisConnectionError
        assert name == surveyed_key("pbx1")
        return b"1795578000" if key == lookup_field(KEY, CALLER) else None


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key comes 300 ms after the one before."""
    times = iter(range(0, 10_000_000, 300))
    monkeypatch.setattr(acts, "_mono_ms", lambda: next(times))


async def visit(
    tmp_path: Path, citizen: FakeAgi, menu: str = "main", caller: str = "01000000000", redis: object = None
) -> FakeAgi:
    citizen.script = "menu"
    async with Menus(tmp_path, redis=redis or Asked()) as menus:
        await citizen.call(menus.port, (menu, caller, str(spool(tmp_path) / "u1-1")))
        assert menus.server.counts.failed == 0
        assert menus.server.counts.done == 1
    return citizen


def spool(state: Path) -> Path:
    folder = state / "asterisk" / "spool" / "menu"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def left(citizen: FakeAgi) -> tuple[str, str]:
    return citizen.variables["MENU_ACT"], citizen.variables["MENU_TARGET"]


async def test_a_key_in_the_words_leads_to_whoever_is_in_charge(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(in_prompt={"menus/main/top": "1"}))
    assert citizen.heard == ["menus/main/top", "office/menu-connect"]
    assert left(citizen) == ("dial", "2211")
    assert citizen.commands[-1] == "SET VARIABLE MENU_DONE 1"


async def test_the_end_is_noted_twice_alike(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=["2"]))
    assert citizen.live == citizen.journal
    (end,) = citizen.live
    assert (end["Kind"], end["Node"], end["Act"], end["Target"]) == ("MenuEnd", "tax", "dial", "2231")


async def test_silence_twice_and_three_wrong_keys_are_a_person(tmp_path: Path) -> None:
    silent = await visit(tmp_path / "silent", FakeAgi(keys=[NOTHING, NOTHING]))
    wrong = await visit(tmp_path, FakeAgi(keys=["7", "8", "7"]))
    assert left(silent) == left(wrong) == ("person", "")
    assert silent.waits_ms == [8000, 8000]
    assert wrong.heard.count("menu/key-wrong") == 2


async def test_a_hang_up_in_the_menu_is_told_and_leads_nowhere(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(in_prompt={"menus/main/top": HANG_UP}))
    assert citizen.live[-1]["Ending"] == "hung_up"
    assert left(citizen) == ("end", "")


async def test_a_survey_keeps_key_and_words(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=["1", "3"], speeches=[Speech(2.0)]), "survey")
    fields = [(note["Name"], note["Value"]) for note in citizen.live if note["Kind"] == "MenuField"]
    assert fields == [("score", "3"), ("remark", "u1-1-1.wav")]
    assert citizen.heard[-1] == "menus/survey/thanks"


async def test_a_remark_cut_off_by_the_hang_up_is_kept_and_a_silent_one_is_not(tmp_path: Path) -> None:
    cut = await visit(
        tmp_path / "cut", FakeAgi(keys=["1", "1"], speeches=[Speech(1.5, then=HANG_UP)]), "survey"
    )
    silent = await visit(tmp_path, FakeAgi(keys=["1", "1"], speeches=[Speech(2.0, loud=False)]), "survey")
    assert "remark" in [note.get("Name") for note in cut.live]
    assert "remark" not in [note.get("Name") for note in silent.live]


async def test_who_was_asked_this_month_is_thanked_only(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(), "survey", caller=CALLER)
    assert citizen.heard == ["menus/survey/thanks"]


async def test_where_redis_is_away_he_is_asked_all_the_same(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(), "survey", caller=CALLER, redis=Asked(away=True))
    assert citizen.heard[0] == "menus/survey/offer"


async def test_a_sentence_that_is_missing_is_passed_over(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=["1"], missing=frozenset({"menus/main/top"})))
    assert left(citizen) == ("dial", "2211")


@pytest.mark.parametrize(
    ("menu", "base"), [("none", "u1-1"), ("main", "../memo/u1-1"), ("main", "../../etc/passwd"), ("", "")]
)
async def test_what_our_dialplan_never_sends_is_refused(tmp_path: Path, menu: str, base: str) -> None:
    citizen = FakeAgi(script="menu")
    async with Menus(tmp_path) as menus:
        await citizen.call(menus.port, (menu, "", str(spool(tmp_path) / base)))
        assert menus.server.counts.refused == 1
    assert citizen.commands == []
