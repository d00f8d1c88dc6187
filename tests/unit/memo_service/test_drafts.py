"""The child that writes recordings down, with a model that a test brings."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memo_service.drafts.__main__ import begin, load, serve
from memo_service.drafts.transcript import LONGEST, kept


def segment(text: str, ratio: Any = 1.0, logprob: Any = -0.5) -> dict[str, Any]:
    return {"text": text, "compression_ratio": ratio, "avg_logprob": logprob}


@pytest.mark.parametrize(
    ("ratio", "logprob", "stays"),
    [
        (2.4, -1.0, True),
        (2.41, -0.1, False),
        (1.0, -1.01, False),
        (float("nan"), -0.1, False),
        (1.0, float("nan"), False),
        (None, -0.1, False),
    ],
)
def test_only_what_was_heard_is_kept(ratio: Any, logprob: Any, stays: bool) -> None:
    assert kept([segment("말씀", ratio, logprob)]) == ("말씀" if stays else "")


def test_words_are_joined_and_bounded() -> None:
    assert kept([segment(" 가 \n 나 "), segment("다")]) == "가 나 다"
    assert len(kept([segment("가" * 3000), segment("나" * 3000)])) == LONGEST


def weights(folder: Path) -> str:
    (folder / "model.bin").write_bytes(b"weights")
    return hashlib.sha256(b"weights").hexdigest()


def heard(_: bytes) -> list[dict[str, Any]]:
    return [segment("말씀")]


def missing(_: Path) -> Any:
    raise ImportError


def broken(_: Path) -> Any:
    raise RuntimeError


def test_the_first_line_tells_the_model_or_what_is_wrong(tmp_path: Path) -> None:
    assert begin(tmp_path, "", lambda _: heard)[0] == {"fault": "no_model"}
    digest = weights(tmp_path)
    assert begin(tmp_path, digest, lambda _: heard) == ({"model": digest}, heard)
    assert begin(tmp_path, "0" * 64, lambda _: heard)[0] == {"fault": "other_model", "model": digest}
    assert begin(tmp_path, "", missing)[0]["fault"] == "no_package"
    assert begin(tmp_path, "", broken)[0]["fault"] == "bad_model"


def test_a_recording_that_cannot_be_heard_does_not_end_the_others() -> None:
    def hear(wav: bytes) -> list[dict[str, Any]]:
        if wav == b"bad":
            raise ValueError
        return heard(wav)

    told: list[dict[str, Any]] = []
    source = b"".join(len(wav).to_bytes(4, "big") + wav for wav in (b"bad", b"good")) + b"\0\0"
    serve(io.BytesIO(source), told.append, hear)
    assert told == [{"fault": "ValueError"}, {"segments": heard(b"")}]


def test_the_process_says_that_there_is_no_model_and_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "memo_service.drafts", str(tmp_path)],
        input=b"", capture_output=True, timeout=60, check=False, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b'{"fault": "no_model"}\n')


def test_the_library_is_looked_for_only_when_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ImportError):
        load(tmp_path)
