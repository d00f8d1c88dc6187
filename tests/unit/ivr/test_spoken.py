"""Spoken Korean, by example: every line is what a Korean listener expects to hear."""

from datetime import date, datetime

import pytest

from ivr.prompts import spoken
from office.calendar import KST


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("033-330-2291", "공삼삼에 삼삼공에 이이구일"),
        ("02-120", "공이에 일이공"),
        ("02-330-2291", "공이에 삼삼공에 이이구일"),
        ("010-1234-5678", "공일공에 일이삼사에 오육칠팔"),
        ("0507-1234-5678", "공오공칠에 일이삼사에 오육칠팔"),
        ("1588-1234", "일오팔팔에 일이삼사"),
        ("070-7000-0000", "공칠공에 칠공공공에 공공공공"),
        ("119", "일일구"),
        ("112", "일일이"),
        ("2201", "이이공일"),
        ("9", "구"),
        ("6", "육"),
    ],
)
def test_telephone_numbers(written: str, said: str) -> None:
    assert spoken.digits(written) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "영"),
        (1, "일"),
        (6, "육"),
        (10, "십"),
        (11, "십일"),
        (16, "십육"),
        (20, "이십"),
        (31, "삼십일"),
        (99, "구십구"),
        (100, "백"),
        (101, "백일"),
        (110, "백십"),
        (365, "삼백육십오"),
        (1000, "천"),
        (1588, "천오백팔십팔"),
        (2026, "이천이십육"),
        (10_000, "만"),
        (12_345, "만이천삼백사십오"),
        (20_000, "이만"),
        (100_000, "십만"),
        (110_000, "십일만"),
        (10_000_000, "천만"),
        (11_110_000, "천백십일만"),
        (100_000_000, "일억"),
        (100_010_000, "일억일만"),
        (1_234_567_890, "십이억삼천사백오십육만칠천팔백구십"),
    ],
)
def test_sino_korean_numbers(number: int, said: str) -> None:
    assert spoken.sino(number) == said


@pytest.mark.parametrize("number", [-1, 10**12])
def test_numbers_beyond_speech_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="not spoken"):
        spoken.sino(number)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "한"),
        (2, "두"),
        (3, "세"),
        (4, "네"),
        (5, "다섯"),
        (8, "여덟"),
        (10, "열"),
        (11, "열한"),
        (12, "열두"),
        (20, "스무"),
        (21, "스물한"),
        (24, "스물네"),
        (30, "서른"),
        (45, "마흔다섯"),
        (52, "쉰두"),
        (66, "예순여섯"),
        (77, "일흔일곱"),
        (88, "여든여덟"),
        (99, "아흔아홉"),
    ],
)
def test_native_numbers(number: int, said: str) -> None:
    assert spoken.native(number) == said


@pytest.mark.parametrize("number", [0, 100])
def test_native_numbers_end_at_ninety_nine(number: int) -> None:
    with pytest.raises(ValueError, match="native"):
        spoken.native(number)


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "밤 열두 시"),
        (0, 30, "밤 열두 시 삼십 분"),
        (1, 0, "오전 한 시"),
        (9, 0, "오전 아홉 시"),
        (9, 5, "오전 아홉 시 오 분"),
        (11, 50, "오전 열한 시 오십 분"),
        (12, 0, "낮 열두 시"),
        (12, 10, "낮 열두 시 십 분"),
        (13, 0, "오후 한 시"),
        (14, 30, "오후 두 시 삼십 분"),
        (15, 20, "오후 세 시 이십 분"),
        (16, 0, "오후 네 시"),
        (17, 40, "오후 다섯 시 사십 분"),
        (18, 0, "오후 여섯 시"),
        (20, 16, "오후 여덟 시 십육 분"),
        (23, 59, "오후 열한 시 오십구 분"),
    ],
)
def test_clock_times(hour: int, minute: int, said: str) -> None:
    assert spoken.clock(hour, minute) == said


WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (date(2026, 11, 25), "오늘"),
        (date(2026, 11, 26), "내일"),
        (date(2026, 11, 27), "금요일"),
        (date(2026, 11, 30), "월요일"),
        (date(2026, 12, 1), "화요일"),
        (date(2026, 12, 2), "십이월 이일 수요일"),
        (date(2027, 1, 1), "일월 일일 금요일"),
        (date(2027, 6, 7), "유월 칠일 월요일"),
        (date(2027, 10, 31), "시월 삼십일일 일요일"),
        (date(2027, 2, 20), "이월 이십일 토요일"),
        (date(2026, 11, 24), "십일월 이십사일 화요일"),
    ],
)
def test_days_as_heard_on_a_wednesday(of: date, said: str) -> None:
    assert spoken.day(of, WEDNESDAY) == said


def test_the_first_of_december_in_full() -> None:
    assert spoken.day(date(2026, 12, 1), date(2026, 10, 1)) == "십이월 일일 화요일"


def test_a_moment_is_day_and_time() -> None:
    now, at = (datetime(2026, 11, 25, 17, 30, tzinfo=KST), datetime(2026, 11, 26, 9, 30, tzinfo=KST))
    assert spoken.moment(at, now) == "내일 오전 아홉 시 삼십 분"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "영 초"),
        (2, "이 초"),
        (10, "십 초"),
        (60, "일 분"),
        (90, "일 분 삼십 초"),
        (600, "십 분"),
        (3600, "한 시간"),
        (5400, "한 시간 삼십 분"),
        (7200, "두 시간"),
        (72_000, "스무 시간"),
        (86_400, "하루"),
        (172_800, "이틀"),
        (259_200, "사흘"),
        (864_000, "십 일"),
        (90_000, "하루 한 시간"),
    ],
)
def test_durations(seconds: int, said: str) -> None:
    assert spoken.duration(seconds) == said


@pytest.mark.parametrize(
    ("word", "pair", "said"),
    [
        ("김철수", "이/가", "김철수가"),
        ("박경준", "이/가", "박경준이"),
        ("행정과", "은/는", "행정과는"),
        ("진부면", "은/는", "진부면은"),
        ("메모", "을/를", "메모를"),
        ("용건", "을/를", "용건을"),
        ("이름", "과/와", "이름과"),
        ("번호", "과/와", "번호와"),
        ("서울", "으로/로", "서울로"),
        ("평창", "으로/로", "평창으로"),
        ("강릉시", "으로/로", "강릉시로"),
        ("농업기술센터", "으로/로", "농업기술센터로"),
        ("교육", "으로/로", "교육으로"),
        ("물", "을/를", "물을"),
        ("철", "으로부터/로부터", "철로부터"),
        ("수현", "아/야", "수현아"),
        ("유진", "이라/라", "유진이라"),
        ("1번", "이/가", "1번이"),
        ("창구 1", "으로/로", "창구 1로"),
        ("창구 2", "으로/로", "창구 2로"),
        ("창구 3", "으로/로", "창구 3으로"),
        ("창구 7", "으로/로", "창구 7로"),
        ("창구 8", "이/가", "창구 8이"),
        ("창구 10", "으로/로", "창구 10으로"),
        ("2024", "은/는", "2024는"),
        ("100", "을/를", "100을"),
        ("010-1234-5670", "이/가", "010-1234-5670이"),
        ("010-1234-5679", "이/가", "010-1234-5679가"),
        ("KT", "이/가", "KT가"),
        ("LH", "을/를", "LH를"),
        ("B동", "은/는", "B동은"),
        ("회의실 L", "으로/로", "회의실 L로"),
        ("회의실 M", "으로/로", "회의실 M으로"),
        ("회의실 N", "이/가", "회의실 N이"),
        ("(주)한빛", "이/가", "(주)한빛이"),
        ("한빛(주)", "이/가", "한빛(주)가"),
        ("“헌장”", "을/를", "“헌장”을"),
    ],
)
def test_particles(word: str, pair: str, said: str) -> None:
    assert spoken.particle(word, pair) == said


@pytest.mark.parametrize("word", ["", "  ", "!!", "道", "평창 道", "ㅋ"])
def test_a_word_whose_last_sound_is_not_known_gets_no_particle(word: str) -> None:
    with pytest.raises(ValueError, match="without a particle"):
        spoken.particle(word, "이/가")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("KT 2팀", "케이티 이팀"),
        ("A동 301호", "에이동 삼백일호"),
        ("119 안전센터", "일일구 안전센터"),
        ("0", "영"),
        ("007", "공공칠"),
        ("033-330-2291", "공삼삼에 삼삼공에 이이구일"),
        ("kbs", "케이비에스"),
        ("진부면", "진부면"),
    ],
)
def test_words_with_digits_and_latin_letters(written: str, said: str) -> None:
    assert spoken.reading(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("괜찮으시면 1번, 다른 번호는 2번을", "괜찮으시면 일번, 다른 번호는 이번을"),
        ("급한 일은 0번", "급한 일은 영번"),
        ("12번 창구", "십이번 창구"),
        ("내선 2201번", "내선 이이공일번"),
        ("033-330-2291번으로", "공삼삼에 삼삼공에 이이구일번으로"),
        ("화재와 구급은 119, 범죄 신고는 112입니다.", "화재와 구급은 일일구, 범죄 신고는 일일이입니다."),
        ("9시부터 18시까지", "아홉 시부터 십팔 시까지"),
        ("2시간 30분", "두 시간 삼십 분"),
        ("30일 뒤 지웁니다.", "삼십일 뒤 지웁니다."),
        ("6월 6일", "유월 육일"),
        ("10월 3일", "시월 삼일"),
        ("2026년 12월 1일", "이천이십육 년 십이월 일일"),
        ("새 메모 3건", "새 메모 세 건"),
        ("새 메모 120건", "새 메모 백이십 건"),
        ("2층", "이 층"),
        ("10초", "십 초"),
        ("숫자가 없는 문장입니다.", "숫자가 없는 문장입니다."),
    ],
)
def test_whole_sentences(written: str, said: str) -> None:
    assert spoken.sentence(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026-11-30", "이천이십육 년 십일월 삼십일"),
        ("2027-06-05에", "이천이십칠 년 유월 오일에"),
        ("14:30까지", "오후 두 시 삼십 분까지"),
        ("09:00부터", "오전 아홉 시부터"),
        ("12:00", "낮 열두 시"),
        ("0:10", "밤 열두 시 십 분"),
        ("24:00", "밤 열두 시"),
        ("5,000원", "오천 원"),
        ("1,234,500원", "백이십삼만사천오백 원"),
        ("12,345", "만이천삼백사십오"),
        ("30%", "삼십 퍼센트"),
        ("3명", "세 명"),
        ("20명", "스무 명"),
        ("100명", "백 명"),
        ("2개", "두 개"),
        ("서류 2가지", "서류 두 가지"),
        ("전화 3대", "전화 세 대"),
        ("6개월", "육 개월"),
        ("2주일", "이 주일"),
        ("1회", "일회"),
        ("2차", "이차"),
        ("민원1과", "민원일과"),
        ("7급", "칠급"),
        ("3호", "삼 호"),
        ("KT 2번", "케이티 이번"),
        ("LH 3팀으로", "엘에이치 삼팀으로"),
        ("119로", "일일구로"),
        ("1588-1234로", "일오팔팔에 일이삼사로"),
        ("010-1234-5678번", "공일공에 일이삼사에 오육칠팔번"),
        ("내선 2201번", "내선 이이공일번"),
        ("제2청사 2층", "제이청사 이 층"),
        ("10월 10일 10시 10분", "시월 십일 열 시 십 분"),
    ],
)
def test_any_text_is_read_aloud(written: str, said: str) -> None:
    assert spoken.aloud(written) == said


@pytest.mark.parametrize(
    ("template", "slots", "said"),
    [
        ("{dept}은/는 쉽니다.", {"dept": "행정과"}, "행정과는 쉽니다."),
        ("{dept}은/는 쉽니다.", {"dept": "진부면"}, "진부면은 쉽니다."),
        ("{dept}으로/로 연결합니다.", {"dept": "민원실"}, "민원실로 연결합니다."),
        ("{name}이/가 받습니다.", {"name": "김철수"}, "김철수가 받습니다."),
        ("{team}이/가 받습니다.", {"team": "2팀"}, "2팀이 받습니다."),
        ("{dept}과/와 {name}을/를", {"dept": "LH", "name": "KT"}, "LH와 KT를"),
        ("{office}입니다.", {"office": "평창군청"}, "평창군청입니다."),
    ],
)
def test_slots_take_the_fitting_particle(template: str, slots: dict[str, str], said: str) -> None:
    assert spoken.fill(template, slots) == said


def test_slots_are_named_once_in_their_order() -> None:
    assert spoken.slots_of("{dept}은/는 {office}, {dept}") == ("dept", "office")
    with pytest.raises(KeyError):
        spoken.fill("{dept}", {})
