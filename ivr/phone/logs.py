"""Logs: one JSON object a line on standard error; constant text, what differs in fields.

Owns the form. No number or name of a person is ever a field.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, text, the fields given as `extra`, and the place of an error."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
            **{key: value for key, value in record.__dict__.items() if key not in _STANDARD},
        }
        if record.exc_info and record.exc_info[2]:
            trace = record.exc_info[2]
            while trace.tb_next:
                trace = trace.tb_next
            # the place and no more: an error's own text may quote a citizen's number
            line["where"] = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        return orjson.dumps(line, default=str).decode()


def start_logging() -> None:
    """Send everything from info up to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
