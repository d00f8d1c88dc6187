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
        (GOOD + "[visitor]\nnear_s = 180\n", 5, "near_s must be less than limit_s"),
        (GOOD + "[long_call]\nend_after = 20\n", 5, "warn_after must be more than 0"),
        (GOOD + "[long_call]\nwarn_after = 20\nend_after = 20\n", 5, "less than end_after"),
        (GOOD + '[knowledge.links]\n"여권" = "http://www.passport.go.kr"\n', 6, "begins with https://"),
        (GOOD + '[knowledge.links]\n"여권" = "https://a b"\n', 6, "begins with https://"),
        (GOOD + '[knowledge.links]\n"여권" = "javascript:alert(1)"\n', 6, "begins with https://"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int, word: str) -> None:
    with pytest.raises(OfficeRefusedError) as caught:
        read_charter("charter.toml", text)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("charter.toml", line)
    assert word in problem.text


def test_what_an_office_does_not_ask_for_is_off() -> None:
    charter = read_charter("charter.toml", GOOD)
    assert (charter.long_call.warn_after, charter.long_call.end_after) == (0, 0)
    assert charter.words.own_voice is False
    assert charter.knowledge.links == {}
    assert (charter.visitor.limit_s, charter.visitor.near_s) == (180, 120)
