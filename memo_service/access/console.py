"""The server's own console: a code for the administrator's account, at the first start and when it is lost.

Owns what is printed. A code goes to standard output alone, and never into a log.
"""

import sys

from memo_service.access.accounts import ADMINISTRATOR, Accounts
from memo_service.clock import machine_clock
from memo_service.parts import open_parts
from memo_service.settings import Settings


def administrator(settings: Settings, *, only_first: bool) -> int:
    """Print a link with a one-time code; with `only_first` nothing where an administrator has a password."""
    parts = open_parts(settings)
    try:
        accounts = Accounts(parts.engine, parts.office.directory, machine_clock)
        if only_first and accounts.has_administrator():
            return 0
        code = accounts.administrator_code()
    finally:
        parts.engine.dispose()
    sys.stdout.write(
        f"administrator: set a password for the account {ADMINISTRATOR!r}, once, within 24 hours:\n"
        f"  {settings.pages_url}/sign-in/code?code={code}\n"
    )
    return 0
