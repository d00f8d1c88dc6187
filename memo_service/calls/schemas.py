"""Shapes of the JSON API: what others may rely on."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class ListIn(BaseModel):
    """What a list of calls shows. `caller` finds a number's calls, on the demo only."""

    caller: str | None = None
    department: str | None = None
    promise: str | None = None
    result: str | None = None
    late: bool | None = None
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class VerdictOut(_Shape):
    """One promise in one call. Times in `measures` are milliseconds."""

    promise: str
    result: str
    reason: str
    department: str | None
    measures: dict[str, Any]


class CallOut(_Shape):
    """A call in a list. `exten` is empty where it would name a person."""

    call_id: str
    pbx: str
    call_class: str
    exten: str
    desk_kind: str | None
    department: str | None
    withheld: bool
    started_at: datetime
    rang_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    ring_ms: int | None
    late: bool | None
    complete: bool
    results: dict[str, str]


class CallList(_Shape):
    """A page of calls, newest first."""

    calls: list[CallOut]
    more: bool


class CallDetail(CallOut):
    """A call with everything behind it. `caller` is masked."""

    caller: str
    charter: str | None
    verdicts: list[VerdictOut]
    events: list[dict[str, Any]]


class LiveOut(_Shape):
    """A call that is up."""

    call_id: str
    phase: str
    department: str | None
    call_class: str
    started_at: datetime
    rang_at: datetime | None
    ring_ms: int | None
    late: bool
    uncertain: bool


class BoardOut(_Shape):
    """The board at this moment; `position` is where `/events` goes on from."""

    position: str
    link: str
    calls: list[LiveOut]
