"""Finding recorded prompts in what was heard, exactly in time and also in part. Pure.

Short pieces of each prompt are searched by normalised cross-correlation (FFT). Every place found is then
compared frame by frame: a frame agrees when shape and loudness are those of the prompt. The explanation that
covers most wins and is subtracted, so that a prompt which only shares words with it no longer agrees
anywhere.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rehearsal.phone.rtp import FRAME_SAMPLES, Pcm
from rehearsal.phone.timeline import Signal

SILENCE_RMS = 50.0  # 56 dB below full scale; µ-law silence is 0

_PROBE = 10 * FRAME_SAMPLES
_PROBE_EVERY = 20  # frames
_PROBE_PEAKS = 6
_PROBE_LIKENESS = 0.45  # half a probe heard and then another sound still reaches it
_FRAME_LIKENESS = 0.6
_GAIN = (0.4, 2.5)
_VOICED_SHARE = 0.05  # of the prompt's loudest frame
_FORGIVEN_FRAMES = 2
_LEAST_FRAMES, _CLOSE = 5, 0.85  # 100 ms
_LONG_FRAMES, _LOOSE = 25, 0.7
_RIVAL_COVER = 0.85  # what counts as voiced differs a little from prompt to prompt
_JOIN_FRAMES = 8
_JOIN_SAMPLES = 15 * FRAME_SAMPLES


class Prompt:
    """A prompt file made ready for comparison."""

    def __init__(self, name: str, samples: Pcm) -> None:
        self.name = name
        self.length = len(samples)
        padded = np.zeros(-(-self.length // FRAME_SAMPLES) * FRAME_SAMPLES, dtype=np.float32)
        padded[: self.length] = samples
        self.samples = padded
        self.frames = padded.reshape(-1, FRAME_SAMPLES)
        rms = np.sqrt(np.mean(self.frames**2, axis=1))
        self.voiced = np.flatnonzero(rms > max(SILENCE_RMS, _VOICED_SHARE * rms.max(initial=0.0)))

    def probes(self) -> list[tuple[int, Signal]]:
        """Pieces to search for, each with its offset in the prompt."""
        starts: list[int] = []
        for frame in self.voiced:
            if not starts or frame >= starts[-1] + _PROBE_EVERY:
                starts.append(int(frame))
        return [(s * FRAME_SAMPLES, self.samples[s * FRAME_SAMPLES :][:_PROBE]) for s in starts]


@dataclass(frozen=True, slots=True)
class Match:
    """Frames `first` to `last` (exclusive) of a prompt, heard from sample `start` to `end`.

    `lag` is the sample at which the whole prompt begins, or would have begun.
    """

    prompt: Prompt
    lag: int
    start: int
    end: int
    first: int
    last: int
    agreeing: int
    rivals: tuple[str, ...] = ()

    @property
    def from_start(self) -> bool:
        """Whether its first words were heard."""
        return self._voiced_before(self.first) <= _FORGIVEN_FRAMES

    @property
    def to_end(self) -> bool:
        """Whether its last words were heard."""
        return len(self.prompt.voiced) - self._voiced_before(self.last) <= _FORGIVEN_FRAMES

    @property
    def whole(self) -> bool:
        """Whether all of it was heard, hardly anything drowned."""
        return self.from_start and self.to_end and 2 * self.agreeing > len(self.prompt.voiced)

    @property
    def next_words(self) -> int:
        """The sample at which its next words would have come; its end when none do."""
        nth = self._voiced_before(self.last)
        return self.lag + int(self.prompt.voiced[nth]) * FRAME_SAMPLES if not self.to_end else self.end

    def _voiced_before(self, frame: int) -> int:
        return int(np.searchsorted(self.prompt.voiced, frame))


class Search:
    """The signal being explained. `residual` is what the prompts found so far leave over."""

    def __init__(self, samples: Signal, regions: list[tuple[int, int]]) -> None:
        """`regions`: the ranges of samples in which prompts are looked for."""
        self.residual = samples.copy()
        self._samples, self._regions = samples, regions

    def explain(self, prompts: list[Prompt]) -> list[Match]:
        """Every prompt heard, in the order of time."""
        places = [(prompt, lag) for prompt in prompts for lag in self._places(prompt)]
        found: list[Match] = []
        while True:
            matches = [
                match
                for prompt, lag in places
                if (match := self._compare(prompt, lag)) is not None
                and not any(_mostly_inside(match, taken) for taken in found)
            ]
            if not matches:
                return _joined(sorted(found, key=lambda m: m.start))
            best = max(matches, key=_rank)
            rivals = {
                m.prompt.name for m in matches if m.prompt is not best.prompt and _equally_good(m, best)
            }
            found.append(replace(best, rivals=tuple(sorted(rivals))))
            self._subtract(best)

    def _places(self, prompt: Prompt) -> set[int]:
        probes = prompt.probes()
        return {
            start + position - offset
            for start, end in self._regions
            for offset, position in _search_probes(self._samples[start:end], probes)
        }

    def _compare(self, prompt: Prompt, lag: int) -> Match | None:
        """The stretch of `prompt` that agrees with the residual when its first sample lies at `lag`.

        It may be drowned for a moment in between: going on at the very same sample it went on playing.
        """
        heard = _cut_out(self.residual, lag, len(prompt.samples)).reshape(-1, FRAME_SAMPLES)[prompt.voiced]
        wanted = prompt.frames[prompt.voiced]
        product = np.einsum("ij,ij->i", heard, wanted)
        energy = np.einsum("ij,ij->i", wanted, wanted)
        likeness = product / (np.sqrt(np.einsum("ij,ij->i", heard, heard) * energy) + 1.0)
        gain = product / energy
        agrees = (likeness > _FRAME_LIKENESS) & (gain > _GAIN[0]) & (gain < _GAIN[1])
        runs = _runs(np.flatnonzero(agrees), likeness)
        return _match(prompt, lag, np.concatenate(runs)) if runs else None

    def _subtract(self, match: Match) -> None:
        wanted = match.prompt.samples[match.first * FRAME_SAMPLES : match.last * FRAME_SAMPLES]
        start = match.lag + match.first * FRAME_SAMPLES
        low, high = max(start, 0), min(start + len(wanted), len(self.residual))
        wanted = wanted[low - start : high - start]
        heard = self.residual[low:high]
        gain = float(heard @ wanted) / (float(wanted @ wanted) + 1.0)
        self.residual[low:high] = heard - np.float32(gain) * wanted


def _rank(match: Match) -> tuple[int, bool, bool, int]:
    """What covers most comes first.

    Nearly equal cover is decided by being whole, then by being from the start.
    """
    return (match.agreeing // 3, match.whole, match.from_start, match.agreeing)


def _mostly_inside(match: Match, taken: Match) -> bool:
    common = min(match.end, taken.end) - max(match.start, taken.start)
    return 2 * common > match.end - match.start


def _equally_good(match: Match, best: Match) -> bool:
    """Whether `best` may as well be `match`: alike from the same start up to the same silence."""
    same_start = abs(match.start - best.start) <= FRAME_SAMPLES and match.from_start == best.from_start
    same_end = match.to_end == best.to_end and match.next_words >= best.end - 2 * FRAME_SAMPLES
    return same_start and same_end and match.agreeing > _RIVAL_COVER * best.agreeing


def _search_probes(region: Signal, probes: list[tuple[int, Signal]]) -> list[tuple[int, int]]:
    """Offset in the prompt and position in the region for each likely place of each probe."""
    size = 1 << (len(region) + _PROBE - 1).bit_length()
    spectrum = np.fft.rfft(region, size)
    power = np.concatenate([[0.0], np.cumsum(region.astype(np.float64) ** 2), np.zeros(_PROBE)])
    power[len(region) + 1 :] = power[len(region)]
    found = []
    for offset, probe in probes:
        product = np.fft.irfft(spectrum * np.conj(np.fft.rfft(probe, size)), size)[: len(region)]
        local = power[len(probe) : len(probe) + len(region)] - power[: len(region)]
        floor = len(probe) * SILENCE_RMS**2
        likeness = product / np.sqrt((local + floor) * float(probe @ probe) + 1.0)
        found += [(offset, position) for position in _peaks(likeness)]
    return found


def _peaks(likeness: NDArray[np.float64]) -> list[int]:
    left = likeness.copy()
    peaks = []
    for _ in range(_PROBE_PEAKS):
        position = int(np.argmax(left))
        if left[position] < _PROBE_LIKENESS:
            break
        peaks.append(position)
        left[max(0, position - 400) : position + 400] = 0.0
    return peaks


def _cut_out(samples: Signal, start: int, length: int) -> Signal:
    """`length` samples from `start`, zeros where there are none."""
    piece = np.zeros(length, dtype=np.float32)
    low, high = max(start, 0), min(start + length, len(samples))
    if low < high:
        piece[low - start : high - start] = samples[low:high]
    return piece


def _runs(agreeing: NDArray[np.int64], likeness: NDArray[np.float32]) -> list[NDArray[np.int64]]:
    """Split indices of agreeing voiced frames where more than the forgiven number in between disagree."""
    if len(agreeing) == 0:
        return []
    runs = np.split(agreeing, np.flatnonzero(np.diff(agreeing) > _FORGIVEN_FRAMES + 1) + 1)
    return [run for run in runs if _convincing(likeness[run])]


def _convincing(likeness: NDArray[np.float32]) -> bool:
    """Another voice may agree by chance for a moment, but neither closely nor long."""
    mean = float(np.mean(likeness))
    return (len(likeness) >= _LEAST_FRAMES and mean > _CLOSE) or (
        len(likeness) >= _LONG_FRAMES and mean > _LOOSE
    )


def _match(prompt: Prompt, lag: int, agreeing: NDArray[np.int64]) -> Match:
    first, last = int(prompt.voiced[agreeing[0]]), int(prompt.voiced[agreeing[-1]]) + 1
    match = Match(
        prompt, lag, lag + first * FRAME_SAMPLES, lag + last * FRAME_SAMPLES, first, last, len(agreeing)
    )
    start = lag if match.from_start else match.start
    end = lag + prompt.length if match.to_end else match.end
    return replace(match, start=start, end=end)


def _joined(matches: list[Match]) -> list[Match]:
    """Join parts of one prompt that follow each other with a short break, as after a lost packet."""
    joined: list[Match] = []
    for match in matches:
        before = next((m for m in reversed(joined) if m.prompt is match.prompt), None)
        if before is not None and _continues(before, match):
            agreeing = before.agreeing + match.agreeing
            joined[joined.index(before)] = replace(before, end=match.end, last=match.last, agreeing=agreeing)
        else:
            joined.append(match)
    return joined


def _continues(before: Match, after: Match) -> bool:
    in_prompt = abs(after.first - before.last) <= _JOIN_FRAMES + _silent_frames(
        before.prompt, before.last, after.first
    )
    return in_prompt and 0 <= after.start - before.end + FRAME_SAMPLES <= _JOIN_SAMPLES + max(
        0, (after.first - before.last) * FRAME_SAMPLES
    )


def _silent_frames(prompt: Prompt, first: int, last: int) -> int:
    voiced = int(np.searchsorted(prompt.voiced, last) - np.searchsorted(prompt.voiced, first))
    return max(0, last - first - voiced)
