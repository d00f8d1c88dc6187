"""The studio in one process, put together. Owns the wiring and no rule. Made by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from memo_service.prompts.catalog import Counts
from memo_service.prompts.keeper import Keeper
from memo_service.prompts.rights import keepers
from memo_service.prompts.service import Studio
from memo_service.prompts.voice import VoiceClient
from memo_service.settings import Settings
from memo_service.web.hub import Hub
from office.directory import Directory


@dataclass(frozen=True, slots=True)
class PromptStanding:
    """How the prompts stand, for the administrator's first page. `seen`: a list was ever told."""

    up: bool
    seen: bool
    counts: Counts
    refused: int


@dataclass(frozen=True, slots=True)
class PromptFeature:
    """The parts of the studio."""

    studio: Studio
    keeper: Keeper
    voice: VoiceClient
    engine: Engine

    def listen(self, hub: Hub, directory: Directory) -> None:
        """Tell the pages of those who keep the studio what changed. On the event loop."""
        officers = keepers(directory)

        def tell() -> None:
            if officers:  # a message to nobody in particular would go to all
                progress = self.keeper.seen.listing.progress
                told = {"done": progress.done, "of": progress.of, "up": self.keeper.seen.up}
                hub.publish("prompts", told, officers=officers)

        self.keeper.on_change = tell

    def standing(self) -> PromptStanding:
        """How the prompts stand."""
        seen = self.keeper.seen
        return PromptStanding(
            seen.up, seen.at is not None, Counts.of(seen.listing.prompts), len(seen.refused)
        )


def make_prompts(settings: Settings, engine: Engine, now: Callable[[], datetime]) -> PromptFeature | None:
    """The studio; None where no voice service is set up. `now`: the machine's clock, in UTC."""
    if not settings.voice_url:
        return None
    voice = VoiceClient(settings.voice_url, settings.voice_token)
    keeper = Keeper(voice, engine, now)
    keeper.load()
    return PromptFeature(Studio(engine, voice, keeper, now), keeper, voice, engine)
