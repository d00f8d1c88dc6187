"""`python -m memo_service.drafts MODEL [SHA256]`: writes down recordings, one by one, at lowest priority.

Started by memo_service, which holds keys and database; here are neither, and nothing is written to disk. On
standard input comes a recording (its length in 4 bytes, then the WAV), on standard output goes one JSON line
a recording: {"segments": [...]} or {"fault": name}. The first line tells {"model": SHA-256} or {"fault":
code}. Ends with standard input.
"""

import hashlib
import importlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

Hear = Callable[[bytes], list[dict[str, Any]]]
_THREADS = 2
_LOWEST = 19


def digest_of(model: Path) -> str:
    """SHA-256 of the model's weights; raises OSError."""
    with (model / "model.bin").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(model: Path) -> Hear:
    """The model made ready; raises ImportError without the package, any other error for a wrong folder."""
    whisper = importlib.import_module("faster_whisper").WhisperModel(
        str(model), device="cpu", compute_type="int8", cpu_threads=_THREADS, local_files_only=True
    )

    def hear(wav: bytes) -> list[dict[str, Any]]:
        segments, _ = whisper.transcribe(
            io.BytesIO(wav), language="ko", vad_filter=True, condition_on_previous_text=False
        )
        return [
            {"text": s.text, "compression_ratio": s.compression_ratio, "avg_logprob": s.avg_logprob}
            for s in segments
        ]

    return hear


def begin(model: Path, wanted: str, load_model: Callable[[Path], Hear]) -> tuple[dict[str, str], Hear | None]:
    """The first line, and the means to hear; without them the line says why."""
    try:
        digest = digest_of(model)
    except OSError:
        return {"fault": "no_model"}, None
    if wanted and digest != wanted:
        return {"fault": "other_model", "model": digest}, None
    try:
        return {"model": digest}, load_model(model)
    except ImportError:
        return {"fault": "no_package"}, None
    except Exception as error:  # whatever the library says of a folder that is no model
        return {"fault": "bad_model", "reason": type(error).__name__, "model": digest}, None


def serve(source: BinaryIO, told: Callable[[dict[str, Any]], None], hear: Hear) -> None:
    """One recording after the other, to the end of the input."""
    while len(head := source.read(4)) == 4:
        wav = source.read(int.from_bytes(head, "big"))
        try:
            told({"segments": hear(wav)})
        except Exception as error:  # a recording that cannot be heard must not end the others
            told({"fault": type(error).__name__})


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    """Exit 0 at the end of the input, 1 where no model could be had."""
    os.nice(_LOWEST)
    first, hear = begin(Path(words[0]), words[1] if len(words) > 1 else "", load)
    _tell(first)
    if hear is None:
        return 1
    serve(sys.stdin.buffer, _tell, hear)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
