"""Voices whose model an office brings itself, as a directory: Supertonic and sherpa-onnx.

Not tried with a model: no package holds one. Proven is that a missing package or directory is told in one
sentence and switches off this voice alone.
"""

import importlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ivr.prompts.sound import Samples
from ivr.prompts.voices.base import VoiceError

_VARIABLE = "CHARTERLINE_VOICE_MODEL"


class _ModelVoice:
    """What both have in common: a package, a directory, and the directory's name as version."""

    name: str
    package: str

    def __init__(self, folder: Path | None) -> None:
        """Raises VoiceError where package or directory is missing."""
        try:
            self._module: Any = importlib.import_module(self.package)
        except ImportError as error:
            shown = self.package.replace("_", "-")
            raise VoiceError(
                f"the package {shown} is not installed; pip install {shown} into .venv"
            ) from error
        if folder is None or not folder.is_dir():
            raise VoiceError(
                f"no model directory {folder or ''}; name one with {_VARIABLE}".replace("  ", " ")
            )
        self._folder = folder
        self.version = str(folder)

    def reading(self, text: str) -> str:
        """The text itself: these models read Korean by themselves."""
        return text


class Supertonic(_ModelVoice):
    """`supertonic` (code MIT, model OpenRAIL-M), voice F1."""

    name = "supertonic"
    package = "supertonic"

    @cached_property
    def _engine(self) -> Any:
        return self._module.TTS(model_dir=str(self._folder), auto_download=False)

    def render(self, text: str) -> tuple[Samples, int]:
        """Speak; raises VoiceError with the library's own words."""
        try:
            style = self._engine.get_voice_style("F1")
            wave, _ = self._engine.synthesize(text, voice_style=style, lang="ko")
            return np.asarray(wave, np.float32).ravel(), int(self._engine.sample_rate)
        except Exception as error:  # a third party's model: whatever goes wrong in it is its reason
            raise VoiceError(f"supertonic: {error}") from error


class Sherpa(_ModelVoice):
    """`sherpa-onnx` with a VITS model: `model.onnx`, `tokens.txt` and, where it needs it, `lexicon.txt`."""

    name = "sherpa"
    package = "sherpa_onnx"

    @cached_property
    def _engine(self) -> Any:
        sherpa_onnx = self._module
        lexicon = self._folder / "lexicon.txt"
        model = sherpa_onnx.OfflineTtsVitsModelConfig(
            model=str(self._folder / "model.onnx"),
            tokens=str(self._folder / "tokens.txt"),
            lexicon=str(lexicon) if lexicon.is_file() else "",
        )
        config = sherpa_onnx.OfflineTtsConfig(model=sherpa_onnx.OfflineTtsModelConfig(vits=model))
        if not config.validate():
            raise VoiceError(f"{self._folder} holds no VITS model: model.onnx and tokens.txt are needed")
        return sherpa_onnx.OfflineTts(config)

    def render(self, text: str) -> tuple[Samples, int]:
        """Speak; raises VoiceError with the library's own words."""
        try:
            spoken = self._engine.generate(text)
            return np.asarray(spoken.samples, np.float32), int(spoken.sample_rate)
        except VoiceError:
            raise
        except Exception as error:  # as above
            raise VoiceError(f"sherpa-onnx: {error}") from error
