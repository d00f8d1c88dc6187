"""Surveys in one process, put together. Made by the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis
from sqlalchemy import Engine

from memo_service.ledger.parties import Parties
from memo_service.protect import Keyring
from memo_service.recordings.vault import Vault
from memo_service.settings import Settings
from memo_service.surveys.follower import SurveyFollower
from memo_service.surveys.keeper import SurveyKeeper, SurveyStore
from memo_service.surveys.reader import SurveyReader
from office.folder import Office


@dataclass(frozen=True, slots=True)
class SurveyFeature:
    """The parts of surveys."""

    follower: SurveyFollower
    store: SurveyStore
    reader: SurveyReader

    def keeper(self, settings: Settings, redis: Redis) -> SurveyKeeper:
        """The task beside them, touched by what the ledger tells."""
        keeper = SurveyKeeper(self.store, redis, settings.pbx, settings.lookup_key)
        self.follower.on_change = keeper.touch
        return keeper


def make_surveys(
    settings: Settings, office: Office, engine: Engine, keyring: Keyring, now: Callable[[], datetime]
) -> SurveyFeature:
    """The parts of surveys for one office."""
    parties = Parties(keyring, office.directory.trunk.area)
    vault = Vault(settings.memo_dir / "recordings", keyring)
    spool = settings.state / "asterisk" / "spool" / "menu"
    store = SurveyStore(engine, parties, spool, vault, now)
    return SurveyFeature(SurveyFollower(), store, SurveyReader(engine, vault, now))
