"""Memos in one process, put together: what follows the ledger, what officers do, what runs beside.

Owns the wiring and no rule. Made by the composition root.
"""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from memo_service.callbacks.feature import CallbackFeature
from memo_service.drafts.drafter import Drafter, child
from memo_service.drafts.store import Drafts
from memo_service.ledger.parties import Parties
from memo_service.memos.closing import close_memos
from memo_service.memos.follower import MemoFollower
from memo_service.memos.mail import Mailer, Post
from memo_service.memos.reader import MemoReader
from memo_service.memos.retention import Retention
from memo_service.memos.service import Means, Memos
from memo_service.memos.taking import Taking
from memo_service.protect import Keyring
from memo_service.recordings.sweep import Sweep
from memo_service.recordings.vault import Vault
from memo_service.settings import Settings
from office.folder import Office

Tell = Callable[[list[str]], None]


@dataclass(frozen=True, slots=True)
class MemoFeature:
    """The parts of memos. `tell` gets the ids of memos that changed, on the event loop."""

    acts: Memos
    taking: Taking
    reader: MemoReader
    follower: MemoFollower
    sweep: Sweep
    retention: Retention
    mailer: Mailer | None
    drafts: Drafts
    drafter: Drafter | None

    def listen(self, tell: Tell) -> None:
        """Have `tell` called with what ledger and sweep change; the sweep itself follows the ledger."""

        def made(memo_ids: list[str]) -> None:
            self.changed()
            tell(memo_ids)

        self.follower.on_change = made
        self.sweep.on_change = self._fetched(tell)
        if self.drafter is not None:
            self.drafter.on_change = tell

    def _fetched(self, tell: Tell) -> Tell:
        def fetched(memo_ids: list[str]) -> None:
            if self.drafter is not None:
                self.drafter.touch()
            tell(memo_ids)

        return fetched

    def changed(self) -> None:
        """A memo was made: its recording may be there, its mail may be due."""
        self.sweep.touch()
        if self.mailer is not None:
            self.mailer.touch()

    def workers(self) -> Iterable[Callable[[], Coroutine[Any, Any, None]]]:
        """What runs until cancelled."""
        yield self.sweep.run
        yield self.retention.run
        if self.mailer is not None:
            yield self.mailer.run
        if self.drafter is not None:
            yield self.drafter.run


def make_memos(
    settings: Settings,
    office: Office,
    engine: Engine,
    keyring: Keyring,
    callbacks: CallbackFeature,
    now: Callable[[], datetime],
) -> MemoFeature:
    """The parts of memos for one office."""
    callbacks.changed.also(close_memos)
    parties = Parties(keyring, office.directory.trunk.area)
    vault = Vault(settings.memo_dir / "recordings", keyring)
    mails = bool(settings.smtp_url)
    means = Means(engine, keyring, parties, office.directory, vault, mails)
    post = Post(settings.smtp_url, settings.smtp_from, settings.pages_url, office.charter.office.name)
    drafts = Drafts(engine, keyring, now)
    return MemoFeature(
        acts=Memos(means, now),
        taking=Taking(means, callbacks.opening, now),
        reader=MemoReader(engine, keyring, parties),
        follower=MemoFollower(office.charter, office.directory, callbacks.opening, now, mails=mails),
        sweep=Sweep(engine, settings.spool, vault, now),
        retention=Retention(engine, vault, settings.spool, office.charter.memo, now),
        mailer=Mailer(engine, office.directory, post, now) if mails else None,
        drafts=drafts,
        drafter=_drafter(settings, drafts, vault),
    )


def _drafter(settings: Settings, drafts: Drafts, vault: Vault) -> Drafter | None:
    if settings.stt_model is None:
        return None
    return Drafter(drafts, vault, child(settings.stt_model, settings.stt_sha256))
