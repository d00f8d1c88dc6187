"""What colleagues upload: calendars and tables as Outlook, Google, Excel and people write them."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from memo_service.absences import labels
from memo_service.absences.files import MOST_BYTES, read_file
from memo_service.absences.importing import Reading
from memo_service.absences.rules import Kind, Source
from office.calendar import KST
from office.folder import load_office
from tests.support.memo import ROOT

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # Wednesday, 10:30 in Korea
OFFICER = "kim_ms"


def read(text: str | bytes, encoding: str = "utf-8") -> tuple[Source, Reading]:
    raw = text.encode(encoding) if isinstance(text, str) else text
    return read_file(raw, OFFICER, OFFICE.directory, NOW)


def spans(reading: Reading) -> list[str]:
    return [
        f"{e.wanted.starts_at.astimezone(KST):%m-%d %H:%M}/{e.wanted.ends_at.astimezone(KST):%m-%d %H:%M}"
        for e in reading.entries
    ]


def faults(reading: Reading) -> list[tuple[int, str]]:
    return [(unread.line, unread.fault.code) for unread in reading.faults]


TABLE_MOMENTS = {
    # as written (start, end): the span meant
    ("2026-11-26", "2026-11-27"): "11-26 00:00/11-28 00:00",
    ("2026.11.26.", "2026.11.26."): "11-26 00:00/11-27 00:00",
    ("2026. 11. 26.", ""): "11-26 00:00/11-27 00:00",
    ("2026. 11. 26. (목)", "2026. 11. 27. (금)"): "11-26 00:00/11-28 00:00",
    ("11/26", "11/27"): "11-26 00:00/11-28 00:00",
    ("11.26", "11.27"): "11-26 00:00/11-28 00:00",
    ("2026/11/26 14:00", "2026/11/26 18:00"): "11-26 14:00/11-26 18:00",
    ("20261126", "20261127"): "11-26 00:00/11-28 00:00",
    ("26.11.26.", "26.11.26."): "11-26 00:00/11-27 00:00",
    ("11월 26일", "11월 27일"): "11-26 00:00/11-28 00:00",
    ("2026년 11월 26일 오후 2시", "2026년 11월 26일 오후 5시 30분"): "11-26 14:00/11-26 17:30",
    ("2026-11-26 오전 9:00:00", "2026-11-26 오후 12:00:00"): "11-26 09:00/11-26 12:00",
    ("2026-11-26T09:00", "2026-11-26T24:00"): "11-26 09:00/11-27 00:00",
    ("11/26 9시", "11/26 10시 반"): "11-26 09:00/11-26 10:30",
    ("2026-11-26 2:00 PM", "2026-11-26 3:00 PM"): "11-26 14:00/11-26 15:00",
    ("1/4", "1/5"): "01-04 00:00/01-06 00:00",
}


@pytest.mark.parametrize(("written", "meant"), TABLE_MOMENTS.items())
def test_moments_as_people_write_them(written: tuple[str, str], meant: str) -> None:
    _, reading = read(f"직원,종류,시작,끝,대직자\n2202,연가,{written[0]},{written[1]},\n")
    assert (faults(reading), spans(reading)) == ([], [meant])


def test_a_day_without_a_year_is_the_nearest() -> None:
    _, reading = read("직원,시작\n2202,1/4\n2202,12/31\n2202,6/20\n")
    assert [e.wanted.starts_at.astimezone(KST).year for e in reading.entries] == [2027, 2026, 2026]


@pytest.mark.parametrize(
    ("kind", "meant", "span"),
    [
        ("오전반차", Kind.HALF_DAY, "11-26 09:00/11-26 14:00"),
        ("반차(오후)", Kind.HALF_DAY, "11-26 14:00/11-26 18:00"),
        ("관외출장", Kind.TRIP, "11-26 00:00/11-27 00:00"),
        ("연차", Kind.ANNUAL_LEAVE, "11-26 00:00/11-27 00:00"),
        ("특별휴가", Kind.SPECIAL_LEAVE, "11-26 00:00/11-27 00:00"),
        ("", Kind.OTHER, "11-26 00:00/11-27 00:00"),
    ],
)
def test_kinds_as_people_write_them(kind: str, meant: Kind, span: str) -> None:
    _, reading = read(f"직원,종류,시작\n김민수,{kind},2026-11-26\n")
    assert [e.wanted.kind for e in reading.entries] == [meant]
    assert spans(reading) == [span]


@pytest.mark.parametrize(
    "written", ["2202", "김민수", "김민수 주무관", "김민수(2202)", "행정과 김민수", "kim_ms", "내선 2202"]
)
def test_colleagues_as_people_write_them(written: str) -> None:
    _, reading = read(f"직원/내선,시작,대직자\n{written},2026-11-26,이서연\n")
    assert [(e.wanted.officer, e.wanted.deputy) for e in reading.entries] == [("kim_ms", "lee_sy")]


@pytest.mark.parametrize(
    ("written", "deputy"), [("", "lee_sy"), ("없음", None), ("-", None), ("2201", "park_kj")]
)
def test_the_deputy_of_a_table(written: str, deputy: str | None) -> None:
    _, reading = read(f"직원,시작,대직자\n2202,2026-11-26,{written}\n")
    assert [e.wanted.deputy for e in reading.entries] == [deputy]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig", "utf-16"])
def test_tables_in_the_encodings_of_excel(encoding: str) -> None:
    source, reading = read(
        "성명,근태구분,시작일,종료일,업무대행자\r\n김민수,연가,11/26,11/27,이서연\r\n", encoding
    )
    assert source is Source.CSV
    assert spans(reading) == ["11-26 00:00/11-28 00:00"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_with_a_title_and_times_of_their_own(delimiter: str) -> None:
    rows = [
        ["11월 휴가 현황"],
        [],
        ["번호", "이름", "구분", "시작일", "시작 시간", "종료일", "종료 시간", "비고"],
        ["1", "김민수", "출장", "2026-11-26", "09:00", "2026-11-26", "12:00", "도청, 회의"],
        ["", "", "", "", "", "", "", ""],
    ]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    _, reading = read(text)
    assert spans(reading) == ["11-26 09:00/11-26 12:00"]
    assert (reading.entries[0].line, reading.entries[0].wanted.note) == (4, "도청, 회의")


def test_every_faulty_line_of_a_table_is_named() -> None:
    _, reading = read(
        "직원,종류,시작,끝,대직자\n"
        "2202,연가,2026-11-26,2026-11-27,\n"
        "홍길동,연가,2026-11-26,,\n"
        "2202,낮잠,2026-11-26,,\n"
        "2202,연가,내일,,\n"
        "2202,연가,2026-02-30,,\n"
        "2202,연가,,,\n"
        "2202,연가,2026-11-26 09:00,,\n"
        "2202,연가,2026-11-26 25:00,2026-11-27,\n"
        ",연가,2026-11-26,,\n"
        "2202,연가,2026-11-26,,아무개\n"
    )
    assert faults(reading) == [
        (3, "officer_unknown"),
        (4, "kind_unknown"),
        (5, "moment_unread"),
        (6, "moment_unread"),
        (7, "moment_missing"),
        (8, "moment_missing"),
        (9, "moment_unread"),
        (10, "officer_missing"),
        (11, "deputy_unknown"),
    ]
    assert len(reading.entries) == 1
    told = [labels.sentence(unread.fault, OFFICE.directory.officers) for unread in reading.faults]
    assert told[0] == "‘홍길동’은(는) 직원 명부에 없습니다. 이름이나 내선 번호를 확인해 주세요."
    assert "끝나는 때가 없습니다." in told[5]


def test_a_line_break_within_quotes_keeps_the_count_of_lines() -> None:
    _, reading = read('직원,시작,비고\n2202,2026-11-26,"두\n줄"\n2202,모레,\n')
    assert faults(reading) == [(4, "moment_unread")]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n", "file_empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "file_not_text"),
        (b"PK\x03\x04\x14\0\x06\0", "file_not_text"),
        ("이름 없는 글".encode(), "columns_missing"),
        ("직원,종류\n2202,연가\n".encode(), "columns_missing"),
        ('직원,시작\n"2202,2026-11-26\n'.encode(), "row_unread"),
        (b"BEGIN:VCALENDAR\nnonsense\n", "calendar_unread"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "file_empty"),
        (b"x" * (MOST_BYTES + 1), "file_too_large"),
        (("직원,시작\n" + "2202,2026-11-26\n" * 2001).encode(), "too_many"),
    ],
)
def test_files_that_are_none(raw: bytes, code: str) -> None:
    _, reading = read(raw)
    assert code in [found for _, found in faults(reading)]
    for unread in reading.faults:
        assert "{" not in labels.sentence(unread.fault, OFFICE.directory.officers)


def calendar(*events: str, head: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n{head}{body}END:VCALENDAR\n"


ZONE = """BEGIN:VTIMEZONE
TZID:Office Time
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE
"""

EVENTS = {
    "a whole day": (
        "UID:a\nDTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261127\nSUMMARY:연가",
        ["11-26 00:00/11-27 00:00"],
    ),
    "a whole day without an end": (
        "UID:a\nDTSTART;VALUE=DATE:20261126\nSUMMARY:연가",
        ["11-26 00:00/11-27 00:00"],
    ),
    "three days": (
        "UID:a\nDTSTART;VALUE=DATE:20261126\nDTEND;VALUE=DATE:20261129",
        ["11-26 00:00/11-29 00:00"],
    ),
    "a known zone": (
        "UID:a\nDTSTART;TZID=Asia/Seoul:20261126T140000\nDTEND;TZID=Asia/Seoul:20261126T160000",
        ["11-26 14:00/11-26 16:00"],
    ),
    "a zone by its Windows name": (
        "UID:a\nDTSTART;TZID=Korea Standard Time:20261126T140000\nDURATION:PT2H",
        ["11-26 14:00/11-26 16:00"],
    ),
    "a zone of the file": (
        "UID:a\nDTSTART;TZID=Office Time:20261126T140000\nDTEND;TZID=Office Time:20261126T160000",
        ["11-26 14:00/11-26 16:00"],
    ),
    "another country's zone": (
        "UID:a\nDTSTART;TZID=America/New_York:20261126T000000\nDURATION:PT2H",
        ["11-26 14:00/11-26 16:00"],
    ),
    "UTC": ("UID:a\nDTSTART:20261126T050000Z\nDTEND:20261126T070000Z", ["11-26 14:00/11-26 16:00"]),
    "no zone at all": ("UID:a\nDTSTART:20261126T140000\nDTEND:20261126T160000", ["11-26 14:00/11-26 16:00"]),
    "every week, three times": (
        "UID:a\nDTSTART:20261126T100000\nDTEND:20261126T110000\nRRULE:FREQ=WEEKLY;COUNT=3",
        ["11-26 10:00/11-26 11:00", "12-03 10:00/12-03 11:00", "12-10 10:00/12-10 11:00"],
    ),
    "one of them left out": (
        "UID:a\nDTSTART:20261126T100000\nDTEND:20261126T110000\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE:20261203T100000",
        ["11-26 10:00/11-26 11:00", "12-10 10:00/12-10 11:00"],
    ),
    "weekly until a day": (
        "UID:a\nDTSTART;TZID=Asia/Seoul:20261126T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL=20261203T010000Z",
        ["11-26 10:00/11-26 11:00", "12-03 10:00/12-03 11:00"],
    ),
    "long ago": ("UID:a\nDTSTART:20240101T100000\nDTEND:20240101T110000", []),
}


@pytest.mark.parametrize(("event", "meant"), EVENTS.values(), ids=EVENTS.keys())
def test_events_of_calendars(event: str, meant: list[str]) -> None:
    _, reading = read(calendar("UID:z\nDTSTART;VALUE=DATE:20261201\nSUMMARY:연가", event, head=ZONE))
    assert (faults(reading), spans(reading)) == ([], ["12-01 00:00/12-02 00:00", *meant])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_folded_lines_and_encodings_of_calendars(encoding: str) -> None:
    text = calendar(
        "UID:a\nDTSTART;VALUE=DATE:202611\n 26\nSUMMARY:군청 대회의실에서 하는 주간 업무 보\n 고회"
    )
    source, reading = read(text.replace("\n", "\r\n"), encoding)
    assert source is Source.ICS
    assert [(e.wanted.kind, e.wanted.note) for e in reading.entries] == [
        (Kind.MEETING, "군청 대회의실에서 하는 주간 업무 보고회")
    ]


def test_a_moved_repetition_keeps_its_name_and_tells_its_own_line() -> None:
    series = "UID:a\nDTSTART:20261126T100000\nDTEND:20261126T110000\nRRULE:FREQ=WEEKLY;COUNT=2\nSUMMARY:회의"
    moved = (
        "UID:a\nRECURRENCE-ID:20261203T100000\nDTSTART:20261204T150000\nDTEND:20261204T160000\nSUMMARY:회의"
    )
    _, plain = read(calendar(series))
    _, reading = read(calendar(series, moved))
    assert spans(reading) == ["11-26 10:00/11-26 11:00", "12-04 15:00/12-04 16:00"]
    assert [e.wanted.uid for e in plain.entries] == [e.wanted.uid for e in reading.entries]
    assert [e.line for e in reading.entries] == [4, 11]


def test_cancelled_events_and_withdrawn_calendars() -> None:
    event = "UID:a\nDTSTART;VALUE=DATE:20261126\nSUMMARY:연가"
    _, marked = read(calendar(f"{event}\nSTATUS:CANCELLED"))
    _, withdrawn = read(calendar(event, head="METHOD:CANCEL\n"))
    assert [e.cancelled for e in (*marked.entries, *withdrawn.entries)] == [True, True]


def test_free_events_are_left_out_unless_they_are_leave() -> None:
    free = "DTSTART;VALUE=DATE:20261126\nTRANSP:TRANSPARENT"
    _, reading = read(calendar(f"UID:a\n{free}\nSUMMARY:장날", f"UID:b\n{free}\nSUMMARY:연가"))
    assert [(u.line, u.fault.code) for u in reading.left_out] == [(4, "event_free")]
    assert [e.wanted.kind for e in reading.entries] == [Kind.ANNUAL_LEAVE]


def test_kinds_by_category() -> None:
    _, reading = read(calendar("UID:a\nDTSTART;VALUE=DATE:20261126\nSUMMARY:서울\nCATEGORIES:업무,출장"))
    assert [e.wanted.kind for e in reading.entries] == [Kind.TRIP]


def test_every_faulty_event_is_named() -> None:
    _, reading = read(
        calendar(
            "UID:a\nDTSTART:2026-11-26\nSUMMARY:나쁜 날",
            "UID:b\nSUMMARY:날 없음",
            "UID:c\nDTSTART;TZID=Nowhere/City:20261126T100000\nDTEND;TZID=Nowhere/City:20261126T110000",
            "UID:d\nDTSTART:20261126T100000\nRRULE:FREQ=MINUTELY",
            "UID:e\nDTSTART;VALUE=DATE:20261126\nSUMMARY:연가",
        )
    )
    assert faults(reading) == [
        (4, "event_unread"),
        (9, "event_unread"),
        (13, "zone_unknown"),
        (18, "event_too_often"),
    ]
    assert len(reading.entries) == 1


def test_a_long_series_ends_with_the_year() -> None:
    _, reading = read(calendar("UID:a\nDTSTART:20200101T100000\nDTEND:20200101T110000\nRRULE:FREQ=DAILY"))
    starts = [e.wanted.starts_at for e in reading.entries]
    assert 390 < len(starts) < 400
    assert all((b - a).days == 1 for a, b in pairwise(starts))
    assert len({e.wanted.uid for e in reading.entries}) == len(starts)


def test_calendars_of_endless_series_are_refused_without_being_worked_out() -> None:
    daily = "DTSTART:20200101T100000\nDTEND:20200101T110000\nRRULE:FREQ=DAILY"
    _, reading = read(calendar(*(f"UID:{n}\n{daily}" for n in range(60))))
    assert faults(reading) == [(1, "too_many")]
