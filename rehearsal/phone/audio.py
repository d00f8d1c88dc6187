"""What a call's phone heard from when to when: prompts (whole or cut), tones of other phones, ringback,
silence.

Owns the judgement of received audio. Works on what one phone received; asks neither the PBX nor the product.
"""

import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rehearsal.phone.call import Call
from rehearsal.phone.instants import Instant
from rehearsal.phone.matching import SILENCE_RMS, Match, Prompt, Search
from rehearsal.phone.rtp import FRAME_SAMPLES, RATE, Pcm, ulaw_to_pcm
from rehearsal.phone.timeline import Signal, Timeline, timeline
from rehearsal.phone.tones import BUSY, HOP, RINGBACK, Flags, Tone, Windows, find, runs

__all__ = [
    "BUSY",
    "RINGBACK",
    "UNKNOWN",
    "Heard",
    "Tone",
    "first_sound",
    "heard",
    "heard_in",
    "hears_tone",
    "load_prompt",
    "silences",
]  # fmt: skip

UNKNOWN = "unknown"

_PURE_TONE = 0.9
_REGION_GAP = 50  # windows of 10 ms
_REGION_MARGIN = 2400
_REGION_LEAST = 5
_RESIDUE = 0.12  # what µ-law leaves over of a subtracted prompt stays below this part of it
_UNKNOWN_LEAST = 10
_EDGE_WINDOWS = 6


@dataclass(frozen=True, slots=True)
class Heard:
    """Something heard. Seconds; `start_s` and `end_s` on the call's own time, `from_s` and `to_s` in the
    prompt's.

    `whole`: the prompt was heard from its first to its last word. `or_else`: other prompts that would be
    heard just alike up to here (they share these words).
    """

    name: str
    start_s: float
    end_s: float
    from_s: float = 0.0
    to_s: float = 0.0
    whole: bool = True
    or_else: tuple[str, ...] = ()


def load_prompt(path: Path) -> Pcm:
    """The samples of a WAV file, 8 kHz 16 bit mono; raises ValueError for any other kind."""
    with wave.open(str(path), "rb") as file:
        kind = (file.getframerate(), file.getsampwidth(), file.getnchannels())
        if kind != (RATE, 2, 1):
            raise ValueError(f"{path}: rate, bytes, channels are {kind}, not {(RATE, 2, 1)}")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


def heard(call: Call, known: Mapping[str, Tone | Pcm], *, since: Instant | None = None) -> list[Heard]:
    """All that the phone heard on `call`, in the order of time, in seconds after `since` (default: the
    INVITE).

    `known` names tones and prompts. What is none of them and lasts 0.1 s is UNKNOWN; tones
    count from 0.08 s and words from 0.1 s. Takes about 0.1 s per
    prompt and 10 s of audio, so ask when the calls are over.
    """
    line = timeline(call.media.received)
    zero = since or call.record.invite
    return heard_in(line, known, line.seconds_after(zero) if line and zero else 0.0)


def heard_in(line: Timeline | None, known: Mapping[str, Tone | Pcm], offset_s: float = 0.0) -> list[Heard]:
    """The same for a timeline whose first sample is at `offset_s`."""
    if line is None or len(line.samples) == 0:
        return []
    tones = {name: known_as for name, known_as in known.items() if isinstance(known_as, Tone)}
    prompts = [Prompt(name, known_as) for name, known_as in known.items() if not isinstance(known_as, Tone)]
    search = Search(line.samples, _regions(line.samples, list(tones.values())))
    matches = search.explain(prompts)
    found = [_heard_prompt(match, len(line.samples), offset_s) for match in matches]
    found += _heard_tones(line.samples, search.residual, tones, matches, offset_s)
    return sorted(found, key=lambda h: (h.start_s, h.name))


def silences(call: Call, at_least_s: float = 0.2, *, since: Instant | None = None) -> list[Heard]:
    """Stretches in which nothing was heard, between the first and the last packet."""
    line = timeline(call.media.received)
    zero = since or call.record.invite
    if line is None or zero is None:
        return []
    frames = line.samples[: len(line.samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    quiet: Flags = np.sqrt(np.mean(frames**2, axis=1)) < SILENCE_RMS
    seconds, offset_s = FRAME_SAMPLES / RATE, line.seconds_after(zero)
    least = max(1, round(at_least_s / seconds))
    return [Heard("silence", offset_s + first * seconds, offset_s + last * seconds)
            for first, last in runs(quiet, gap=0, least=least)]  # fmt: skip


def first_sound(call: Call, *, after: Instant | None = None) -> Instant | None:
    """Arrival of the first packet with sound in it, of those that came after `after`.

    None if there is none.
    """
    return next((a.at for a in call.media.received if a.loud and (after is None or a.at > after)), None)


def hears_tone(call: Call, hz: float) -> bool:
    """Whether the last 60 ms received were this tone. For `Call.until`."""
    last = [call.media.received[i] for i in range(-min(3, len(call.media.received)), 0)]
    if len(last) < 3 or not all(arrival.loud for arrival in last):
        return False
    samples = np.concatenate([ulaw_to_pcm(arrival.packet.payload) for arrival in last]).astype(np.float64)
    angle = 2 * np.pi * hz * np.arange(len(samples)) / RATE
    power = abs(samples @ np.exp(-1j * angle)) ** 2 * 2 / len(samples)
    return bool(power / (samples @ samples) > 0.5)


def _regions(samples: Signal, tones: list[Tone]) -> list[tuple[int, int]]:
    """Where there is sound that is no pure known tone: only there can prompts be."""
    windows = Windows.of(samples)
    sounding = np.sqrt(windows.energy) > SILENCE_RMS
    for tone in tones:
        sounding &= windows.share_of(tone) < _PURE_TONE
    return [
        (max(0, first * HOP - _REGION_MARGIN), min(len(samples), last * HOP + _REGION_MARGIN))
        for first, last in runs(sounding, gap=_REGION_GAP, least=_REGION_LEAST)
    ]


def _heard_prompt(match: Match, length: int, offset_s: float) -> Heard:
    prompt = match.prompt
    start, end = max(0, match.start), min(length, match.end)
    from_s = 0.0 if match.from_start else match.first * FRAME_SAMPLES / RATE
    to_s = prompt.length / RATE if match.to_end else match.last * FRAME_SAMPLES / RATE
    return Heard(
        prompt.name, offset_s + start / RATE, offset_s + end / RATE, from_s, to_s, match.whole, match.rivals
    )


def _heard_tones(
    samples: Signal, residual: Signal, tones: Mapping[str, Tone], matches: list[Match], offset_s: float
) -> list[Heard]:
    """Tones in what the prompts leave over, and then what is neither."""
    windows = Windows.of(residual)
    rms = np.sqrt(windows.energy)
    active: Flags = (rms > SILENCE_RMS) & (rms > _RESIDUE * np.sqrt(Windows.of(samples).energy))
    explained = np.zeros(len(rms), dtype=np.bool_)
    for match in matches:
        explained[max(0, match.start // HOP - _EDGE_WINDOWS) : match.end // HOP + _EDGE_WINDOWS] = True
    found = []
    for name, tone in tones.items():
        for start, end in find(windows, tone, active):
            explained[max(0, start // HOP - _EDGE_WINDOWS) : end // HOP + _EDGE_WINDOWS] = True
            found.append(
                Heard(name, offset_s + max(0, start) / RATE, offset_s + min(end, len(residual)) / RATE)
            )
    for first, last in runs(active & ~explained, gap=_EDGE_WINDOWS, least=_UNKNOWN_LEAST):
        found.append(Heard(UNKNOWN, offset_s + first * HOP / RATE, offset_s + last * HOP / RATE))
    return found
