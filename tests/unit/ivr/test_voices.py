"""Voices by name: one that cannot be used says why and switches off itself alone; a sentence of Kokoro."""

import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from ivr import say
from ivr.prompts import sound
from ivr.prompts.korean.wordlist import word_list
from ivr.prompts.voices import VoiceError
from ivr.prompts.voices.choice import NAMES, Means, offers, voice_named, voice_or_last_resort, wanted_name
from ivr.prompts.voices.kokoro import Kokoro
from stack.settings import TREE

MEANS = Means(espeak=TREE / "bin" / "espeak-ng", words=word_list(departments=["행정과"]))
SENTENCE = "안녕하십니까, 평창군청 행정과입니다."
BEEPS = """
import io, sys, wave
text = sys.stdin.buffer.read().decode()
if "못" in text: sys.exit("no such word")
told = io.BytesIO()
with wave.open(told, "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(16000)
    file.writeframes(bytes([0, 32, 0, 224] * 400 * len(text)))
sys.stdout.buffer.write(told.getvalue())
"""


def beeping() -> Means:
    command = shlex.join([sys.executable, "-I", "-c", BEEPS])
    return Means(espeak=MEANS.espeak, words=MEANS.words, command=command)


def test_every_voice_is_offered_with_the_reason_where_it_cannot_be_used() -> None:
    told = {offer.name: offer for offer in offers(MEANS)}
    assert tuple(told) == NAMES
    assert all(offer.usable != bool(offer.why) for offer in told.values())
    assert "CHARTERLINE_VOICE_COMMAND" in told["command"].why
    assert told["espeak"].warning
    assert told["recorded"].usable


@pytest.mark.parametrize(("name", "package"), [("supertonic", "supertonic"), ("sherpa", "sherpa-onnx")])
def test_a_voice_whose_package_is_missing_names_it(name: str, package: str) -> None:
    with pytest.raises(VoiceError, match=f"{package} is not installed"):
        voice_named(name, MEANS)


def test_a_missing_package_of_the_default_voice_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "modules", {k: v for k, v in sys.modules.items() if "onnx" not in k})
    with pytest.raises(VoiceError, match=r"onnxruntime is not installed; run scripts/setup"):
        Kokoro(word_list())


def test_where_a_voice_cannot_be_used_the_last_resort_speaks_and_it_is_told() -> None:
    told = list[str]()
    assert voice_or_last_resort("command", MEANS, told.append).name == "espeak"
    assert "hard to understand" in told[0]
    with pytest.raises(VoiceError, match="there is no voice 'robot'; there are kokoro"):
        voice_or_last_resort("robot", MEANS, told.append)


def test_the_environment_names_the_voice_before_the_charter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHARTERLINE_VOICE", raising=False)
    assert (wanted_name(), wanted_name("recorded")) == ("kokoro", "recorded")
    monkeypatch.setenv("CHARTERLINE_VOICE", "espeak")
    assert wanted_name("recorded") == "espeak"


def test_any_program_can_be_a_voice() -> None:
    samples, rate = voice_named("command", beeping()).render("가나다")
    assert (rate, len(samples)) == (16000, 2400)


@pytest.mark.parametrize(
    ("command", "reason"),
    [("/nonexistent/say", "No such file"), ("true", "no sound"), (None, "no such word")],
)
def test_a_program_that_fails_says_why(command: str | None, reason: str) -> None:
    means = beeping() if command is None else Means(espeak=MEANS.espeak, words=MEANS.words, command=command)
    with pytest.raises(VoiceError, match=reason):
        voice_named("command", means).render("못")


def test_only_recordings_means_no_voice() -> None:
    with pytest.raises(VoiceError, match="record it"):
        voice_named("recorded", MEANS).render("가")


def test_kokoro_says_a_sentence() -> None:
    """One real rendering: as long as a person would take, and speech by its spectrum, not noise or a tone."""
    voice = voice_named("kokoro", MEANS)
    assert voice.reading(SENTENCE) == "annjʌŋhaɕimnika, pʰjʌŋʨʰaŋɡunʨʰʌŋ hɛŋʥʌŋkwaimnida."
    samples = sound.telephone(*voice.render(SENTENCE))
    seconds = len(samples) / sound.RATE
    assert 2.0 < seconds < 5.0
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    power = np.sqrt((frames**2).mean(axis=1))
    assert 0.05 < float((power < 0.1 * power.max()).mean()) < 0.6, "syllables and pauses"
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(160), axis=1)).mean(axis=0)
    assert spectrum[4:20].mean() > 3 * spectrum[60:].mean(), "more below 1 kHz than above 3"


def test_say_writes_a_file_and_prints_how_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARTERLINE_VOICE_COMMAND", shlex.join([sys.executable, "-I", "-c", BEEPS]))
    out = tmp_path / "a.wav"
    words = ["2번 용건", "--out", str(out), "--voice", "command", "--rate", "16000", "--spoken"]
    assert say.main(words) == 0
    told = capsys.readouterr()
    assert told.out == "이번 용건\n"
    assert "pronounced 이번 용껀" in told.err
    assert sound.read_wav(out.read_bytes())[1] == 16000
    assert say.main(["못", "--out", str(out), "--voice", "command"]) == 1
    assert "no such word" in capsys.readouterr().err
