"""Commands: what the bridge is asked to do. The published language, version 1, on `commands:<pbx>`.

Owns names and fields of commands, and the Redis keys by which wishes reach the bridge. A command is carried
out at most once: the bridge acknowledges before it writes to the PBX, and what it became is an event
(`CommandTold`) like any other fact.
"""

import hashlib
import hmac
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]


class PlaceCallback(_Command):
    """Ring the officer, and when he answers, the citizen (charter T7). `id` names the attempt.

    The officer's channel gets the Uniqueid `cb-<id>-1`. Seconds to ring; `show` is the number the citizen
    sees. Not begun before `expires_at`, it is never begun.
    """

    kind: Literal["place_callback"] = "place_callback"
    expires_at: AwareDatetime
    exten: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
    endpoint: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")]
    number: Annotated[str, Field(pattern=r"^[0-9]{3,18}$", repr=False)]
    show: Annotated[str, Field(pattern=r"^[0-9]{3,18}$")]
    officer_ring_s: int
    citizen_ring_s: int


class TransferCall(_Command):
    """Pass the citizen of a call on to another extension, as the officer's own phone would (charter T5).

    `endpoint` is the phone of the officer who transfers; he must be in the call. Taken means that the PBX
    moved the citizen, no more: whether the new phone answers is told by the call's events.
    """

    kind: Literal["transfer_call"] = "transfer_call"
    expires_at: AwareDatetime
    call_id: Annotated[str, Field(min_length=1, max_length=80)]
    endpoint: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")]
    exten: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]


class RefreshFlags(_Command):
    """The wishes under `flags:<pbx>` have changed; make the PBX agree."""

    kind: Literal["refresh_flags"] = "refresh_flags"


Command = Annotated[PlaceCallback | TransferCall | RefreshFlags, Field(discriminator="kind")]

_ADAPTER: TypeAdapter[Command] = TypeAdapter(Command)


class AwaySpan(BaseModel):
    """An officer is away from `start` to `end` (epoch s); `deputy` is an extension, or empty."""

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    deputy: str = ""


class Wishes(BaseModel):
    """What memo_service wants the PBX to know, whole: absences of the next 60 days by extension."""

    model_config = ConfigDict(frozen=True)

    away: dict[str, tuple[AwaySpan, ...]] = {}


def decode(raw: bytes | str) -> Command:
    """Command from its JSON; raises pydantic.ValidationError on what is not one of this version."""
    return _ADAPTER.validate_json(raw)


def commands_stream(pbx: str) -> str:
    """Name of the Redis stream of commands for one PBX: field `c` of an entry is the JSON."""
    return f"commands:{pbx}"


def flags_key(pbx: str) -> str:
    """Name of the Redis string with the `Wishes` (JSON)."""
    return f"flags:{pbx}"


def open_callbacks_key(pbx: str) -> str:
    """Name of the Redis hash {`lookup_field(key, number)`: due time, epoch s} of open callbacks."""
    return f"open_callbacks:{pbx}"


def surveyed_key(pbx: str) -> str:
    """Name of the Redis hash {`lookup_field(key, number)`: when, epoch s} of who was asked this month."""
    return f"surveyed:{pbx}"


def lookup_field(key: str, number: str) -> str:
    """What stands for a citizen's number (canonical digits) in a look-up, useless without `key`."""
    return hmac.new(key.encode(), number.encode(), hashlib.sha256).hexdigest()[:32]
