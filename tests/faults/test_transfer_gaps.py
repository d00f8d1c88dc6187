"""A bridge that dies in the middle of a transfer: the next one judges right from the journal (charter T5)."""

from pathlib import Path

import pytest

from ami_bridge import loop
from office.events import CallEvent
from tests.faults.running import Running
from tests.replay.test_transfers import RECORDED, house
from tests.support.fake_ami import FakeAmi, Listed

LONG_UP_S = 400_000_000
"""The PBX booted before anything that was recorded."""


@pytest.fixture(autouse=True)
def quick_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LOOK_AGAIN_S", 0.05)


def up_at(rows: list[bytes]) -> list[Listed]:
    """The channels that are up after these rows of the journal."""
    columns = [row.decode().strip('"').split('","') for row in rows]
    gone = {row[4] for row in columns if row[0] == "HANGUP"}
    return [
        Listed(row[3], row[4], row[5]) for row in columns if row[0] == "CHAN_START" and row[4] not in gone
    ]


async def run(fake: FakeAmi, state: Path, journal: Path) -> list[CallEvent]:
    """One life of a bridge: in step with the PBX, stored, dead. What it told."""
    running = Running(fake, state, journal)
    running.bridge.board.house = house()
    async with running:
        await running.until_up()
        await running.until(lambda: running.bridge.publisher.settled)
        for _ in range(3):  # the place to read from lags behind by two looks
            await running.bridge.save()
        return list(running.events)


def moments(name: str) -> list[int]:
    """Places in a recording: before the transfer, and behind each row from its order to its end."""
    rows = (RECORDED / f"{name}.csv").read_bytes().splitlines(keepends=True)
    kinds = [row.partition(b",")[0].strip(b'"') for row in rows]
    first = next(i for i, kind in enumerate(kinds) if kind in (b"BLINDTRANSFER", b"ATTENDEDTRANSFER"))
    return list(range(first - 6, len(rows) - 4, 3))


@pytest.mark.parametrize(
    ("name", "answered", "result"),
    [
        ("blind-ok", 1, "connected"),
        ("blind-busy-back", 0, "failed"),
        ("attended-ok", 1, "connected"),
        ("blonde-ok", 1, "connected"),
    ],
)
async def test_a_bridge_that_starts_in_the_middle_judges_right(
    tmp_path: Path, name: str, answered: int, result: str
) -> None:
    rows = (RECORDED / f"{name}.csv").read_bytes().splitlines(keepends=True)
    for cut in moments(name):
        state, journal = tmp_path / f"state{cut}", tmp_path / f"calls{cut}.csv"
        async with FakeAmi() as fake:
            fake.uptime_s = LONG_UP_S
            fake.channels = up_at(rows[:cut])
            journal.write_bytes(b"".join(rows[:cut]))
            told = await run(fake, state, journal)
            fake.channels = []
            journal.write_bytes(b"".join(rows))
            told += await run(fake, state, journal)
        kept = {event.id: event for event in reversed(told)}
        kinds = [event.kind for event in kept.values()]
        ends = [event.model_dump() for event in kept.values() if event.kind == "transfer_ended"]
        assert kinds.count("transfer_requested") == 1, cut
        assert kinds.count("transfer_answered") == answered, cut
        assert [end["result"] for end in ends] == [result], cut
