"""A page on a slow computer: what stands on it can be used before its scripts are there."""

import re

from playwright.sync_api import Page, Route


class SlowPage:
    """A page whose scripts do not come before `come`; but for the colours', which stands in its head."""

    def __init__(self, page: Page, path: str) -> None:
        self.page = page
        self._held: list[Route] | None = []
        page.route(re.compile(r"\.js(\?|$)"), self._script)
        page.goto(path, wait_until="commit")

    def _script(self, route: Route) -> None:
        if self._held is None or "theme" in route.request.url:
            route.continue_()
        else:
            self._held.append(route)

    def come(self) -> None:
        """The scripts are there now."""
        held, self._held = self._held or [], None
        assert held
        for route in held:
            route.continue_()
        self.page.wait_for_load_state()
