"""Standard pronunciation by the examples of 표준 발음법, and what the voice model is given of it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts.korean.jamo import CODAS, ONSETS, VOWELS, Syllable, apart
from ivr.prompts.korean.pronounce import pronounced
from ivr.prompts.korean.symbols import symbols
from ivr.prompts.korean.wordlist import office_word_list, word_list
from office.problems import OfficeRefusedError

# written, said; by article of 표준 발음법 (국립국어원)
EXAMPLES = """
5 가져 가저|희망 히망|무늬 무니|묻혀 무처
8-11 밖 박|닭 닥|값 갑|넋 넉|앉다 안따|여덟 여덜|넓다 널따|외곬 외골|핥다 할따|없다 업따|밟다 밥따
8-11 밟소 밥쏘
8-11 밟지 밥찌|밟는 밤는|밟게 밥께|넓죽하다 넙쭈카다|넓둥글다 넙뚱글다|맑다 막따|늙지 늑찌|맑게 말께
8-11 묽고 물꼬|젊다 점따
8-11 읊고 읍꼬|얽거나 얼꺼나|읽습니다 익씀니다
12 놓고 노코|좋던 조턴|쌓지 싸치|많고 만코|않던 안턴|닳지 달치|각하 가카|먹히다 머키다|밝히다 발키다
12 맏형 마텽
12 좁히다 조피다|넓히다 널피다|꽂히다 꼬치다|앉히다 안치다|닿소 다쏘|많소 만쏘|싫소 실쏘|놓는 논는
12 쌓네 싼네
12 않네 안네|뚫네 뚤레|낳은 나은|놓아 노아|많아 마나|닳아 다라|싫어도 시러도|입학 이팍|못 한다 모 탄다
13-14 깎아 까까|옷이 오시|있어 이써|꽂아 꼬자|쫓아 쪼차|밭에 바테|앞으로 아프로|넋이 넉씨|앉아 안자
13-14 닭을 달글
13-14 젊어 절머|곬이 골씨|핥아 할타|읊어 을퍼|값을 갑쓸|없어 업써|강아지 강아지
17 곧이듣다 고지듣따|굳이 구지|미닫이 미다지|밭이 바치|벼훑이 벼훌치|굳히다 구치다|닫혀 다처|해돋이 해도지
17 같이 가치
18 먹는 멍는|국물 궁물|깎는 깡는|키읔만 키응만|몫몫이 몽목씨|긁는 긍는|흙만 흥만|닫는 단는|짓는 진는
18 옷맵시 온맵씨
18 있는 인는|맞는 만는|쫓는 쫀는|꽃망울 꼰망울|붙는 분는|잡는 잠는|밥물 밤물|앞마당 암마당|읊는 음는
18 없는 엄는
18 책 넣는다 챙 넌는다|밥 먹는다 밤 멍는다
19 담력 담녁|침략 침냑|강릉 강능|항로 항노|대통령 대통녕|막론 망논|백리 뱅니|협력 혐녁|십리 심니|종로 종노
19 법률 범뉼
20 난로 날로|신라 실라|천리 철리|광한루 광할루|대관령 대괄령|칼날 칼랄|물난리 물랄리|할는지 할른지
23 국밥 국빱|깎다 깍따|넋받이 넉빠지|삯돈 삭똔|닭장 닥짱|칡범 칙뻠|뻗대다 뻗때다|옷고름 옫꼬름|있던 읻떤
23 꽂고 꼳꼬
23 꽃다발 꼳따발|낯설다 낟썰다|밭갈이 받까리|솥전 솓쩐|곱돌 곱똘|덮개 덥깨|옆집 엽찝|읊조리다 읍쪼리다
23 값지다 갑찌다
23 박 과장 박 꽈장|접수 접쑤|답변 답뼌|있습니다 읻씀니다
24-25 얹다 언따|닮고 담꼬|넓게 널께|훑소 훌쏘|떫지 떨찌
0 안녕하십니까, 안녕하심니까,|죄송합니다. 죄송함니다.|늦게 받아 늗께 바다|끊으셔도 끄느셔도
0 곽낙원입니다 광나궈님니다
"""


def _examples() -> list[tuple[str, str]]:
    found = []
    for line in EXAMPLES.strip().splitlines():
        for example in line.split(" ", 1)[1].split("|"):
            words = example.split(" ")
            half = len(words) // 2
            found.append((" ".join(words[:half]), " ".join(words[half:])))
    return found


@pytest.mark.parametrize(("written", "said"), _examples())
def test_standard_pronunciation(written: str, said: str) -> None:
    assert pronounced(written) == said


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(set(_examples())) >= 150


syllables = st.builds(
    lambda onset, vowel, coda: str(Syllable(onset, vowel, coda)),
    st.sampled_from(ONSETS),
    st.sampled_from(VOWELS),
    st.sampled_from(CODAS),
)


@given(st.lists(syllables | st.sampled_from(" .,?!-a1"), max_size=8).map("".join))
def test_anything_can_be_pronounced(text: str) -> None:
    """No letter is lost or made, syllables end in one of the seven sounds, and none is without a symbol."""
    said = pronounced(text)
    assert len(said) == len(text)
    assert all(apart(char).coda in ("", *"ㄱㄴㄷㄹㅁㅂㅇ") for char in said if "가" <= char <= "힣")
    assert not any("ㄱ" <= char <= "힣" for char in symbols(text))


def test_lenis_sounds_are_voiced_within_a_word_alone() -> None:
    assert symbols("가가 가") == "kaɡa ka"
    assert symbols("안다") == "anda"
    assert symbols("악가") == "akka"


def test_s_before_i_and_double_l() -> None:
    assert symbols("시민") == "ɕimin"
    assert symbols("신라") == "ɕilla"
    assert symbols("샤") == "ɕa"


def test_the_greeting_in_symbols() -> None:
    assert symbols("안녕하십니까, 죄송합니다.") == "annjʌŋhaɕimnika, ʨwesoŋhamnida."


@pytest.mark.parametrize(
    ("written", "said"),
    [("용건을", "용꺼늘"), ("점심시간입니다", "점심씨가님니다"), ("십육 분", "심뉵 뿐"), ("결재", "결째")],
)
def test_listed_words_sound_as_listed(written: str, said: str) -> None:
    assert pronounced(word_list().applied(written)) == said


def test_a_department_is_said_with_a_tense_ending_and_a_particle_is_not() -> None:
    words = word_list(departments=["행정과", "진부면"])
    assert words.applied("행정과입니다") == "행정꽈입니다"
    assert words.applied("서울과 진부면") == "서울과 진부면"


def test_the_offices_own_list_wins(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text('[words]\n"용건" = "용건"\n"월정사" = "월쩡사"\n', encoding="utf-8")
    words = office_word_list(tmp_path)
    assert words.applied("용건 월정사 조건") == "용건 월쩡사 조껀"


@pytest.mark.parametrize("text", ['[words]\n"a" = "가"\n', '[word]\n"가" = "나"\n', "words"])
def test_a_list_that_cannot_be_used_is_told_by_line(text: str) -> None:
    with pytest.raises(OfficeRefusedError, match=r"words\.toml:\d"):
        word_list(text)
