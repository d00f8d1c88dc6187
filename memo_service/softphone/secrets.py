"""The softphones' secrets as provisioning left them.

Reads the file at each asking, since provisioning renews them; keeps none, writes nothing. Which officer has
which softphone is the directory's.
"""

import json
from pathlib import Path


class NoSecretError(Exception):
    """Provisioning has left this softphone no secret: no PBX of ours, or not provisioned since."""


def secret_of(file: Path, endpoint: str) -> str:
    """The secret with which `endpoint` registers now; raises NoSecretError."""
    try:
        secrets: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return secrets[endpoint]
    except (FileNotFoundError, KeyError) as error:
        raise NoSecretError(endpoint) from error
