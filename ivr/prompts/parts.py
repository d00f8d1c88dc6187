"""Sentences pieced together from recorded parts: which parts. Pure.

A template is cut at its slots: `parts/KEY.a`, `parts/KEY.b` … are its words in order, `parts/SLOT` or
`parts/SLOT/ID` what fills a slot (`parts/office`, `parts/dept/ID`). Names and numbers of
officers are never pieced together.
"""

import re
from collections.abc import Mapping
from string import ascii_lowercase

_SLOT = re.compile(r"\{([a-z0-9_]+)\}")


def parts_of(key: str, template: str, fillings: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the parts of a sentence with slots in order; none if it has no slots or one without a part.

    `fillings`: {slot: name of its part}.
    """
    pieces = _SLOT.split(template)
    # a pair of particles is chosen by what fills the slot: no recording fits both
    if len(pieces) == 1 or "/" in template or any(slot not in fillings for slot in pieces[1::2]):
        return ()
    letters = iter(ascii_lowercase)
    names: list[str] = []
    for place, text in enumerate(pieces):
        if place % 2:
            names.append(f"parts/{fillings[text]}")
        elif text.strip(" .,?!"):
            names.append(f"parts/{key}.{next(letters)}")
    return tuple(names)
