"""The judge takes words that stuttered for said, and words that were not said whole for what they are."""

import numpy as np
import pytest

from rehearsal.phone.audio import UNKNOWN, Heard, Tone
from rehearsal.phone.rtp import RATE, Pcm
from rehearsal.scenarios.truth import whole

KNOWN: dict[str, Tone | Pcm] = {"greeting": np.zeros(4 * RATE, dtype=np.int16), "ringback": Tone(440, 480)}


def part(start_s: float, from_s: float, to_s: float) -> Heard:
    return Heard("greeting", start_s, start_s + to_s - from_s, from_s, to_s, from_s == 0.0 and to_s == 4.0)


@pytest.mark.parametrize(
    "sounds",
    [
        [part(1.0, 0.0, 4.0)],
        [part(1.0, 0.0, 2.0), part(3.6, 2.1, 4.0)],
        [Heard(UNKNOWN, 1.0, 1.2), part(1.3, 0.3, 4.0)],
    ],
    ids=["in one", "the line stopped in the middle", "its first word was damaged"],
)
def test_words_that_were_said_to_the_end(sounds: list[Heard]) -> None:
    assert whole(sounds, KNOWN) == {"greeting"}


@pytest.mark.parametrize(
    "sounds",
    [
        [],
        [part(1.0, 0.0, 3.5)],
        [part(1.3, 0.3, 4.0)],
        [part(1.0, 0.0, 0.5), part(4.0, 3.0, 4.0)],
    ],
    ids=["none", "cut at the end", "its first word never came", "hardly any of it"],
)
def test_words_that_were_not(sounds: list[Heard]) -> None:
    assert whole(sounds, KNOWN) == set()


def test_a_first_word_too_broken_to_tell_is_known_by_the_line_s_first_sound() -> None:
    """The late pick-up whose first 140 ms a loaded machine tore."""
    torn = [part(1.14, 0.14, 4.0)]
    assert whole(torn, KNOWN, 1.04) == {"greeting"}
    assert whole(torn, KNOWN, 1.6) == set()
    assert whole(torn, KNOWN, 0.5) == set()
