"""Bytes of an AMI stream into messages, and a message's headers on demand. No I/O, no decoding ahead of need.

Owns what stands on the wire. Tolerates what Asterisk builds really send: messages ended by CR LF LF
(asterisk#761), spare blank lines, lines ended by a bare LF, empty headers, repeated headers, text that is not
UTF-8 (AMI-05…08).
"""

_BANNER = b"Asterisk Call Manager/"
MAX_MESSAGE = 4 << 20
"""Bytes. A message longer than this is not AMI; it is dropped, so that memory stays bounded."""


class Framer:
    """Collects bytes, gives whole messages, their lines ended by LF. Any split of the bytes gives the same.

    Every CR is taken out first: then all the ends that occur are one, LF LF, and a border can cut no end in
    two but that one. It is also the cheapest way (0.5 µs a message; looking for odd ends in each takes twice
    that).
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._held = 0
        self.dropped = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Messages that `data` completes, without their ends. Cost is linear also for byte-wise reads."""
        data = data.replace(b"\r", b"")
        pieces = self._pieces
        if pieces:
            if b"\n\n" not in data and not (data[:1] == b"\n" and pieces[-1][-1:] == b"\n"):
                self._keep(data)
                return []
            data = b"".join(pieces) + data
            pieces.clear()
        *messages, tail = data.split(b"\n\n")
        self._held = 0
        self._keep(tail)
        return [clean for raw in messages if (clean := raw if raw[:1] == b"E" else _clean(raw))]

    def _keep(self, data: bytes) -> None:
        self._held += len(data)
        if self._held > MAX_MESSAGE:
            self._pieces.clear()
            self._held = 0
            self.dropped += 1
        elif data:
            self._pieces.append(data)


def _clean(raw: bytes) -> bytes:
    """Without blank lines before it and without the greeting line that stands before the first message."""
    raw = raw.lstrip(b"\n")
    return raw.partition(b"\n")[2] if raw.startswith(_BANNER) else raw


def text(raw: bytes) -> str:
    """UTF-8, else CP949 (old exchanges), else what can be read of it: a name never costs an event."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp949")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


def header(raw: bytes, name: bytes) -> str:
    """Value of a header's first line; empty if it is missing or empty. `name` is `b"\\nUniqueid: "`.

    Looked up in the bytes: a call needs three of the twenty headers of an event.
    """
    start = raw.find(name)
    if start < 0:
        return ""
    start += len(name)
    end = raw.find(b"\n", start)
    value = raw[start:end] if end >= 0 else raw[start:]
    try:
        return value.decode()
    except UnicodeDecodeError:
        return text(value)


def headers_behind(raw: bytes, name: bytes) -> dict[str, str]:
    """All headers that stand behind header `name`, the first line of each."""
    found: dict[str, str] = {}
    for line in raw[max(raw.find(name), 0) + len(name) :].split(b"\n"):
        key, colon, value = line.partition(b":")
        if colon:
            found.setdefault(text(key), text(value.strip()))
    return found
