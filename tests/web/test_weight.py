"""No page carries more than 150 kB of script, packed as the proxy packs it, and none has script in itself."""

import gzip

import pytest
from playwright.sync_api import Page

from tests.web.conftest import Seated
from tests.web.test_accessible import PAGES

MOST = 150_000
_SCRIPTS = """() => [...document.scripts].flatMap((one) => [one.src, one.dataset.worker])
  .filter(Boolean).map((address) => new URL(address, location).href)"""
_INLINE = "document.querySelectorAll('script:not([src])').length"


class Packed:
    """Sizes of scripts as sent (gzip, level 1), each asked for once."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def of(self, page: Page, address: str) -> int:
        if address not in self._sizes:
            answer = page.request.get(address)
            assert answer.ok, address
            self._sizes[address] = len(gzip.compress(answer.body(), 1))
        return self._sizes[address]


@pytest.mark.parametrize("officer", ["kim_ms", "choi_jh"])
def test_no_page_weighs_more_than_it_may(seated: Seated, places: dict[str, str], officer: str) -> None:
    page, packed, heavy, inline = seated(officer), Packed(), {}, []
    for path in (*PAGES, *(("/start",) if officer == "choi_jh" else ())):
        page.goto(path.format(**places))
        scripts = set(page.evaluate(_SCRIPTS))
        assert scripts, path
        weight = sum(packed.of(page, address) for address in scripts)
        if weight > MOST:
            heavy[path] = weight
        if page.evaluate(_INLINE):
            inline.append(path)
    assert (heavy, inline) == ({}, [])
