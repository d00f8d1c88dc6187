"""What the administrator is told to set up, by an office's own files."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from memo_service.start.checks import Prompts, Standing, Surroundings, checks
from office.calendar import Calendar, CalendarFile, Duty
from office.charter import Charter, OfficeName
from office.directory import Department, Directory, DirectoryFile, Officer, OfficeRole, Trunk
from office.folder import Office

TODAY = date(2026, 11, 25)
SET_UP = Surroundings(link_up=True, recordings=12, mails=True, demo=False, clock_shift_s=0, today=TODAY)


def officer(name: str, extension: str, **more: object) -> Officer:
    return Officer.model_validate(
        {"id": name, "name": name, "department": "a", "extension": extension, "duties": ("일",), **more}
    )


def office(*officers: Officer, duty_desk: str | None = "2000", calendar: Calendar | None = None) -> Office:
    trunk = Trunk(area="033", exchange="330", main_number="2201")
    department = Department(id="a", name="가과", number="2201")
    charter = Charter(version="1", office=OfficeName(id="office", name="기관"))
    absence = charter.absence.model_copy(update={"duty_desk": duty_desk})
    return Office(
        charter.model_copy(update={"absence": absence}),
        Directory(DirectoryFile(trunk=trunk, department=(department,), officer=officers)),
        calendar or Calendar(),
    )


WHOLE = office(
    officer("kim", "2201", role=OfficeRole.LEADER, deputy="lee"),
    officer("lee", "2202", role=OfficeRole.ADMINISTRATOR, deputy="kim"),
    officer("choe", "2203", role=OfficeRole.CHARTER_MANAGER, deputy="kim"),
    calendar=Calendar([CalendarFile(duty=tuple(Duty(date=date(2026, 11, 25 + n), numbers=("2201",))
                                               for n in range(6))
                                    + tuple(Duty(date=date(2026, 12, 1 + n), numbers=("2201",))
                                            for n in range(8)))]),
)  # fmt: skip


def standing(found: Office, title: str, around: Surroundings = SET_UP) -> Standing | None:
    return next((check.standing for check in checks(found, around) if check.title == title), None)


def test_an_office_that_has_everything_has_nothing_to_do() -> None:
    assert {check.standing for check in checks(WHOLE, SET_UP)} == {Standing.DONE}


@pytest.mark.parametrize(
    ("change", "title", "expected"),
    [
        ({"link_up": False}, "전화교환기 연결", Standing.NEEDED),
        ({"recordings": 0}, "안내 음성", Standing.NEEDED),
        ({"prompts": Prompts(up=True, seen=True)}, "안내 음성", Standing.DONE),
        ({"prompts": Prompts(up=True, seen=True, to_approve=1)}, "안내 음성", Standing.NEEDED),
        ({"prompts": Prompts(up=True, seen=True, weak=1)}, "안내 음성", Standing.NEEDED),
        ({"prompts": Prompts(up=True, seen=True, missing=1)}, "안내 음성", Standing.NEEDED),
        ({"prompts": Prompts(up=True, seen=True, refused=1)}, "안내 음성", Standing.NEEDED),
        ({"prompts": Prompts(up=False, seen=True)}, "음성 서비스", Standing.NEEDED),
        ({"prompts": Prompts(up=False, seen=False)}, "음성 서비스", Standing.NEEDED),
        ({"prompts": Prompts(up=False, seen=False)}, "안내 음성", None),
        ({"mails": False}, "전자우편 알림", Standing.CHOICE),
        ({"demo": True}, "시연", Standing.CHOICE),
        ({"clock_shift_s": 60}, "시각", Standing.NEEDED),
        ({"today": date(2026, 11, 26)}, "당직", Standing.CHOICE),
    ],
)
def test_each_thing_around_is_seen(change: dict[str, Any], title: str, expected: Standing | None) -> None:
    around = replace(SET_UP, **change)
    assert standing(WHOLE, title, around) is expected


@pytest.mark.parametrize(
    ("people", "title", "expected"),
    [
        ((officer("kim", "2201"),), "관리자와 헌장 담당자", Standing.NEEDED),
        ((officer("kim", "2201"),), "팀장", Standing.NEEDED),
        ((officer("kim", "2201"),), "대직자", Standing.CHOICE),
        ((officer("kim", "2201", duties=()),), "담당업무", Standing.CHOICE),
    ],
)
def test_each_gap_in_the_directory_is_seen(
    people: tuple[Officer, ...], title: str, expected: Standing
) -> None:
    assert standing(office(*people), title) is expected


def test_nobody_at_night_is_a_thing_to_do_first() -> None:
    found = checks(office(officer("kim", "2201"), duty_desk=None), SET_UP)
    assert found[0].standing is Standing.NEEDED
    assert standing(office(officer("kim", "2201"), duty_desk=None), "당직") is Standing.NEEDED
    assert all(check.remedy for check in found if check.standing is not Standing.DONE)


def test_many_names_are_cut_short() -> None:
    people = [officer(f"o{n}", str(3000 + n)) for n in range(10)]
    told = next(check.found for check in checks(office(*people), SET_UP) if check.title == "대직자")
    assert "외 4" in told


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("off", None),
        ("starting", Standing.CHOICE),
        ("ready", Standing.DONE),
        ("no_model", Standing.NEEDED),
        ("other_model", Standing.NEEDED),
        ("no_package", Standing.NEEDED),
        ("bad_model", Standing.NEEDED),
    ],
)
def test_writing_down_recordings_is_told_only_where_the_office_wants_it(
    state: str, expected: Standing | None
) -> None:
    around = replace(SET_UP, drafts=state, drafts_model="ab" * 32)
    assert standing(WHOLE, "메모 받아쓰기", around) is expected
