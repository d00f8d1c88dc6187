"""Values made harmless for Asterisk's configuration files.

The directory already refuses control characters and `$`; this is the second lock. Asterisk reads `;` as a
comment, `\\` before it as its escape, `"` as an end of a name, `,|&()<>` as separators, `${…}` as code.
"""

import re

_UNSAFE_PATH = re.compile(r"[^A-Za-z0-9가-힣_./@+-]")
_SEPARATORS = str.maketrans(dict.fromkeys("\"'\\;,|&<>()[]{}$`\r\n\t\x00", " "))


def asterisk(text: str) -> str:
    """`text` for people's eyes in a configuration value: separators become spaces, the rest stays."""
    return " ".join(text.translate(_SEPARATORS).split())


def unsafe_in_path(path: str) -> str | None:
    """The first character of `path` that a dialplan could misread, or None if the path is safe."""
    found = _UNSAFE_PATH.search(path)
    return found.group() if found else None
