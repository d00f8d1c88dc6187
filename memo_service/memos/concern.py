"""Whose business a memo is. One place, deny by default.

Owns who may see a memo, and whose look at it is a receipt. Knows no database: who holds the callback now
(`owner`) is told by the caller.
"""

from memo_service.access.actor import Actor
from memo_service.memos.models import Memo
from memo_service.memos.reader import Scope
from office.directory import Directory, OfficeRole

_SEES_ALL = (OfficeRole.CHARTER_MANAGER, OfficeRole.ADMINISTRATOR)


class Concern:
    """The rules of one office."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def scope(self, actor: Actor) -> Scope:
        """Whose memos he may list: his own, those he stands in for, his department's; by duty all."""
        stood_in = {o for o in self._directory.officers if self._stands_in(actor, o)}
        return Scope(
            officers=frozenset({actor.officer, *stood_in}),
            departments=frozenset({actor.department}),
            everything=actor.role in _SEES_ALL,
        )

    def may_see(self, actor: Actor, memo: Memo, owner: str | None) -> bool:
        """Whether he may open it: it is in his scope, he wrote it, or its callback was given to him."""
        return actor.officer in (owner, memo.taken_by) or self.scope(actor).covers(memo)

    def is_for(self, actor: Actor, memo: Memo, owner: str | None) -> bool:
        """Whether it reached its officer when he sees it: himself, who holds the callback, deputy, leader."""
        if actor.officer in (memo.officer, owner):
            return True
        if memo.officer is None:
            return memo.department in (None, actor.department)
        return self._stands_in(actor, memo.officer) or actor.leads(self._directory, memo.officer)

    def _stands_in(self, actor: Actor, officer: str) -> bool:
        known = officer in self._directory.officers
        return known and actor.officer in self._directory.deputies_of(officer)
