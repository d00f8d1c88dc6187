from pathlib import Path

import pytest

from ami_bridge.stream import spool as module
from ami_bridge.stream.spool import Spool, SpoolFullError


def records(count: int, first: int = 0) -> list[bytes]:
    return [f"event {n}".encode() for n in range(first, first + count)]


def drain(spool: Spool, most: int = 7) -> list[bytes]:
    found: list[bytes] = []
    while batch := spool.peek(most):
        found += batch
        spool.drop(batch)
    return found


def test_what_goes_in_comes_out_in_order_over_many_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 64)
    spool = Spool(tmp_path, 10_000)
    for start in range(0, 100, 5):
        spool.append(records(5, start))
    assert spool.records == 100
    assert len(list(tmp_path.glob("*.seg"))) > 3
    assert drain(spool) == records(100)
    assert (spool.records, spool.size, list(tmp_path.glob("*.seg"))) == (0, 0, [])


def test_adding_while_taking_keeps_the_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10_000)
    spool.append(records(10))
    first = spool.peek(4)
    spool.append(records(10, 10))
    spool.drop(first)
    assert first + drain(spool) == records(20)
    spool.append(records(3, 20))
    assert drain(spool) == records(3, 20)


def test_a_new_run_finds_what_the_last_one_left(tmp_path: Path) -> None:
    before = Spool(tmp_path, 10_000)
    before.append(records(10))
    taken = before.peek(3)
    before.drop(taken)
    # killed here: what was taken from a segment is sent again, readers drop doubles
    after = Spool(tmp_path, 10_000)
    assert after.records == 10
    after.append(records(2, 10))
    assert drain(after) == records(12)
    before.close()


def test_a_record_cut_by_a_crash_is_dropped_and_the_rest_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10_000)
    spool.append(records(3))
    spool.close()
    (segment,) = tmp_path.glob("*.seg")
    segment.write_bytes(segment.read_bytes()[:-2])
    again = Spool(tmp_path, 10_000)
    again.append(records(1, 9))
    assert drain(again) == [*records(2), *records(1, 9)]
    again.close()


def test_the_spool_is_bounded_and_says_so_early(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 200)
    while not spool.alarm:
        spool.append(records(1))
    assert 160 <= spool.size <= 200
    kept = spool.records
    with pytest.raises(SpoolFullError):
        spool.append(records(10))
    assert len(drain(spool)) == kept
    spool.append(records(1))
    spool.close()
