"""Hangul syllables taken apart and put together (Unicode: 0xAC00 + 588 onset + 28 vowel + coda).

Owns the three rows of letters. Knows no rule of pronunciation.
"""

from dataclasses import dataclass

ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
SILENT = "ㅇ"
"""The onset of a syllable that begins with its vowel."""

_FIRST = 0xAC00


@dataclass(slots=True)
class Syllable:
    """One syllable in its letters; `coda` is empty where it ends in its vowel."""

    onset: str
    vowel: str
    coda: str

    def __str__(self) -> str:
        place = 588 * ONSETS.index(self.onset) + 28 * VOWELS.index(self.vowel) + CODAS.index(self.coda)
        return chr(_FIRST + place)


def is_syllable(char: str) -> bool:
    """Whether `char` is a whole Hangul syllable."""
    return "가" <= char <= "힣"


def apart(char: str) -> Syllable:
    """The letters of a syllable; raises ValueError for any other character."""
    if not is_syllable(char):
        raise ValueError(f"{char!r} is no Hangul syllable")
    place = ord(char) - _FIRST
    return Syllable(ONSETS[place // 588], VOWELS[place % 588 // 28], CODAS[place % 28])
