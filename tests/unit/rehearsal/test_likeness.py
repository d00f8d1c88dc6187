"""Likeness of a heard sound and a prompt: the same whatever its place, loudness and the line's coding."""

import numpy as np
import pytest

from rehearsal.bench.voice import distance
from rehearsal.phone.likeness import likeness
from rehearsal.phone.rtp import Pcm

_random = np.random.default_rng(1)


def speech(seconds: float) -> Pcm:
    """Noise that swells and falls as syllables do."""
    noise = _random.normal(0, 4000, round(8000 * seconds))
    return (noise * np.abs(np.sin(np.arange(len(noise)) / 900))).clip(-32000, 32000).astype(np.int16)


@pytest.mark.parametrize("gain", [0.2, 1.0])
def test_a_prompt_is_found_wherever_it_lies(gain: float) -> None:
    prompt = speech(1.5)
    line = np.concatenate([speech(1.0), gain * prompt.astype(np.float32), speech(0.5)]).astype(np.float32)
    assert likeness(line + _random.normal(0, 30, len(line)).astype(np.float32), prompt) > 0.95


def test_another_sound_is_not_it() -> None:
    prompt = speech(1.5)
    assert likeness(speech(3.0).astype(np.float32), prompt) < 0.2
    half = np.concatenate([prompt[:6000], np.zeros(12_000)]).astype(np.float32)
    assert likeness(half, prompt) < 0.9
    assert likeness(np.zeros(100, np.float32), prompt) == 0.0


@pytest.mark.parametrize(
    ("wanted", "found", "wrong"),
    [("행정과", "행정과", 0), ("행정과", "행정", 1), ("가나다", "나다라", 2), ("", "가", 1)],
)
def test_characters_wrong(wanted: str, found: str, wrong: int) -> None:
    assert distance(wanted, found) == wrong
