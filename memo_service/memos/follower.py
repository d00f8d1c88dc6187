"""Makes and amends memos from the ledger's events, in the ledger's own transaction.

Owns that a call has one memo however often its events come, that a reply is promised in the same commit, and
that a memo somebody has acted on is only added to.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from memo_service.callbacks.opening import NewCallback, Opening
from memo_service.ledger.follower import Batch
from memo_service.memos import store
from memo_service.memos.judging import judge
from memo_service.memos.mail import queue_mail
from memo_service.memos.make import Draft, make_memo
from memo_service.memos.models import Memo, Recording, id_of, recordings_of
from office.charter import Charter
from office.directory import Directory

_SYSTEM = "system"


class MemoFollower:
    """Follows the ledger for memos."""

    def __init__(
        self,
        charter: Charter,
        directory: Directory,
        callbacks: Opening,
        now: Callable[[], datetime],
        *,
        mails: bool,
    ) -> None:
        """`mails`: the office has a mail server."""
        self._charter = charter
        self._directory = directory
        self._callbacks = callbacks
        self._now = now
        self._mails = mails
        self._changed: list[str] = []
        self.on_change: Callable[[list[str]], None] = lambda _: None
        """Told the ids of memos that were made or amended, after the commit, on the event loop."""

    def follow(self, session: Session, batch: Batch) -> None:
        """Make or amend the memos of the calls in `batch`."""
        self._changed.clear()  # of a batch that was taken back
        for record in batch.records.values():
            draft = make_memo(record, self._charter)
            if draft is None:
                continue
            memo, changed = self._keep(session, draft, batch.parties)
            if changed:
                self._changed.append(memo.id)
            if changed or record.end is not None:
                judge(session, memo)

    def settled(self) -> None:
        """Tell of what the commit changed."""
        changed, self._changed = self._changed, []
        if changed:
            self.on_change(changed)

    def _keep(self, session: Session, draft: Draft, parties: Mapping[str, str]) -> tuple[Memo, bool]:
        """The call's memo, and whether it is new or other than before."""
        told = draft.told()
        memo = session.get(Memo, id_of(draft.call_id))
        if memo is not None and memo.told == told:
            return memo, False
        facts = _facts(draft, parties)
        if memo is None:
            memo = Memo(id=id_of(draft.call_id), call_id=draft.call_id, channel="call", **facts)
            memo.has_matter = memo.has_number = False
            session.add(memo)
            if self._mails:
                queue_mail(session, self._directory, memo, self._now())
        elif memo.acted_at is None:
            for name, value in facts.items():
                setattr(memo, name, value)
        else:
            store.add_event(session, memo.id, self._now(), "added", _SYSTEM, _difference(memo.told, told))
            # a number that was not known is added; one that was called is not exchanged
            memo.party_id = memo.party_id or facts["party_id"]
        memo.told = told
        self._keep_recordings(session, memo, draft)
        caller = None if draft.withheld else parties.get(draft.caller_event or "")
        self._promise(session, memo, draft, caller)
        return memo, True

    def _keep_recordings(self, session: Session, memo: Memo, draft: Draft) -> None:
        session.flush()
        known = {row.name: row for row in recordings_of(session, [memo.id]).get(memo.id, [])}
        for take in draft.takes:
            row = known.get(take.name)
            if row is None:
                row = Recording(
                    id=id_of(f"{memo.id}/{take.name}"), memo_id=memo.id, name=take.name, told_at=take.told_at,
                    state="waiting" if take.has_voice else "silent", length_ms=None, peaks=[],
                )  # fmt: skip
                session.add(row)
                known[take.name] = row
            row.kind = take.kind
        store.look_again(memo, list(known.values()))

    def _promise(self, session: Session, memo: Memo, draft: Draft, caller: str | None) -> None:
        """Open the callback, tell it what came late, or take it back. Without a number there is none."""
        if memo.party_id is None:
            return
        if not draft.wants_reply:
            self._callbacks.withdraw(session, memo.id, self._now())
            return
        self._callbacks.open(
            session,
            NewCallback(
                memo_id=memo.id,
                party_id=memo.party_id,
                received_at=memo.received_at,
                officer=memo.officer,
                department=memo.department,
                asked_at=draft.asked_at,
                call_id=draft.call_id,
                caller_party_id=caller if caller != memo.party_id else None,
            ),
        )


def _facts(draft: Draft, parties: Mapping[str, str]) -> dict[str, Any]:
    """The columns that the call tells.

    Whom to call: the number he confirmed, else the one he called from, else what he keyed unconfirmed.
    """
    told = {
        name: parties.get(event or "")
        for name, event in (
            ("number", draft.number_event),
            ("keyed", draft.keyed_event),
            ("caller", None if draft.withheld else draft.caller_event),
        )
    }
    return {
        "taken_by": draft.taken_by,
        "why": draft.why,
        "officer": draft.officer,
        "department": draft.department,
        "exten": draft.exten,
        "party_id": told["number"] or told["caller"] or told["keyed"],
        "keyed_party_id": told["keyed"],
        "withheld": draft.withheld,
        "received_at": draft.received_at,
        "reply_wanted": draft.reply_wanted,
        "asked_at": draft.asked_at,
        "promised_at": draft.promised_at,
        "closed": draft.closed,
    }


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if before.get(name) != value}
