"""The charter's numbers: when an answer is late under each reading, and what is refused."""

import pytest

from office.charter import Reading, Ring, read_charter
from office.problems import OfficeRefusedError

GOOD = 'version = "1"\n[office]\nid = "pyeongchang"\nname = "평창군청"\n'


@pytest.mark.parametrize(
    ("reading", "limit_ms"),
    [
        (Reading.BEFORE_LAST_RING, 6000),
        (Reading.BEFORE_LAST_RING_ENDS, 7000),
        (Reading.WITHIN_CYCLES, 9000),
    ],
)
def test_the_three_readings_of_three_rings(reading: Reading, limit_ms: int) -> None:
    ring = Ring(reading=reading)
    assert ring.limit_ms() == limit_ms
    assert ring.late_after_ms == limit_ms + 50


@pytest.mark.parametrize(
    ("ring_ms", "number"), [(0, 1), (2999, 1), (3000, 2), (5999, 2), (6000, 3), (-20, 1)]
)
def test_which_bell_is_heard(ring_ms: int, number: int) -> None:
    assert Ring().ring_number(ring_ms) == number


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        (GOOD + "[ring]\nrings = 0\n", 6, "rings"),
        (GOOD + '[ring]\nrings = 3\nreading = "sometimes"\n', 7, "reading"),
        (GOOD + "[rings]\nrings = 3\n", 5, "rings"),
        ('version = "1"\n[office]\nid = "Pyeongchang!"\nname = "평창군청"\n', 3, "id"),
        (GOOD + "[ring\n", 5, "not valid TOML"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int, word: str) -> None:
    with pytest.raises(OfficeRefusedError) as caught:
        read_charter("charter.toml", text)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("charter.toml", line)
    assert word in problem.text
