"""A citizen asks on the public page to be called back (charter V1, T7): the form, and how much is taken.

Owns the bound. What was taken is a memo like any other, marked as the citizen's own words.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from memo_service.memos.form import new_key
from memo_service.memos.taking import TakenMemo
from memo_service.web.forms import Form
from office.directory import Directory
from office.phone_number import NumberKind, PhoneNumber

BY_CITIZEN = "citizen"
"""`taken_by` of what a citizen wrote himself."""
_CALLABLE = (NumberKind.MOBILE, NumberKind.LANDLINE, NumberKind.SAFE)
_PREMIUM = "060"
"""Numbers that cost whoever calls them."""
_HOUR_S = 3600.0
_LONGEST = {"name": 40, "matter": 500}
_KEY = re.compile(r"^[A-Za-z0-9_-]{16,60}$")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds: a memo, or the faults by field (codes of `guide.words.FAULTS`)."""

    memo: TakenMemo | None
    faults: dict[str, str]


def read_asked(form: Form, directory: Directory, classify: Callable[[str], PhoneNumber]) -> Asked:
    """The memo that the citizen's form makes."""
    faults: dict[str, str] = {}
    desk = directory.desks.get(form.get("exten", ""))
    officer = directory.officers.get(desk.officer or "") if desk else None
    if officer is None:
        faults["exten"] = "whom"
    texts = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in _LONGEST}
    faults.update({name: "too_long" for name, text in texts.items() if len(text) > _LONGEST[name]})
    if not texts["matter"]:
        faults["matter"] = "matter"
    number = classify(form.get("number", ""))
    if number.kind not in _CALLABLE or number.reveal().startswith(_PREMIUM):
        faults["number"] = "number"
    if form.get("consent") != "yes":
        faults["consent"] = "consent"
    if faults or officer is None:
        return Asked(None, faults)
    key = form.get("key", "")
    memo = TakenMemo(
        key=key if _KEY.match(key) else new_key(),
        channel="web",
        officer=officer.id,
        department=officer.department,
        number=number,
        reply_wanted=True,
        asked_at=None,
        texts={**texts, "note": "", "read_back": ""},
    )
    return Asked(memo, {})


class Bound:
    """How much is taken in an hour: from all together, and from one address a fifth of it."""

    def __init__(self, most: int, now_s: Callable[[], float]) -> None:
        """`now_s`: a clock in seconds that only goes forward."""
        self._most = most
        self._most_of_one = max(1, most // 5)
        self._now_s = now_s
        self._taken: deque[tuple[float, str]] = deque()

    def admits(self, address: str) -> bool:
        """Whether one more from this address is taken now; counts nothing."""
        while self._taken and self._taken[0][0] <= self._now_s() - _HOUR_S:
            self._taken.popleft()
        own = sum(1 for _, other in self._taken if other == address)
        return len(self._taken) < self._most and own < self._most_of_one

    def count(self, address: str) -> None:
        """One was taken."""
        self._taken.append((self._now_s(), address))
