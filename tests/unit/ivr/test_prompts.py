"""Prompt files: recorded before spoken, never a name in a strange voice, one loudness, rendered once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ivr.menus.effects import BEEP, PAUSE
from ivr.menus.parts import menu_prompts
from ivr.prompts import sound
from ivr.prompts.library import READY, Library, Places, Rules
from ivr.prompts.lines import lines
from ivr.prompts.manifest import Entry
from ivr.prompts.plan import desk_words, general, plan
from ivr.prompts.voices import Espeak, Voice, VoiceError
from ivr.prompts.wanted import with_texts
from office.folder import Office, load_office
from office.problems import OfficeRefusedError
from tests.support.tone_voice import ToneVoice

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def office() -> Office:
    return load_office(ROOT / "examples" / "pyeongchang")


def record(path: Path, samples: sound.Samples) -> None:
    sound.write_wav(path, samples)


def library_of(
    office: Office,
    folder: Path,
    voice: Voice,
    *,
    approved: dict[str, str] | None = None,
    quick: Voice | None = None,
) -> Library:
    """With `approved` synthetic prompts need it, without they do not."""
    rules = Rules(
        ring=office.charter.ring,
        lines=tuple(lines(office)),
        general=general(office),
        always=approved is None,
        approved=approved or {},
    )
    places = Places(folder / "prompts", (folder / "studio", folder / "recordings"), folder)
    return Library(places, voice, rules, quick)


def make(
    office: Office, folder: Path, voice: Voice, told: Callable[[str], None] = lambda _: None
) -> dict[str, Entry]:
    return library_of(office, folder, voice).make(plan(office), told)


def same_sound(folder: Path, name: str, other: str) -> bool:
    first, second = ((folder / f"prompts/{file}.wav").read_bytes() for file in (name, other))
    return first == second


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
    assert same_sound(tmp_path, "desk/2202/greeting", "officer/kim_ms/greeting")
    assert same_sound(tmp_path, "desk/2202/apology", "dept/haengjeong/apology")


def test_the_studios_recording_comes_before_the_folders(office: Office, tmp_path: Path) -> None:
    record(tmp_path / "recordings/office/notice.wav", sound.tone(0.5, 700))
    make(office, tmp_path, ToneVoice())
    from_folder = (tmp_path / "prompts/office/notice.wav").read_bytes()
    record(tmp_path / "studio/office/notice.wav", sound.tone(0.9, 800))
    make(office, tmp_path, ToneVoice())
    assert (tmp_path / "prompts/office/notice.wav").read_bytes() != from_folder
    (tmp_path / "studio/office/notice.wav").unlink()
    make(office, tmp_path, ToneVoice())
    assert (tmp_path / "prompts/office/notice.wav").read_bytes() == from_folder


def test_a_sentence_is_pieced_together_only_of_all_its_parts(office: Office, tmp_path: Path) -> None:
    parts = ("greet-noname.a", "office", "dept/minwon", "greet-noname.b")
    for place, part in enumerate(parts):
        assert make(office, tmp_path, ToneVoice())["dept/minwon/greeting"].source == "tone"
        record(tmp_path / f"recordings/parts/{part}.wav", sound.tone(0.5, 500 + 100 * place))
    made = make(office, tmp_path, ToneVoice())
    assert made["dept/minwon/greeting"].source == "assembled"
    assert made["dept/haengjeong/greeting"].source == "tone"
    assert 1900 < made["dept/minwon/greeting"].length_ms < 2800


def test_what_is_not_approved_is_not_heard_and_the_general_sentence_is(
    office: Office, tmp_path: Path
) -> None:
    voice = ToneVoice()
    nothing = library_of(office, tmp_path, voice, approved={}).make(plan(office), lambda _: None)
    assert {"office/note-greeting", "office/duty-call"} <= nothing.keys()
    assert (
        not {"office/greeting", "dept/minwon/greeting", "desk/2202/greeting", "office/notice"}
        & nothing.keys()
    )
    assert not (tmp_path / "prompts/desk/2202/greeting.wav").exists()
    sources = {s.prompt.name: s for s in library_of(office, tmp_path, voice).sources(plan(office))}
    approved = {"office/greeting": sources["office/greeting"].key}
    voice.said.clear()
    made = library_of(office, tmp_path, voice, approved=approved).make(plan(office), lambda _: None)
    assert not voice.said
    assert made["desk/2202/greeting"].general
    assert same_sound(tmp_path, "desk/2202/greeting", "office/greeting")
    assert "desk/2202/apology" not in made


def test_an_approval_binds_to_the_words(office: Office, tmp_path: Path) -> None:
    """A sentence that is changed is heard as it was until the new one is approved."""
    first = library_of(office, tmp_path, ToneVoice())
    approved = {source.prompt.name: source.key for source in first.sources(plan(office))}
    made = library_of(office, tmp_path, ToneVoice(), approved=approved).make(plan(office), lambda _: None)
    assert "office/notice" in made
    other = with_texts(office, {"notice-recording": "{office}입니다. 통화가 녹음됩니다."})
    library = library_of(other, tmp_path, ToneVoice(), approved=approved)
    assert library.make(plan(other), lambda _: None)["office/notice"] == made["office/notice"]
    del approved["office/notice"]
    library = library_of(other, tmp_path, ToneVoice(), approved=approved)
    assert "office/notice" not in library.make(plan(other), lambda _: None)
    assert not (tmp_path / "prompts/office/notice.wav").exists()


def test_the_menu_is_ready_while_all_of_it_may_be_heard(office: Office, tmp_path: Path) -> None:
    prompts = list(menu_prompts(office))
    library = library_of(office, tmp_path, ToneVoice())
    approved = {source.prompt.name: source.key for source in library.sources(prompts)}
    library_of(office, tmp_path, ToneVoice(), approved=approved).make(prompts, lambda _: None)
    assert (tmp_path / "prompts" / "menu" / READY).is_file()
    del approved["menu/digit/7"]
    library_of(office, tmp_path, ToneVoice(), approved=approved).make(prompts, lambda _: None)
    assert not (tmp_path / "prompts" / "menu" / READY).exists()


def test_a_quick_voice_stands_in_for_a_slow_one(office: Office, tmp_path: Path) -> None:
    slow, quick = ToneVoice("slow"), ToneVoice()
    started = library_of(office, tmp_path, slow, quick=quick)
    assert started.make(plan(office), lambda _: None)["office/notice"].source == "tone"
    assert not slow.said
    quick.said.clear()
    started.make(plan(office), lambda _: None)
    assert not quick.said, "a second start renders nothing"
    made = library_of(office, tmp_path, slow).make(plan(office), lambda _: None)
    assert made["office/notice"].source == "slow"
    assert started.settle(plan(office))["office/notice"].source == "slow"


def test_no_stand_in_is_heard_where_approval_is_needed(office: Office, tmp_path: Path) -> None:
    library = library_of(office, tmp_path, ToneVoice("slow"), approved={}, quick=ToneVoice())
    made = library.make(plan(office), lambda _: None)
    assert "office/notice" not in made
    assert made["office/duty-call"].source == "tone"


def test_what_the_dialplan_plays_at_answer_always_has_a_place(office: Office) -> None:
    stand_ins = general(office)
    for number, desk in office.directory.desks.items():
        for word in ("greeting", "apology"):
            assert stand_ins[desk_words(number, word)][-1] == f"office/{word}"
            assert (
                desk.officer is None
                or stand_ins[desk_words(number, word)][0] == f"officer/{desk.officer}/{word}"
            )


def test_a_second_start_renders_nothing(office: Office, tmp_path: Path) -> None:
    first, told = make(office, tmp_path, ToneVoice()), list[str]()
    voice = ToneVoice()
    assert make(office, tmp_path, voice, told.append) == first
    assert (voice.said, told) == ([], [])


def test_a_first_start_is_told_in_one_line(office: Office, tmp_path: Path) -> None:
    told = list[str]()
    made = make(office, tmp_path, ToneVoice(), told.append)
    spoken = [name for name, entry in made.items() if entry.source == "tone" and not entry.general]
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
    assert told == ["prompt office/notice (recorded)"]
    assert (tmp_path / "prompts/dept/minwon/greeting.wav").is_file(), "from the cache"


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
    assert abs(sound.loudness_db(made) - -18.0) < 0.5
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


class MuteVoice(ToneVoice):
    def render(self, text: str) -> tuple[sound.Samples, int]:
        return sound.silence(1), sound.RATE


def test_a_voice_that_says_nothing_is_told_with_the_words(office: Office, tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="tone gave no sound for '평창군청입니다"):
        make(office, tmp_path, MuteVoice())


def test_a_missing_voice_program_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="scripts/setup"):
        Espeak(tmp_path / "espeak-ng").render("안녕하십니까")
