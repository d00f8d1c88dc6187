"""Settings of this process, from the environment (prefix CHARTERLINE_). Owns which there are."""

import shutil
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are and where to listen."""

    model_config = SettingsConfigDict(env_prefix="CHARTERLINE_", extra="ignore", frozen=True)

    office: Path
    state: Path
    voice: str = ""
    """Who reads what is not recorded; empty: as the charter says."""
    voice_cache: Path | None = None
    """A cache for several offices; without it each has its own below its state."""
    voice_host: str = "127.0.0.1"
    voice_port: Annotated[int, Field(ge=1, le=65535)] = 18008
    espeak: Path = Field(default_factory=lambda: Path(shutil.which("espeak-ng") or "espeak-ng"))
