"""Passwords: which are taken, and how they are kept (argon2id).

Owns the rules, in the spirit of NIST SP 800-63B 5.1.1: length counts, no mixture of character kinds is asked
for, nothing expires by itself, and what everybody tries first is refused. Logs nothing.
"""

import threading
import unicodedata
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
LONGEST = 128
_LEFT = 5
"""So many different letters or digits must be left when the well-known parts are taken out."""

_WELL_KNOWN = (
    "password", "passw0rd", "p@ssw0rd", "qwertyuiop", "qwerty", "asdfghjkl", "asdf", "zxcvbnm", "zxcv",
    "administrator", "admin", "welcome", "letmein", "changeme", "secret", "dragon", "monkey", "sunshine",
    "iloveyou", "princess", "football", "baseball", "superman", "master", "login", "test", "guest",
    "user", "hello",
    "charterline", "telephone", "1q2w3e4r5t", "1q2w3e4r", "1qaz2wsx", "qazwsx", "q1w2e3r4", "a1b2c3d4",
    "korea", "daehanminguk", "비밀번호", "패스워드", "안녕하세요", "사랑해", "대한민국", "관리자", "헌장전화",
    "qlalfqjsgh", "dkssudgktpdy", "tkfkdgo", "eogksalsrnr", "gksrnr", "whgdmsskf",
    "01234567890", "1234567890", "123456789", "12345678", "1234567", "123456", "12345", "1234", "123",
    "9876543210", "987654321", "654321", "4321", "321",
)  # fmt: skip
"""Sorted by hand so that a longer one stands before those that begin like it. Korean words also as they come
out of a keyboard that was left on English."""

_RFC_9106 = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
"""The second recommended option of RFC 9106 §4: 64 MiB, three passes."""


class PasswordRefusedError(Exception):
    """This password is not taken; `reason` is a key of `access.words.REFUSED`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def normal(password: str) -> str:
    """One spelling for what looks alike (800-63B: NFKC), so that every keyboard gives the same."""
    return unicodedata.normalize("NFKC", password)


def require_good(password: str, own_words: Iterable[str]) -> None:
    """Refuse a password that is too short, too long or among the first to be tried.

    `own_words` are those of the account and the office: who knows the person knows them. Raises
    PasswordRefusedError.
    """
    typed = normal(password)
    if len(typed) < SHORTEST:
        raise PasswordRefusedError("short")
    if len(typed) > LONGEST:
        raise PasswordRefusedError("long")
    left = typed.casefold()
    own = sorted({normal(word).casefold() for word in own_words if len(word) > 1}, key=len, reverse=True)
    for word in (*own, *_WELL_KNOWN):
        left = left.replace(word, "")
    if len({letter for letter in left if letter.isalnum()}) < _LEFT or _steps_evenly(typed):
        raise PasswordRefusedError("common")


def _steps_evenly(text: str) -> bool:
    """Whether it runs like abcdefghij or 2468…: each character as far from the last as that from its own."""
    return len({ord(after) - ord(before) for before, after in pairwise(text)}) == 1


class Hasher:
    """Makes and checks argon2id hashes. At most two at once: each takes 64 MiB for about a tenth of a second.

    `work` counts the hashes computed, so that a test can see that nobody is answered without one.
    """

    def __init__(self, hasher: PasswordHasher = _RFC_9106) -> None:
        self._hasher = hasher
        self._at_once = threading.BoundedSemaphore(2)
        self.work = 0

    @cached_property
    def _nobodys(self) -> str:
        """What is looked at where there is no account."""
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._at_once:
            self.work += 1
            return self._hasher.hash(normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; the same work where there is none (`kept` None), and then never."""
        with self._at_once:
            looked_at = self._nobodys  # made once, whoever is asked for first
            if kept is not None:
                looked_at = kept
            self.work += 1
            try:
                return self._hasher.verify(looked_at, normal(password)) and kept is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)
