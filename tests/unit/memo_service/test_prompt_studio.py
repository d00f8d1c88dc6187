"""The studio's pure parts: slots, whose a prompt is, filters and counts, who may, and how things are told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_service.access.actor import Actor
from memo_service.prompts import labels, slots
from memo_service.prompts.catalog import Counts, Listing, Prompt, Wanted, Whose, narrowed, whose
from memo_service.prompts.present import PromptPresenter
from memo_service.prompts.rights import keepers, may_record, own_prompts
from office.folder import load_office
from tests.support.fake_voice import FakeVoice
from tests.support.memo import ROOT

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
DIRECTORY = OFFICE.directory
LISTING = Listing.model_validate(FakeVoice().listing())


def actor(officer: str) -> Actor:
    found = Actor.of(DIRECTORY, officer)
    assert found is not None
    return found


def prompt(name: str = "office/notice", **more: Any) -> Prompt:
    return Prompt.model_validate({"name": name, "source": "synthetic", "content": "c", **more})


@pytest.mark.parametrize(
    ("text", "wanted", "code", "about"),
    [
        ("안녕하십니까, {office} {dept}입니다.", "office dept", None, ()),
        ("{dept}, 다시 말해 {dept}입니다. {office}", "office dept", None, ()),
        ("잠시만 기다려 주십시오.", "", None, ()),
        ("  ", "", "empty", ()),
        ("가" * 401, "", "long", ()),
        ("{office} {name}입니다.", "office", "unknown", ("name",)),
        ("안녕하십니까.", "office dept", "missing", ("dept", "office")),
        ("{office입니다.", "office", "braces", ()),
        ("office}입니다.", "office", "braces", ()),
        ("{}입니다.", "office", "braces", ()),
        ("{office:>9}", "office", "braces", ()),
        ("{office:}", "office", "braces", ()),
        ("{office!r}", "office", "braces", ()),
        ("{office.name}", "office", "braces", ()),
        ("{{office}}", "office", "braces", ()),
    ],
)
def test_slots_are_the_built_in_ones_and_no_others(
    text: str, wanted: str, code: str | None, about: tuple[str, ...]
) -> None:
    found = slots.fault(text, wanted.split())
    assert (found.code if found else None) == code
    if found:
        assert found.about == about
        assert labels.text_fault(found.code, found.about)


@given(st.text(alphabet="가나{}abo.!: ", max_size=30))
def test_a_text_that_is_taken_can_always_be_filled(text: str) -> None:
    found = slots.slots_of(text)
    if found is not None:
        assert slots.fault(text, found) is None or not text.strip()
        filled = slots.filled(text, dict.fromkeys(found, "말"))
        assert not set(filled) & set("{}")


def test_slots_stand_for_the_officer_or_the_department() -> None:
    text = "{office} {dept} {name} {title}, {duty}, {number}, {when}까지"
    assert slots.filled(text, slots.values(OFFICE, officer="kim_ms")) == (
        "평창군청 행정과 김민수 주무관, 문서, 033-330-2202, 오늘 오후 3시 30분까지"
    )
    of_department = slots.values(OFFICE, department="haengjeong")
    assert slots.filled("{dept} {number} {name}", of_department) == "행정과 033-330-2201 ○○"
    assert slots.filled("{dept}", slots.values(OFFICE, department="minwon")) == "민원과"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("office/notice", Whose()),
        ("early", Whose()),
        ("dept/minwon/greeting", Whose("minwon")),
        ("dept/gone/greeting", Whose()),
        ("officer/kim_ms/apology", Whose("haengjeong", "kim_ms", "2202")),
        ("transfer/2202/notice", Whose("haengjeong", "kim_ms", "2202")),
        ("passed/2202", Whose("haengjeong", "kim_ms", "2202")),
        ("transfer/9999/notice", Whose()),
    ],
)
def test_a_prompt_is_somebodys_by_its_name(name: str, expected: Whose) -> None:
    assert whose(name, DIRECTORY) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(of="minwon"), ["dept/minwon/greeting"]),
        (Wanted(of="office"), ["office/notice", "office/transfer-late", "office/note-apology"]),
        (Wanted(officer="lee_sy"), ["officer/lee_sy/greeting"]),
        (Wanted(show="missing", of="haengjeong", officer="kim_ms"),
         ["officer/kim_ms/greeting", "officer/kim_ms/apology"]),
        (Wanted(words="연결이 죄송"), ["office/transfer-late"]),
        (Wanted(words="김민수 연결"), ["transfer/2202/notice"]),
        (Wanted(show="heard"), ["office/notice"]),
        (Wanted(show="recorded"), []),
    ],
)  # fmt: skip
def test_the_list_is_narrowed_down(wanted: Wanted, expected: list[str]) -> None:
    notice = LISTING.find("office/notice")
    assert notice
    heard = {"office/notice": notice.content or "", "dept/minwon/greeting": "another"}
    assert [p.name for p in narrowed(LISTING.prompts, wanted, DIRECTORY, heard)] == expected


def test_counts_tell_officers_who_never_recorded_from_what_is_missing() -> None:
    counts = Counts.of([*LISTING.prompts, prompt("office/hold", source="none", content=None)])
    assert (counts.total, counts.missing, counts.live) == (10, 1, 1)
    assert (counts.to_approve, counts.synthetic, counts.weak) == (5, 6, 6)


def test_who_may_do_what() -> None:
    assert keepers(DIRECTORY) == {"choi_jh", "lee_sy"}
    assert own_prompts(actor("kim_ms")) == ("officer/kim_ms/greeting", "officer/kim_ms/apology")
    assert may_record(actor("kim_ms"), "officer/kim_ms/greeting")
    assert not may_record(actor("kim_ms"), "officer/lee_sy/greeting")
    assert not may_record(actor("park_kj"), "dept/haengjeong/greeting"), "a leader is no keeper of it"
    assert may_record(actor("choi_jh"), "officer/kim_ms/greeting")


@pytest.mark.parametrize(
    ("code", "figure", "expected"),
    [
        ("clipped", 12, "찌그러졌어요 (12곳)"),
        ("too_quiet", -41.2, "작아요 (-41.2 dB)"),
        ("too_short", 0.2, "짧아요 (0.2초)"),
        ("unreadable", None, "파일이에요. 16비트 WAV"),
        ("some_new_code", 7, "받지 않았어요 (7)"),
    ],
)
def test_a_refusal_names_the_figure_and_the_remedy(code: str, figure: object, expected: str) -> None:
    assert expected in labels.recording_fault(code, figure)


def test_a_prompt_says_why_it_is_not_heard() -> None:
    present = PromptPresenter(DIRECTORY)
    now = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    told = {
        waits: present.line(prompt(waits=waits), None, {}, now).told
        for waits in ("approval", "rendering", "recording", None)
    }
    assert len(set(told.values())) == 4
    assert present.line(prompt(live=True), None, {}, now).told == labels.LIVE
    line = present.line(prompt(length_ms=3210, peak_db=-3.04, loudness_db=-20.06), None, {}, now)
    assert line.figures == "3.2초 · 최고 -3.0 dB · 음량 -20.1 dB"


def test_a_list_of_a_newer_service_is_still_read() -> None:
    told = FakeVoice().listing()
    told["prompts"][0]["new"] = 1
    told["more"] = {}
    assert Listing.model_validate(told).prompts[0].name == "office/notice"
