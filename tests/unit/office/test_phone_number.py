"""One citizen, one spelling; withheld is withheld; what is printed is masked (CID-01, CID-02)."""

import pytest

from office.phone_number import NumberKind, classify


@pytest.mark.parametrize(
    ("text", "kind", "digits", "display"),
    [
        ("+821000001234", "mobile", "01000001234", "010-0000-1234"),
        ("821000001234", "mobile", "01000001234", "010-0000-1234"),
        ("+8201000001234", "mobile", "01000001234", "010-0000-1234"),
        ("01000001234", "mobile", "01000001234", "010-0000-1234"),
        ("010-0000-1234", "mobile", "01000001234", "010-0000-1234"),
        ("10 0000 1234", "mobile", "01000001234", "010-0000-1234"),
        ("00821000001234", "mobile", "01000001234", "010-0000-1234"),
        ("０１０００００１２３４", "mobile", "01000001234", "010-0000-1234"),
        ("+82200001234", "landline", "0200001234", "02-0000-1234"),
        ("02/0000-1234", "landline", "0200001234", "02-0000-1234"),
        ("330-2291", "landline", "0333302291", "033-330-2291"),
        ("0507-1234-5678", "safe", "050712345678", "0507-1234-5678"),
        ("1588-1234", "representative", "15881234", "1588-1234"),
        ("110", "special", "110", "110"),
        ("1301", "special", "1301", "1301"),
        ("02-120", "special", "02120", "02120"),
        ("2291", "extension", "2291", "2291"),
        ("+1 202 555 0100", "international", "+12025550100", "+12025550100"),
        ("010-1234-567", "unreadable", "", ""),
        ("01000001234&PJSIP/909", "unreadable", "", ""),
        ("${SHELL(id)}", "unreadable", "", ""),
    ],
)
def test_kinds_and_spellings(text: str, kind: str, digits: str, display: str) -> None:
    number = classify(text, area="033")
    assert (number.kind, number.reveal(), number.display) == (kind, digits, display)


@pytest.mark.parametrize("text", [None, "", "<unknown>", "anonymous", "0", "Restricted", "private"])
def test_withheld_has_no_digits(text: str | None) -> None:
    assert classify(text) == classify("anonymous")
    assert classify(text).kind is NumberKind.WITHHELD
    assert classify(text).reveal() == ""


@pytest.mark.parametrize("text", ["01000005678", "0333305678", "15885678", "050712345678", "+12025555678"])
def test_printed_numbers_are_masked(text: str) -> None:
    number = classify(text)
    for shown in (str(number), repr(number), f"{number}"):
        assert number.reveal() not in shown
        assert shown.count("****") == 1
