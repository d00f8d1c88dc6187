"""Prompt files: recorded before spoken, never a name in a strange voice, one loudness, rendered once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ivr.menus.effects import BEEP, PAUSE
from ivr.prompts import sound
from ivr.prompts.library import Entry, Library
from ivr.prompts.lines import lines
from ivr.prompts.plan import plan, speaker_prompts
from ivr.prompts.voices import Espeak, VoiceError
from office.folder import Office, load_office
from office.problems import OfficeRefusedError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def office() -> Office:
    return load_office(ROOT / "examples" / "pyeongchang")


class ToneVoice:
    """Says every text as a tone, and remembers what it was asked to say."""

    name = "tone"
    version = "1"

    def __init__(self) -> None:
        self.said: list[str] = []

    def render(self, text: str) -> tuple[sound.Samples, int]:
        self.said.append(text)
        return sound.tone(0.3, 500, level=0.5), sound.RATE


def record(path: Path, samples: sound.Samples) -> None:
    sound.write_wav(path, samples)


def make(
    office: Office, folder: Path, voice: ToneVoice, told: Callable[[str], None] = lambda _: None
) -> dict[str, Entry]:
    library = Library(folder / "prompts", folder / "recordings", voice, office.charter.ring, lines(office))
    return library.make(plan(office), told)


def test_no_strange_voice_says_an_officers_name(office: Office, tmp_path: Path) -> None:
    voice = ToneVoice()
    make(office, tmp_path, voice)
    names = [officer.name for officer in office.directory.officers.values()]
    assert voice.said
    assert not [text for text in voice.said for name in names if name in text]


def test_an_officers_own_recording_comes_first(office: Office, tmp_path: Path) -> None:
    record(tmp_path / "recordings/officer/kim_ms/greeting.wav", sound.tone(0.5, 700))
    record(tmp_path / "recordings/dept/haengjeong/apology.wav", sound.tone(0.5, 800))
    made = make(office, tmp_path, ToneVoice())
    assert made["officer/kim_ms/greeting"].source == "recorded"
    assert made["dept/haengjeong/apology"].source == "recorded"
    assert made["dept/haengjeong/greeting"].source == "tone"
    desk = office.directory.desks["2202"]
    assert speaker_prompts(office, desk, made) == ("officer/kim_ms/greeting", "dept/haengjeong/apology")


def test_a_second_start_renders_nothing(office: Office, tmp_path: Path) -> None:
    first, told = make(office, tmp_path, ToneVoice()), list[str]()
    voice = ToneVoice()
    assert make(office, tmp_path, voice, told.append) == first
    assert (voice.said, told) == ([], [])


def test_a_first_start_is_told_in_one_line(office: Office, tmp_path: Path) -> None:
    told = list[str]()
    made = make(office, tmp_path, ToneVoice(), told.append)
    spoken = [name for name, entry in made.items() if entry.source != "assembled"]
    assert told == [f"{len(spoken)} prompts are made"]


def test_the_tone_and_the_pause_are_sounds(office: Office, tmp_path: Path) -> None:
    make(office, tmp_path, ToneVoice())
    tone, rate = sound.read_wav((tmp_path / f"prompts/{BEEP}.wav").read_bytes())
    assert abs(int(np.abs(np.fft.rfft(tone)).argmax()) * rate / len(tone) - 1000) < 5
    pause, rate = sound.read_wav((tmp_path / f"prompts/{PAUSE}.wav").read_bytes())
    assert (len(pause) / rate, float(np.abs(pause).max())) == (0.4, 0.0)


def test_what_is_gone_or_changed_is_made_again(office: Office, tmp_path: Path) -> None:
    make(office, tmp_path, ToneVoice())
    (tmp_path / "prompts/dept/minwon/greeting.wav").unlink()
    record(tmp_path / "recordings/office/notice.wav", sound.tone(0.5, 600))
    told = list[str]()
    make(office, tmp_path, ToneVoice(), told.append)
    assert told == ["prompt office/notice (recorded)", "prompt dept/minwon/greeting (tone)"]


def test_a_recording_that_is_taken_back_leaves_no_file(office: Office, tmp_path: Path) -> None:
    recording = tmp_path / "recordings/officer/kim_ms/greeting.wav"
    record(recording, sound.tone(0.5, 700))
    make(office, tmp_path, ToneVoice())
    recording.unlink()
    assert "officer/kim_ms/greeting" not in make(office, tmp_path, ToneVoice())
    assert not (tmp_path / "prompts/officer/kim_ms/greeting.wav").exists()


@pytest.mark.parametrize("raw", [b"", b"RIFF....", b"\0" * 500])
def test_a_recording_that_is_no_sound_is_named(office: Office, tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "recordings/office/notice.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(raw)
    with pytest.raises(OfficeRefusedError, match=r"recordings/office/notice\.wav:1: .*WAV"):
        make(office, tmp_path, ToneVoice())


def test_a_silent_recording_is_refused(office: Office, tmp_path: Path) -> None:
    record(tmp_path / "recordings/office/notice.wav", sound.silence(2))
    with pytest.raises(OfficeRefusedError, match="nothing is heard"):
        make(office, tmp_path, ToneVoice())


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_every_rate_becomes_the_telephones(rate: int) -> None:
    at = np.arange(rate) / rate
    made = sound.telephone((0.1 * np.sin(2 * np.pi * 1000 * at)).astype(np.float32), rate)
    assert abs(len(made) / sound.RATE - 1) < 0.02
    assert abs(float(np.abs(made).max()) - 10 ** (-3 / 20)) < 0.01
    spectrum = np.abs(np.fft.rfft(made))
    assert abs(int(spectrum.argmax()) * sound.RATE / len(made) - 1000) < 2


def test_the_early_apology_lies_after_the_limits_ringback(office: Office, tmp_path: Path) -> None:
    make(office, tmp_path, ToneVoice())
    samples, _ = sound.read_wav((tmp_path / "prompts/early/early.wav").read_bytes())
    loud = np.abs(samples) > 0.05
    second = sound.RATE
    assert loud[:second].any()
    assert not loud[round(1.05 * second) : round(2.95 * second)].any()
    assert not loud[round(4.05 * second) : round(5.95 * second)].any()
    assert loud[6 * second : round(6.25 * second)].any()


def test_a_missing_voice_program_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="scripts/setup"):
        Espeak(tmp_path / "espeak-ng").render("안녕하십니까")
