"""What every test run knows: the PBX may be left out only aloud; what a voice said once is kept for all."""

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-pbx",
        action="store_true",
        help="leave out the tests that need a real Asterisk; without this they fail where there is none",
    )


def pytest_configure(config: pytest.Config) -> None:
    spoken = Path(__file__).resolve().parents[1] / ".local" / "voice-cache"
    os.environ.setdefault("CHARTERLINE_STACK_VOICE_CACHE", str(spoken))
    config.addinivalue_line("markers", "pbx: needs a real Asterisk")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--without-pbx"):
        return
    left_out = [item for item in items if item.get_closest_marker("pbx")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
