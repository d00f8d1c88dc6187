"""What all events share: the envelope, whose phone it is, who saw it, and why a phone did not answer."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Source(StrEnum):
    """Who saw it: the live AMI feed, the PBX's own journal, a snapshot after a gap, or the SIP extension."""

    AMI = "ami"
    JOURNAL = "journal"
    SNAPSHOT = "snapshot"
    EXTENSION = "extension"


class CallClass(StrEnum):
    """Only citizen calls get notice, words and verdicts."""

    CITIZEN = "citizen"
    INTERNAL = "internal"
    OUTBOUND = "outbound"
    EMERGENCY = "emergency"
    TEST = "test"
    CALLBACK = "callback"
    """We call a citizen back: the officer's phone first, then the citizen's (charter T7)."""
    UNKNOWN = "unknown"


class Side(StrEnum):
    """A side of the call; `pbx` is the dialplan or the network below both."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    PBX = "pbx"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Why a ringing phone stopped without this phone answering (asterisk DialStatus, told apart)."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREGISTERED = "unregistered"
    FORWARDED = "forwarded"
    CALLER_GONE = "caller_gone"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    UNREACHABLE = "unreachable"
    OFFICER_GONE = "officer_gone"
    # the four below are absences found before anything rang
    DO_NOT_DISTURB = "do_not_disturb"
    AWAY = "away"
    CLOSED = "closed"
    LUNCH = "lunch"


class Value(BaseModel):
    """Common to all: frozen, and deaf to fields of a later version."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Phone(Value):
    """A phone of the office, and whose it is by the directory in force at the time."""

    endpoint: str
    extension: str | None = None
    officer: str | None = None
    department: str | None = None


class Event(Value):
    """Common to all. `at` is the PBX's own time of the fact (aware UTC, µs), never its arrival."""

    v: Literal[1] = 1
    id: str
    pbx: str
    call_id: str
    at: AwareDatetime
    source: Source = Source.AMI
