"""Benches that need no calls run, and what they count besides is right."""

import pytest

from rehearsal.bench.__main__ import BENCHES
from tests.support.benches import AT_REST, IN_BROWSERS, NOT_SMALL, WITH_CALLS, figures

RIGHT = {"parse": ("lost_at_cuts", 0), "working-time": ("differing", 0)}


@pytest.mark.parametrize("name", AT_REST)
def test_it_runs(name: str) -> None:
    told = figures(name)
    if name in RIGHT:
        key, wanted = RIGHT[name]
        assert told[key] == wanted


def test_no_bench_is_left_out() -> None:
    assert sorted((*AT_REST, *WITH_CALLS, *IN_BROWSERS, *NOT_SMALL)) == sorted(BENCHES)
