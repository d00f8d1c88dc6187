"""All SQL of absences.

Owns how rows become absences and back, and that every change leaves a line behind. Decides nothing.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, func, select, text
from sqlalchemy.orm import Session

from memo_service.absences.models import AbsenceChange, AbsenceRow, PhoneState
from memo_service.absences.rules import Absence, Kind, Wanted
from memo_service.db.base import Moment

_LOCK = 0x41425345  # "ABSE": an advisory lock of our own


def lock(session: Session) -> None:
    """Hold other writers of absences off until the commit: two deputies saved at once could close a ring.

    SQLite needs none: its one writer holds the whole database.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def value(row: AbsenceRow) -> Absence:
    """The absence of a row."""
    return Absence(
        id=row.id,
        officer=row.officer,
        kind=Kind(row.kind),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        deputy=row.deputy,
        said_at=row.said_at,
        uid=row.uid,
    )


def not_over(session: Session, since: datetime) -> list[AbsenceRow]:
    """Everybody's absences that end after `since` and are not cancelled, by beginning."""
    return list(session.scalars(_NOT_OVER, {"since": since}))


def running(session: Session, since: datetime, until: datetime) -> list[AbsenceRow]:
    """Everybody's absences that run at some moment from `since` to `until`, both included."""
    return list(session.scalars(_RUNNING, {"since": since, "until": until}))


def between(session: Session, officers: Iterable[str], since: datetime, until: datetime) -> list[AbsenceRow]:
    """The absences of these officers that share a moment with [since, until)."""
    own = AbsenceRow.officer.in_(list(officers))
    return _rows(session, own, AbsenceRow.ends_at > since, AbsenceRow.starts_at < until)


def _rows(session: Session, *where: ColumnElement[bool]) -> list[AbsenceRow]:
    return list(session.scalars(_standing(*where)))


def _standing(*where: ColumnElement[bool]) -> Select[AbsenceRow]:
    wanted = select(AbsenceRow).where(*where, AbsenceRow.cancelled_at.is_(None))
    return wanted.order_by(AbsenceRow.starts_at, AbsenceRow.id)


_ENDS_LATER = AbsenceRow.ends_at > bindparam("since", type_=Moment)
_NOT_OVER = _standing(_ENDS_LATER)  # asked for every transfer
_RUNNING = _standing(  # asked for every memo
    AbsenceRow.starts_at <= bindparam("until", type_=Moment), _ENDS_LATER
)


def take(row: AbsenceRow, wanted: Wanted, at: datetime) -> None:
    """Write what is wanted into `row`; its note is the service's to seal."""
    row.kind = wanted.kind.value
    row.starts_at, row.ends_at = wanted.starts_at, wanted.ends_at
    row.deputy = wanted.deputy
    row.said_at = at


def note_change(session: Session, row: AbsenceRow, act: str, by: str, at: datetime) -> None:
    """Write down what was said of an absence, as it stands now."""
    session.add(
        AbsenceChange(
            absence=row.id,
            act=act,
            at=at,
            by=by,
            kind=row.kind,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            deputy=row.deputy,
        )
    )


def end(session: Session, row: AbsenceRow, at: datetime, by: str, *, act: str) -> None:
    """End a running absence at `at`; one that has not begun by then is cancelled."""
    if row.starts_at < at:
        row.ends_at = at
    else:
        row.cancelled_at, row.cancelled_by = at, by
    row.said_at = at
    note_change(session, row, act, by, at)


def last_change(session: Session) -> int:
    """Number of the newest line of what was said; 0 before the first."""
    return session.scalar(select(func.max(AbsenceChange.seq))) or 0


def changes_of(session: Session, absence: str) -> list[AbsenceChange]:
    """What was said of one absence, oldest first."""
    wanted = select(AbsenceChange).where(AbsenceChange.absence == absence)
    return list(session.scalars(wanted.order_by(AbsenceChange.seq)))


def put_sign(session: Session, exten: str, sign: str, at: datetime, *, shown: bool) -> bool:
    """Keep what a phone said at `at`, unless something later is known; returns whether that changed it."""
    known = session.get(PhoneState, (exten, sign))
    if known is None and shown:
        session.add(PhoneState(exten=exten, sign=sign, shown=shown, at=at))
        session.flush()
        return True
    if known is None or known.at >= at:
        return False
    changed = known.shown is not shown
    known.shown, known.at = shown, at
    return changed


def signs(session: Session) -> dict[str, dict[str, datetime]]:
    """By extension, the signs its phone shows and since when."""
    found: dict[str, dict[str, datetime]] = {}
    for exten, sign, at in session.execute(_SIGNS):
        found.setdefault(exten, {})[sign] = at
    return found


_SIGNS = select(PhoneState.exten, PhoneState.sign, PhoneState.at).where(PhoneState.shown.is_(True))
