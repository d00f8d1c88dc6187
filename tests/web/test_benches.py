"""Benches with real calls and a real browser run."""

import pytest

from tests.support.benches import IN_BROWSERS, figures

pytestmark = pytest.mark.pbx


@pytest.mark.parametrize("name", IN_BROWSERS)
def test_it_runs(name: str) -> None:
    figures(name)
