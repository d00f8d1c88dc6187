"""The parts of memo_service without a web server, on a database of their own, for benches of its store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from memo_service.app import make_context
from memo_service.context import Context
from memo_service.parts import open_parts
from memo_service.settings import Settings
from stack.settings import DEFAULT_OFFICE


@dataclass(frozen=True, slots=True)
class ServiceParts:
    """What a bench of the store works on."""

    engine: Engine
    context: Context


@contextmanager
def service_parts(folder: Path) -> Iterator[ServiceParts]:
    """A fresh SQLite ledger below `folder`, for the example office."""
    settings = Settings(office=DEFAULT_OFFICE, state=folder, lookup_key="a key of the bench")
    parts = open_parts(settings)
    try:
        yield ServiceParts(parts.engine, make_context(settings, parts))
    finally:
        parts.engine.dispose()
