"""Every scenario of the demo on a real Asterisk with real SIP phones: the ledger equals the phones' truth."""

import asyncio

import pytest

from rehearsal.demo import SCENARIOS, Outcome, run

pytestmark = pytest.mark.pbx


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """All scenarios, played once."""
    return {outcome.scenario: outcome for outcome in asyncio.run(run(SCENARIOS))}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_ledger_equals_the_truth(outcomes: dict[str, Outcome], scenario: str) -> None:
    outcome = outcomes[scenario]
    assert outcome.ok, outcome.line()
