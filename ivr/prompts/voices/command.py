"""Any program as a voice: the text on its standard input, a WAV on its standard output."""

import shlex
import subprocess

from ivr.prompts.sound import Samples, SoundRefusedError, read_wav
from ivr.prompts.voices.base import VoiceError
from ivr.prompts.voices.espeak import with_true_length

_TIMEOUT_S = 120


class Command:
    """`command` is split as a shell would, and run without one."""

    name = "command"

    def __init__(self, command: str) -> None:
        """Raises VoiceError where there is no command."""
        if not command.strip():
            raise VoiceError("no program is named; set CHARTERLINE_VOICE_COMMAND")
        self._command = shlex.split(command)
        self.version = command

    def reading(self, text: str) -> str:
        """The text itself."""
        return text

    def render(self, text: str) -> tuple[Samples, int]:
        """What the program says; raises VoiceError with its own last words."""
        program = self._command[0]
        try:
            done = subprocess.run(
                self._command, input=text.encode(), capture_output=True, timeout=_TIMEOUT_S, check=True
            )
            return read_wav(with_true_length(done.stdout))
        except OSError as error:
            raise VoiceError(f"{program}: {error.strerror}; correct CHARTERLINE_VOICE_COMMAND") from error
        except subprocess.CalledProcessError as error:
            raise VoiceError(f"{program} failed: {error.stderr.decode(errors='replace').strip()}") from error
        except (subprocess.TimeoutExpired, SoundRefusedError) as error:
            raise VoiceError(f"{program} gave no sound for {text!r}: {error}") from error
