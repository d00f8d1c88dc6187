"""A memo that an officer takes by a code: this citizen is to be called back (charter T6, T7).

Owns what stands in it: the number of the call, what he has typed of it so far, himself as who took it and
who calls back. A code told twice is one memo, and so is what his page makes of the same call.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from memo_service.aftercall.service import Finish, memo_key
from memo_service.callbacks.opening import Opening
from memo_service.ledger.parties import Parties
from memo_service.memos.taking import Taken, TakenMemo, Taking
from memo_service.talk.service import Talks
from office.directory import Directory


class PhoneMemos:
    """Takes such memos for one office."""

    def __init__(self, taking: Taking, talks: Talks, parties: Parties, directory: Directory) -> None:
        self._taking = taking
        self._talks = talks
        self._parties = parties
        self._directory = directory

    def take(
        self, session: Session, call_id: str, officer: str, at: datetime, party: str | None
    ) -> str | None:
        """Keep the memo of this call once, in the caller's transaction; its id, None if it was kept."""
        person = self._directory.officers.get(officer)
        if person is None:
            return None
        party = party or Opening.party_called(session, call_id)
        number = self._parties.numbers(session, [party]).get(party) if party else None
        typed = self._talks.of(session, call_id, officer)
        memo = TakenMemo(
            key=memo_key(call_id, officer, Finish.CALLBACK),
            channel="call",
            officer=officer,
            department=person.department,
            number=number,
            reply_wanted=True,
            asked_at=None,
            texts={"matter": typed.gist, "read_back": typed.read_back},
            received_at=at,
        )
        return memo.memo_id if self._taking.insert_once(session, Taken(officer, memo)) else None
