"""The officer's guide of codes is complete: what the page can do, the telephone can, and it is listed."""

import re
from pathlib import Path

from memo_service.mydesk.codes import BETWEEN_CALLS, IN_A_CALL, OF_PAGE, SCREEN_ONLY
from office.phone_codes import BACK, BLIND, CONSULT, DIALLED, DO_NOT_DISTURB, FETCH, IN_CALL, PICK_UP, SURVEY
from tests.support.memo import ROOT

TEMPLATES = ROOT / "memo_service" / "web" / "templates"
POP_UP = (
    "_my_card.html",
    "_my_after.html",
    "_my_incoming.html",
    "_my_outgoing.html",
    "_my_side.html",
    "_my_visitors.html",
)
LISTED = {line.code for line in (*IN_A_CALL, *BETWEEN_CALLS)}


def acts(template: Path) -> set[str]:
    """The acts that a template offers: the marks of its buttons and forms, and where its links lead."""
    text = template.read_text(encoding="utf-8")
    tags = re.findall(r"<(?:button|form)\b[^>]*>", text)
    marks = {mark for tag in tags for mark in re.findall(r"\s(data-[a-z-]+)", tag)}
    links = set(re.findall(r'<a\b[^>]*href="(/[a-z/]+)"', text))
    return {
        mark for mark in marks if not mark.startswith(("data-part", "data-version", "data-stamped"))
    } | links


def test_every_act_of_the_pop_up_has_a_code_or_needs_none() -> None:
    offered = set[str]().union(*(acts(TEMPLATES / name) for name in POP_UP))
    assert {"data-stamp", "data-transfer", "data-finish", "data-open", "data-gist", "/memos/new"} <= offered
    assert offered - set(OF_PAGE) - SCREEN_ONLY == set(), "give it a code in mydesk/codes.py, or say why none"


def test_every_code_stands_in_the_guide_once() -> None:
    ours = {*IN_CALL.values(), *DIALLED.values()}
    assert ours | {BLIND, CONSULT, FETCH, PICK_UP, DO_NOT_DISTURB, BACK} <= LISTED
    assert len(LISTED) == len(IN_A_CALL) + len(BETWEEN_CALLS)
    assert set(OF_PAGE.values()) <= LISTED


def test_no_code_within_a_call_is_the_beginning_of_another() -> None:
    keyed = [*IN_CALL.values(), SURVEY, BLIND, CONSULT]
    assert [(a, b) for a in keyed for b in keyed if a != b and b.startswith(a)] == []
