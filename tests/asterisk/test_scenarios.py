"""Every scenario of the demo on a real Asterisk with real SIP phones: the ledger equals the phones' truth."""

import asyncio

import pytest

from rehearsal.demo import SCENARIOS, Outcome, run
from rehearsal.scenarios.extension import EXTENSIONS

pytestmark = pytest.mark.pbx
HERE = [name for name in SCENARIOS if name not in EXTENSIONS]
"""Those of the SIP extension are played in test_sip_extension.py, on its other PBX."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """All scenarios, played once."""
    return {outcome.scenario: outcome for outcome in asyncio.run(run(HERE))}


@pytest.mark.parametrize("scenario", HERE)
def test_the_ledger_equals_the_truth(outcomes: dict[str, Outcome], scenario: str) -> None:
    outcome = outcomes[scenario]
    assert outcome.ok, outcome.line()
