"""A call at the extension without a PBX: the menu on a line that a test plays, what is told, what is kept."""

import queue
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from redis.exceptions import ConnectionError as RedisAwayError

from ivr.menus.beginning import begin, closed_at
from ivr.phone.driver import Driver
from ivr.phone.files import Prompts, Recording
from ivr.phone.line import Line
from ivr.phone.outbox import Outbox
from ivr.phone.repairs.sound import FRAME_BYTES, RATE, Input
from ivr.phone.telling import RESTART, Teller, call_id_of, end_what_was_killed
from ivr.phone.whose import Wanted
from office.events import Closed, Outcome, decode
from office.events.base import Source
from office.phone_number import classify
from tests.unit.ivr.menu_line import CALLER, OFFICE, WITHHELD, kst

DESK = next(desk for desk in OFFICE.directory.desks.values() if desk.officer)
VOICE = (6000 * np.sin(2 * np.pi * 300 * np.arange(RATE) / RATE)).astype("<i2").tobytes()
NOON = kst(25, 14, 3)
CALL = call_id_of("abc@pbx")
ENDED = Input("ended")


def key(pressed: str) -> list[Input]:
    return [Input("key", digit, at_ms=1000 * number) for number, digit in enumerate(pressed, 1)]


def spoken(sound: bytes) -> list[Input]:
    return [Input("sound", sound=sound[at : at + FRAME_BYTES]) for at in range(0, len(sound), FRAME_BYTES)]


@dataclass
class Citizen:
    """Plays the stream: says each of `acts` at the prompt, or in the recording, it is for; then hangs up."""

    acts: list[list[Input]]
    inputs: "queue.Queue[Input]" = field(default_factory=queue.Queue)
    played: list[int] = field(default_factory=list)
    _listening: bool = False

    def play(self, frames: Iterable[bytes], number: int) -> None:
        """A prompt, heard out or answered; the tone is always heard out."""
        length = len(tuple(frames))
        self.played.append(length)
        if length > 1:  # words; the tone is one frame here
            self._act()
        self.inputs.put(Input("played", at_ms=number))

    def quiet(self) -> None:
        """The prompt is stopped."""

    @property
    def listening(self) -> bool:
        return self._listening

    @listening.setter
    def listening(self, value: bool) -> None:
        self._listening = value
        if value:
            self._act()

    def _act(self) -> None:
        for came in self.acts.pop(0) if self.acts else [ENDED]:
            self.inputs.put(came)


@dataclass
class Desk:
    """Everything of a call but the PBX."""

    folder: Path
    stream: list[bytes] = field(default_factory=list)
    away: bool = False

    def __post_init__(self) -> None:
        self.prompts = self.folder / "prompts"
        self.spool = self.folder / "memo"
        self.marks = self.folder / "calls"
        for made in (self.prompts / "office", self.prompts / "menu", self.spool, self.marks):
            made.mkdir(parents=True)
        self.outbox = Outbox(self.folder / "outbox", self.give)

    def give(self, events: list[bytes]) -> None:
        if self.away:
            raise RedisAwayError
        self.stream += events

    def teller(self, call: str = CALL, now: datetime = NOON) -> Teller:
        return Teller(self.outbox, "pbx1", call, self.marks, lambda: now)

    def told(self) -> list[Any]:
        assert self.outbox.send()
        return [decode(event) for event in self.stream]

    def serve(self, *acts: list[Input], caller: Any = CALLER) -> list[Any]:
        """One citizen from the answer to the end; the events."""
        write_wav(self.prompts / "office" / "beep.wav", VOICE[:FRAME_BYTES])
        for name in ("memo-open-closed", "memo-open.a", "memo-kept.a", "memo-done.a", "memo-kept-nonumber"):
            write_wav(self.prompts / "menu" / f"{name}.wav", VOICE[: 5 * FRAME_BYTES])
        citizen, teller = Citizen(list(acts)), self.teller()
        at = teller.started(Wanted(DESK.number, DESK, Outcome.NO_ANSWER), caller, None)
        driver = Driver(Line(citizen, citizen.inputs), Prompts(self.prompts), teller, self.spool)
        driver.run(begin(OFFICE, at, caller, DESK.department, None, None))
        return self.told()


def write_wav(path: Path, sound: bytes, rate: int = RATE) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes(sound)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def kinds(events: list[Any]) -> list[str]:
    return [event.kind for event in events]


def kept(events: list[Any]) -> dict[str, str]:
    return {event.name: event.value for event in events if event.kind == "memo_kept"}


def test_he_speaks_and_hangs_up(desk: Desk) -> None:
    events = desk.serve([], [*spoken(VOICE), ENDED])
    assert kinds(events) == [
        "call_started", "absence_found", "memo_began",
        "memo_kept", "memo_kept", "memo_kept", "memo_ended", "call_ended",
    ]  # fmt: skip
    started, absence, began, *_, memo, call = events
    assert (started.exten, started.officer, started.caller) == (DESK.number, DESK.officer, CALLER.reveal())
    assert (absence.why, began.taken_by, began.officer) == (Outcome.NO_ANSWER, "menu", DESK.officer)
    assert kept(events) == {"recording": f"{CALL}-1-1.wav", "seconds": "1", "silent": "no"}
    assert (memo.ending, call.ended_by, call.complete) == ("hung_up", "citizen", True)
    assert {event.source for event in events} == {Source.EXTENSION}
    assert len({event.id for event in events}) == len(events)
    with wave.open(str(desk.spool / f"{CALL}-1-1.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (RATE, len(VOICE) // 2)
    assert list(desk.marks.iterdir()) == []


def test_a_key_stops_the_words_and_the_stop_key_the_recording(desk: Desk) -> None:
    events = desk.serve(key("1"), [*spoken(VOICE), *key("#")], [], [])
    assert kept(events)["seconds"] == "1"
    assert events[-2].promised_at is not None


def test_a_take_without_a_voice_is_removed_and_he_is_asked_again(desk: Desk) -> None:
    events = desk.serve([], [*spoken(bytes(len(VOICE))), *key("#")], [*spoken(VOICE), ENDED])
    assert kept(events)["recording"] == f"{CALL}-1-2.wav"
    assert [path.name for path in desk.spool.iterdir()] == [f"{CALL}-1-2.wav"]


def test_a_citizen_who_leaves_at_once_is_told_to_the_end(desk: Desk) -> None:
    assert kinds(desk.serve([ENDED]))[-2:] == ["memo_ended", "call_ended"]


def test_a_withheld_number_is_nowhere(desk: Desk) -> None:
    started = desk.serve([ENDED], caller=WITHHELD)[0]
    assert (started.caller, started.withheld) == (None, True)


def test_the_menu_goes_on_without_a_prompt_file(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    write_wav(desk.prompts / "menu" / "key-help.wav", VOICE, rate=16_000)
    prompts = Prompts(desk.prompts)
    assert prompts.frames("menu/key-help") == prompts.frames("menu/nothing") == ()
    assert "a prompt is missing" in caplog.text
    assert desk.serve([*spoken(VOICE), ENDED])


def test_a_prompt_that_was_replaced_is_played_as_it_is_now(desk: Desk) -> None:
    path = desk.prompts / "office" / "beep.wav"
    write_wav(path, VOICE[:FRAME_BYTES])
    prompts = Prompts(desk.prompts)
    assert len(prompts.frames("office/beep")) == 1
    write_wav(path, VOICE[: 2 * FRAME_BYTES + 2])
    assert [len(frame) for frame in prompts.frames("office/beep")] == [FRAME_BYTES] * 3


def test_silence_ends_a_recording(desk: Desk) -> None:
    inputs: queue.Queue[Input] = queue.Queue()
    line = Line(Citizen([[*spoken(VOICE)]], inputs), inputs)
    assert line.record(desk.spool / "x.wav", 60, 0.3, "#") == (1.0, False)
    assert line.up


def test_a_recording_ends_at_its_limit(desk: Desk) -> None:
    inputs: queue.Queue[Input] = queue.Queue()
    line = Line(Citizen([[*spoken(VOICE)]], inputs), inputs)
    assert line.record(desk.spool / "x.wav", 0.2, 60, "#") == (1.0, False)


def test_what_has_come_is_on_disk_before_the_recording_ends(desk: Desk) -> None:
    path = desk.spool / "x.wav"
    with Recording(path) as recording:
        recording.add(VOICE)
        assert path.stat().st_size == 44 + len(VOICE)


def test_the_recorder_takes_over_where_the_menu_cannot_be_had(desk: Desk) -> None:
    write_wav(desk.prompts / "office" / "beep.wav", VOICE[:FRAME_BYTES])
    teller, citizen = desk.teller(), Citizen([[*spoken(VOICE), *key("#")]])
    teller.started(Wanted("9999"), CALLER, None)
    Driver(Line(citizen, citizen.inputs), Prompts(desk.prompts), teller, desk.spool).only_record()
    events = desk.told()
    assert kept(events)["recording"] == f"{CALL}-1-recorder.wav"
    assert (events[-2].ending, events[-1].ended_by) == ("recorder", "pbx")


def test_key_zero_does_not_lose_him_where_nobody_can_be_rung(desk: Desk) -> None:
    citizen, teller = Citizen([]), desk.teller()
    write_wav(desk.prompts / "office" / "beep.wav", VOICE[:FRAME_BYTES])
    write_wav(desk.prompts / "menu" / "memo-open.a.wav", VOICE[: 5 * FRAME_BYTES])
    write_wav(desk.prompts / "menu" / "key-person.wav", VOICE[: 5 * FRAME_BYTES])
    write_wav(desk.prompts / "menu" / "memo-open-closed.wav", VOICE[: 5 * FRAME_BYTES])
    citizen.acts = [key("0"), [], [], [*spoken(VOICE), ENDED]]
    teller.started(Wanted(DESK.number, DESK), CALLER, None)
    began = begin(OFFICE, NOON, CALLER, DESK.department, None, None)
    Driver(Line(citizen, citizen.inputs), Prompts(desk.prompts), teller, desk.spool).run(began)
    assert kept(desk.told())["silent"] == "no"


def test_events_wait_on_disk_for_redis_and_come_in_order(desk: Desk) -> None:
    desk.away = True
    teller = desk.teller()
    teller.started(Wanted(DESK.number, DESK), CALLER, None)
    teller.kept("number", "0335551234")
    assert not desk.outbox.send()
    assert desk.outbox.waiting == 3
    later = Outbox(desk.folder / "outbox", desk.give)  # another run of the process
    desk.away = False
    assert later.send()
    assert kinds([decode(event) for event in desk.stream]) == ["call_started", "memo_began", "memo_kept"]
    assert later.waiting == 0


def test_a_half_written_event_is_no_event(desk: Desk) -> None:
    (desk.folder / "outbox" / "00001.part").write_bytes(b"{")
    assert Outbox(desk.folder / "outbox", desk.give).waiting == 0


def test_a_disk_that_takes_nothing_does_not_end_the_call(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ivr.phone.outbox.os.fsync", full)
    desk.teller().started(Wanted(DESK.number, DESK), CALLER, None)
    assert desk.outbox.waiting
    assert kinds(desk.told()) == ["call_started", "memo_began"]


def test_a_call_of_a_killed_run_is_told_to_its_end_once(desk: Desk) -> None:
    desk.teller().started(Wanted(DESK.number, DESK), CALLER, None)
    assert end_what_was_killed(desk.outbox, "pbx1", desk.marks, timedelta()) == 1
    assert end_what_was_killed(desk.outbox, "pbx1", desk.marks, timedelta()) == 0
    end = desk.told()[-1]
    assert (end.kind, end.complete, end.note, end.call_id) == ("call_ended", False, RESTART, CALL)


def test_a_colleagues_message_is_kept_and_is_no_citizens_call(desk: Desk) -> None:
    assert desk.serve([ENDED], caller=classify("2203"))[0].call_class == "unknown"


def test_the_id_of_a_call_holds_nothing_of_the_callers_choosing() -> None:
    assert call_id_of("../../x") != call_id_of("y")
    assert set(call_id_of("../../x").removeprefix("sip-")) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("at", "closed"),
    [
        (kst(25, 10), None),
        (kst(25, 8, 59), Closed.NIGHT),
        (kst(25, 18), Closed.NIGHT),
        (kst(28, 12), Closed.DAY_OFF),
    ],
)
def test_closed_by_the_offices_calendar(at: datetime, closed: Closed | None) -> None:
    assert closed_at(OFFICE, at.astimezone(UTC), DESK.department) is closed


def test_the_outboxs_own_thread_sends_what_is_put_while_it_runs(desk: Desk) -> None:
    desk.outbox.start()
    desk.teller().started(Wanted(DESK.number, DESK), CALLER, None)
    desk.outbox.stop(30)
    assert kinds([decode(event) for event in desk.stream]) == ["call_started", "memo_began"]
