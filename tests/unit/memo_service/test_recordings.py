"""Recordings: what is sound and what is not (REC-01), parts of them, and their seal."""

import struct
import wave
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from cryptography.exceptions import InvalidTag

from memo_service.protect import open_keyring
from memo_service.recordings.ranges import ranged
from memo_service.recordings.vault import Vault
from memo_service.recordings.wav import read_sound
from tests.support.sounds import HEADER_ALONE, RATE, silence, voice, wav


@pytest.mark.parametrize("content", [b"", HEADER_ALONE, b"no wav at all", HEADER_ALONE[:20]])
def test_rec_01_a_file_without_sound_is_none(content: bytes) -> None:
    assert read_sound(content) is None


def test_a_voice_has_its_length_and_picture() -> None:
    sound = read_sound(voice(2.5))
    assert sound is not None
    assert sound.has_voice
    assert sound.length_ms == 2500
    assert len(sound.peaks) == 120
    assert max(sound.peaks) == round(6000 / 327.68)


def test_silence_is_no_voice() -> None:
    sound = read_sound(silence(3))
    assert sound is not None
    assert not sound.has_voice


def test_a_quiet_old_voice_is_one() -> None:
    sound = read_sound(voice(1, level=400))
    assert sound is not None
    assert sound.has_voice


@pytest.mark.parametrize("told", [0, 10_000_000])
def test_a_header_that_the_pbx_never_finished_is_mended(told: int) -> None:
    tone = (np.sin(np.arange(RATE)) * 3000).astype(np.int16)
    sound = read_sound(wav(tone, told_bytes=told))
    assert sound is not None
    with wave.open(BytesIO(sound.wav)) as opened:
        assert (opened.getnframes(), opened.getframerate(), opened.getnchannels()) == (RATE, RATE, 1)


def test_chunks_before_the_sound_are_passed_over() -> None:
    plain = voice(0.5)
    listed = plain[:36] + struct.pack("<4sI", b"LIST", 5) + b"abcde\0" + plain[36:]
    whole, passed = read_sound(plain), read_sound(listed)
    assert whole is not None
    assert whole == passed


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        (None, 200, b"0123456789"),
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=-99", 206, b"0123456789"),
        ("bytes=0-99", 206, b"0123456789"),
        ("bytes=0-1,4-5", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
        ("bytes=10-", 416, b""),
        ("bytes=5-2", 416, b""),
        ("bytes=-0", 416, b""),
    ],
)
def test_a_player_gets_the_part_it_asks_for(asked: str | None, status: int, part: bytes) -> None:
    answer = ranged(b"0123456789", asked, "audio/wav")
    assert (answer.status_code, answer.body) == (status, part)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["accept-ranges"] == "bytes"
    if status == 206:
        assert answer.headers["content-range"].endswith("/10")


def test_what_the_vault_holds_is_sealed_and_bound_to_its_id(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "recordings", open_keyring(tmp_path / "keys.json"))
    content = voice(1)
    vault.put("a" * 32, content)
    file = tmp_path / "recordings" / ("a" * 32)
    assert content[44:80] not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert vault.get("a" * 32) == content
    file.rename(file.with_name("b" * 32))
    with pytest.raises(InvalidTag):
        vault.get("b" * 32)
    assert not vault.has("a" * 32)
