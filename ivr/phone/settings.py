"""Settings of the extension, from `CHARTERLINE_…` variables and a TOML file of the office.

Owns their names and what is wrong with them, told in one line. A variable wins over the file.
"""

import os
import socket
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ivr.phone.repairs.calls import Account

PREFIX = "CHARTERLINE_"
_OWN = "PHONE_"
FILE = "PHONE_FILE"
Port = Annotated[int, Field(ge=1, le=65535)]
MOST_CALLS = 4
"""So many are clean whatever else the machine does; more were not measured as an office would use them."""


class SettingsRefusedError(Exception):
    """The process cannot start; the text names the setting and the remedy."""


class Settings(BaseSettings):
    """One extension at one PBX. Names that begin with `phone_` may stand in the TOML file, without it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    office: Path
    state: Path
    pbx: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "pbx1"
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:18004/0")
    lookup_key: SecretStr = SecretStr("")
    clock_shift_s: int = 0
    phone_registrar: str
    """The PBX's address."""
    phone_port: Port = 5060
    phone_extension: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,60}$")]
    phone_secret: SecretStr | None = None
    phone_secret_file: Path | None = None
    phone_host: str = ""
    """Our own address as the PBX sees it; default: the one from which this machine reaches the PBX."""
    phone_sip_port: Port = 5070
    phone_rtp_first: Port = 5072
    phone_rtp_last: Port = 5172
    phone_calls: Annotated[int, Field(ge=1, le=MOST_CALLS)] = MOST_CALLS
    phone_spool: Path | None = None
    """Where recordings lie until they are fetched; default: below the state folder, as memo_service looks."""
    phone_desks: dict[str, str] = {}
    """Which extension of the directory a number stands for, where the PBX does not tell a diversion."""

    @property
    def spool(self) -> Path:
        """The folder of recordings (docs/contracts.md)."""
        return self.phone_spool or self.state / "asterisk" / "spool" / "memo"

    def account(self) -> Account:
        """As whom we register; raises SettingsRefusedError."""
        try:
            server = socket.gethostbyname(self.phone_registrar)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.connect((server, self.phone_port))
                host = self.phone_host or probe.getsockname()[0]
        except OSError as error:
            raise SettingsRefusedError(
                f"{PREFIX}PHONE_REGISTRAR cannot be reached ({error.strerror}): give the PBX's address"
            ) from None
        return Account(
            registrar=(server, self.phone_port), user=self.phone_extension, secret=self._secret(), host=host,
            sip_port=self.phone_sip_port, rtp_ports=(self.phone_rtp_first, self.phone_rtp_last),
        )  # fmt: skip

    def _secret(self) -> str:
        if self.phone_secret is not None:
            return self.phone_secret.get_secret_value()
        if self.phone_secret_file is None:
            raise SettingsRefusedError(
                f"{PREFIX}PHONE_SECRET is missing: set it, or {PREFIX}PHONE_SECRET_FILE to a file with it"
            )
        try:
            return self.phone_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsRefusedError(
                f"{PREFIX}PHONE_SECRET_FILE cannot be read ({type(error).__name__}): "
                "name a file that holds the secret alone"
            ) from None


def read_settings() -> Settings:
    """Settings from file and environment; raises SettingsRefusedError with every fault in one line."""
    given = _file()
    set_ = {name for name in os.environ if name.startswith(PREFIX)}
    named = {
        f"phone_{name}": value for name, value in given.items() if f"{PREFIX}{_OWN}{name.upper()}" not in set_
    }
    try:
        return Settings(**named)
    except ValidationError as error:
        faults = [
            f"{PREFIX}{'.'.join(map(str, fault['loc'])).upper()}: {_what(fault['type'], fault['msg'])}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsRefusedError("; ".join(faults)) from None


def _file() -> dict[str, Any]:
    path = os.environ.get(PREFIX + FILE, "")
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsRefusedError(
            f"{PREFIX}{FILE} cannot be read ({type(error).__name__}): name a TOML file (docs/operations.md)"
        ) from None


def _what(kind: str, message: str) -> str:
    if kind == "missing":
        return "it is missing; set it"
    if kind == "extra_forbidden":
        return "there is no such setting; see docs/operations.md"
    return f"{message}; correct it"
