"""Protects personal data at rest: keys, encryption bound to its column and row, and a hash to find it by.

Owns the key file (mode 0600, made at first start). A value moved to another column or row does not open.
"""

import base64
import json
import os
import secrets
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memo_service.errors import RefusedToStartError

_VERSION = 1
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Keyring:
    """Master keys by id; the newest encrypts, all decrypt. A new index key would need a new index."""

    keys: dict[int, bytes]
    index_key: bytes

    def encrypt(self, text: str, column: str, row: str) -> bytes:
        """The text sealed; see `seal`."""
        return self.seal(text.encode(), column, row)

    def decrypt(self, value: bytes, column: str, row: str) -> str:
        """The text; raises cryptography.exceptions.InvalidTag if it stood elsewhere or was changed."""
        return self.open(value, column, row).decode()

    def seal(self, content: bytes, column: str, row: str) -> bytes:
        """Version 1, key id, nonce, ciphertext and tag; bound to `column` and `row`."""
        key_id = max(self.keys)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(key_id).encrypt(nonce, content, _bound(column, row))
        return bytes((_VERSION, key_id)) + nonce + sealed

    def open(self, value: bytes, column: str, row: str) -> bytes:
        """What was sealed; raises InvalidTag as `decrypt` does."""
        nonce, sealed = value[2 : 2 + _NONCE_BYTES], value[2 + _NONCE_BYTES :]
        return self._cipher(value[1]).decrypt(nonce, sealed, _bound(column, row))

    def index(self, text: str, column: str) -> bytes:
        """16 bytes by which equal texts of a column can be found, useless without the key."""
        digest = hmac.HMAC(self.index_key, hashes.SHA256())
        digest.update(f"{column}\0{text}".encode())
        return digest.finalize()[:16]

    def signing_key(self, purpose: bytes) -> bytes:
        """A key for signatures of one purpose; the same as long as the index key is."""
        return _derive(self.index_key, purpose)

    def _cipher(self, key_id: int) -> AESGCMSIV:
        return _cipher_of(self.keys[key_id])


@lru_cache(maxsize=16)
def _cipher_of(master: bytes) -> AESGCMSIV:
    return AESGCMSIV(_derive(master, b"charterline column encryption"))


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(master)


def _bound(column: str, row: str) -> bytes:
    return f"{column}\0{row}".encode()


def open_keyring(path: Path) -> Keyring:
    """Keys from `path`, made there if absent; raises RefusedToStartError if others could read them."""
    if not path.exists():
        _create(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise RefusedToStartError(f"{path} can be read by others; run: chmod 600 {path}")
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        keys = {int(key_id): base64.b64decode(key) for key_id, key in content["keys"].items()}
        return Keyring(keys, base64.b64decode(content["index"]))
    except (OSError, ValueError, KeyError) as error:
        raise RefusedToStartError(f"{path} is no key file; put back its copy from the backup") from error


def _create(path: Path) -> None:
    content = {"keys": {"1": _new_key()}, "index": _new_key()}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
