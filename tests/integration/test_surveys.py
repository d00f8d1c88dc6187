"""Surveys from the ledger's events: once a month, by department, a remark sealed and destroyed in time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from memo_service.access.viewer import Viewer
from memo_service.db.session import reading, writing
from memo_service.errors import NotFoundError
from memo_service.ledger.verdicts import judge
from memo_service.surveys.feature import SurveyFeature, make_surveys
from memo_service.surveys.models import Survey, id_of
from memo_service.surveys.retire import forget_askers, forget_remarks
from office import events as ev
from office.commands import lookup_field
from tests.support.fake_agi import Speech, write_wav
from tests.support.feed import DESK, WORKDAY, Script
from tests.support.memo_desk import MemoDesk, open_memos

KEY = "key-of-the-look-up"
HERE = Viewer(sees_officers=False, may_search_by_number=False, departments=frozenset({"haengjeong"}))
ELSEWHERE = Viewer(sees_officers=False, may_search_by_number=False, departments=frozenset({"minwon"}))


@dataclass
class Surveys:
    desk: MemoDesk
    feature: SurveyFeature

    def tell(self, *calls: Script) -> None:
        for call in calls:
            self.desk.ledger.record(call.events)

    def row(self, call: Script) -> Survey:
        with reading(self.desk.engine) as session:
            found = session.get_one(Survey, id_of(call.call_id))
            session.expunge_all()
        return found


@pytest.fixture
def surveys(tmp_path: Path, database: str) -> Iterator[Surveys]:
    desk = open_memos(database, tmp_path / "state")
    feature = make_surveys(desk.settings, desk.office, desk.engine, desk.keyring, desk.clock)
    desk.ledger.followers = (*desk.ledger.followers, feature.follower)
    (tmp_path / "state" / "asterisk" / "spool" / "menu").mkdir(parents=True)
    yield Surveys(desk, feature)
    desk.engine.dispose()


def handed_over(start: datetime = WORKDAY, caller: str | None = "01024685739", **kept: str) -> Script:
    """A talk that the officer hands over; the citizen leaves `kept` and hangs up."""
    call = Script(start=start).arrive(caller, withheld=caller is None).dial().ring(50, "b").answer(1000, "b")
    call.words(1000, "greeting", "on_time", 950).talk(2001, 9000, "b")
    call.add(ev.MenuBegan, 9001, "9001", menu="survey", purpose="survey", by=DESK)
    for at_ms, (name, value) in enumerate(kept.items(), 12_000):
        call.add(ev.MenuKept, at_ms, f"{name}@{at_ms}", name=name, value=value)
    return call.hangup(20_000, ev.Side.CITIZEN).end(20_002)


def test_a_survey_is_its_departments_and_counts_once_however_often_it_is_told(surveys: Surveys) -> None:
    call = handed_over(score="3")
    surveys.tell(call, call)
    figures = surveys.feature.reader.figures(WORKDAY - timedelta(days=1))
    assert list(figures) == ["haengjeong"]
    assert (figures["haengjeong"].asked, figures["haengjeong"].good, figures["haengjeong"].share) == (
        1,
        1,
        1.0,
    )


def test_the_same_number_counts_again_after_a_month_and_not_before(surveys: Surveys) -> None:
    calls = [handed_over(WORKDAY + timedelta(days=day), score="1") for day in (0, 29, 31)]
    surveys.tell(*calls)
    assert [surveys.row(call).counts for call in calls] == [True, False, True]
    assert surveys.feature.reader.figures(WORKDAY)["haengjeong"].poor == 2


def test_citizens_without_a_number_are_never_one(surveys: Surveys) -> None:
    calls = [handed_over(WORKDAY + timedelta(hours=hour), None, score="2") for hour in (0, 1)]
    surveys.tell(*calls)
    assert all(surveys.row(call).counts for call in calls)


def test_the_bridge_is_told_whom_not_to_ask_without_his_number(surveys: Surveys) -> None:
    surveys.tell(handed_over(score="3"))
    field = lookup_field(KEY, "01024685739")
    surveys.desk.clock.at = WORKDAY + timedelta(days=29)
    assert surveys.feature.store.asked(KEY) == {field: int(WORKDAY.timestamp()) + 9}
    surveys.desk.clock.at = WORKDAY + timedelta(days=31)
    assert surveys.feature.store.asked(KEY) == {}


def test_who_hangs_up_at_once_was_asked_and_did_not_answer(surveys: Surveys) -> None:
    surveys.tell(handed_over())
    own = surveys.feature.reader.figures(WORKDAY)["haengjeong"]
    assert (own.asked, own.answered, own.silent, own.share) == (1, 0, 1, None)


def test_a_remark_is_sealed_heard_by_its_department_alone_and_destroyed(surveys: Surveys) -> None:
    call = handed_over(score="3", remark="u1-1-1.wav")
    plain = surveys.desk.settings.state / "asterisk" / "spool" / "menu" / "u1-1-1.wav"
    write_wav(plain, Speech(2.0))
    surveys.tell(call)
    surveys.feature.store.fetch()
    survey_id = id_of(call.call_id)
    assert not plain.exists()
    assert surveys.row(call).remark_state == "kept"
    assert surveys.feature.reader.sound(HERE, survey_id)[:4] == b"RIFF"
    assert [row.id for row in surveys.feature.reader.remarks(HERE, WORKDAY)] == [survey_id]
    assert surveys.feature.reader.remarks(ELSEWHERE, WORKDAY) == []
    with pytest.raises(NotFoundError):
        surveys.feature.reader.sound(ELSEWHERE, survey_id)
    later = WORKDAY + timedelta(days=1)
    with writing(surveys.desk.engine) as session:
        assert forget_remarks(session, surveys.feature.store.vault, later) == 1
        assert forget_askers(session, later) == 1
    assert (surveys.row(call).remark_state, surveys.row(call).party_id) == ("destroyed", None)
    with pytest.raises(NotFoundError):
        surveys.feature.reader.sound(HERE, survey_id)


def test_a_remark_whose_file_never_comes_is_told_as_lost(surveys: Surveys) -> None:
    call = handed_over(remark="u1-1-1.wav")
    surveys.tell(call)
    surveys.desk.clock.at = WORKDAY + timedelta(minutes=1)
    surveys.feature.store.fetch()
    assert surveys.row(call).remark_state == "waiting"
    surveys.desk.clock.at = WORKDAY + timedelta(minutes=11)
    surveys.feature.store.fetch()
    assert surveys.row(call).remark_state == "lost"


def test_who_hung_up_first_is_not_judged_where_the_line_was_handed_over(surveys: Surveys) -> None:
    call = handed_over(score="3")
    by_officer = call.hangup(9500, ev.Side.OFFICER, "b").events[-1]
    citizen = [e for e in call.events if isinstance(e, ev.HangupSeen) and e.side is ev.Side.CITIZEN]
    officer_first = [e for e in call.events if e not in citizen]
    assert by_officer in officer_first
    office = surveys.desk.office
    for events in (call.events, officer_first):
        verdict = judge(events, office.charter, office.calendar)["T8"]
        assert (verdict.result.value, verdict.reason) == ("not_applicable", "survey")
