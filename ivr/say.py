"""`python -m ivr.say TEXT --out FILE.wav`: a sentence as an office's voice would say it, behind scripts/say.

Owns the command line. What a caller hears is made elsewhere; nothing is kept here.
"""

import argparse
import shutil
import sys
from pathlib import Path

from ivr.prompts import sound
from ivr.prompts.korean.pronounce import pronounced
from ivr.prompts.korean.wordlist import WordList, office_word_list, word_list
from ivr.prompts.spoken import aloud
from ivr.prompts.voices import Voice, VoiceError
from ivr.prompts.voices.choice import (
    NAMES,
    WARNINGS,
    Means,
    means_here,
    voice_named,
    voice_or_last_resort,
    wanted_name,
)
from office.problems import OfficeRefusedError


def main(words: list[str] | None = None) -> int:
    """Exit 0, or 1 where the voice cannot be used or the file cannot be written."""
    given = _arguments(words)
    said = aloud(given.text)
    try:
        listed = _words(given.office)
        if given.spoken:
            sys.stdout.write(f"{said}\n")
            _tell(f"pronounced {pronounced(listed.applied(said))}")
        if given.out is not None:
            espeak = given.tree / "bin" / "espeak-ng"
            found = espeak if espeak.exists() else Path(shutil.which("espeak-ng") or espeak)
            means = means_here(found, listed)
            voice = voice_named(given.voice, means) if given.voice else _default(means)
            _write(given.out, said, voice, given.rate)
    except (VoiceError, OfficeRefusedError, sound.SoundRefusedError) as error:
        _tell(str(error))
        return 1
    except OSError as error:
        sys.stderr.write(f"say: {error.filename}: {error.strerror}\n")
        return 1
    return 0


def _default(means: Means) -> Voice:
    return voice_or_last_resort(wanted_name(), means, _tell)


def _write(out: Path, said: str, voice: Voice, rate: int) -> None:
    samples = sound.telephone(*voice.render(said), rate)
    sound.write_wav(out, samples, rate)
    _tell(f"{len(samples) / rate:.1f} s by {voice.name} at {rate} Hz in {out}")
    if warning := WARNINGS.get(voice.name):
        _tell(warning)


def _tell(text: str) -> None:
    sys.stderr.write(f"say: {text}\n")


def _words(office: Path | None) -> WordList:
    """The word list of that office, else the built-in one."""
    return word_list() if office is None else office_word_list(office)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/say", description="Say a Korean sentence into a WAV file.")
    parser.add_argument("text", help="as it is written; numbers and Latin letters are read out")
    parser.add_argument("--out", type=Path, metavar="FILE.wav", help="where to write it")
    parser.add_argument("--spoken", action="store_true", help="print it as it is read")
    parser.add_argument("--voice", default="", choices=("", *NAMES), metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--rate", type=int, default=sound.RATE, choices=(sound.RATE, sound.WIDE), help="Hz")
    parser.add_argument("--office", type=Path, metavar="DIR", help="with this office's words.toml")
    parser.add_argument("--tree", type=Path, default=Path(".local"), help="private tree of programs")
    given = parser.parse_args(words)
    if given.out is None and not given.spoken:
        parser.error("name a file with --out, or ask for --spoken")
    return given


if __name__ == "__main__":
    sys.exit(main())
