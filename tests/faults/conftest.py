"""What tests of faults share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.processes import Server


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    await server.start()
    yield server
    await server.client.aclose()
    if server.process.returncode is None:
        await server.kill()
