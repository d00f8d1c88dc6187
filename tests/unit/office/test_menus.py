"""Menus as an office writes them: each fault is told with line and remedy, a good one is drawn whole."""

import re
from pathlib import Path

import pytest

from office.directory import Directory
from office.folder import load_office
from office.menus import Act, Menu, read_menus, show
from office.menus.draw import as_svg, as_text, outline
from office.problems import OfficeRefusedError

ROOT = Path(__file__).parents[3]
OFFICE = load_office(ROOT / "examples" / "pyeongchang")
HEAD = 'name = "시험"\nnumber = "2005"\nstart = "top"\n'
TOP = '[node.top]\nsay = "여권은 1번입니다."\n[node.top.keys]\n1 = "passport"\n'
CIRCLE = '[node.passport]\nsay = "다시 1번입니다."\nkeys = { 1 = "top" }\n'
PASSPORT = '[node.passport]\nduty = "여권"\n'


def read(text: str, directory: Directory = OFFICE.directory) -> Menu:
    (menu,) = read_menus([("menus/test.toml", text)], directory, "평창군청").values()
    return menu


def faults(text: str) -> list[str]:
    with pytest.raises(OfficeRefusedError) as refused:
        read(text)
    return [str(problem) for problem in refused.value.problems]


def test_a_duty_leads_to_whoever_is_in_charge_of_it_today() -> None:
    menu = read(HEAD + TOP + PASSPORT)
    assert menu.nodes["passport"].act is Act.DIAL
    assert menu.nodes["passport"].target == "2211"


def test_the_offices_name_is_filled_in() -> None:
    assert read(HEAD + TOP.replace("여권은", "{office} 여권은") + PASSPORT).nodes["top"].say[:4] == "평창군청"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (HEAD + TOP.replace('1 = "passport"', '1 = "nowhere"') + PASSPORT, 7, "'nowhere' names no node"),
        (HEAD + TOP, 7, "'passport' names no node"),
        (HEAD + TOP + PASSPORT + '[node.lost]\nend = true\n', 10, "lost is never reached"),
        (HEAD + TOP.replace('1 = "passport"', '1 = ""') + PASSPORT, 7, "key 1 of top leads nowhere"),
        (HEAD + TOP.replace('say = "여권은 1번입니다."', 'label = "처음"') + PASSPORT, 4, "top says nothing"),
        (HEAD + TOP.replace("여권은", "{who} 여권은") + PASSPORT, 5, "{who} is no slot here"),
        (HEAD + TOP.replace("1번", "일번") + PASSPORT, 7, "do not name 1번"),
        (HEAD + TOP.replace("1 = ", "0 = ") + PASSPORT, 7, "key '0' is not to be had"),
        (HEAD + TOP + PASSPORT.replace("여권", "여권발급"), 9, "nobody is in charge of '여권발급'"),
        (HEAD + TOP + '[node.passport]\nextension = "9999"\n', 9, "9999 is no extension"),
        (HEAD + TOP + '[node.passport]\ndepartment = "none"\n', 9, "'none' is not in directory.toml"),
        (HEAD + TOP + '[node.passport]\nsay = "안녕히 계십시오."\n', 8, "passport does none"),
        (HEAD + TOP + PASSPORT + 'end = true\n', 8, "passport does duty, end"),
        (HEAD.replace("2005", "2201") + TOP + PASSPORT, 2, "2201 is an extension"),
        (HEAD.replace("2005", "25") + TOP + PASSPORT, 2, "longer or shorter than every extension"),
        (HEAD.replace('"top"', '"first"') + TOP + PASSPORT, 3, "start = 'first' names no node"),
        (HEAD + 'unanswered = "top"\n' + TOP + PASSPORT, 4, "could ask for ever"),
        (HEAD.replace('number = "2005"\n', "") + TOP + PASSPORT, 1, "no number opens this menu"),
        (HEAD + TOP + '[node.passport]\nsay = "말씀."\nrecord = "words"\n', 10, "only a survey records"),
        (HEAD + 'purpose = "survey"\n' + TOP + PASSPORT, 2, "leave `number` out"),
        (HEAD + TOP + CIRCLE, 4, "round in a circle"),
        (HEAD + TOP.replace("[node.top.keys]", "loops = 3\n[node.top.keys]") + PASSPORT, 6, "not known here"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_line_and_what_to_do(text: str, line: int, told: str) -> None:
    found = faults(text)
    assert any(fault.startswith(f"menus/test.toml:{line}: ") and told in fault for fault in found), found
    assert all(re.search(r"[;,] .+$", fault) for fault in found)


def test_more_than_three_choices_are_refused() -> None:
    words = ", ".join(f"여권 {key}번" for key in range(1, 5))
    keys = "".join(f'{key} = "passport"\n' for key in range(1, 5))
    text = f'{HEAD}[node.top]\nsay = "{words}입니다."\n[node.top.keys]\n{keys}{PASSPORT}'
    assert "top has 4 choices" in faults(text)[0]


def test_two_menus_cannot_have_one_number() -> None:
    both = [("menus/a.toml", HEAD + TOP + PASSPORT), ("menus/b.toml", HEAD + TOP + PASSPORT)]
    with pytest.raises(OfficeRefusedError, match=r"menus/a\.toml has this number already"):
        read_menus(both, OFFICE.directory, "평창군청")


def test_a_list_asks_for_three_at_once_and_reaches_every_duty() -> None:
    menu = OFFICE.menus["main"]
    pages = [node for node in menu.nodes.values() if node.id.startswith("who") and node.act is Act.ASK]
    assert all(len(set(page.keys) - {"9"}) <= 3 and set(page.keys) <= set("1239") for page in pages)
    dialled = {menu.nodes[node].target for node in menu.reached() if menu.nodes[node].act is Act.DIAL}
    assert dialled == {officer.extension for officer in OFFICE.directory.officers.values() if officer.duties}


def test_the_diagram_has_a_title_a_description_and_every_node_of_the_outline() -> None:
    for menu in OFFICE.menus.values():
        names = re.findall(r"<(\w+)", as_svg(menu))
        assert names[:3] == ["svg", "title", "desc"]
        assert names.count("rect") == len(outline(menu))
        assert {line.node.id for line in outline(menu)} >= set(menu.reached()) - {menu.unanswered}


def test_a_hostile_label_stays_text_in_the_diagram() -> None:
    menu = read(HEAD + TOP.replace("[node.top.keys]", 'label = "<script>&"\n[node.top.keys]') + PASSPORT)
    assert "<script>" not in as_svg(menu)


def test_the_script_draws_and_names_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office, file = str(ROOT / "examples" / "pyeongchang"), tmp_path / "menu.svg"
    assert show.main(["--office", office, "--menu", "main", "--svg", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith("<svg")
    assert as_text(OFFICE.menus["main"]) in capsys.readouterr().out
    assert show.main(["--office", office, "--menu", "none"]) == 1
    assert "main, survey" in capsys.readouterr().err
