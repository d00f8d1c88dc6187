"""SIP messages as text: header lines, addresses, and a session description that pyVoIP can read.

Owns what is taken out of a message and what a reply looks like (RFC 3261 §7, §8.2.6, §20). Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

Address = tuple[str, int]
Lines = tuple[tuple[str, str], ...]

_COMPACT = {
    "v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length",
    "c": "Content-Type", "k": "Supported", "s": "Subject", "r": "Refer-To", "o": "Event",
}  # fmt: skip
_URI = re.compile(r"(?:sips?:|tel:)([^>\s]*)", re.IGNORECASE)
_TAG = re.compile(r";\s*tag=([^;>\s,]+)", re.IGNORECASE)
_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|,|[^",<]+')
_CODECS = ("0", "8")
_PROTOCOL = "RTP/AVP"


class MalformedError(ValueError):
    """No SIP message, or one that lacks what every one must have."""


class NoAudioError(ValueError):
    """The session description offers no audio that we speak: PCMU or PCMA by plain RTP."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One message: its first line, its header fields in order with names spelled canonically, its body."""

    first: str
    lines: Lines
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header field, as written."""
        return [value for found, value in self.lines if found == name]

    def one(self, name: str) -> str:
        """The first value; empty if there is none."""
        return next(iter(self.all(name)), "")


def parse(data: bytes) -> Parsed:
    """Take a datagram apart; raises MalformedError. A name that is not UTF-8 does not make it malformed."""
    head, _, body = data.partition(b"\r\n\r\n")
    text = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "replace").lstrip("\r\n"))
    first, *rest = text.split("\r\n")
    lines = tuple(_line(line) for line in rest if line)
    message = Parsed(first, lines, body)
    if not all(message.one(name) for name in ("Via", "From", "To", "Call-ID", "CSeq")):
        raise MalformedError("a header that every message has is missing")
    return message


def _line(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise MalformedError("a line without a colon")
    name = name.strip()
    spelled = _COMPACT.get(name.lower()) or "-".join(part.capitalize() for part in name.split("-"))
    known = {"Call-Id": "Call-ID", "Cseq": "CSeq", "Www-Authenticate": "WWW-Authenticate"}
    return known.get(spelled, spelled), value.strip()


def values(lines: Iterable[str]) -> Iterator[str]:
    """The values of a header field that may hold several, by commas outside quotes and brackets."""
    for line in lines:
        value = ""
        for part in _PARTS.findall(line):
            if part == ",":
                yield value.strip()
                value = ""
            else:
                value += part
        if value.strip():
            yield value.strip()


def user_of(address: str) -> str:
    """Who an address names: the user of a sip URI, the number of a tel URI; empty if neither is there."""
    found = _URI.search(address)
    if found is None:
        return ""
    uri = found.group(1)
    # a display name may hold anything, so only what follows the scheme counts
    user, at, _ = uri.partition("@")
    if not at and not found.group(0).lower().startswith("tel:"):
        return ""
    return unquote(user.partition(";")[0].partition(":")[0])


def host_of(address: str) -> str:
    """The host of a sip URI; empty if there is none."""
    found = _URI.search(address)
    return re.split(r"[;:?>]", found.group(1).rpartition("@")[2])[0].lower() if found else ""


def uri_of(address: str) -> str:
    """The URI alone, without name, brackets and the parameters behind them."""
    found = re.search(r"<([^>]*)>", address)
    return found.group(1) if found else address.partition(";")[0].strip()


def tag_of(address: str) -> str:
    """The tag of a From or To; empty if there is none."""
    found = _TAG.search(re.sub(r"<[^>]*>", "", address))
    return found.group(1) if found else ""


def branch_of(message: Parsed) -> str:
    """The transaction: the topmost Via's branch, or that Via itself from a sender without one."""
    found = re.search(r";\s*branch=([^;,\s]+)", message.one("Via"))
    return found.group(1) if found else message.one("Via")


def reply(request: Parsed, status: str, tag: str, headers: Lines = (), body: str = "") -> str:
    """The response `status` ("486 Busy Here") to a request; Via, From, Call-ID and CSeq as they came."""
    to = request.one("To")
    copied = [("Via", via) for via in request.all("Via")]
    copied += [("Record-Route", route) for route in request.all("Record-Route")]
    fields = [
        *copied, ("From", request.one("From")), ("To", to if tag_of(to) or not tag else f"{to};tag={tag}"),
        ("Call-ID", request.one("Call-ID")), ("CSeq", request.one("CSeq")), *headers,
    ]  # fmt: skip
    return render(f"SIP/2.0 {status}", fields, body)


def render(first: str, fields: Iterable[tuple[str, str]], body: str = "") -> str:
    """A message as it goes on the wire."""
    told = [first, *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*told, f"Content-Length: {len(body.encode())}", "", body])


def plain_offer(body: bytes) -> list[str]:
    """The lines of an offer that pyVoIP reads rightly: one connection, one audio stream, our codecs.

    It cannot count two `c=` lines, takes a stream that is switched off, and fails on `=` in a value. Raises
    NoAudioError.
    """
    session, *streams = re.split(r"(?m)^(?=m=)", body.decode("utf-8", "replace").replace("\r\n", "\n"))
    audio = next((stream for stream in streams if _is_usable(stream)), None)
    if audio is None:
        raise NoAudioError("no audio by RTP/AVP is offered")
    head, *rest = audio.splitlines()
    connection = [line for line in rest if line.startswith("c=")]
    connection = connection or [line for line in session.splitlines() if line.startswith("c=")]
    if not connection:
        raise NoAudioError("the offer names no address")
    _, port, _, *formats = head.removeprefix("m=").split()
    events = re.findall(r"(?m)^a=rtpmap:(\d+) telephone-event/8000", audio)
    kept = [name for name in formats if name in (*_CODECS, *events)]
    if not any(name in _CODECS for name in kept):
        raise NoAudioError("neither PCMU nor PCMA is offered")
    maps = [f"a=rtpmap:{name} telephone-event/8000" for name in kept if name in events]
    return [connection[0].strip(), f"m=audio {port} {_PROTOCOL} {' '.join(kept)}", *maps]


def _is_usable(stream: str) -> bool:
    words = stream.splitlines()[0].split()
    return len(words) > 3 and words[0] == "m=audio" and words[1] != "0" and words[2] == _PROTOCOL


def answer_direction(body: bytes) -> str:
    """How we answer the offered direction (RFC 3264 §6.1): what is on hold only sends, we only hear."""
    found = re.findall(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\s*$", body.decode("utf-8", "replace"))
    turned = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
    return turned.get(found[-1], "sendrecv") if found else "sendrecv"
