"""What is kept of a machine's hearing. A model that does not understand repeats itself; that is left out.

Owns the limits. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Any

COMPRESSION_MOST = 2.4
"""Words that compress better than this are the same ones over and over ("오, 오, 오, …")."""
LOGPROB_LEAST = -1.0
"""Mean log probability below which a segment is guessed, not heard."""
LONGEST = 4000
"""Characters; two minutes of speech are some 1,200."""


def kept(segments: Iterable[Mapping[str, Any]]) -> str:
    """The words worth showing, in order; empty if there are none. Malformed segments are left out."""
    words = [text for segment in segments if (text := _words(segment))]
    return " ".join(words)[:LONGEST].strip()


def _words(segment: Mapping[str, Any]) -> str:
    text, ratio, logprob = (segment.get(name) for name in ("text", "compression_ratio", "avg_logprob"))
    if not (isinstance(text, str) and isinstance(ratio, int | float) and isinstance(logprob, int | float)):
        return ""
    # written so that a figure that is no number (nan) is refused too
    heard = ratio <= COMPRESSION_MOST and logprob >= LOGPROB_LEAST
    return " ".join(text.split()) if heard else ""
