"""How a callback can end. Closing needs one of these."""

from enum import StrEnum


class CloseOutcome(StrEnum):
    """What came of it."""

    ANSWERED = "answered"
    """They talked, and the matter is answered."""
    IN_PROGRESS = "in_progress"
    """They talked; the matter goes on elsewhere."""
    PASSED_ON = "passed_on"
    """Another office's business, and the citizen was told."""
    NOT_REACHED = "not_reached"
    OTHER_WAY = "other_way"
    """Answered by letter, text or in person."""
    NOT_WANTED = "not_wanted"
    """The citizen wants no reply."""
    REACHED_US = "reached_us"
    """He called again and got through (CBK-04)."""
    NO_MATTER = "no_matter"
    """A wrong number, or nothing to answer."""
