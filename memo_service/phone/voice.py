"""Asks the voice service to say a sentence (docs/contracts.md, "Voice service"): typed text for the ear.

Owns what is done where there is no voice: nothing is said, and the caller says that the text stands on the
page.
"""

import logging

import httpx

_SAY_S = 20.0
_log = logging.getLogger(__name__)


class Voice:
    """The voice service at `url`; without one every sentence is None."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def say(self, text: str) -> bytes | None:
        """The sentence as WAV; None where it cannot be said. Nothing is kept and no text is logged."""
        if not self._url or not text.strip():
            return None
        try:
            answer = httpx.post(
                f"{self._url}/say",
                json={"text": text},
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=_SAY_S,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            _log.warning("the voice service did not answer: %s", type(error).__name__)
            return None
        if answer.status_code != httpx.codes.OK:
            _log.warning("the voice service said nothing: %d", answer.status_code)
            return None
        return answer.content
