"""Reads the form of a memo taken by hand, and says what is missing.

Owns which fields are needed. Saves nothing.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from memo_service.memos.labels import CHANNELS
from memo_service.memos.taking import TakenMemo
from memo_service.web.forms import Form
from office.calendar import KST
from office.directory import Directory
from office.phone_number import PhoneNumber

TEXTS = ("name", "matter", "note", "read_back")
_LONGEST = 2000
_KEY = re.compile(r"^[A-Za-z0-9_-]{16,60}$")


@dataclass(frozen=True, slots=True)
class Read:
    """What the form holds: a memo, or the faults by field (codes of `memos.labels.FAULTS`)."""

    memo: TakenMemo | None
    faults: dict[str, str]


def new_key() -> str:
    """Names one form, so that it is kept once however often it is sent."""
    return secrets.token_urlsafe(18)


def read_memo(
    form: Form, directory: Directory, classify: Callable[[str], PhoneNumber], now: datetime
) -> Read:
    """The memo in `form`."""
    faults: dict[str, str] = {}
    officer, department = _whom(form.get("to", ""), directory)
    if department is None:
        faults["to"] = "whom"
    texts = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in TEXTS}
    faults.update({name: "too_long" for name, text in texts.items() if len(text) > _LONGEST})
    if not texts["matter"]:
        faults["matter"] = "matter"
    number = _number(form.get("number", ""), classify)
    reply_wanted = form.get("reply_wanted", "yes") != "no"
    if form.get("number", "").strip() and number is None:
        faults["number"] = "number"
    elif reply_wanted and number is None:
        faults["number"] = "no_number"
    asked_at = _moment(form.get("asked_at", "")) if reply_wanted else None
    if reply_wanted and form.get("asked_at") and (asked_at is None or asked_at <= now):
        faults["asked_at"] = "asked_at"
    channel, key = form.get("channel", "call"), form.get("key", "")
    memo = TakenMemo(
        key=key if _KEY.match(key) else new_key(),
        channel=channel if channel in CHANNELS else "other",
        officer=officer,
        department=department,
        number=number,
        reply_wanted=reply_wanted,
        asked_at=asked_at,
        texts=texts,
    )
    return Read(None if faults else memo, faults)


def _whom(text: str, directory: Directory) -> tuple[str | None, str | None]:
    """(officer, department) of `officer:ID` or `department:ID`; no department: nobody known."""
    kind, _, found = text.partition(":")
    if kind == "officer" and found in directory.officers:
        return found, directory.officers[found].department
    if kind == "department" and found in directory.departments:
        return None, found
    return None, None


def _number(text: str, classify: Callable[[str], PhoneNumber]) -> PhoneNumber | None:
    number = classify(text)
    return number if number.reveal() else None


def _moment(text: str) -> datetime | None:
    """What a datetime-local field sends is the office's local time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=KST)
