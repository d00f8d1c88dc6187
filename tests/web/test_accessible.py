"""Every page held against WCAG 2.2 AA by axe-core: light, dark and high contrast (KWCAG 2.2 follows it)."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.web.conftest import Seated

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}
PAGES = (
    "/my",
    "/",
    "/calls",
    "/calls/{call}",
    "/calls/none",
    "/transfers",
    "/menus",
    "/surveys",
    "/my",
    "/callbacks",
    "/callbacks/{callback}",
    "/memos",
    "/memos/new",
    "/memos/{memo}",
    "/memos/{memo}/slip",
    "/absences",
    "/absences/import",
    "/directory",
    "/directory/hours",
    "/access-log",
    "/desk",
    "/guide",
    "/softphone",
    "/prompts/mine",
)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_page_passes_axe(seated: Seated, places: dict[str, str], theme: str) -> None:
    page = seated("kim_ms")
    page.add_init_script(f"localStorage.setItem('charterline-theme', '{theme}')")
    axe, faults = Axe(), []
    for path in PAGES:
        page.goto(path.format(**places))
        for fault in axe.run(page, options=RULES).response["violations"]:
            where = [node["target"] for node in fault["nodes"][:3]]
            faults.append((path, fault["id"], fault["help"], where))
    assert faults == []
