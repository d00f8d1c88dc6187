"""Commands without a PBX: what stands on the wire, what is remembered, what is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ami_bridge.ami.originate import Originated, callback_lines, cause_of, never_rang, originated
from ami_bridge.commands import told
from ami_bridge.commands.claims import Claims
from office.commands import PlaceCallback
from office.events import (
    CallbackStep,
    CallbackTold,
    CallClass,
    CallEnded,
    CallStarted,
    CommandTold,
    Outcome,
)
from tests.replay.play import Play, example_house

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
UID = "cb-a-17-1"
AT = 1_795_603_017_330_497
COMMAND = PlaceCallback(
    id="a-17", expires_at=LATER, exten="2201", endpoint="2201", number="01000001234", show="0333302201",
    officer_ring_s=20, citizen_ring_s=30,
)  # fmt: skip


def response(**headers: str) -> bytes:
    return b"Event: OriginateResponse\n" + "\n".join(f"{k}: {v}" for k, v in headers.items()).encode()


def test_an_attempt_is_one_originate_to_the_officer_with_the_citizen_in_variables_only() -> None:
    assert callback_lines(COMMAND) == {
        "ActionID": "cb-a-17",
        "Async": "true",
        "Channel": "PJSIP/2201",
        "ChannelId": "cb-a-17-1",
        "Context": "callback",
        "Exten": "s",
        "Priority": "1",
        "Timeout": "20000",
        "CallerID": '"민원회신" <2201>',
        "Variable": ("CB_ATTEMPT=a-17", "CB_NUMBER=01000001234", "CB_SHOW=0333302201", "CB_RING_S=30"),
    }


def test_the_end_of_an_originate_is_read_by_its_action_id() -> None:
    raw = response(ActionID="cb-a-17", Response="Failure", Channel="PJSIP/2201", Reason="0", Uniqueid="x")
    assert originated(raw) == Originated("a-17", "cb-a-17-1", "PJSIP/2201", False, 0)
    raw = response(ActionID="cb-a-17", Response="Success", Channel="PJSIP/2201-1", Reason="4")
    assert originated(raw) == Originated("a-17", "cb-a-17-1", "PJSIP/2201-1", True, 4)


def test_an_originate_that_is_no_callback_is_left_to_whoever_waits_for_it() -> None:
    assert originated(response(ActionID="action/1/2", Response="Success", Reason="4")) is None
    assert originated(response(Response="Failure")) is None


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [(0, Outcome.UNREGISTERED), (3, Outcome.NO_ANSWER), (5, Outcome.BUSY), (8, Outcome.UNREACHABLE)],
)
def test_a_call_that_had_no_channel_is_told_as_a_whole_call(reason: int, outcome: Outcome) -> None:
    play = Play(example_house())
    told_by = Originated("a-17", UID, "PJSIP/2201", False, reason)
    for fact in never_rang(UID, told_by.dialled, cause_of(told_by), AT):
        play.fact(fact)
    started, failed, ended = play.events
    assert isinstance(started, CallStarted)
    assert (started.call_class, started.exten, started.call_id) == (CallClass.CALLBACK, "2201", UID)
    assert isinstance(failed, CallbackTold)
    assert (failed.id, failed.attempt) == (f"pbx1/{UID}/callback_told/officer_failed", "a-17")
    assert (failed.step, failed.outcome) == (CallbackStep.OFFICER_FAILED, outcome)
    assert isinstance(ended, CallEnded)
    assert ended.complete


def test_what_became_of_a_command_is_told_once_a_state() -> None:
    event = told.command_told(example_house(), "a-17", told.LINK_LOST, 1_795_603_017_000_000)
    assert event == CommandTold(
        id="pbx1/a-17/command_told/refused", pbx="pbx1", call_id="",
        at=datetime(2026, 11, 25, 10, 36, 57, tzinfo=UTC),
        command="a-17", state="refused", reason="link_lost",
    )  # fmt: skip


def test_a_citizens_number_is_in_no_print_of_a_command() -> None:
    assert "1234" not in repr(COMMAND)


class TestClaims:
    """One attempt is taken once, whoever asks again."""

    def test_once_and_never_again_also_in_the_next_run(self, tmp_path: Path) -> None:
        claims = Claims(tmp_path / "attempts", NOW)
        assert [claims.take("a", LATER), claims.take("b", LATER), claims.take("a", LATER)] == [
            True, True, False,
        ]  # fmt: skip
        again = Claims(tmp_path / "attempts", NOW)
        assert [again.take("a", LATER), again.take("c", LATER)] == [False, True]

    def test_a_line_that_a_crash_cut_short_spoils_no_other(self, tmp_path: Path) -> None:
        path = tmp_path / "attempts"
        Claims(path, NOW).take("a", LATER)
        path.write_bytes(path.read_bytes() + b"\n17956")
        claims = Claims(path, NOW)
        assert claims.take("b", LATER)
        again = Claims(path, NOW)
        assert not again.take("a", LATER)
        assert not again.take("b", LATER)

    def test_what_expired_a_day_ago_is_let_go_and_the_rest_stays(self, tmp_path: Path) -> None:
        path = tmp_path / "attempts"
        claims = Claims(path, NOW)
        claims.take("old", NOW - timedelta(days=2))
        claims.take("new", LATER)
        assert not Claims(path, NOW).take("new", LATER)
        assert path.read_text().split() == [str(int(LATER.timestamp())), "new"]

    def test_a_bridge_that_runs_for_years_keeps_no_more_than_it_must(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ami_bridge.commands.claims.MANY", 3)
        path = tmp_path / "attempts"
        claims = Claims(path, NOW)
        for half_day in range(10):
            assert claims.take(f"a{half_day}", NOW + half_day * timedelta(hours=12))
        assert [claims.take(attempt, LATER) for attempt in ("a8", "a9")] == [False, False]
        assert len(path.read_text().splitlines()) <= 1 + 3

    def test_what_cannot_be_written_is_not_taken(self, tmp_path: Path) -> None:
        claims = Claims(tmp_path / "nowhere" / "attempts", NOW)
        for _ in range(2):
            with pytest.raises(FileNotFoundError):
                claims.take("a", LATER)
