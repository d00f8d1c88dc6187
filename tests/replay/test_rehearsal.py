"""A recorded rehearsal, told by AMI, by the journal, and by both: verdicts equal the phones' truth each time.

The recording was made on a real Asterisk 22.10.1 with the scenarios of `scripts/demo`; truth.json is what the
phones measured then. (`tests/asterisk` plays the same scenarios live.)
"""

import csv
import gzip
import io
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from ami_bridge.journal.parse import fact_of
from memo_service.ledger.verdicts import judge
from office.events import CallEvent, CallStarted, encode
from office.folder import load_office
from tests.replay.play import DATA, ROOT, Play, rehearsal_house

RECORDED = DATA.parent / "rehearsal"
TRUTH: dict[str, dict[str, Any]] = json.loads((RECORDED / "truth.json").read_text(encoding="utf-8"))
OFFICE = load_office(ROOT / "rehearsal" / "office")
# the journal has no ringing of each phone: who forked with whom and when is AMI's alone
LIVE, AFTERWARDS, BOTH, TWICE = "ami", "journal", "both", "journal twice"


def by_ami(play: Play) -> None:
    play.feed.feed(gzip.decompress((RECORDED / "ami.txt.gz").read_bytes()))


def by_journal(play: Play) -> None:
    rows = csv.reader(io.StringIO(gzip.decompress((RECORDED / "calls.csv.gz").read_bytes()).decode()))
    for row in rows:
        if (fact := fact_of(row)) is not None:
            play.fact(fact)


def in_turn(*ways: Callable[[Play], None]) -> Callable[[Play], None]:
    def play_all(play: Play) -> None:
        for way in ways:
            way(play)

    return play_all


WAYS = {
    LIVE: in_turn(by_ami),
    AFTERWARDS: in_turn(by_journal),
    BOTH: in_turn(by_ami, by_journal),
    TWICE: in_turn(by_journal, by_journal),
}


@pytest.fixture(scope="module", params=list(WAYS))
def calls(request: pytest.FixtureRequest) -> dict[str, list[CallEvent]]:
    """{call: its events}, as a consumer that drops known ids keeps them."""
    play = Play(rehearsal_house())
    WAYS[request.param](play)
    assert play.faults == []
    kept: dict[str, dict[str, CallEvent]] = defaultdict(dict)
    for event in play.events:
        kept[event.call_id].setdefault(event.id, event)
    return {call: list(events.values()) for call, events in kept.items()}


def _is_of(scenario: str, start: CallStarted) -> bool:
    told: dict[str, str] = TRUTH[scenario]
    if start.call_class != told["class"]:
        return False
    if told["caller"] and scenario != "withheld-with-number":
        return start.caller == told["caller"]
    return start.call_class == "outbound" or start.exten == told["desk"]


@pytest.mark.parametrize("scenario", list(TRUTH))
def test_the_verdicts_equal_the_phones_truth(calls: dict[str, list[CallEvent]], scenario: str) -> None:
    found = [
        events
        for events in calls.values()
        if any(isinstance(event, CallStarted) and _is_of(scenario, event) for event in events)
    ]
    assert len(found) == 1
    verdicts = judge(found[0], OFFICE.charter, OFFICE.calendar)
    told = "\n".join(encode(event).decode() for event in found[0])
    assert {p: v.result.value for p, v in verdicts.items()} == TRUTH[scenario]["verdicts"], told


def test_every_call_is_told_once_and_ends(calls: dict[str, list[CallEvent]]) -> None:
    for call, events in calls.items():
        kinds = [event.kind for event in events]
        assert kinds.count("call_started") == 1, call
        assert kinds.count("call_ended") == 1, call


def test_the_withheld_number_is_in_no_event(calls: dict[str, list[CallEvent]]) -> None:
    number = TRUTH["withheld-with-number"]["caller"]
    assert not [event for events in calls.values() for event in events if number in encode(event).decode()]
