"""Officers' phones in one process, put together. Owns the wiring, and no rule.

Made by the composition root.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from memo_service.absences.service import Absences
from memo_service.aftercall.feature import AfterFeature
from memo_service.callbacks.feature import CallbackFeature
from memo_service.ledger.parties import Parties
from memo_service.memos.feature import MemoFeature
from memo_service.parts import Parts
from memo_service.phone.acts import PhoneActs
from memo_service.phone.desk import PhoneDesks
from memo_service.phone.ear import Ear
from memo_service.phone.follower import ActFollower
from memo_service.phone.notes import PhoneMemos
from memo_service.phone.voice import Voice
from memo_service.settings import Settings
from memo_service.transfers.feature import TransferFeature
from memo_service.visitors.feature import VisitorFeature
from memo_service.web.hub import Hub


@dataclass(frozen=True, slots=True)
class PhoneFeature:
    """The parts of one office."""

    follower: ActFollower
    desks: PhoneDesks
    ear: Ear
    acts: PhoneActs


@dataclass(frozen=True, slots=True)
class Features:
    """Whose acts are done at a phone."""

    absences: Absences
    callbacks: CallbackFeature
    memos: MemoFeature
    transfers: TransferFeature
    after: AfterFeature
    visitors: VisitorFeature


def make_phone(
    settings: Settings, parts: Parts, features: Features, hub: Hub, now: Callable[[], datetime]
) -> PhoneFeature:
    """The parts for the office in `parts`."""
    office, talks = parts.office, features.transfers.talks
    parties = Parties(parts.keys, office.directory.trunk.area)
    notes = PhoneMemos(features.memos.taking, talks, parties, office.directory)

    def tell_talk(officer: str, call_id: str, version: int) -> None:
        said = {"officer": officer, "call_id": call_id, "version": version}
        hub.publish("talk", said, officers=(officer,))

    return PhoneFeature(
        follower=ActFollower(talks, notes, features.visitors, office.directory, tell_talk),
        desks=PhoneDesks(office.directory, features.memos, features.callbacks, features.after, now),
        ear=Ear(features.memos, features.transfers, Voice(settings.voice_url, settings.voice_token)),
        acts=PhoneActs(
            engine=parts.engine,
            office=office,
            absences=features.absences,
            callbacks=features.callbacks,
            memos=features.memos,
            now=now,
            after=features.after,
            visitors=features.visitors,
        ),
    )
