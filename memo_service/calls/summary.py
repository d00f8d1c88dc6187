"""The parts of the board that come from the ledger: today's figures, the newest calls, gaps in the link.

Owns how often they are made again: at most once a second, and only after something changed.
"""

import asyncio
import logging
from datetime import datetime, time
from typing import Any

from sqlalchemy.exc import DBAPIError

from memo_service.access.viewer import TOTALS, Viewer
from memo_service.calls import labels
from memo_service.calls.figures import Figures, figures
from memo_service.context import Context
from memo_service.ledger.reader import CallFilter, LinkGap
from memo_service.ledger.verdicts import ALL_PROMISES
from office.calendar import KST

RECENT = 10
_PAUSE_S = 1.0

_log = logging.getLogger(__name__)


class Summary:
    """Makes the parts again when told that something changed, and sends them to the pages."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._changed = asyncio.Event()

    def touch(self) -> None:
        """Something in the ledger changed."""
        self._changed.set()

    async def run(self) -> None:
        """Send parts as they change, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                for scope in sorted(self._context.hub.scopes):
                    parts = await asyncio.to_thread(render_parts, self._context, scope)
                    self._context.hub.publish("parts", parts, scope)
            except DBAPIError as error:
                _log.warning("figures not made: %s", type(error.orig).__name__)
            await asyncio.sleep(_PAUSE_S)


def render_parts(context: Context, scope: str) -> dict[str, str]:
    """HTML by the id of the element it replaces, for those who see the figures of `scope`."""
    values = summary_values(context, context.access.reader_of(scope))
    return {name: context.pages.fragment(f"_{name}.html", **values) for name in ("figures", "recent", "gaps")}


def summary_values(context: Context, viewer: Viewer) -> dict[str, Any]:
    """What the templates of the parts need, for one viewer.

    Who sees the office's totals alone gets no list of calls here: his own stand on the page of calls.
    """
    now = context.now()
    midnight = datetime.combine(now.astimezone(KST).date(), time(), KST)
    wanted = CallFilter(ended=True, whose=viewer.whose)
    shown = viewer.figures != TOTALS
    calls = context.reader.calls(wanted, offset=0, limit=RECENT) if shown else []
    return {
        "figures": _figures(context, viewer, now),
        "departments": context.office.directory.departments,
        "promises": ALL_PROMISES,
        "labels": labels,
        "recent_shown": shown,
        "recent": [context.present.line(viewer, call) for call in calls],
        "gaps": [_gap(gap) for gap in context.reader.gaps(midnight)],
    }


def _figures(context: Context, viewer: Viewer, now: datetime) -> Figures:
    day = now.astimezone(KST).date()
    # a visitor may wait without a call, and several for one: the clocks tell of each
    calls = [row for row in context.reader.counts(day) if row[1] != "V2"]
    found = figures([*calls, *context.visitors.clocks.counts(day)])
    own = {d: counts for d, counts in found.departments.items() if viewer.sees_department(d)}
    return Figures(found.office, own)


def _gap(gap: LinkGap) -> dict[str, Any]:
    return {
        "since": f"{gap.lost_at.astimezone(KST):%H:%M:%S}",
        "until": f"{gap.restored_at.astimezone(KST):%H:%M:%S}" if gap.restored_at else "",
        "covered": gap.covered,
    }
