"""Settings of this process, read once from the environment (prefix CHARTERLINE_) and passed on.

Owns which settings exist. Nothing of the charter is here: that is the office's own file.
"""

import secrets
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from memo_service.errors import RefusedToStartError

_CHECKOUT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things are and how the pages present themselves."""

    model_config = SettingsConfigDict(env_prefix="CHARTERLINE_", extra="ignore", frozen=True)

    office: Path
    state: Path
    pbx: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "pbx1"
    redis_url: str = "redis://127.0.0.1:18004/0"
    database_url: str = ""
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=1, le=65535)] = 18000
    demo: bool = False
    replay: bool = False
    clock_shift_s: int = 0
    """The office's clock is ahead of the machine's by this; for demonstrations (docs/contracts.md)."""
    lookup_key: Annotated[str, Field(min_length=16, repr=False)] = Field(
        default_factory=lambda: secrets.token_urlsafe(24)
    )
    """Key of `office.commands.lookup_field`; the bridge is given the same, new each run."""
    smtp_url: Annotated[str, Field(pattern=r"^(smtps?://.+)?$", repr=False)] = ""
    """The office's mail server, smtp://[user:password@]host[:port] or smtps; empty: no mails."""
    smtp_from: str = "charterline@localhost"
    public_url: str = ""
    """Address under which officers reach these pages, for links in mails; else the one it listens on."""
    assets: Path = _CHECKOUT / ".local" / "assets"

    @property
    def memo_dir(self) -> Path:
        """The folder of this process below the state folder: database and keys."""
        return self.state / "memo"

    @property
    def spool(self) -> Path:
        """The folder into which the PBX records memos (docs/contracts.md)."""
        return self.state / "asterisk" / "spool" / "memo"

    @property
    def pages_url(self) -> str:
        """Address of these pages, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://{self.http_host}:{self.http_port}"

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the ledger; SQLite below the state folder unless the office names another."""
        return self.database_url or f"sqlite:///{self.memo_dir / 'charterline.sqlite3'}"


def read_settings() -> Settings:
    """Settings from the environment; raises RefusedToStartError naming each variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"CHARTERLINE_{str(fault['loc'][0]).upper()}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise RefusedToStartError(
            f"settings cannot be used: {faults}. Set them in the environment (scripts/run does)."
        ) from None
