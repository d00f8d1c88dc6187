"""What every start does anew and alike, done once in the process that the nursery forks from.

Imported there alone: all programs, and for memo_service mappers, holidays and the tables of an empty database
are ready when a test starts one.
"""

import gc
import importlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import configure_mappers

from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine
from office.calendar import public_holidays


def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite3"
        engine = open_engine(f"sqlite:///{file}")
        migrate(engine)
        engine.dispose()
        return file.read_bytes()


for program in ("ami_bridge", "ivr.voice", "memo_service"):
    importlib.import_module(f"{program}.__main__")
for work in ("callback_desk", "callback_victim", "killed_sweep", "killed_taking"):
    importlib.import_module(f"tests.support.{work}")
configure_mappers()
importlib.import_module("pydantic.v1")  # FastAPI asks for its classes at the first route
public_holidays(datetime.now(UTC).year)
EMPTY = _empty()
"""An SQLite file with this version's tables and nothing in them."""
gc.collect()
gc.freeze()  # a child's collector need not look at what it was born with, and so not copy it
