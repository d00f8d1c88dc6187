"""The measured record of a call: every SIP message of it with its instant, and the counts of its RTP.

Owns what was observed. Decides nothing, and knows nothing of the product: this is the truth of a rehearsal.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from rehearsal.phone.instants import Instant
from rehearsal.phone.sip import Request, Response

_CHALLENGES = (401, 407)
_SIPFRAG = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})")


@dataclass(frozen=True, slots=True)
class SipEvent:
    """One message, seen by this phone. Retransmissions are not listed."""

    at: Instant
    sent: bool
    what: str  # the method of a request, or the status of a response
    method: str  # of the CSeq
    reason: str | None = None  # Reason header, RFC 3326
    has_sdp: bool = False
    phrase: str = ""
    progress: int | None = None  # status that a NOTIFY tells of our REFER (RFC 3515 §2.4.5)


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key pressed at this phone: when its first packet was sent."""

    at: Instant
    key: str


@dataclass(slots=True)
class RtpCounts:
    """One direction of RTP audio.

    First and last packet, how many, and the largest time between two (seconds).
    """

    first: Instant | None = None
    last: Instant | None = None
    packets: int = 0
    largest_gap_s: float = 0.0

    def add(self, at: Instant) -> None:
        """Count a packet."""
        if self.last is None:
            self.first = at
        else:
            self.largest_gap_s = max(self.largest_gap_s, at.since(self.last))
        self.last = at
        self.packets += 1


@dataclass(slots=True)
class CallRecord:
    """All that was measured on one call of one phone. Instants are None until they come."""

    events: list[SipEvent] = field(default_factory=list)
    ended: Instant | None = None
    rtp_in: RtpCounts = field(default_factory=RtpCounts)
    rtp_out: RtpCounts = field(default_factory=RtpCounts)
    digits_received: str = ""
    keys: list[KeyPress] = field(default_factory=list)

    def add(self, message: Request | Response, at: Instant, *, sent: bool) -> None:
        """Enter a message."""
        what = message.method if isinstance(message, Request) else str(message.status)
        phrase = "" if isinstance(message, Request) else message.reason
        reason = message.headers.get("Reason")
        progress = None if what != "NOTIFY" else _progress(message)
        self.events.append(
            SipEvent(at, sent, what, message.cseq[1], reason, bool(message.body), phrase, progress)
        )

    def first(self, what: str, method: str = "INVITE") -> Instant | None:
        """Instant of the first message `what` ("180", "BYE" …) of a transaction of `method`."""
        found = self._find(lambda e: e.what == what and e.method == method)
        return found.at if found else None

    @property
    def invite(self) -> Instant | None:
        """The first INVITE: sent by a caller, received by a callee."""
        return self.first("INVITE")

    @property
    def trying(self) -> Instant | None:
        """100 Trying."""
        return self.first("100")

    @property
    def ringing(self) -> Instant | None:
        """180 Ringing: the bell rings."""
        return self.first("180")

    @property
    def progress(self) -> Instant | None:
        """183 Session Progress."""
        return self.first("183")

    @property
    def answered(self) -> Instant | None:
        """200 OK to the INVITE."""
        return self.first("200")

    @property
    def acked(self) -> Instant | None:
        """ACK to the 200."""
        found = self._find(lambda e: e.what == "ACK" and self.answered is not None and e.at >= self.answered)
        return found.at if found else None

    @property
    def cancelled(self) -> Instant | None:
        """CANCEL."""
        return self.first("CANCEL", "CANCEL")

    @property
    def bye(self) -> Instant | None:
        """The first BYE."""
        return self.first("BYE", "BYE")

    @property
    def bye_sent_by_us(self) -> bool | None:
        """Who hung up: True this phone, False the other side, None nobody by BYE."""
        found = self._find(lambda e: e.what == "BYE")
        return found.sent if found else None

    @property
    def transfer_ordered(self) -> Instant | None:
        """Our REFER."""
        return self.first("REFER", "REFER")

    @property
    def transfer_taken(self) -> Instant | None:
        """The other side's 202 to it. It says that the order was heard, no more."""
        return self.first("202", "REFER")

    @property
    def transfer_told(self) -> list[tuple[Instant, int]]:
        """What the NOTIFYs told of it: status with instant. 200 comes when the target rings (Asterisk 22)."""
        return [(e.at, e.progress) for e in self.events if e.progress is not None]

    @property
    def final(self) -> SipEvent | None:
        """The final response to the INVITE that set up the call (not the challenge)."""
        return self._find(lambda e: e.method == "INVITE" and _is_final(e.what))

    @property
    def final_status(self) -> int | None:
        """Its status code."""
        return int(self.final.what) if self.final else None

    @property
    def reasons(self) -> list[str]:
        """Every Reason header, in order."""
        return [e.reason for e in self.events if e.reason is not None]

    @property
    def ring_s(self) -> float | None:
        """Seconds from 180 to 200 as this phone saw them; None when one is missing."""
        return self.answered.since(self.ringing) if self.answered and self.ringing else None

    @property
    def early_media(self) -> Instant | None:
        """First RTP packet that came before the answer."""
        first = self.rtp_in.first
        return first if first and (self.answered is None or first < self.answered) else None

    def summary(self) -> dict[str, float | int | str | bool | None]:
        """The record for JSON: seconds since the INVITE, rounded to 0.1 ms."""
        marks = {
            "trying_s": self.trying, "ringing_s": self.ringing, "progress_s": self.progress,
            "early_media_s": self.early_media, "answered_s": self.answered, "ack_s": self.acked,
            "cancel_s": self.cancelled, "bye_s": self.bye, "ended_s": self.ended,
            "rtp_in_s": self.rtp_in.first, "rtp_out_s": self.rtp_out.first,
        }  # fmt: skip
        zero = self.invite
        return {
            "invite_wall_ms": zero.wall_ns // 1_000_000 if zero else None,
            **{name: round(at.since(zero), 4) if at and zero else None for name, at in marks.items()},
            "final_status": self.final_status,
            "bye_sent_by_us": self.bye_sent_by_us,
            "reasons": "; ".join(self.reasons),
            "packets_in": self.rtp_in.packets,
            "packets_out": self.rtp_out.packets,
            "gap_in_ms": round(self.rtp_in.largest_gap_s * 1000, 1),
            "gap_out_ms": round(self.rtp_out.largest_gap_s * 1000, 1),
            "digits": self.digits_received,
        }

    def _find(self, matches: Callable[[SipEvent], bool]) -> SipEvent | None:
        return next((event for event in self.events if matches(event)), None)


def _progress(notify: Request | Response) -> int | None:
    """The status in a body of type message/sipfrag."""
    found = _SIPFRAG.match(notify.body)
    return int(found[1]) if found else None


def _is_final(what: str) -> bool:
    return what.isdecimal() and int(what) >= 200 and int(what) not in _CHALLENGES
