"""SIP messages (RFC 3261): parsing and building. Pure: no sockets, no clock, no state of calls."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_COMPACT = {
    "b": "Referred-By", "c": "Content-Type", "e": "Content-Encoding", "f": "From", "i": "Call-ID",
    "k": "Supported", "l": "Content-Length", "m": "Contact", "o": "Event", "r": "Refer-To",
    "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires",
}  # fmt: skip
_LISTS = {"via", "route", "record-route", "contact", "p-asserted-identity"}
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_STATUS_LINE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?")
_REQUEST_LINE = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+) (\S+) SIP/2\.0")
_NAME_ADDR = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^>]*)>(.*)', re.DOTALL)
_URI_USER = re.compile(r"sips?:(?:([^@;?>]*)@)?", re.IGNORECASE)

PHRASES = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
    302: "Moved Temporarily", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist",
    482: "Loop Detected", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
    503: "Service Unavailable", 603: "Decline",
}  # fmt: skip


class MalformedSipError(ValueError):
    """The text is no SIP message, or a header that must be there is missing."""


class Headers:
    """Header fields in their order; names compare without case, compact forms are spelt out."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = [(_COMPACT.get(name.lower(), name), value) for name, value in fields]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __getitem__(self, name: str) -> str:
        """First value of `name`; raises MalformedSipError when there is none."""
        if (value := self.get(name)) is None:
            raise MalformedSipError(f"no {name} header")
        return value

    def get(self, name: str) -> str | None:
        """First value of `name`, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """Every value of `name`; list-valued fields are split at their commas (RFC 3261 §7.3.1)."""
        wanted = name.lower()
        values = [value for given, value in self._fields if given.lower() == wanted]
        if wanted in _LISTS:
            return [part for value in values for part in split_commas(value)]
        return values

    def add(self, name: str, value: str) -> None:
        """Append a field."""
        self._fields.append((name, value))


@dataclass(slots=True)
class _Message:
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def call_id(self) -> str:
        return self.headers["Call-ID"]

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method of CSeq."""
        number, _, method = self.headers["CSeq"].strip().partition(" ")
        if not number.isdecimal() or not method:
            raise MalformedSipError(f"bad CSeq {self.headers['CSeq']!r}")
        return int(number), method.strip()

    @property
    def branch(self) -> str:
        """The branch of the topmost Via: with the method it names the transaction (RFC 3261 §17)."""
        return params_of(self.headers["Via"]).get("branch", "")

    @property
    def from_(self) -> "NameAddr":
        return NameAddr.parse(self.headers["From"])

    @property
    def to(self) -> "NameAddr":
        return NameAddr.parse(self.headers["To"])

    def _render(self, start_line: str) -> bytes:
        lines = [start_line, *(f"{name}: {value}" for name, value in self.headers)]
        head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""])
        return head.encode() + self.body


@dataclass(slots=True)
class Request(_Message):
    """A SIP request."""

    method: str = ""
    uri: str = ""

    def render(self) -> bytes:
        """The bytes for the wire; Content-Length is added."""
        return self._render(f"{self.method} {self.uri} SIP/2.0")

    def reply(
        self, status: int, *, to_tag: str = "", headers: Iterable[tuple[str, str]] = (), sdp: bytes = b""
    ) -> "Response":
        """A response to this request with the fields that RFC 3261 §8.2.6 copies."""
        copied = [("Via", via) for via in self.headers.all("Via")]
        copied += [("Record-Route", route) for route in self.headers.all("Record-Route")]
        to = self.headers["To"]
        if to_tag and "tag" not in self.to.params:
            to = f"{to};tag={to_tag}"
        copied += [("From", self.headers["From"]), ("To", to)]
        copied += [("Call-ID", self.call_id), ("CSeq", self.headers["CSeq"]), *headers]
        if sdp:
            copied.append(("Content-Type", "application/sdp"))
        return Response(Headers(copied), sdp, status, PHRASES.get(status, ""))


@dataclass(slots=True)
class Response(_Message):
    """A SIP response."""

    status: int = 0
    reason: str = ""

    def render(self) -> bytes:
        """The bytes for the wire; Content-Length is added."""
        return self._render(f"SIP/2.0 {self.status} {self.reason}")


@dataclass(frozen=True, slots=True)
class NameAddr:
    """`"display" <uri>;params`, as in From, To, Contact and P-Asserted-Identity."""

    uri: str
    display: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "NameAddr":
        """Read both forms, with and without angle brackets (RFC 3261 §20.10)."""
        if (found := _NAME_ADDR.fullmatch(text)) is not None:
            quoted, plain, uri, rest = found.groups()
            display = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
            return cls(uri, display, params_of(rest))
        uri, _, rest = text.strip().partition(";")
        if ":" not in uri:
            raise MalformedSipError(f"no address in {text!r}")
        return cls(uri, "", params_of(";" + rest))

    @property
    def user(self) -> str:
        """The user part of the URI, or an empty string."""
        return user_of(self.uri)

    @property
    def tag(self) -> str:
        """The tag, or an empty string."""
        return self.params.get("tag", "")

    def __str__(self) -> str:
        escaped = self.display.replace("\\", "\\\\").replace('"', '\\"')
        shown = f'"{escaped}" ' if escaped else ""
        params = "".join(f";{name}={value}" if value else f";{name}" for name, value in self.params.items())
        return f"{shown}<{self.uri}>{params}"


def user_of(uri: str) -> str:
    """The user part of a SIP URI, or an empty string."""
    found = _URI_USER.match(uri)
    return (found.group(1) or "") if found else ""


def params_of(text: str) -> dict[str, str]:
    """The `;name=value` parameters that follow the first `;`. Names in lower case."""
    pairs = (part.partition("=") for part in text.split(";")[1:])
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs if name.strip()}


def split_commas(value: str) -> list[str]:
    """Split at commas that stand outside quotes and angle brackets."""
    parts = re.findall(r'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+', value)
    return [part.strip() for part in parts if part.strip()]


def parse(data: bytes) -> Request | Response:
    """Read one datagram; raises MalformedSipError."""
    head, separator, body = data.partition(b"\r\n\r\n")
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        raise MalformedSipError(f"not UTF-8: {error}") from error
    if not separator:
        raise MalformedSipError("no empty line after the headers")
    start_line, _, rest = text.partition("\r\n")
    headers = Headers(_fields(rest))
    body = _exact_body(headers, body)
    if (found := _STATUS_LINE.fullmatch(start_line)) is not None:
        return Response(headers, body, int(found.group(1)), found.group(2) or "")
    if (found := _REQUEST_LINE.fullmatch(start_line)) is not None:
        return Request(headers, body, found.group(1), found.group(2))
    raise MalformedSipError(f"bad start line {start_line!r}")


def _fields(text: str) -> Iterator[tuple[str, str]]:
    unfolded = re.sub(r"\r\n[ \t]+", " ", text)
    for line in unfolded.split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.rstrip()
        if not colon or not _TOKEN.fullmatch(name):
            raise MalformedSipError(f"bad header line {line!r}")
        yield name, value.strip()


def _exact_body(headers: Headers, body: bytes) -> bytes:
    length = headers.get("Content-Length")
    if length is None:
        return body
    if not length.isdecimal() or int(length) > len(body):
        raise MalformedSipError(f"Content-Length {length} with {len(body)} bytes of body")
    return body[: int(length)]
