"""Files that are alike for all: scripts, styles, fonts. A browser asks for each once and not with every page.

Owns how long they may be kept: for good where the address holds the content's hash, else fonts for a month.
"""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from memo_service.web.templating import static_url

_FOR_GOOD = "public, max-age=31536000, immutable"
_FONTS = "public, max-age=2592000"
_FOUND = (200, 304)


class HashedFiles(StaticFiles):
    """Our own; an address with another content's hash, as after an update, is answered but not kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file of `path`."""
        answer = await super().get_response(path, scope)
        asked = f"/static/{path}?{scope['query_string'].decode('latin-1')}"
        if answer.status_code in _FOUND and asked == static_url(path):
            answer.headers["Cache-Control"] = _FOR_GOOD
        return answer


class Assets(StaticFiles):
    """What setup fetched; addresses are the same after an update, so all but fonts is asked for anew."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file of `path`."""
        answer = await super().get_response(path, scope)
        if answer.status_code in _FOUND:
            answer.headers["Cache-Control"] = _FONTS if path.endswith(".woff2") else "no-cache"
        return answer
