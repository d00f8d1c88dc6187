"""Tells which callbacks a transaction changes: before its commit, and again after it.

Owns the list of those who keep something by it: the verdict within the transaction; after it the scheduler's
timer, the hash in Redis, the pages.
"""

from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session

Ear = Callable[[frozenset[str]], None]
Within = Callable[[Session, frozenset[str]], None]
_KEY = "callbacks_changed"
_KEPT_BY = "callbacks_changed_kept_by"


class Changed:
    """`within` is called before each commit that changes callbacks, and may write.

    Ears are called after it, on the thread that committed; they must not wait.
    """

    def __init__(self, within: Within = lambda _session, _ids: None) -> None:
        self._within = [within]
        self._ears: list[Ear] = []

    def also(self, within: Callable[[Session, frozenset[str]], None]) -> None:
        """Call `within` too before each commit, after those named earlier."""
        self._within.append(within)

    def listen(self, ear: Ear) -> None:
        """Call `ear` with the ids of the callbacks that each later commit changed."""
        self._ears.append(ear)

    def note(self, session: Session, callback_id: str, *, ears_only: bool = False) -> None:
        """This session's commit changes that callback. `ears_only`: nothing is to be kept by it yet."""
        if _KEY not in session.info:
            session.info[_KEY], session.info[_KEPT_BY] = set(), set()
            event.listen(session, "before_commit", self._before)
            event.listen(session, "after_commit", self._after)
        session.info[_KEY].add(callback_id)
        if not ears_only:
            session.info[_KEPT_BY].add(callback_id)

    def _before(self, session: Session) -> None:
        if ids := frozenset(session.info[_KEPT_BY]):
            session.flush()
            for within in self._within:
                within(session, ids)

    def _after(self, session: Session) -> None:
        ids = frozenset(session.info[_KEY])
        session.info[_KEY], session.info[_KEPT_BY] = set(), set()
        for ear in self._ears if ids else ():
            ear(ids)
