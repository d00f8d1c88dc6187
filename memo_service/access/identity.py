"""Who asks: the person behind a session, for the page at hand.

Owns the type and where a page finds it. Who that is, is found by `access.sessions`; what he may do is
`access.actor`'s and `access.rules`'s.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field

from memo_service.access.actor import Actor
from office.directory import OfficeRole


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody who signed in. `account` is None where a desk was chosen on the demo.

    `actor` is None for an account without a desk. `session` is the stored id of his session, in hex.
    """

    session: str = field(repr=False)
    account: str | None
    login: str
    actor: Actor | None
    administrator: bool

    @property
    def administers(self) -> bool:
        """Whether he sets the office up: by his role, or by the account without a desk."""
        has_role = self.actor is not None and self.actor.role is OfficeRole.ADMINISTRATOR
        return self.administrator or has_role

    @property
    def manages_accounts(self) -> bool:
        """Whether accounts are his business; never on a desk that was merely chosen."""
        return self.account is not None and self.administers

    @property
    def spoken(self) -> str:
        """His name for the page's head and for the access log."""
        return self.actor.spoken if self.actor else "관리자"

    @property
    def logged(self) -> str:
        """How the access log names him: his id in the directory, else his login name."""
        return self.actor.officer if self.actor else self.login


asking: ContextVar[Identity | None] = ContextVar("asking", default=None)


def signed_in() -> Identity | None:
    """Whoever the page at hand is made for; None for a stranger, and outside a request."""
    return asking.get()


def seated() -> Actor | None:
    """The officer the page at hand is made for; None for anybody else, and outside a request."""
    found = asking.get()
    return found.actor if found else None
