"""Answers a request for a part of a recording (RFC 9110 §14): a player asks for pieces while it plays."""

import re

from starlette.responses import Response

_ONE_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_HEADERS = {"Accept-Ranges": "bytes", "Cache-Control": "no-store", "Content-Disposition": "inline"}


def ranged(content: bytes, asked: str | None, media_type: str) -> Response:
    """200 with all of `content`, 206 with the part asked for, or 416. Several ranges at once: all of it."""
    match = _ONE_RANGE.match(asked or "")
    if match is None or match.groups() == ("", ""):
        return Response(content, media_type=media_type, headers=_HEADERS)
    first, last = _bounds(match.group(1), match.group(2), len(content))
    if first >= len(content) or first > last:
        whole = {**_HEADERS, "Content-Range": f"bytes */{len(content)}"}
        return Response(status_code=416, headers=whole)
    told = {**_HEADERS, "Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Response(content[first : last + 1], status_code=206, media_type=media_type, headers=told)


def _bounds(first: str, last: str, length: int) -> tuple[int, int]:
    if not first:  # the last so many bytes; of none there is no part
        return (max(length - int(last), 0), length - 1) if int(last) else (length, length)
    return int(first), min(int(last), length - 1) if last else length - 1
