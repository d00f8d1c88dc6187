"""What every start does anew and alike, done once in the process that the nursery forks from.

Imported there alone: all programs, and for memo_service mappers, holidays and the tables of an empty database
are ready when a test starts one.
"""

import gc
import importlib
from datetime import UTC, datetime

from sqlalchemy.orm import configure_mappers

from office.calendar import public_holidays
from tests.support.tables import empty

_LATE = (
    "anyio._backends._asyncio", "h11", "httpcore", "pydantic.v1", "uvicorn.lifespan.on", "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto",
)  # fmt: skip
"""What libraries import only once they are used."""

for program in ("ami_bridge", "ivr.voice", "memo_service"):
    importlib.import_module(f"{program}.__main__")
for work in ("callback_desk", "callback_victim", "killed_sweep", "killed_taking"):
    importlib.import_module(f"tests.support.{work}")
configure_mappers()
for late in _LATE:
    importlib.import_module(late)
public_holidays(datetime.now(UTC).year)
empty()
gc.collect()
gc.freeze()  # a child's collector need not look at what it was born with, and so not copy it
