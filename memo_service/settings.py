"""Settings of this process, read once from the environment (prefix CHARTERLINE_) and passed on.

Owns which settings exist. Nothing of the charter is here: that is the office's own file.
"""

import ipaddress
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from memo_service.access.sessions import Terms
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
    phone_token: Annotated[str, Field(min_length=16, repr=False)] = Field(
        default_factory=lambda: secrets.token_urlsafe(24)
    )
    """By which the bridge asks `/api/phone`; it is given the same, new each run."""
    voice_url: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""
    """Address of the voice service (pages of prompts, typed text said at the phone); empty: neither."""
    voice_token: Annotated[str, Field(repr=False)] = ""
    """What `STATE/voice/token` holds."""
    smtp_url: Annotated[str, Field(pattern=r"^(smtps?://.+)?$", repr=False)] = ""
    """The office's mail server, smtp://[user:password@]host[:port] or smtps; empty: no mails."""
    smtp_from: str = "charterline@localhost"
    public_url: str = ""
    """Address under which officers reach these pages, for links in mails; else the one it listens on."""
    softphone_secrets: Path | None = None
    """Where provisioning leaves the softphones' secrets, if not in the state folder (containers)."""
    stt_model: Path | None = None
    """Folder of a faster-whisper model that the office brings; without it nothing is written down."""
    stt_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """SHA-256 that its model.bin must have; empty: any, shown at /start."""
    session_idle_minutes: Annotated[int, Field(ge=5, le=720)] = 120
    """A session ends when no page was opened for so long; an open page alone does not keep it."""
    session_hours: Annotated[int, Field(ge=1, le=24)] = 12
    """A session ends so long after signing in, whatever happened."""
    assets: Path = _CHECKOUT / ".local" / "assets"

    @property
    def session_terms(self) -> Terms:
        """How long a session lasts."""
        return Terms(timedelta(minutes=self.session_idle_minutes), timedelta(hours=self.session_hours))

    @property
    def memo_dir(self) -> Path:
        """The folder of this process below the state folder: database and keys."""
        return self.state / "memo"

    @property
    def spool(self) -> Path:
        """The folder into which the PBX records memos (docs/contracts.md)."""
        return self.state / "asterisk" / "spool" / "memo"

    @property
    def softphones(self) -> Path:
        """The file in which provisioning leaves the softphones' secrets."""
        return self.softphone_secrets or self.state / "softphones.json"

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
        settings = Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"CHARTERLINE_{str(fault['loc'][0]).upper()}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise RefusedToStartError(
            f"settings cannot be used: {faults}. Set them in the environment (scripts/run does)."
        ) from None
    if settings.demo and not _is_loopback(settings.http_host):
        raise RefusedToStartError(
            "CHARTERLINE_DEMO gives every desk away without a password, so it is for this machine alone: "
            "set CHARTERLINE_HTTP_HOST to 127.0.0.1, or CHARTERLINE_DEMO to 0"
        )
    return settings


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
