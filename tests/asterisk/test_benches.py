"""Benches with real calls run."""

import pytest

from tests.support.benches import WITH_CALLS, figures

pytestmark = pytest.mark.pbx


@pytest.mark.parametrize("name", WITH_CALLS)
def test_it_runs(name: str) -> None:
    assert figures(name).get("unheard", 0) == 0
