"""Renders the templates; knows the addresses of static files, with their content's hash.

Owns what every page is given: the office's name, the banners, the position in the event stream.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@cache
def static_url(name: str) -> str:
    """Address of a static file that changes when the file does, so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


class Pages:
    """Templates with what they share."""

    def __init__(self, **shared: Any) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(shared, static=static_url)

    def fragment(self, name: str, **values: Any) -> str:
        """HTML of a template."""
        return self._environment.get_template(name).render(values)

    def page(self, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A whole page."""
        return HTMLResponse(self.fragment(name, **values), status_code=status)
