"""Voices that render a sentence, behind one interface, by name."""

from ivr.prompts.voices.base import Voice, VoiceError
from ivr.prompts.voices.espeak import Espeak

__all__ = ["Espeak", "Voice", "VoiceError"]
