"""Standard pronunciation in the symbols of Kokoro, the voice model.

Owns which symbol stands for which Korean sound. Kokoro was not trained on Korean: what made it understood is
that lenis ㄱㄷㅂㅈ are voiced between voiced sounds, else its Japanese voices read them aspirated, and that
ㅅ is ɕ before ㅣ (figures: decisions/0027). Pure.
"""

from ivr.prompts.korean.jamo import Syllable
from ivr.prompts.korean.pronounce import pronounce

_VOWELS = {
    "ㅏ": "a", "ㅐ": "ɛ", "ㅑ": "ja", "ㅒ": "jɛ", "ㅓ": "ʌ", "ㅔ": "e", "ㅕ": "jʌ", "ㅖ": "je", "ㅗ": "o",
    "ㅘ": "wa", "ㅙ": "wɛ", "ㅚ": "we", "ㅛ": "jo", "ㅜ": "u", "ㅝ": "wʌ", "ㅞ": "we", "ㅟ": "wi", "ㅠ": "ju",
    "ㅡ": "ɯ", "ㅢ": "ɯi", "ㅣ": "i",
}  # fmt: skip
_ONSETS = {
    "ㄱ": "k", "ㄲ": "k", "ㄴ": "n", "ㄷ": "t", "ㄸ": "t", "ㄹ": "ɾ", "ㅁ": "m", "ㅂ": "p", "ㅃ": "p",
    "ㅅ": "s", "ㅆ": "s", "ㅇ": "", "ㅈ": "ʨ", "ㅉ": "ʨ", "ㅊ": "ʨʰ", "ㅋ": "kʰ", "ㅌ": "tʰ", "ㅍ": "pʰ",
    "ㅎ": "h",
}  # fmt: skip
_CODAS = {"": "", "ㄱ": "k", "ㄴ": "n", "ㄷ": "t", "ㄹ": "l", "ㅁ": "m", "ㅂ": "p", "ㅇ": "ŋ"}
_VOICED = {"ㄱ": "ɡ", "ㄷ": "d", "ㅂ": "b", "ㅈ": "ʥ"}
_VOICED_CODAS = ("", "ㄴ", "ㄹ", "ㅁ", "ㅇ")
_SOFT_VOWELS = "ㅣㅑㅕㅛㅠㅟ"
_KEPT = " .,?!"


def symbols(text: str) -> str:
    """What Kokoro is given for `text`, which holds no digits or Latin letters any more (they are dropped)."""
    said, before = "", None
    for spoken in pronounce(text):
        if isinstance(spoken, Syllable):
            said += _syllable(spoken, before)
            before = spoken.coda
        elif spoken in _KEPT:
            said += spoken
            before = None
    return said.strip()


def _syllable(spoken: Syllable, before: str | None) -> str:
    """`before`: the coda of the syllable before it in the same word, None at a word's beginning."""
    onset, vowel = _ONSETS[spoken.onset], _VOWELS[spoken.vowel]
    if spoken.onset in _VOICED and before in _VOICED_CODAS:
        onset = _VOICED[spoken.onset]
    elif spoken.onset in "ㅅㅆ" and spoken.vowel in _SOFT_VOWELS:
        onset, vowel = "ɕ", vowel.removeprefix("j")
    elif spoken.onset == "ㄹ" and before == "ㄹ":
        onset = "l"
    return onset + vowel + _CODAS[spoken.coda]
