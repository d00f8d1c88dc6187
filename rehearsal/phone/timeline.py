"""What a call received, laid out in time: one array of samples and the instant of its first. Pure.

Owns the placing of packets. As a phone's jitter buffer would, it follows the RTP timestamps while packets
arrive in step, and believes the arrival where they do not (a new source, lost packets, a pause of the
sender).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rehearsal.phone.instants import NS_PER_S, Instant
from rehearsal.phone.media import Arrival
from rehearsal.phone.rtp import RATE, ulaw_to_pcm

Signal = NDArray[np.float32]

IN_STEP_S = 0.06
"""An arrival further from its place than this starts a new run: so much before its packet a sound can lie."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Samples at 8 kHz on the scale of 16 bits; `start` is when the first of them was to come.

    That is before the first packet's arrival where those behind it came sooner after their turn.
    """

    start: Instant
    samples: Signal

    def seconds_after(self, zero: Instant) -> float:
        """Where sample 0 lies, in seconds after `zero`."""
        return self.start.since(zero)


def timeline(received: Iterable[Arrival]) -> Timeline | None:
    """Lay out the packets; None when there are none."""
    arrivals = list(received)
    if not arrivals:
        return None
    zero = arrivals[0].at
    runs = [_place(run, zero) for run in _runs(arrivals)]
    begin = min(start for start, _ in runs)
    whole = np.zeros(max(start + len(samples) for start, samples in runs) - begin, dtype=np.float32)
    for start, samples in runs:
        whole[start - begin : start - begin + len(samples)] = samples
    before_ns = round(begin * NS_PER_S / RATE)
    return Timeline(Instant(zero.mono_ns + before_ns, zero.wall_ns + before_ns), whole)


def _runs(arrivals: list[Arrival]) -> list[list[Arrival]]:
    """Split where the source changes or a packet is out of step with the one before."""
    runs = [[arrivals[0]]]
    for arrival in arrivals[1:]:
        first, last = runs[-1][0], runs[-1][-1]
        expected_s = (_ticks(first, arrival)) / RATE
        in_step = abs(arrival.at.since(first.at) - expected_s) <= IN_STEP_S
        if in_step and arrival.packet.ssrc == last.packet.ssrc:
            runs[-1].append(arrival)
        else:
            runs.append([arrival])
    return runs


def _place(run: list[Arrival], zero: Instant) -> tuple[int, Signal]:
    """Offset and samples of a run. The packet that came soonest anchors it: the others were only delayed."""
    first = run[0]
    offsets = [_ticks(first, arrival) for arrival in run]
    pairs = zip(run, offsets, strict=True)
    anchor_s = min(arrival.at.since(zero) - offset / RATE for arrival, offset in pairs)
    pieces = [ulaw_to_pcm(arrival.packet.payload) for arrival in run]
    shift = min(offsets)  # below zero when packets came in the wrong order
    length = max(offset + len(piece) for offset, piece in zip(offsets, pieces, strict=True)) - shift
    samples = np.zeros(length, dtype=np.float32)
    for offset, piece in zip(offsets, pieces, strict=True):
        samples[offset - shift : offset - shift + len(piece)] = piece
    return round(anchor_s * RATE) + shift, samples


def _ticks(first: Arrival, later: Arrival) -> int:
    """RTP timestamp of `later` after `first`, across the wrap at 2^32."""
    difference = (later.packet.timestamp - first.packet.timestamp) & 0xFFFFFFFF
    return difference - (1 << 32) if difference >= 1 << 31 else difference
