"""Settings of the bridge, from `CHARTERLINE_…` variables.

Owns their names and what is wrong with them, told in one line. Nothing of the office is set here.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ami_bridge.errors import SettingsRefusedError

PREFIX = "CHARTERLINE_"
Port = Annotated[int, Field(ge=1, le=65535)]

_REMEDY = {
    "missing": "set it",
    "int_parsing": "give a whole number",
    "greater_than_equal": "give a port from 1 to 65535",
    "less_than_equal": "give a port from 1 to 65535",
    "string_pattern_mismatch": "use small letters, digits and _",
}


class Settings(BaseSettings):
    """One bridge for one PBX."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    office: Path
    state: Path
    pbx: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "pbx1"
    ami_host: str = "127.0.0.1"
    ami_port: Port = 5038
    ami_user: str = "bridge"
    ami_secret: SecretStr | None = None
    ami_secret_file: Path | None = None
    redis_url: SecretStr
    journal: Path | None = None
    """The PBX's CEL journal. Without it (attach mode) what happens in a gap stays unknown."""
    bridge_host: str = "127.0.0.1"
    bridge_port: Port
    trunks: str = ""
    """Endpoints of trunks, by comma, for a PBX that is not ours; default: the directory's trunk."""
    spool_mb: Annotated[int, Field(ge=1, le=100_000)] = 256
    replay: bool = False
    agi_port: Port = 18005
    """Where the memo menu listens for Asterisk (FastAGI)."""
    clock_shift_s: int = 0
    """Seconds added to the PBX's clock in every event published; for demonstrations (docs/contracts.md)."""
    lookup_key: SecretStr = SecretStr("")
    """Key of `office.commands.lookup_field`; memo_service is given the same, new each run."""

    memo_url: str = ""
    """Address of memo_service, for what officers do at their phones; empty: the phone says it is away."""
    phone_token: SecretStr = SecretStr("")
    """By which memo_service knows the bridge there; it is given the same, new each run."""

    @property
    def trunk_endpoints(self) -> frozenset[str]:
        """`trunks` taken apart; empty if it is not set."""
        return frozenset(name.strip() for name in self.trunks.split(",") if name.strip())

    def secret(self) -> str:
        """The AMI secret; raises SettingsRefusedError."""
        if self.ami_secret is not None:
            return self.ami_secret.get_secret_value()
        if self.ami_secret_file is None:
            raise SettingsRefusedError(
                f"{PREFIX}AMI_SECRET is missing: set it or {PREFIX}AMI_SECRET_FILE to the AMI user's secret"
            )
        try:
            return self.ami_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsRefusedError(
                f"{PREFIX}AMI_SECRET_FILE cannot be read ({type(error).__name__}): "
                "name a file that holds the secret alone"
            ) from None


def read_settings(**values: Any) -> Settings:
    """Settings from the environment; raises SettingsRefusedError with every fault in one line."""
    try:
        return Settings(**values)
    except ValidationError as error:
        faults = [
            f"{PREFIX}{str(fault['loc'][0]).upper()} {_what(fault['type'], fault['msg'])}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise SettingsRefusedError("; ".join(faults)) from None


def _what(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing: set it"
    return f"is wrong ({message}): {_REMEDY.get(kind, 'correct it')}"
