"""The truth of a rehearsed call: what the charter's promises are worth by SIP and RTP of the phones alone.

Written from the charter, not from the product: it shares no code with the verdicts it checks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rehearsal.phone import Call, Instant
from rehearsal.phone.audio import RINGBACK, UNKNOWN, Heard, Tone, first_sound, heard, load_prompt
from rehearsal.phone.rtp import RATE, Pcm
from rehearsal.scenarios.memo_truth import HOUR, began, office_time
from rehearsal.scenarios.stage import Seen
from rehearsal.scenarios.transfer_truth import known_prompts, t5

LIMIT_S = 6.0  # the third bell begins, at 1 s on and 2 s off
PROMISES = ("T1", "T2", "T3", "T5", "T8")
_NOT = "not_applicable"
_BEEP_HZ = 1000
_STUTTER_S = 0.25
_MOST_OF_IT = 0.75
_LEFT_S = 0.5  # sooner than this after the last word heard, it was the citizen who cut it short


@dataclass(frozen=True, slots=True)
class Truth:
    """Verdicts by the phones, with what they measured (seconds since the citizen's INVITE)."""

    verdicts: Mapping[str, str]
    measured: Mapping[str, object]
    heard: tuple[Heard, ...]


def judge(seen: Seen, prompts: Path, menu: Iterable[str] = ()) -> Truth:
    """The truth of one call. Takes about a second of CPU: ask when no call is up.

    `menu`: prompt files of the memo menu that are looked for besides.
    """
    known = _known(seen, prompts, menu)
    sounds = tuple(heard(seen.call, known))
    words = [h for h in sounds if h.name in ("greeting", "apology", "early")]
    first, answer = _first_ring(seen), _answer(seen)
    ring_s = answer.since(first) if first and answer else None
    verdicts = dict.fromkeys(PROMISES, _NOT)
    if seen.judged:
        verdicts["T1"] = "unknown" if seen.rang_elsewhere else _t1(seen, first, ring_s)
        said = whole(sounds, known, _sound_at(seen, answer))
        verdicts |= _words(seen, words, said, ring_s)
        verdicts["T8"] = _t8(seen, sounds)
    verdicts["T5"] = t5(seen.transfers, _left(seen))
    if seen.left:
        verdicts["T6"] = "kept"  # what could be had, and it is read before the ledger is asked
    if reply := _t7(seen, sounds):
        verdicts["T7"] = reply
    return Truth(verdicts, _measured(seen, sounds, first, answer, ring_s), sounds)


def _t7(seen: Seen, sounds: Iterable[Heard]) -> str | None:
    """The first call between the two decides: within the hour or not; without one there is no verdict yet."""
    asked, tried = began(seen, sounds), seen.tried
    if asked is None or tried is None:
        return None
    rang = [call.record.invite for call in tried.citizen]
    met = [at for at in (*rang, tried.again.record.answered if tried.again else None) if at]
    if not met:
        return None
    return "kept" if office_time(min(met), seen.shift_s + tried.moved_s) <= asked + HOUR else "broken"


def _known(seen: Seen, prompts: Path, menu: Iterable[str]) -> dict[str, Tone | Pcm]:
    place = seen.words or (f"dept/{seen.department}" if seen.department else "office")
    files = {
        "greeting": f"{place}/greeting",
        "apology": f"{place}/apology",
        "notice": "office/notice",
        "absent": "office/absent-none",
        "early": "early",
    }
    known: dict[str, Tone | Pcm] = {"ringback": RINGBACK}
    known |= {f"officer {endpoint}": Tone(hz) for endpoint, hz in seen.tones.items()}
    known |= {"beep": Tone(_BEEP_HZ)} if seen.left else {}
    known |= known_prompts(prompts, seen.transfers) if seen.transfers else {}
    known |= {
        name: load_prompt(path)
        for name, file in (files | {file: file for file in menu}).items()
        if (path := prompts / f"{file}.wav").is_file()
    }
    return known


def _first_ring(seen: Seen) -> Instant | None:
    rings = [leg.record.ringing or leg.record.progress for leg in seen.officers]
    return min((ring for ring in rings if ring), default=None)


def _answer(seen: Seen) -> Instant | None:
    return seen.answered[0].record.answered if seen.answered else None


def _left(seen: Seen) -> Instant | None:
    """When the citizen put the phone down of his own will."""
    record = seen.call.record
    return record.cancelled or (record.bye if record.bye_sent_by_us else None)


def _t1(seen: Seen, first: Instant | None, ring_s: float | None) -> str:
    if first is None:
        return _NOT
    if ring_s is not None:
        return "kept" if ring_s < LIMIT_S else "broken"
    ended = _left(seen) or seen.call.record.ended
    return "broken" if ended and ended.since(first) >= LIMIT_S else _NOT


def _sound_at(seen: Seen, answer: Instant | None) -> float | None:
    """When the citizen's line first sounded after the answer, seconds since his INVITE."""
    zero = seen.call.record.invite
    sound = first_sound(seen.call, after=answer) if answer else None
    return sound.since(zero) if sound and zero else None


def whole(
    sounds: Iterable[Heard], known: Mapping[str, Tone | Pcm], sounding_s: float | None = None
) -> set[str]:
    """Prompts heard from the first word to the last, even if the line stuttered on the way.

    A machine that is out of breath stops in the middle of a word; what is never heard for want of saying it
    is silence at the beginning or at the end. `sounding_s`: when the line began to sound, for a first word so
    broken that no part of it is long enough to be told.
    """
    parts: dict[str, list[Heard]] = {}
    for sound in sounds:
        parts.setdefault(sound.name, []).append(sound)
    broken_s = [sound.start_s for sound in parts.get(UNKNOWN, [])]
    broken_s += [] if sounding_s is None else [sounding_s]
    return {
        name
        for name, samples in known.items()
        if not isinstance(samples, Tone) and _is_whole(parts.get(name, []), len(samples) / RATE, broken_s)
    }


def _is_whole(parts: list[Heard], length_s: float, broken_s: list[float]) -> bool:
    if any(part.whole for part in parts):
        return True
    if not parts or parts[-1].to_s < length_s:
        return False
    first = parts[0]
    due_s = first.start_s - first.from_s  # where its first word belongs
    begun = first.from_s == 0.0 or any(abs(at_s - due_s) < _STUTTER_S for at_s in broken_s)
    return begun and sum(part.to_s - part.from_s for part in parts) > _MOST_OF_IT * length_s


def _words(seen: Seen, words: list[Heard], said: set[str], ring_s: float | None) -> dict[str, str]:
    """T2 and T3 from what the citizen heard."""
    if ring_s is None:
        return {"T2": _NOT, "T3": _NOT}
    late = ring_s >= LIMIT_S
    if seen.observed_only:
        return {"T2": _NOT if late else "unknown", "T3": "unknown" if late else _NOT}
    if seen.own_voice:  # no machine can hear whether he greeted: it may only have kept silent itself
        due = "broken" if words else "unknown"
        return {"T2": _NOT, "T3": due} if late else {"T2": due, "T3": _NOT}
    left, zero = _left(seen), seen.call.record.invite
    left_s = left.since(zero) if left and zero else None
    cut = bool(words) and not words[-1].whole and left_s is not None and left_s < words[-1].end_s + _LEFT_S
    missed = _NOT if cut else "broken"
    if late and "early" in said:
        return {"T2": "kept" if "greeting" in said else missed, "T3": "kept"}
    if late:
        return {"T2": _NOT, "T3": "kept" if "apology" in said else missed}
    return {"T2": "kept" if "greeting" in said else missed, "T3": _NOT}


def _t8(seen: Seen, sounds: tuple[Heard, ...]) -> str:
    """Who put the phone down first, once a person had answered."""
    if not seen.answered or seen.handed_over:
        return _NOT
    byes = [leg.record.bye for leg in seen.stayed if leg.record.bye_sent_by_us and leg.record.bye]
    officer, citizen = min(byes, default=None), _left(seen)
    if officer and (citizen is None or officer < citizen):
        return "broken"
    talked = any(h.name.startswith("officer ") for h in sounds)
    return "kept" if citizen and talked else _NOT


def _measured(
    seen: Seen, sounds: tuple[Heard, ...], first: Instant | None, answer: Instant | None, ring_s: float | None
) -> dict[str, object]:
    zero = seen.call.record.invite
    sound = first_sound(seen.call, after=answer) if answer else None

    def since(at: Instant | None) -> float | None:
        return round(at.since(zero), 4) if at and zero else None

    return {
        "first_ring_s": since(first),
        "answer_s": since(answer),
        "ring_s": round(ring_s, 4) if ring_s is not None else None,
        "first_sound_after_answer_ms": round(1000 * sound.since(answer), 1) if sound and answer else None,
        "heard": [[h.name, round(h.start_s, 3), round(h.end_s, 3), h.whole] for h in sounds],
        "hung_up": _who(seen.call, seen.stayed),
        "transfers_s": [round(p.answered_s, 4) if p.answered_s else None for p in seen.transfers],
    }


def _who(call: Call, legs: list[Call]) -> str:
    byes = [(leg.record.bye, "officer") for leg in legs if leg.record.bye and leg.record.bye_sent_by_us]
    left = call.record.cancelled or (call.record.bye if call.record.bye_sent_by_us else None)
    byes += [(left, "citizen")] if left else []
    return min(byes)[1] if byes else "pbx"
