"""The judge of memos knows how a moment is said, and finds every way in which a memo can be wrong."""

import wave
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from office.calendar import KST
from rehearsal.phone.rtp import RATE, tone_pcm
from rehearsal.scenarios.memo_truth import moment_files, voice_s

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=KST)


@pytest.mark.parametrize(
    ("at", "files"),
    [
        (NOON + timedelta(hours=2), ("menu/day/today", "menu/hour/14-until")),
        (
            NOON + timedelta(hours=2, seconds=1),
            ("menu/day/today", "menu/hour/14", "menu/minute/10-until"),
        ),
        (NOON + timedelta(hours=22), ("menu/day/tomorrow", "menu/hour/10-until")),
        (NOON + timedelta(days=4), ("menu/weekday/7", "menu/hour/12-until")),
    ],
)
def test_a_moment_is_said_rounded_up(at: datetime, files: tuple[str, ...]) -> None:
    assert moment_files(at.astimezone(UTC), NOON, "-until") == files


def sound(*parts: Any) -> bytes:
    """A recording as the product hands it out."""
    data = BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.concatenate(parts).astype("<i2").tobytes())
    return data.getvalue()


def test_a_voice_is_found_in_its_recording_and_no_other() -> None:
    quiet = np.zeros(RATE, dtype=np.int16)
    wav = sound(quiet, tone_pcm((945,), 1.5), quiet)
    assert voice_s(wav, 945) == pytest.approx(1.5, abs=0.1)
    assert voice_s(wav, 1005) == 0.0
    assert voice_s(b"", 945) == 0.0
