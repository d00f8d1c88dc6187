"""Keeps recordings encrypted on disk, each bound to its id.

Owns the folder `STATE/memo/recordings`, one file a recording, written so that a crash leaves the old or the
new one and never half.
"""

import os
from pathlib import Path

from memo_service.protect import Keyring

_COLUMN = "recordings.file"


class Vault:
    """Sealed files by id."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._folder = folder
        self._keyring = keyring

    def put(self, recording_id: str, content: bytes) -> None:
        """Keep `content`; returns when it would survive a power cut."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f"{recording_id}.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._keyring.seal(content, _COLUMN, recording_id))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(recording_id))
        sync_folder(self._folder)

    def get(self, recording_id: str) -> bytes:
        """The content; FileNotFoundError if there is none, cryptography's InvalidTag if it was changed."""
        return self._keyring.open(self._path(recording_id).read_bytes(), _COLUMN, recording_id)

    def has(self, recording_id: str) -> bool:
        """Whether it is there, whole."""
        return self._path(recording_id).exists()

    def drop(self, recording_id: str) -> None:
        """Destroy it, for good; nothing happens if there is none."""
        self._path(recording_id).unlink(missing_ok=True)
        if self._folder.exists():
            sync_folder(self._folder)

    def _path(self, recording_id: str) -> Path:
        return self._folder / recording_id


def sync_folder(folder: Path) -> None:
    """Make renames and removals in `folder` last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
