"""How the service's own links stand: to the PBX by way of the bridge, to Redis, to the database.

Owns which banner a page shows.
"""

from dataclasses import dataclass, field

from memo_service.settings import Settings
from memo_service.stream.bridge_state import LinkState
from memo_service.stream.consumer import StreamState
from office.directory import Directory


@dataclass(slots=True)
class State:
    """Changes on the event loop only."""

    stream: StreamState = field(default_factory=StreamState)
    link: LinkState = LinkState.SILENT
    demo: bool = False
    replay: bool = False
    observed: tuple[str, ...] = ()
    """Names of the departments in observe mode."""

    @classmethod
    def of(cls, settings: Settings, directory: Directory) -> "State":
        """The state at start, before anything was heard."""
        observed = tuple(d.name for d in directory.departments.values() if d.observe)
        return cls(demo=settings.demo, replay=settings.replay, observed=observed)

    def banners(self) -> list[str]:
        """Keys of the banners to show, the gravest first."""
        found: list[str] = []
        if not self.stream.redis_up:
            found.append("redis_lost")
        elif self.link in (LinkState.SILENT, LinkState.LINK_LOST):
            found.append("link_lost")
        if not self.stream.database_up:
            found.append("database_lost")
        if self.replay or self.link is LinkState.REPLAY:
            found.append("replay")
        elif self.demo:
            found.append("demo")
        if self.observed:
            found.append("observe")
        return found
