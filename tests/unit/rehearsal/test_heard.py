"""What a phone heard is told right: prompts whole and cut, alike prompts, tones, noise, lost packets."""

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from rehearsal.phone.audio import RINGBACK, UNKNOWN, Heard, Tone, heard_in, load_prompt
from rehearsal.phone.instants import Instant
from rehearsal.phone.likeness import likeness
from rehearsal.phone.media import Arrival
from rehearsal.phone.rtp import FRAME_SAMPLES, RATE, Packet, Pcm, frames_of, is_loud, tone_pcm
from rehearsal.phone.timeline import Timeline, timeline

ZERO = Instant(1_000_000_000, 1_700_000_000_000_000_000)
START_S, END_S = 0.02, 0.04  # the precision promised


def words(seed: int, seconds: float) -> Pcm:
    """Something like speech: a gliding voice with wandering loudness, syllables and short pauses."""
    random = np.random.default_rng(seed)
    length = round(seconds * RATE)
    at_s = np.arange(length) / RATE
    pitch = np.interp(
        at_s,
        np.arange(0, seconds + 1, 0.15),
        random.uniform(90, 220, int(seconds / 0.15) + 8)[: len(np.arange(0, seconds + 1, 0.15))],
    )
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    steps = np.arange(0, seconds + 1, 0.1)
    voice = np.zeros(length)
    for harmonic in range(1, 16):
        voice += np.sin(harmonic * phase) * np.interp(
            at_s, steps, random.uniform(0, 1 / harmonic, len(steps))
        )
    syllables = np.interp(at_s, steps, random.choice([0.0, 0.4, 1.0, 1.0], len(steps)))
    return np.asarray(voice * syllables * 5000, dtype=np.int16)


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def call_of(*parts: Pcm, random: np.random.Generator | None = None, lost: Iterable[int] = ()) -> Timeline:
    """The parts as packets through µ-law, each up to 8 ms late, some lost."""
    jitter = random or np.random.default_rng(7)
    arrivals = []
    for n, payload in enumerate(frames_of(np.concatenate(parts))):
        late_ns = int(jitter.uniform(0, 8e6)) if n else 0
        at = Instant(ZERO.mono_ns + n * 20_000_000 + late_ns, ZERO.wall_ns + n * 20_000_000 + late_ns)
        packet = Packet(0, n & 0xFFFF, (2**32 - 1600 + n * FRAME_SAMPLES) & 0xFFFFFFFF, 1, payload)
        if n not in set(lost):
            arrivals.append(Arrival(at, packet, is_loud(payload)))
    line = timeline(arrivals)
    assert line is not None
    return line


def assert_heard(found: list[Heard], expected: list[tuple[str, float, float]]) -> None:
    assert [h.name for h in found] == [name for name, _, _ in expected], found
    for h, (_, start, end) in zip(found, expected, strict=True):
        assert h.start_s == pytest.approx(start, abs=START_S)
        assert h.end_s == pytest.approx(end, abs=END_S)


GREETING = np.concatenate([words(1, 1.7), words(99, 1.2)])  # both end with the same words
APOLOGY = np.concatenate([words(2, 2.6), silence(0.25), words(99, 1.2)])
NOTICE = np.concatenate([silence(0.12), words(3, 2.0), silence(0.3)])
KNOWN: dict[str, Tone | Pcm] = {
    "greeting": GREETING, "apology": APOLOGY, "notice": NOTICE,
    "ringback": RINGBACK, "officer": Tone(700), "deputy": Tone(725),
}  # fmt: skip


def test_a_whole_call_is_told_in_order() -> None:
    ring = tone_pcm((440, 480), 1.0)
    line = call_of(NOTICE, ring, silence(2.0), ring, silence(0.5), GREETING, tone_pcm((700,), 2.0))
    found = heard_in(line, KNOWN, offset_s=0.5)
    n = len(NOTICE) / RATE + 0.5
    g = n + 4.5
    assert_heard(
        found,
        [
            ("notice", 0.5, n), ("ringback", n, n + 1), ("ringback", n + 3, n + 4),
            ("greeting", g, g + 2.9), ("officer", g + 2.9, g + 4.9),
        ],
    )  # fmt: skip
    assert all(h.whole for h in found)


@pytest.mark.parametrize("heard_s", [0.4, 0.9, 1.5, 2.2, 2.7])
def test_a_cut_prompt_tells_where_it_was_cut(heard_s: float) -> None:
    part = GREETING[: round(heard_s * RATE)]
    (found,) = heard_in(call_of(silence(0.3), part, silence(0.4)), KNOWN)
    voiced_until = np.flatnonzero(np.abs(part) > 400)[-1] / RATE
    assert found.name == "greeting"
    assert not found.whole
    assert found.from_s == 0
    assert found.start_s == pytest.approx(0.3, abs=START_S)
    assert found.to_s == pytest.approx(voiced_until, abs=END_S)
    assert found.end_s == pytest.approx(0.3 + found.to_s, abs=START_S)


def test_a_prompt_cut_off_by_a_tone_ends_where_the_tone_begins() -> None:
    line = call_of(APOLOGY[: round(1.33 * RATE)], tone_pcm((725,), 1.0))
    apology, tone = heard_in(line, KNOWN)
    assert (apology.name, apology.whole) == ("apology", False)
    assert apology.end_s == pytest.approx(1.33, abs=END_S)
    assert (tone.name, round(tone.end_s - tone.start_s, 1)) == ("deputy", 1.0)
    assert tone.start_s == pytest.approx(1.33, abs=START_S)


@pytest.mark.parametrize(("name", "prompt"), [("greeting", GREETING), ("apology", APOLOGY)])
def test_prompts_that_end_alike_are_told_apart(name: str, prompt: Pcm) -> None:
    found = heard_in(call_of(silence(0.2), prompt, silence(0.2)), KNOWN)
    assert_heard(found, [(name, 0.2, 0.2 + len(prompt) / RATE)])
    assert found[0].or_else == ()


def test_prompts_that_begin_alike_are_told_apart_only_after_the_common_words() -> None:
    known: dict[str, Tone | Pcm] = {
        "late": np.concatenate([words(50, 1.0), words(51, 1.0)]),
        "on_time": np.concatenate([words(50, 1.0), words(52, 1.5)]),
    }
    on_time = np.asarray(known["on_time"])
    (common,) = heard_in(call_of(on_time[: round(0.8 * RATE)]), known)
    (further,) = heard_in(call_of(on_time[: round(1.6 * RATE)]), known)
    assert {common.name, *common.or_else} == {"late", "on_time"}
    assert (further.name, further.or_else) == ("on_time", ())


def test_only_the_end_of_a_prompt_was_heard() -> None:
    (found,) = heard_in(call_of(APOLOGY[round(1.0 * RATE) :]), KNOWN)
    assert (found.name, found.whole) == ("apology", False)
    assert found.from_s - found.start_s == pytest.approx(1.0, abs=START_S)
    assert found.to_s == pytest.approx(len(APOLOGY) / RATE)


def test_the_same_prompt_twice_is_heard_twice() -> None:
    length = len(NOTICE) / RATE
    found = heard_in(call_of(NOTICE, silence(0.5), NOTICE), KNOWN)
    assert_heard(found, [("notice", 0.0, length), ("notice", length + 0.5, 2 * length + 0.5)])


def test_noise_at_10_db_hides_nothing() -> None:
    clean = np.concatenate([silence(0.5), GREETING, tone_pcm((700,), 1.0)]).astype(np.float64)
    level = np.sqrt(np.mean(GREETING.astype(np.float64) ** 2)) * 10 ** (-10 / 20)
    noisy = clean + np.random.default_rng(5).normal(0, level, len(clean))
    found = heard_in(call_of(noisy.astype(np.int16)), KNOWN)
    known = [h for h in found if h.name != UNKNOWN]
    assert_heard(known, [("greeting", 0.5, 3.4), ("officer", 3.4, 4.4)])


def test_a_tone_under_a_prompt_is_heard_too() -> None:
    tone = tone_pcm((700,), len(GREETING) / RATE).astype(np.int32) // 8
    found = heard_in(call_of((GREETING + tone).astype(np.int16)), KNOWN)
    assert [h.name for h in found] == ["greeting", "officer"]
    assert found[1].end_s - found[1].start_s > 2.0


def test_two_tones_at_once_are_both_heard() -> None:
    found = heard_in(call_of(silence(0.2), tone_pcm((700, 725), 1.0), silence(0.2)), KNOWN)
    assert_heard(sorted(found, key=lambda h: h.name), [("deputy", 0.2, 1.2), ("officer", 0.2, 1.2)])


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    found = heard_in(call_of(silence(0.3), words(77, 1.5), silence(0.3)), KNOWN)
    assert {h.name for h in found} == {UNKNOWN}


def test_noise_and_silence_are_no_prompt() -> None:
    noise = np.random.default_rng(3).normal(0, 3000, 3 * RATE).astype(np.int16)
    assert {h.name for h in heard_in(call_of(noise), KNOWN)} == {UNKNOWN}
    assert heard_in(call_of(silence(3.0)), KNOWN) == []
    assert heard_in(None, KNOWN) == []


def test_lost_packets_do_not_break_a_prompt() -> None:
    found = heard_in(call_of(GREETING, lost=[40, 41, 90]), KNOWN)
    assert_heard(found, [("greeting", 0.0, 2.9)])
    assert found[0].whole


@pytest.mark.parametrize("late_ms", [1.5, 30.0])
def test_a_first_packet_that_came_late_costs_no_sample(late_ms: float) -> None:
    """Those behind it came in their turn: its sound lies before its arrival, and none is cut off."""
    frames = frames_of(GREETING)
    late = [round(late_ms * 1_000_000), *[0] * (len(frames) - 1)]
    arrivals = [
        Arrival(
            Instant(ZERO.mono_ns + n * 20_000_000 + late[n], 0), Packet(0, n, n * FRAME_SAMPLES, 1, payload),
            loud=True,
        )
        for n, payload in enumerate(frames)
    ]  # fmt: skip
    line = timeline(arrivals)
    assert line is not None
    assert len(line.samples) == len(frames) * FRAME_SAMPLES
    assert line.seconds_after(ZERO) == 0
    assert likeness(line.samples, GREETING) > 0.99


def test_a_new_source_with_a_wild_timestamp_is_placed_by_its_arrival() -> None:
    first, second = frames_of(tone_pcm((700,), 0.5)), frames_of(tone_pcm((725,), 0.5))
    arrivals = [
        Arrival(
            Instant(ZERO.mono_ns + n * 20_000_000, 0), Packet(0, n, base + n * 160, ssrc, payload), loud=True
        )
        for base, ssrc, numbered in ((0, 1, enumerate(first)), (500_000_000, 2, enumerate(second, 40)))
        for n, payload in numbered
    ]
    line = timeline(arrivals)
    assert line is not None
    assert len(line.samples) == 65 * FRAME_SAMPLES
    assert_heard(heard_in(line, KNOWN), [("officer", 0.0, 0.5), ("deputy", 0.8, 1.3)])


def test_prompt_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    for rate in (RATE, 16000):
        with wave.open(str(tmp_path / f"{rate}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(NOTICE.tobytes())
    assert np.array_equal(load_prompt(tmp_path / "8000.wav"), NOTICE)
    with pytest.raises(ValueError, match="16000"):
        load_prompt(tmp_path / "16000.wav")
