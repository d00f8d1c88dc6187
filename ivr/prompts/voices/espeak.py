"""espeak-ng, the last resort: there wherever setup ran, and not understandable at 8 kHz."""

import subprocess
from pathlib import Path

from ivr.prompts.sound import Samples, SoundRefusedError, read_wav
from ivr.prompts.voices.base import VoiceError


class Espeak:
    """espeak-ng's Korean, 140 words a minute."""

    name = "espeak"
    version = "1"

    def __init__(self, program: Path) -> None:
        self._program = program

    def reading(self, text: str) -> str:
        """The text itself."""
        return text

    def render(self, text: str) -> tuple[Samples, int]:
        """Speak at 140 words a minute, below clipping level."""
        command = [str(self._program), "-v", "ko", "-s", "140", "-a", "70", "--stdout", "--stdin"]
        try:
            done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=30, check=True)
            return read_wav(with_true_length(done.stdout))
        except FileNotFoundError as error:
            raise VoiceError(f"{self._program} is missing; run scripts/setup") from error
        except subprocess.CalledProcessError as error:
            raise VoiceError(f"espeak-ng failed: {error.stderr.decode(errors='replace').strip()}") from error
        except (subprocess.TimeoutExpired, SoundRefusedError) as error:
            raise VoiceError(f"espeak-ng gave no sound for {text!r}: {error}") from error


def with_true_length(streamed: bytes) -> bytes:
    """A WAV written to a pipe carries a length of 2 GiB; put the true one in."""
    data = streamed.find(b"data")
    if data < 0:
        return streamed
    body = streamed[data + 8 :]
    return (
        streamed[:4]
        + (data + len(body)).to_bytes(4, "little")
        + streamed[8 : data + 4]
        + len(body).to_bytes(4, "little")
        + body
    )
