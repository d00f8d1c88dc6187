"""Standard pronunciation: what is said for what is written (국립국어원, 표준 발음법; articles in brackets).

Owns the rules that follow from the letters. What they cannot know (tensing within compounds and Sino-Korean
words, an inserted ㄴ) is the word list's. Pure.

Syllables are taken in pairs from left to right. The first of `_RULES` that fits a pair settles the coda of
the left and the onset of the right one. Across a blank the two words meet as in one breath; across
punctuation nothing happens but that the coda is neutralised.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from ivr.prompts.korean.jamo import CODAS, SILENT, Syllable, apart, is_syllable

Spoken = Syllable | str

_CLUSTERS = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
# [8-11] the seven sounds a syllable may end in, for each coda as written
_HEARD = dict(zip(CODAS, ("", *"ㄱㄱㄱㄴㄴㄴㄷㄹㄱㅁㄹㄹㄹㅂㄹㅁㅂㅂㄷㄷㅇㄷㄷㄱㄷㅂㄷ"), strict=True))
_TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))
_ASPIRATED = dict(zip("ㄱㄷㅂㅈ", "ㅋㅌㅍㅊ", strict=True))
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}
# what is left of a coda that ends in ㅎ
_BEFORE_H = {"ㅎ": "", "ㄶ": "ㄴ", "ㅀ": "ㄹ"}
_PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}
# [24, 25] stems after which an ending is tense
_STEMS = "ㄵㄻㄼㄾ"


def pronounce(text: str) -> list[Spoken]:
    """Syllables as they are said, and every other character as it is."""
    said: list[Spoken] = [apart(char) if is_syllable(char) else char for char in text]
    places = [place for place, spoken in enumerate(said) if isinstance(spoken, Syllable)]
    for here, there in pairwise([*places, len(said)]):
        gap = "".join(str(spoken) for spoken in said[here + 1 : there])
        left = said[here]
        right = said[there] if there < len(said) else None
        if isinstance(left, Syllable):
            _meet(left, right if isinstance(right, Syllable) and gap in ("", " ") else None, gap)
    for place in places:
        _vowel(said[place])
    return said


def pronounced(text: str) -> str:
    """The same, spelled: 국립 → 궁닙."""
    return "".join(str(spoken) for spoken in pronounce(text))


def _meet(left: Syllable, right: Syllable | None, gap: str) -> None:
    if right is None:
        left.coda = _HEARD[left.coda]
        return
    for rule in _RULES if not gap else _ACROSS_A_BLANK:
        if rule(left, right):
            return
    left.coda = _HEARD[left.coda]


Rule = Callable[[Syllable, Syllable], bool]


def _open(left: Syllable, right: Syllable) -> bool:
    """Nothing to settle: no coda, or ㅇ before a vowel."""
    return not left.coda or (left.coda == "ㅇ" and right.onset == SILENT)


def _palatalised(left: Syllable, right: Syllable) -> bool:
    """[17] ㄷ and ㅌ before 이, ㄷ before 히 (닫혀, not 맏형): 굳이 → 구지, 밭이 → 바치, 닫혀 → 다처."""
    ends = _CLUSTERS.get(left.coda, left.coda)[-1]
    if ends not in _PALATAL:
        return False
    if right.onset == SILENT and right.vowel == "ㅣ":
        right.onset = _PALATAL[ends]
    elif right.onset == "ㅎ" and ends == "ㄷ" and _is_suffix(right):
        right.onset = "ㅊ"
    else:
        return False
    left.coda = _CLUSTERS[left.coda][0] if left.coda in _CLUSTERS else ""
    return True


def _is_suffix(right: Syllable) -> bool:
    return right.vowel == "ㅣ" or (right.vowel == "ㅕ" and right.coda in ("", "ㅆ"))


def _linked(left: Syllable, right: Syllable) -> bool:
    """[12.4, 13, 14] a coda goes over to a syllable that begins with its vowel; ㅎ is lost: 낳은 → 나은."""
    if right.onset != SILENT:
        return False
    stays, goes = tuple(_CLUSTERS.get(left.coda, left.coda.rjust(2)))
    if goes == "ㅎ":
        stays, goes = " ", stays if stays != " " else SILENT
    left.coda = stays.strip()
    right.onset = "ㅆ" if goes == "ㅅ" and left.coda else goes
    return True


def _aspirated_after_h(left: Syllable, right: Syllable) -> bool:
    """[12.1-3] ㅎ and ㄱㄷㅈ make ㅋㅌㅊ, ㅎ and ㅅ make ㅆ, ㅎ before ㄴ is ㄴ: 놓고 → 노코, 놓는 → 논는."""
    if left.coda not in _BEFORE_H:
        return False
    left.coda = _BEFORE_H[left.coda]
    if right.onset in _ASPIRATED:
        right.onset = _ASPIRATED[right.onset]
    elif right.onset == "ㅅ":
        right.onset = "ㅆ"
    elif right.onset in "ㄴㅁ" and not left.coda:
        left.coda = "ㄴ"
    elif right.onset == "ㄴ" and left.coda == "ㄹ":
        right.onset = "ㄹ"
    return True


def _aspirated_before_h(left: Syllable, right: Syllable) -> bool:
    """[12.1] ㄱㄷㅂㅈ and ㅎ: 각하 → 가카, 꽂히다 → 꼬치다, 밝히다 → 발키다, 앉히다 → 안치다."""
    heard = _HEARD[left.coda]
    if right.onset != "ㅎ" or (heard not in _NASAL and left.coda not in ("ㄵ", "ㄼ")):
        return False
    stays, goes = tuple(_CLUSTERS.get(left.coda, left.coda.rjust(2)))
    if goes == "ㅅ" and stays != " ":
        stays, goes = " ", stays
    elif goes not in _ASPIRATED:
        goes = heard
    left.coda, right.onset = stays.strip(), _ASPIRATED[goes]
    return True


def _levelled(left: Syllable, right: Syllable) -> bool:
    """[10, 11] 밟-, and 넓- in 넓죽하다, 넓둥글다, end in ㅂ; ㄺ of a stem before ㄱ in ㄹ: 맑게 → 말께."""
    if str(left) == "밟" or (str(left) == "넓" and str(right) in ("죽", "둥")):
        left.coda = "ㅂ"
        return _nasalised(left, right) or _tensed(left, right)
    if left.coda == "ㄺ" and right.onset == "ㄱ":
        left.coda, right.onset = "ㄹ", "ㄲ"
        return True
    return False


def _tense_ending(left: Syllable, right: Syllable) -> bool:
    """[24, 25] an ending after a stem in ㄵㄻㄼㄾ: 앉다 → 안따, 넓다 → 널따, 젊지 → 점찌."""
    if left.coda not in _STEMS or right.onset not in _TENSE:
        return False
    left.coda, right.onset = _HEARD[left.coda], _TENSE[right.onset]
    return True


def _nasalised(left: Syllable, right: Syllable) -> bool:
    """[18, 19] ㄱㄷㅂ before ㄴㅁㄹ become ㅇㄴㅁ, and ㄹ after them ㄴ: 국물 → 궁물, 협력 → 혐녁."""
    heard = _HEARD[left.coda]
    if heard not in _NASAL or right.onset not in "ㄴㅁㄹ":
        return False
    left.coda = _NASAL[heard]
    right.onset = "ㄴ" if right.onset == "ㄹ" else right.onset
    return True


def _tensed(left: Syllable, right: Syllable) -> bool:
    """[23] ㄱㄷㅂㅅㅈ after ㄱㄷㅂ: 국밥 → 국빱, 옆집 → 엽찝."""
    heard = _HEARD[left.coda]
    if heard not in _NASAL or right.onset not in _TENSE:
        return False
    left.coda, right.onset = heard, _TENSE[right.onset]
    return True


def _ng_l(left: Syllable, right: Syllable) -> bool:
    """[19] ㄹ after ㅁ and ㅇ is ㄴ: 담력 → 담녁, 강릉 → 강능."""
    if _HEARD[left.coda] not in ("ㅁ", "ㅇ") or right.onset != "ㄹ":
        return False
    left.coda, right.onset = _HEARD[left.coda], "ㄴ"
    return True


def _n_l(left: Syllable, right: Syllable) -> bool:
    """[20] ㄴ and ㄹ side by side are ㄹㄹ: 신라 → 실라, 칼날 → 칼랄."""
    pair = (_HEARD[left.coda], right.onset)
    if pair not in (("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")):
        return False
    left.coda = right.onset = "ㄹ"
    return True


_RULES: Sequence[Rule] = (
    _open, _palatalised, _linked, _aspirated_after_h, _aspirated_before_h, _levelled, _tense_ending,
    _nasalised, _tensed, _ng_l, _n_l,
)  # fmt: skip
# no linking, and no rule of a word's own ending; 못 한다 → 모 탄다, 박 과장 → 박 꽈장
_ACROSS_A_BLANK: Sequence[Rule] = (_open, _aspirated_before_h, _nasalised, _tensed)


def _vowel(said: Spoken) -> None:
    """[5] ㅕ after ㅈㅉㅊ is ㅓ (가져 → 가저), ㅢ after a consonant ㅣ (희망 → 히망)."""
    if not isinstance(said, Syllable):
        return
    if said.vowel == "ㅕ" and said.onset in "ㅈㅉㅊ":
        said.vowel = "ㅓ"
    if said.vowel == "ㅢ" and said.onset != SILENT:
        said.vowel = "ㅣ"
