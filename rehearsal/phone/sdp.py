"""Session descriptions (RFC 4566, RFC 3264) as far as a PCMU phone needs them. Pure."""

import re
from dataclasses import dataclass
from itertools import pairwise

PCMU = 0  # static payload type, RFC 3551
TELEPHONE_EVENT = 101  # our choice of a dynamic payload type for RFC 4733
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_MIRROR = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


class UnusableSdpError(ValueError):
    """The other side's description offers no PCMU audio; answer 488."""


@dataclass(frozen=True, slots=True)
class RemoteAudio:
    """Where and how the other side wants audio."""

    host: str
    port: int
    telephone_event: int | None
    direction: str = "sendrecv"

    @property
    def our_direction(self) -> str:
        """Our side of the other's direction (RFC 3264 §6.1)."""
        return _MIRROR[self.direction]


@dataclass(frozen=True, slots=True)
class Own:
    """Our side: where we want audio, and which description of which session this is (RFC 3264 §8)."""

    host: str
    port: int
    session: int
    version: int = 0


def build(own: Own, answer_to: RemoteAudio | None = None, direction: str = "") -> bytes:
    """Our description: PCMU and telephone events, 20 ms packets.

    `answer_to` is the other side's, known already; the direction mirrors it unless given.
    """
    event = TELEPHONE_EVENT if answer_to is None else answer_to.telephone_event
    direction = direction or ("sendrecv" if answer_to is None else answer_to.our_direction)
    events = [f"a=rtpmap:{event} telephone-event/8000", f"a=fmtp:{event} 0-15"] if event is not None else []
    formats = f"{PCMU}" if event is None else f"{PCMU} {event}"
    lines = [
        "v=0", f"o=- {own.session} {own.session + own.version} IN IP4 {own.host}", "s=-",
        f"c=IN IP4 {own.host}", "t=0 0", f"m=audio {own.port} RTP/AVP {formats}",
        f"a=rtpmap:{PCMU} PCMU/8000", *events, "a=ptime:20", f"a={direction}",
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n").encode()


def parse(body: bytes) -> RemoteAudio:
    """Read the first audio stream; raises UnusableSdpError."""
    lines = body.decode(errors="replace").splitlines()
    session, audio = _sections(lines)
    found = re.fullmatch(r"m=audio (\d+)(?:/\d+)? RTP/AVPF? (.*)", audio[0].strip()) if audio else None
    if found is None or str(PCMU) not in found.group(2).split():
        raise UnusableSdpError("no PCMU audio offered")
    host = _connection(audio) or _connection(session)
    if host is None:
        raise UnusableSdpError("no c= line")
    event = next((int(m.group(1)) for line in audio if (m := _event(line)) is not None), None)
    direction = next(
        (line[2:].strip() for line in (*audio, *session) if line[2:].strip() in _DIRECTIONS), "sendrecv"
    )
    return RemoteAudio(host, int(found.group(1)), event, direction)


def _event(line: str) -> re.Match[str] | None:
    return re.match(r"a=rtpmap:(\d+) telephone-event/8000", line, re.IGNORECASE)


def _connection(lines: list[str]) -> str | None:
    prefix = "c=IN IP4 "
    return next((line[len(prefix) :].strip() for line in lines if line.startswith(prefix)), None)


def _sections(lines: list[str]) -> tuple[list[str], list[str]]:
    """The session part, and the part of the first audio stream."""
    starts = [i for i, line in enumerate(lines) if line.startswith("m=")]
    session = lines[: starts[0]] if starts else lines
    for start, end in pairwise([*starts, len(lines)]):
        if lines[start].startswith("m=audio"):
            return session, lines[start:end]
    return session, []
