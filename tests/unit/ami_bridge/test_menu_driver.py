"""The memo menu over FastAGI, against a scripted PBX: what is played, noted, and left behind."""

import logging
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ami_bridge.agi import acts
from office.calendar import KST
from tests.support.fake_agi import HANG_UP, NOTHING, FakeAgi, Speech
from tests.support.menu_server import Hash, Menus


class Clock:
    """Monotonic milliseconds: every key comes 300 after the one before, unless a test says otherwise."""

    def __init__(self) -> None:
        self.ms = 0
        self.step = 300

    def __call__(self) -> int:
        self.ms += self.step
        return self.ms


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(acts, "_mono_ms", clock)
    return clock


async def visit(tmp_path: Path, citizen: FakeAgi, **arguments: str) -> FakeAgi:
    async with Menus(tmp_path) as menus:
        await citizen.call(menus.port, menus.arguments(**arguments))
        assert menus.server.counts.failed == 0
    return citizen


def epoch(day: int, hour: int, minute: int = 0) -> str:
    return str(int(datetime(2026, 11, day, hour, minute, tzinfo=KST).timestamp()))


def numbers(citizen: FakeAgi) -> list[tuple[str, str]]:
    return [(name, value) for name, value in citizen.kept if name.startswith("number")]


async def test_he_speaks_hears_that_it_was_kept_and_hangs_up(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(in_prompt={"menu/memo-kept.b": HANG_UP}))
    assert citizen.heard[0] == "menu/memo-open.a" or citizen.heard[0] == "menu/duty/haengjeong"
    assert citizen.kept == [("recording", "u1-1-1.wav"), ("seconds", "2"), ("silent", "no")]
    assert (citizen.end["Ending"], citizen.end["Promised"]) == ("hung_up", epoch(25, 15, 10))
    assert citizen.variables == {"MEMO_DONE": "1"}


async def test_notes_are_told_twice_alike_and_the_last_command_is_memo_done(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi())
    assert citizen.live == citizen.journal
    stamps = [int(note["At"]) for note in citizen.live]
    assert stamps == sorted(set(stamps))
    assert citizen.commands[-1] == "SET VARIABLE MEMO_DONE 1"
    assert (citizen.end["Ending"], citizen.waits_ms) == ("goodbye", [8000, 8000])


async def test_another_number_and_a_time(tmp_path: Path) -> None:
    keys = ["1", "2", *"0333302291#", "1", "2"]
    citizen = await visit(tmp_path, FakeAgi(keys=keys))
    assert citizen.kept[3:] == [
        ("number_keyed", "0333302291"),
        ("number", "0333302291"),
        ("asked_at", "2026-11-25T16:00:00+09:00"),
    ]
    assert (citizen.end["Ending"], citizen.end["Promised"]) == ("goodbye", epoch(25, 16))


async def test_he_hangs_up_while_he_speaks_and_was_promised_nothing(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(speeches=[Speech(1.5, then=HANG_UP)]))
    assert citizen.kept == [("recording", "u1-1-1.wav"), ("seconds", "1.5"), ("silent", "no")]
    assert (citizen.end["Ending"], citizen.end["Promised"]) == ("hung_up", "0")
    assert citizen.heard[-1] == "office/beep"


async def test_he_hangs_up_at_once(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(in_prompt={"menu/memo-open.a": HANG_UP}))
    assert (citizen.kept, citizen.end["Ending"], citizen.end["Promised"]) == ([], "hung_up", "0")
    assert citizen.variables == {"MEMO_DONE": "1"}


async def test_he_hangs_up_at_the_tone_and_there_is_no_recording(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(in_prompt={"office/beep": HANG_UP}))
    assert (citizen.kept, citizen.end["Ending"]) == ([], "hung_up")


async def test_he_hangs_up_while_a_key_is_waited_for(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=[HANG_UP]))
    assert len(citizen.kept) == 3
    assert (citizen.end["Ending"], citizen.end["Promised"]) == ("hung_up", epoch(25, 15, 10))


async def test_a_take_without_a_voice_is_removed_and_he_is_asked_again(tmp_path: Path) -> None:
    speeches = [Speech(1.0, loud=False), Speech(3.0, then="#")]
    citizen = await visit(tmp_path, FakeAgi(speeches=speeches))
    assert citizen.kept[0] == ("recording", "u1-1-2.wav")
    assert [file.name for file in (tmp_path / "asterisk/spool/memo").iterdir()] == ["u1-1-2.wav"]
    assert "menu/memo-empty" in citizen.heard


async def test_a_prompt_that_is_missing_costs_its_words_and_no_more(tmp_path: Path) -> None:
    missing = frozenset({"menu/memo-open.a", "menu/memo-kept.a", "office/beep"})
    citizen = await visit(tmp_path, FakeAgi(missing=missing))
    assert (citizen.kept[0], citizen.end["Ending"]) == (("recording", "u1-1-1.wav"), "goodbye")


async def test_a_withheld_number_is_asked_for(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(), caller="")
    assert "menu/memo-nonumber" in citizen.heard
    assert citizen.end["Promised"] == "0"


async def test_closed_says_why_and_when_we_open(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(), closed="night")
    assert citizen.heard[0].startswith("menu/closed-night")


async def test_who_has_a_reply_coming_hears_so_first(tmp_path: Path) -> None:
    due = datetime(2026, 11, 25, 14, 40, tzinfo=KST)
    async with Menus(tmp_path, redis=Hash(due)) as menus:
        known = await FakeAgi().call(menus.port, menus.arguments())
        other = await FakeAgi().call(menus.port, menus.arguments(caller="01011112222", session="2"))
    assert known.heard[0] == "menu/memo-again.a"
    assert "menu/memo-again.a" not in other.heard


async def test_the_offices_clock_may_be_ahead(tmp_path: Path) -> None:
    async with Menus(tmp_path, shift=timedelta(hours=3)) as menus:
        citizen = await FakeAgi().call(menus.port, menus.arguments())
    # received at 17:03 by the office's clock
    assert citizen.end["Promised"] == epoch(26, 9, 10)


async def test_a_recording_ends_as_the_charter_says(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi())
    (record,) = [command for command in citizen.commands if command.startswith("RECORD")]
    assert record.endswith('u1-1-1" wav "#" 120000 s=4')


async def test_whatever_he_does_the_menu_ends_once_and_says_so(tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311  # citizens for a test, no secret
    async with Menus(tmp_path) as menus:
        for number in range(150):
            keys = chance.choices([*"0123456789*#", NOTHING], k=40)
            keys[chance.randrange(40)] = HANG_UP
            speeches = [
                Speech(1.0, chance.random() < 0.6, chance.choice(["#", "timeout"])) for _ in range(40)
            ]
            citizen = FakeAgi(keys=keys, speeches=speeches)
            closed = chance.choice(["none", "night", "lunch"])
            await citizen.call(
                menus.port, menus.arguments(session=str(number), closed=closed), uid=f"p-{number}"
            )
            assert citizen.commands[-1] == "SET VARIABLE MEMO_DONE 1"
            assert citizen.end["Ending"] in ("goodbye", "hung_up", "person")
            assert citizen.live == citizen.journal
            files = {file.name for file in menus.spool.glob(f"u1-{number}-*.wav")}
            assert {value for name, value in citizen.kept if name == "recording"} <= files
        assert menus.server.counts.done == 150


# ---------------------------------------------------------------- a person


async def test_zero_hands_over_to_a_person(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(in_prompt={"menu/memo-open.a": "0"}))
    assert (citizen.kept, citizen.end["Ending"]) == ([], "person")
    assert citizen.variables == {"MEMO_PERSON": "operator", "MEMO_DONE": "1"}
    closed = await visit(
        tmp_path / "2",
        FakeAgi(in_prompt={"menu/closed-night.b": "0", "menu/closed-night.a": "0"}),
        closed="night",
    )
    assert closed.variables["MEMO_PERSON"] == "duty_desk"


async def test_who_is_not_reached_goes_on_where_he_was(tmp_path: Path) -> None:
    async with Menus(tmp_path) as menus:
        first = await FakeAgi(keys=["0"]).call(menus.port, menus.arguments())
        again = await FakeAgi().call(menus.port, menus.arguments(tried="yes", session="2"))
    assert (first.end["Ending"], first.kept[0]) == ("person", ("recording", "u1-1-1.wav"))
    assert again.heard[0] == "menu/person-none"
    # his words are there: he is not asked for them again, and what was promised stays promised
    assert (again.kept, again.end["Ending"], again.end["Promised"]) == ([], "goodbye", epoch(25, 15, 10))


async def test_where_a_person_was_tried_before_the_menu_nobody_is_offered(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=["0"]), tried="yes", behind_0="no")
    assert citizen.heard[0] == "menu/person-none"
    assert "menu/key-help" not in citizen.heard
    assert "MEMO_PERSON" not in citizen.variables


async def test_another_call_does_not_go_on_where_this_one_was(tmp_path: Path) -> None:
    async with Menus(tmp_path) as menus:
        await FakeAgi(keys=["0"]).call(menus.port, menus.arguments())
        other = await FakeAgi().call(menus.port, menus.arguments(tried="yes", session="2"), uid="pbx-1.7")
    assert other.kept[0] == ("recording", "u1-2-1.wav")


# ---------------------------------------------------------------- keys (DTM-01)

TO_NUMBER = ("1", "2")


async def test_dtm_01_a_a_number_ended_by_its_sign_is_taken_at_once(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=[*TO_NUMBER, *"01000001234#", "1"]))
    assert numbers(citizen) == [("number_keyed", "01000001234"), ("number", "01000001234")]
    # eight seconds for the first key, six between keys, two when a mobile number is whole
    assert citizen.waits_ms[2:14] == [8000, *[6000] * 10, 2000]


async def test_dtm_01_b_a_number_without_its_sign_is_taken_after_a_pause(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=[*TO_NUMBER, *"01000001234", NOTHING, "1"]))
    assert numbers(citizen) == [("number_keyed", "01000001234"), ("number", "01000001234")]
    assert citizen.waits_ms[13] == 2000


async def test_dtm_01_c_who_types_slowly_is_not_cut(tmp_path: Path) -> None:
    """Four seconds after 0100: the wait for the next key was six."""
    citizen = await visit(tmp_path, FakeAgi(keys=[*TO_NUMBER, *"01000001234#", "1"]))
    assert citizen.waits_ms[6] == 6000
    assert numbers(citizen)[-1] == ("number", "01000001234")


@pytest.mark.parametrize(
    ("apart_ms", "told", "kept"), [(20, "0101234555678#", "01012345678"), (250, "0333352291#", "0333352291")]
)
async def test_dtm_01_d_e_a_key_is_what_he_pressed_however_often_it_is_told(
    tmp_path: Path, clock: Clock, apart_ms: int, told: str, kept: str
) -> None:
    """Told again within 60 ms it is one press; 250 ms apart two."""
    typed = [""]

    def pass_time(key: str) -> None:
        clock.step = apart_ms if key == typed[-1] else 300
        typed.append(key)

    citizen = FakeAgi(keys=[*TO_NUMBER, *told, "1"], on_key=pass_time)
    await visit(tmp_path, citizen)
    assert numbers(citizen)[0] == ("number_keyed", kept)


async def test_dtm_01_f_a_star_begins_anew_and_a_second_sign_is_a_habit(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=[*TO_NUMBER, *"0109*01000001234##", "1"]))
    assert numbers(citizen) == [("number_keyed", "01000001234"), ("number", "01000001234")]


async def test_dtm_01_a_number_is_only_called_when_it_was_confirmed(tmp_path: Path) -> None:
    citizen = await visit(tmp_path, FakeAgi(keys=[*TO_NUMBER, *"01000001234#", HANG_UP]))
    assert numbers(citizen) == [("number_keyed", "01000001234")]


async def test_what_he_keys_is_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await visit(tmp_path, FakeAgi(keys=[*TO_NUMBER, *"01000001234#", "1", "3"]))
    told = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "memo-number-confirm" in told
    assert "01000001234" not in told
    assert "menu/digit" not in told
