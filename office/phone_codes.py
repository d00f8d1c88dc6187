"""Telephone codes: what an officer does at his phone alone, within a call and between calls (ADR 0026).

Owns the codes themselves. The dialplan is rendered from them, and the officer's page lists them.
"""

from collections.abc import Mapping
from enum import StrEnum


class PhoneAct(StrEnum):
    """What an officer says of the call he is in, by keys that the citizen does not hear."""

    READ_BACK = "read_back"
    """He has repeated the point to the citizen (charter T4)."""
    VISITOR = "visitor"
    """A visitor is waiting at his desk (charter V2)."""
    SAID = "said"
    """He has greeted with his own voice (charter T2, T3), where that is how he does it."""
    CALLBACK = "callback"
    """This citizen is to be called back: a memo in the officer's own name (charter T6, T7)."""


class DeskWish(StrEnum):
    """What an officer dials to hear or do between calls."""

    MEMOS = "memos"
    LAST = "last"
    AWAY = "away"
    VISITOR = "visitor"
    """The visitor who waited is helped."""
    GIST = "gist"
    """Also within a call, to his ear alone."""


IN_CALL: Mapping[PhoneAct | DeskWish, str] = {
    PhoneAct.READ_BACK: "*3",
    PhoneAct.VISITOR: "*4",
    PhoneAct.CALLBACK: "*5",
    DeskWish.GIST: "*6",
    PhoneAct.SAID: "*7",
}
"""Keyed within a call. All begin with the * of `*2`: a tone that is no code waits no longer than before."""

DIALLED: Mapping[DeskWish, str] = {
    DeskWish.MEMOS: "*61",
    DeskWish.LAST: "*62",
    DeskWish.AWAY: "*63",
    DeskWish.GIST: "*64",
    DeskWish.VISITOR: "*65",
}
"""Dialled with the handset up."""

SURVEY = "*9"
"""Within a call, before goodbye: the citizen is handed over to the survey, where the office has one."""

BLIND, CONSULT, PARK, FETCH, PICK_UP = "#1", "*2", "*70", "*71", "*8"
DO_NOT_DISTURB, BACK = "*78", "*79"
"""Codes of the PBX itself."""
