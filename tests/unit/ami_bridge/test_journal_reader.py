from pathlib import Path

import pytest

from ami_bridge.call import facts as f
from ami_bridge.journal import reader
from ami_bridge.journal.parse import JournalRowError, fact_of
from ami_bridge.journal.reader import JournalReader, Position
from office.events import Source
from tests.replay.wire import BRIDGE, PHONE, TRUNK, U1, U2, at_us, journal_of_answered_call, row

ROWS = journal_of_answered_call()
BEGINNING = Position()


def read(path: Path, start: Position = BEGINNING) -> tuple[list[list[str]], Position, bool, int]:
    slices = list(JournalReader(path).read(start))
    rows = [one for part in slices for one in part.rows]
    return rows, slices[-1].position, all(part.complete for part in slices), sum(part.bad for part in slices)


def test_a_journal_is_read_from_where_the_last_reading_ended(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(ROWS)
    rows, end, complete, bad = read(path)
    assert (len(rows), complete, bad) == (13, True, 0)
    assert end == JournalReader(path).end()
    assert read(path, end)[0] == []
    with path.open("ab") as file:
        file.write(row("CHAN_START", 20, TRUNK, "pbx-1.9", "pbx-1.9"))
    assert [one[4] for one in read(path, end)[0]] == ["pbx-1.9"]


def test_a_line_that_is_being_written_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    for cut in range(len(ROWS)):
        path.write_bytes(ROWS[:cut])
        before, position, _, bad = read(path)
        path.write_bytes(ROWS)
        after = read(path, position)[0]
        assert bad == 0
        assert len(before) + len(after) == 13


def test_a_row_longer_than_a_slice_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SLICE_BYTES", 7)
    path = tmp_path / "calls.csv"
    path.write_bytes(ROWS)
    assert len(read(path)[0]) == 13


def test_a_rotated_journal_is_read_to_its_end_and_then_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(ROWS)
    start = Position(path.stat().st_ino, len(ROWS.splitlines(keepends=True)[0]))
    path.rename(tmp_path / "calls.csv.1")
    path.write_bytes(row("CHAN_START", 20, TRUNK, "pbx-1.9", "pbx-1.9"))
    rows, end, complete, _ = read(path, start)
    assert (len(rows), complete) == (13, True)
    assert end == JournalReader(path).end()


def test_a_journal_that_was_rotated_away_or_cut_is_not_complete(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(ROWS)
    gone = Position(path.stat().st_ino + 1, 100)
    assert read(path, gone)[0::2] == (read(path)[0], False)
    cut = Position(path.stat().st_ino, len(ROWS) + 1)
    assert read(path, cut)[0::2] == (read(path)[0], False)


def test_no_journal_yet_is_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    assert JournalReader(path).end() == Position()
    assert read(path) == ([], Position(), True, 0)
    assert read(path, Position(5, 5)) == ([], Position(), False, 0)


def test_lines_that_are_no_csv_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(b'"open\n\n' + ROWS)
    rows, _, _, bad = read(path)
    assert (len(rows), bad) == (13, 1)


def columns(kind: str, extra: str = "", user: str = "", uid: str = U1, channel: str = TRUNK) -> list[str]:
    return [kind, "1795578000.000001", user, channel, uid, U1, "", extra, "ctx", "", "app"]


AT = at_us(0.000001)


@pytest.mark.parametrize(
    ("given", "fact"),
    [
        (columns("CHAN_START"), f.Born(AT, U1, Source.JOURNAL, channel=TRUNK, linkedid=U1)),
        (columns("ANSWER"), f.WentUp(AT, U1, Source.JOURNAL)),
        (
            columns("BRIDGE_ENTER", f'{{"bridge_id":"{BRIDGE}"}}'),
            f.EnteredBridge(AT, U1, Source.JOURNAL, bridge=BRIDGE),
        ),
        (
            columns("BRIDGE_EXIT", f'{{"bridge_id":"{BRIDGE}"}}'),
            f.LeftBridge(AT, U1, Source.JOURNAL, bridge=BRIDGE),
        ),
        (
            columns("HANGUP", f'{{"hangupcause":17,"hangupsource":"{PHONE}"}}'),
            f.Hung(AT, U1, Source.JOURNAL, cause=17, by=PHONE),
        ),
        (columns("CHAN_END"), f.Hung(AT, U1, Source.JOURNAL)),
        (columns("FORWARD", '{"forward":"x"}'), f.Forwarded(AT, U1, Source.JOURNAL)),
        (
            columns("PICKUP", f'{{"pickup_channel":"{PHONE}","pickup_channel_uniqueid":"{U2}"}}'),
            f.PickedUp(AT, U2, Source.JOURNAL, target=U1, channel=PHONE),
        ),
        (columns("PICKUP", '{"pickup_channel":"x"}'), None),
        (
            columns(
                "USER_DEFINED",
                '{"extra":"Kind: Dial|At: 1795578000000|Exten: 2201|Hop: 1"}',
                "Charterline",
            ),
            f.NotedDial(AT, U1, Source.JOURNAL, stamp=1795578000000, exten="2201", hop=1),
        ),
        (columns("USER_DEFINED", '{"extra":"Kind: Dance|At: 1795578000000"}', "Charterline"), None),
        (columns("USER_DEFINED", '{"extra":"Kind: Dial"}', "Charterline"), None),
        (columns("USER_DEFINED", "", "SomebodyElse"), None),
        (columns("STREAM_BEGIN"), None),
        (columns("LINKEDID_END"), None),
        (columns("HANGUP", channel="Surrogate/PJSIP/1-1"), None),
        (columns("HANGUP", "[1]"), f.Hung(AT, U1, Source.JOURNAL)),
    ],
)
def test_a_row_is_the_fact_it_tells(given: list[str], fact: f.Fact | None) -> None:
    assert fact_of(given) == fact


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["HANGUP", "1"],
        columns("HANGUP", "{broken"),
        columns("HANGUP", uid=""),
        ["HANGUP", "never", *columns("x")[2:]],
    ],
)
def test_a_row_that_cannot_be_read_is_an_error_of_its_own(given: list[str]) -> None:
    with pytest.raises(JournalRowError):
        fact_of(given)
