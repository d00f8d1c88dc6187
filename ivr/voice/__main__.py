"""`python -m ivr.voice`: wiring of the voice service; settings from the environment."""

import logging
import sys

import uvicorn
from pydantic import ValidationError

from ivr.prompts.studio import Speech, Studio, open_studio, places, token_of
from ivr.prompts.voices import VoiceError
from ivr.voice.app import create_app
from ivr.voice.settings import Settings
from ivr.voice.workshop import Workshop
from office.folder import Office, load_office
from office.problems import OfficeRefusedError

log = logging.getLogger(__name__)


def main() -> int:
    """Exit 0 after an orderly stop, 1 when it cannot start."""
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = Settings()
        speech = Speech(espeak=settings.espeak, name=settings.voice, share=settings.voice_cache)
        workshop = Workshop(
            places(settings.office, settings.state, speech.share), lambda: _opened(settings, speech)
        )
    except ValidationError as error:
        missing = ", ".join(f"CHARTERLINE_{'.'.join(map(str, e['loc'])).upper()}" for e in error.errors())
        sys.stderr.write(f"voice: set {missing}\n")
        return 1
    except (OfficeRefusedError, VoiceError) as error:
        sys.stderr.write(f"voice: {error}\n")
        return 1
    app = create_app(workshop, settings.office, token_of(settings.state))
    uvicorn.run(
        app, host=settings.voice_host, port=settings.voice_port, log_level="warning", access_log=False
    )
    return 0


def _opened(settings: Settings, speech: Speech) -> tuple[Office, Studio]:
    office = load_office(settings.office)
    return office, open_studio(office, settings.office, settings.state, speech, log.warning)


if __name__ == "__main__":
    sys.exit(main())
