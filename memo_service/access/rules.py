"""Who may open which address: one table, looked up for every request before anything else (`access.gate`).

Deny by default: an address that stands here under nothing is refused to everybody. What somebody may see on a
page that he may open (whose memos, which department's figures) is `access.actor`'s and `access.viewer`'s.
"""

from collections.abc import Mapping
from enum import StrEnum

from memo_service.access.identity import Identity


class Rule(StrEnum):
    """Who is let in."""

    BARE = "bare"
    """Everybody, and who it is is not even looked up: health and files that are alike for all."""
    BRIDGE = "bridge"
    """The bridge, which no session knows: the route asks for the token that both were started with."""
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    """Whoever has a session, also without a desk."""
    OFFICER = "officer"
    """Whoever has a desk, that is, stands in the directory."""
    OFFICE = "office"
    """Whoever has a desk, and administrators: what holds neither a citizen nor a colleague's day."""
    ADMINISTRATOR = "administrator"
    """Administrators, with a desk or without."""
    ACCOUNTS = "accounts"
    """Administrators, with an account of their own."""
    PROMPTS = "prompts"
    """Who keeps the office's prompts: administrators and the charter manager, at their desks."""

    def admits(self, identity: Identity | None) -> bool:
        """Whether it lets him in."""
        if self in (Rule.BARE, Rule.PUBLIC):
            return True
        if identity is None or self is Rule.BRIDGE:
            return False
        at_desk = identity.actor is not None
        return {
            Rule.SIGNED_IN: True,
            Rule.OFFICE: at_desk or identity.administers,
            Rule.ADMINISTRATOR: identity.administers,
            Rule.ACCOUNTS: identity.manages_accounts,
            Rule.PROMPTS: identity.actor is not None and identity.actor.sees_all,
        }.get(self, at_desk)


_RULES: Mapping[str, Rule] = {
    "/healthz": Rule.BARE,
    "/readyz": Rule.BARE,
    "/metrics": Rule.BARE,  # figures without persons; the proxy keeps it inside (docs/operations.md)
    "/static": Rule.BARE,
    "/assets": Rule.BARE,
    "/sign-in": Rule.PUBLIC,
    "/desk": Rule.PUBLIC,  # on the demo a desk is chosen here; elsewhere it leads to /sign-in
    "/sign-out": Rule.SIGNED_IN,
    "/session": Rule.SIGNED_IN,
    "/password": Rule.SIGNED_IN,
    "/accounts": Rule.ACCOUNTS,
    "/": Rule.OFFICER,
    "/board": Rule.OFFICER,
    "/calls": Rule.OFFICER,
    "/transfers": Rule.OFFICER,
    "/menus": Rule.OFFICER,
    "/surveys": Rule.OFFICER,
    "/events": Rule.OFFICER,
    "/api": Rule.OFFICER,
    "/api/phone": Rule.BRIDGE,
    "/docs": Rule.OFFICER,
    "/openapi.json": Rule.OFFICER,
    "/my": Rule.OFFICER,
    "/start": Rule.ADMINISTRATOR,
    "/softphone": Rule.OFFICER,
    "/callbacks": Rule.OFFICER,
    "/memos": Rule.OFFICER,
    "/access-log": Rule.OFFICER,
    "/absences": Rule.OFFICER,
    "/directory": Rule.OFFICER,
    "/prompts": Rule.PROMPTS,
    "/prompts/mine": Rule.OFFICER,  # his own voice
    "/directory/hours": Rule.OFFICE,
}


class Rules:
    """The table of one office. `guide_public`: the pages for citizens are open (charter.guide.public)."""

    def __init__(self, *, guide_public: bool) -> None:
        self._rules = {**_RULES, "/guide": Rule.PUBLIC if guide_public else Rule.OFFICE}

    def of(self, path: str) -> Rule | None:
        """The rule of an address: its own, or the nearest above it; None where none stands."""
        while path not in self._rules:
            path = path.rpartition("/")[0]
            if path in ("", "/"):
                return None
        return self._rules[path]
