"""Follows the ledger: a row for every transfer, whoever began it, and what became of it and of its order.

Owns how events of calls become rows. Everything is read from whole records, so a second delivery, or another
order of delivery, changes nothing. Follows after the memos: the gist is the matter of one.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from memo_service.access.log import Opened, log_access
from memo_service.ledger.follower import Batch
from memo_service.ledger.verdicts import CallRecord
from memo_service.ledger.verdicts.handover import Transfer
from memo_service.protect import Keyring
from memo_service.talk.service import Talks
from memo_service.transfers.ahead import Ahead
from memo_service.transfers.matter import give_matter
from memo_service.transfers.models import GIST, TransferRow, id_of
from memo_service.transfers.people import People
from office.events import CommandTold, TransferRequested, TransferWay

_CLOCKS = timedelta(seconds=5)
"""How far the PBX's clock may stand behind ours: an order is given before it is carried out."""
_CARRIED_OUT = timedelta(seconds=60)


class TransferFollower:
    """Works on with the ledger's events, in its transaction."""

    def __init__(
        self,
        talks: Talks,
        keyring: Keyring,
        people: People,
        ahead: Ahead,
        now: Callable[[], datetime],
        tell: Callable[[frozenset[str]], None],
    ) -> None:
        """`tell` gets the officers whose orders were answered, on the event loop, after the commit."""
        self._talks = talks
        self._keyring = keyring
        self._people = people
        self._ahead = ahead
        self._now = now
        self._tell = tell
        self._told: set[str] = set()

    def follow(self, session: Session, batch: Batch) -> None:
        """Bring rows up to what `batch` tells."""
        self._told.clear()  # of a batch that was taken back
        commands = {e.command: e for e in batch.events if isinstance(e, CommandTold)}
        if commands:
            self._commanded(session, commands)
        passed_on = [record for record in batch.records.values() if record.transfers]
        for record in passed_on:
            self._follow_call(session, record)
        session.flush()
        give_matter(session, self._keyring, (record.call_id for record in passed_on if record.memos))

    def settled(self) -> None:
        """Committed: those who ordered see what became of it."""
        told, self._told = frozenset(self._told), set()
        if told:
            self._tell(told)

    def _commanded(self, session: Session, commands: dict[str, CommandTold]) -> None:
        """The bridge's own word of orders."""
        query = select(TransferRow).where(TransferRow.id.in_(list(commands)))
        for row in session.scalars(query.with_for_update()):
            told = commands[row.id]
            row.command, row.reason = told.state, told.reason[:40]
            if row.from_officer:
                self._told.add(row.from_officer)

    def _follow_call(self, session: Session, record: CallRecord) -> None:
        query = select(TransferRow).where(TransferRow.call_id == record.call_id)
        rows = list(session.scalars(query.with_for_update()))
        by_key = {row.transfer: row for row in rows if row.transfer}
        for transfer in record.transfers:
            if transfer.request is None:
                continue  # whose it was nobody knows
            row = by_key.get(transfer.transfer) or _ordered(rows, transfer.request)
            if row is not None:
                _take(row, transfer, transfer.request)
                continue
            row = self._begun_at_a_phone(session, transfer.request)
            _take(row, transfer, transfer.request)
            session.add(row)
            rows.append(row)
            if row.result is None:
                self._note_shown(session, row)

    def _begun_at_a_phone(self, session: Session, request: TransferRequested) -> TransferRow:
        """The gist is what the transferring officer has typed so far."""
        row = TransferRow(
            id=id_of(request.call_id, request.transfer),
            call_id=request.call_id,
            noted_at=request.at,
            from_officer=request.by.officer,
            from_department=request.by.department,
            from_endpoint=request.by.endpoint,
            reason="",
        )
        officer = request.by.officer
        gist = self._talks.of(session, request.call_id, officer).gist if officer else ""
        row.gist = self._keyring.encrypt(gist, GIST, row.id) if gist else None
        return row

    def _note_shown(self, session: Session, row: TransferRow) -> None:
        """Whoever is rung and has his page open is sent it right after this commit, and his bell waits for
        nothing: noted here, the card need not wait for a commit of its own (T5).
        """
        rung = self._people.at_desk(row.exten) - {row.from_officer or ""}
        for officer in sorted(self._ahead.looking(rung)):
            row.shown_at = self._now()
            if row.gist is not None:
                log_access(session, row.shown_at, officer, Opened.GIST, row.call_id)


def _ordered(rows: Iterable[TransferRow], request: TransferRequested) -> TransferRow | None:
    """The page's order that this transfer carries out: the last one of that phone to that extension."""
    if request.way is not TransferWay.BLIND:
        return None
    found = [row for row in rows if row.transfer is None and _carries_out(request, row)]
    return max(found, key=lambda row: (row.noted_at, row.id), default=None)


def _carries_out(request: TransferRequested, row: TransferRow) -> bool:
    since: datetime | None = row.ordered_at
    if since is None or (row.exten, row.from_endpoint) != (request.exten, request.by.endpoint):
        return False
    return since - _CLOCKS <= request.at <= since + _CARRIED_OUT


def _take(row: TransferRow, transfer: Transfer, request: TransferRequested) -> None:
    row.transfer = transfer.transfer
    row.hop = request.hop
    row.way = request.way.value
    row.exten, row.officer, row.department = request.exten, request.officer, request.department
    row.requested_at = request.at
    row.answered_at = transfer.answer.at if transfer.answer else None
    row.answered_by = transfer.answer.phone.officer if transfer.answer else None
    row.ended_at = transfer.end.at if transfer.end else None
    row.result = transfer.result.value if transfer.result else None
    row.why = transfer.why.value if transfer.why else None
    row.refusal = transfer.refusal.value if transfer.refusal else None
    row.after = transfer.after.value if transfer.after else None
