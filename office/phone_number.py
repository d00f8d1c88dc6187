"""Telephone numbers as a Korean office meets them: one citizen, one spelling; printed masked.

Owns the classification that stands before `phonenumbers`, which is wrong for special numbers, extensions,
0507 safe numbers and short mobiles. Does not decide whether a number may be called.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers

_WITHHELD = re.compile(
    r"^(?:<?unknown>?|anonymous|restricted|private|unavailable|withheld|0*)$", re.IGNORECASE
)
_SPECIAL = re.compile(r"^(?:1[0-9]{2}|1[13][0-9]{2}|0[2-6][0-9]?1[0-9]{2})$")
_REPRESENTATIVE = re.compile(r"^1[5-8][0-9]{6}$")
_SAFE = re.compile(r"^050[2-8][0-9]{7,8}$")
_MOBILE = re.compile(r"^010[0-9]{8}$|^01[16789][0-9]{7,8}$")
_LANDLINE = re.compile(r"^(02|0[3-6][0-9]|070|080|060)([0-9]{3,4})([0-9]{4})$")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋", "0123456789+")


class NumberKind(StrEnum):
    """What sort of number it is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SAFE = "safe"
    REPRESENTATIVE = "representative"
    SPECIAL = "special"
    EXTENSION = "extension"
    INTERNATIONAL = "international"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A classified number. `str()` is masked; `reveal()` is the only way to the digits."""

    kind: NumberKind
    _digits: str = ""

    def reveal(self) -> str:
        """The canonical digits: national form with leading 0, or + for foreign ones; empty if withheld."""
        return self._digits

    @property
    def display(self) -> str:
        """Unmasked, with hyphens as a Korean reader expects them."""
        return _hyphenate(self.kind, self._digits)

    def __str__(self) -> str:
        if len(self._digits) < 7:
            return self._digits
        shown = self.display
        tail = len(shown) - 4
        head = shown[:tail].rsplit("-", 1)[0]
        keep = head.rsplit("-", 1)[0] if head.count("-") else head[:3]
        return f"{keep}-****-{shown[tail:]}"

    def __repr__(self) -> str:
        return f"PhoneNumber({self.kind}, {self})"


def classify(text: str | None, *, area: str = "", extension_digits: int = 4) -> PhoneNumber:
    """Sort `text` into its kind and one canonical spelling.

    `area` completes a local number (330-2291 → 033…); `extension_digits` is the office's longest extension.
    """
    raw = (text or "").strip().translate(_FULL_WIDTH)
    if not raw or _WITHHELD.match(raw):
        return PhoneNumber(NumberKind.WITHHELD)
    digits = re.sub(r"[\s\-./()]", "", raw)
    if not re.fullmatch(r"\+?[0-9]{2,18}", digits):
        return PhoneNumber(NumberKind.UNREADABLE)
    national = _national(digits)
    if national.startswith("+"):
        return _international(national)
    return _domestic(national, area, extension_digits)


def _national(digits: str) -> str:
    """Strip what carriers put in front: 00, +82, 82, a doubled or missing 0."""
    if digits.startswith("00") and len(digits) > 9:
        digits = "+" + digits.lstrip("0")
    if digits.startswith("+82"):
        return "0" + digits[3:].lstrip("0")
    if digits.startswith("82") and 10 <= len(digits) <= 14 and not _REPRESENTATIVE.match(digits):
        return "0" + digits[2:].lstrip("0")
    if re.fullmatch(r"10[0-9]{8}", digits):
        return "0" + digits
    return digits


def _domestic(digits: str, area: str, extension_digits: int) -> PhoneNumber:
    rules = (
        (NumberKind.SPECIAL, _SPECIAL),
        (NumberKind.REPRESENTATIVE, _REPRESENTATIVE),
        (NumberKind.SAFE, _SAFE),
        (NumberKind.MOBILE, _MOBILE),
        (NumberKind.LANDLINE, _LANDLINE),
    )
    if digits.startswith("01") and _REPRESENTATIVE.match(digits[1:]):
        digits = digits[1:]
    for kind, rule in rules:
        if rule.match(digits):
            return PhoneNumber(kind, digits)
    if len(digits) <= extension_digits and not digits.startswith("0"):
        return PhoneNumber(NumberKind.EXTENSION, digits)
    if area and re.fullmatch(r"[2-9][0-9]{6,7}", digits):
        return PhoneNumber(NumberKind.LANDLINE, area + digits)
    return PhoneNumber(NumberKind.UNREADABLE)


def _international(digits: str) -> PhoneNumber:
    try:
        parsed = phonenumbers.parse(digits, None)
    except phonenumbers.NumberParseException:
        return PhoneNumber(NumberKind.UNREADABLE)
    if not phonenumbers.is_possible_number(parsed):
        return PhoneNumber(NumberKind.UNREADABLE)
    return PhoneNumber(NumberKind.INTERNATIONAL, digits)


def _hyphenate(kind: NumberKind, digits: str) -> str:
    if kind is NumberKind.REPRESENTATIVE:
        return f"{digits[:4]}-{digits[4:]}"
    if kind is NumberKind.SAFE:
        return f"{digits[:4]}-{digits[4:-4]}-{digits[-4:]}"
    if kind is NumberKind.MOBILE:
        return f"{digits[:3]}-{digits[3:-4]}-{digits[-4:]}"
    if kind is NumberKind.LANDLINE and (parts := _LANDLINE.match(digits)):
        return "-".join(parts.groups())
    return digits
