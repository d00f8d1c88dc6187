"""JSON of callbacks, as programs read it. Numbers are masked; officers are ids of the directory."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.calls.schemas import VerdictOut

Text = Annotated[str, Field(max_length=500)]


class CallbackOut(BaseModel):
    """A callback in a list. `left_s`: working seconds to `turn_at`, negative when late."""

    id: str
    memo_id: str
    memo_ids: list[str]
    call_id: str | None
    number: str
    number_kind: str
    officer: str | None
    owner: str | None
    department: str | None
    received_at: datetime
    asked_at: datetime | None
    due_at: datetime
    turn_at: datetime
    late_after: datetime
    opens_at: datetime | None
    state: str
    urgency: str
    label: str
    left_s: int
    paused: bool
    next_open: datetime
    tries: int
    calling: str | None
    calling_step: str | None
    last_outcome: str | None
    last_called_at: datetime | None
    outcome: str | None
    closed_at: datetime | None
    needs_approval: bool


class ListIn(BaseModel):
    """What a list shows. `caller` finds a number's callbacks, on the demo only."""

    caller: str | None = None
    officer: str | None = None
    department: str | None = None
    state: list[str] = []
    asked: bool | None = None
    closed: bool = False
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class CallbackList(BaseModel):
    """Oldest due first."""

    callbacks: list[CallbackOut]
    more: bool


class StepOut(BaseModel):
    """A line of history."""

    at: datetime
    kind: str
    label: str
    actor: str | None
    detail: dict[str, Any]
    words: str


class AttemptOut(BaseModel):
    """One attempt to call. `state`: open, unknown, done."""

    id: str
    no: int
    by: str
    claimed_at: datetime
    state: str
    step: str
    outcome: str | None
    dialled_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_ms: int
    call_id: str


class WhyOut(BaseModel):
    """One step to the deadline: a span that was counted, or a day off and its name."""

    day: str
    begins_at: datetime | None
    ends_at: datetime | None
    counted_s: int
    why_not: str


class CallbackDetailOut(CallbackOut):
    """A callback with everything behind it."""

    steps: list[StepOut]
    attempts: list[AttemptOut]
    why: list[WhyOut]
    verdict: VerdictOut | None


class PlacedOut(BaseModel):
    """A call that was asked for."""

    callback: str
    attempt: str
    no: int


class CallIn(BaseModel):
    """`confirmed`: the officer was told what stands against it and goes on."""

    confirmed: bool = False


class AssignIn(BaseModel):
    """`officer` None: back to the department."""

    officer: str | None


class AssignManyIn(AssignIn):
    """Several at once."""

    ids: Annotated[list[str], Field(min_length=1, max_length=500)]


class NoteIn(BaseModel):
    """A line in the officer's words."""

    text: Annotated[Text, Field(min_length=1)]


class DeferIn(BaseModel):
    """No call before `until`."""

    until: AwareDatetime
    reason: Text = ""


class CloseIn(BaseModel):
    """What came of it."""

    outcome: CloseOutcome
    text: Text = ""


class ReopenIn(BaseModel):
    """Why it is opened again."""

    reason: Text = ""


class MarkIn(BaseModel):
    """What the last call came to."""

    result: Literal["reached", "mailbox", "not_reached"]


class MovedOut(BaseModel):
    """How many changed hands."""

    moved: int
