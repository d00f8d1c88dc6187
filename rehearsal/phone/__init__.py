"""The virtual phone.

Our own SIP and RTP on asyncio, to place and take real calls and to measure the truth of them.
"""

from rehearsal.phone.agent import Phone
from rehearsal.phone.answering import Answering, Ring, answers, forwards, rejects, rings_on
from rehearsal.phone.call import Call, CallState
from rehearsal.phone.incoming import IncomingCall
from rehearsal.phone.instants import Instant
from rehearsal.phone.outgoing import Caller, OutgoingCall
from rehearsal.phone.record import CallRecord, KeyPress, RtpCounts, SipEvent
from rehearsal.phone.registration import RegistrationRefusedError
from rehearsal.phone.transferring import TransferKey, TransferRefusedError, hold, unhold
from rehearsal.phone.udp import NoFreePortError, PortRange
from rehearsal.phone.waiting import CallEndedError

__all__ = [
    "Answering", "Call", "CallEndedError", "CallRecord", "CallState", "Caller", "IncomingCall", "Instant",
    "KeyPress", "NoFreePortError", "OutgoingCall", "Phone", "PortRange", "RegistrationRefusedError", "Ring",
    "RtpCounts", "SipEvent", "TransferKey", "TransferRefusedError", "answers", "forwards", "hold", "rejects",
    "rings_on", "unhold",
]  # fmt: skip
