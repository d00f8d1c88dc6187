"""What the bridge is told for the ear of an officer: what waits for him, no text and no number.

Owns the form of `/api/phone` (docs/contracts.md, "An officer's phone").
"""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

Sound = Literal["recording", "text", "none"]


class Item(BaseModel):
    """A memo or a callback. `sound`: what `/api/phone/sound` would read."""

    memo: str
    callback: str | None
    received_at: AwareDatetime
    due_at: AwareDatetime | None
    sound: Sound


class LastCall(BaseModel):
    """The call that waits for its finish: one of a citizen, or a callback whose result nobody has said."""

    kind: Literal["call", "callback"]
    id: str


class PhoneDesk(BaseModel):
    """The desk of the officer at a phone. `officer` false: a phone that nobody owns."""

    now: AwareDatetime
    officer: bool
    memos: int = 0
    callbacks: int = 0
    items: tuple[Item, ...] = ()
    last: LastCall | None = None


class Carried(BaseModel):
    """An act that was carried out. `until`: of an absence."""

    until: AwareDatetime | None = None
