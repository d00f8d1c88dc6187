"""Reads what a page's form sends (application/x-www-form-urlencoded).

Owns how much may be sent. Does not know what the fields mean.
"""

from urllib.parse import parse_qsl

from fastapi import HTTPException, Request
from starlette.datastructures import ImmutableMultiDict

_MOST_BYTES = 256 * 1024
_MOST_FIELDS = 5_000

Form = ImmutableMultiDict[str, str]


async def read_form(request: Request) -> Form:
    """The fields of a form, in the order sent; a dependency for routes.

    Raises 413 for more than 256 kB, 400 for what is no form.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, "the form is larger than 256 kB")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400, "the form cannot be read") from None
    return Form(pairs)
