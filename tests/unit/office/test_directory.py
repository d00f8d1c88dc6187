"""The directory: who sits behind a number, and what is refused with file and line."""

import shutil
from pathlib import Path

import pytest

from office.directory import Directory, ExtensionKind, read_directory
from office.folder import load_office
from office.problems import OfficeRefusedError

ROOT = Path(__file__).parents[3]
TRUNK = '[trunk]\narea = "033"\nexchange = "330"\nmain_number = "2000"\n'
OPERATOR = '[[extension]]\nnumber = "2000"\nkind = "operator"\nname = "대표전화"\n'
DEPARTMENT = '[[department]]\nid = "minwon"\nname = "민원과"\n'


def officer(id_: str, extension: str, **more: str) -> str:
    rows = {"id": id_, "name": "김하나", "department": "minwon", "extension": extension} | more
    return "[[officer]]\n" + "".join(f'{key} = "{value}"\n' for key, value in rows.items())


def read(*parts: str) -> Directory:
    return read_directory("directory.toml", "".join((TRUNK, OPERATOR, DEPARTMENT, *parts)))


@pytest.mark.parametrize(
    ("parts", "line", "word"),
    [
        ((officer("a", "2001"), officer("b", "2001")), 21, "already used on line 16"),
        ((officer("a", "20x1"),), 16, "2 to 6 digits"),
        ((officer("a", "2000"),), 6, "already used on line 16"),
        ((officer("a", "2001", name="김${SHELL(id)}"),), 14, "without control"),
        ((officer("a", "2001", name="김\\nAction: Command"),), 14, "without control"),
        ((officer("a", "2001", deputy="nobody"),), 17, "not an officer"),
        ((officer("a", "2001", deputy="a"),), 17, "loop: a → a"),
        ((officer("a", "2001", deputy="b"), officer("b", "2002", deputy="a")), 17, "loop: a → b → a"),
        ((officer("a", "2001", department="gone"),), 15, "not in this directory"),
        ((officer("a", "2001", role="king"),), 17, "leader"),
        ((officer("a", "2001", email="nobody"),), 17, "email"),
        (
            (officer("a", "2001") + "phones = []\n",),
            17,
            "cannot be reached",
        ),
        (
            (officer("a", "2001") + "softphone = true\n", officer("b", "2002") + 'phones = ["2001_web"]\n'),
            23,
            "2001_web is the softphone",
        ),
        (
            ('[[department]]\nid = "b"\nname = "나"\nnumber = "2999"\n', officer("a", "2001")),
            15,
            "2999 is no extension",
        ),
    ],
)
def test_what_is_refused_names_its_line(parts: tuple[str, ...], line: int, word: str) -> None:
    with pytest.raises(OfficeRefusedError) as caught:
        read(*parts)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("directory.toml", line), str(problem)
    assert word in problem.text


def test_a_main_number_must_be_answered_by_somebody() -> None:
    with pytest.raises(OfficeRefusedError, match="main_number 2000 is no extension here"):
        read_directory("directory.toml", TRUNK + DEPARTMENT + officer("a", "2001"))


def test_a_phone_of_a_person_and_of_a_group_belongs_to_the_person() -> None:
    group = '[[extension]]\nnumber = "2100"\nkind = "shared"\nname = "민원실"\nphones = ["2001", "2002"]\n'
    directory = read(group, officer("a", "2001"))
    assert directory.desk_by_endpoint["2001"].officer == "a"
    assert directory.desk_by_endpoint["2002"].kind is ExtensionKind.SHARED


def test_deputies_follow_one_another() -> None:
    directory = read(officer("a", "2001", deputy="b"), officer("b", "2002", deputy="c"), officer("c", "2003"))
    assert directory.deputies_of("a") == ("b", "c")


@pytest.mark.parametrize("folder", ["examples/pyeongchang", "rehearsal/office"])
def test_the_offices_of_this_repository_are_accepted(folder: str) -> None:
    office = load_office(ROOT / folder)
    assert len(office.directory.departments) >= 6
    assert len(office.directory.officers) >= 24


def test_every_fault_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "charter.toml").write_text("version = 1\n", encoding="utf-8")
    (tmp_path / "directory.toml").write_text(TRUNK + DEPARTMENT, encoding="utf-8")
    (tmp_path / "calendar.d").mkdir()
    (tmp_path / "calendar.d" / "2027.toml").write_text('[[close]]\nname = "휴일"\n', encoding="utf-8")
    with pytest.raises(OfficeRefusedError) as caught:
        load_office(tmp_path)
    assert {p.file for p in caught.value.problems} == {
        "charter.toml",
        "directory.toml",
        "calendar.d/2027.toml",
    }


def test_a_file_in_the_old_korean_code_page_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "charter.toml").write_bytes('version = "1"\n[office]\nname = "평창군청"\n'.encode("cp949"))
    with pytest.raises(OfficeRefusedError, match=r"charter\.toml:3: not UTF-8"):
        load_office(tmp_path)


def test_teams_and_who_leads_them() -> None:
    team = {"team": "갑"}
    directory = read(
        officer("a", "2001", **team),
        officer("b", "2002", **team, role="leader"),
        officer("c", "2003", team="을", role="leader"),
        officer("d", "2004"),
    )
    assert [o.id for o in directory.team_of("a")] == ["b"]
    assert directory.team_of("d") == ()
    assert directory.leader_of("a") == "b"
    # a leader's own callbacks go to another leader of the department
    assert directory.leader_of("b") == "c"
    assert directory.leader_of("d") in ("b", "c")


def test_the_number_a_citizen_sees_when_called_back() -> None:
    directory = load_office(ROOT / "examples" / "pyeongchang").directory
    assert directory.shown_number("haengjeong") == "0333302201"
    assert directory.shown_number("minwon") == directory.shown_number(None) == "0333302000"


@pytest.mark.parametrize(
    ("file", "old", "new", "word"),
    [
        ("charter.toml", 'duty_desk = "2000"', 'duty_desk = "2999"', "duty_desk 2999 is no extension"),
        (
            "calendar.d/2026.toml",
            "# [[duty]]",
            '[[duty]]\ndate = 2026-11-25\nnumbers = ["2999"]\n',
            "2999 is no",
        ),
    ],
)
def test_what_one_file_says_of_another_must_exist(
    tmp_path: Path, file: str, old: str, new: str, word: str
) -> None:
    folder = tmp_path / "office"
    shutil.copytree(ROOT / "examples" / "pyeongchang", folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(OfficeRefusedError, match=word):
        load_office(folder)


def test_a_softphone_rings_beside_the_desk_phone_or_alone() -> None:
    both = officer("a", "2001") + "softphone = true\n"
    alone = officer("b", "2002") + "softphone = true\nphones = []\n"
    directory = read(both, alone, officer("c", "2003"))
    assert directory.officers["a"].endpoints == ("2001", "2001_web")
    assert directory.officers["b"].endpoints == ("2002_web",)
    assert directory.officers["c"].endpoints == ("2003",)
    assert directory.browser_phones == {"2001_web", "2002_web"}
    assert directory.desk_by_endpoint["2002_web"].officer == "b"


def test_a_group_may_ring_an_officers_softphone_which_stays_his() -> None:
    group = '[[extension]]\nnumber = "2010"\nkind = "shared"\nname = "창구"\nphones = ["2001_web"]\n'
    directory = read(officer("a", "2001") + "softphone = true\n", group)
    assert directory.desk_by_endpoint["2001_web"].officer == "a"


def test_a_link_of_a_duty_that_is_nobodys_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(ROOT / "examples" / "pyeongchang", folder)
    duty = next(duty for o in load_office(folder).directory.officers.values() for duty in o.duties)

    def link(duty: str) -> None:
        charter = (folder / "charter.toml").read_text(encoding="utf-8")
        entry = f'[knowledge.links]\n"{duty}" = "https://www.example.go.kr/"\n'
        told = charter.replace("[knowledge.links]\n", entry)
        (folder / "charter.toml").write_text(told, encoding="utf-8")

    link(duty)
    assert load_office(folder).charter.knowledge.links == {duty: "https://www.example.go.kr/"}
    link("없는 업무")
    with pytest.raises(OfficeRefusedError, match="nobody's duty"):
        load_office(folder)
