"""Texts of the seat plan break between words and stay in their seat."""

import pytest

from memo_service.guide.plan import broken


@pytest.mark.parametrize(
    ("text", "most", "lines"),
    [
        ("", 10, ()),
        ("여권", 10, ("여권",)),
        ("여권 · 국제운전면허증", 8, ("여권 ·", "국제운전면허증")),
        # narrow letters count for half
        ("CCTV 관제", 5, ("CCTV 관제",)),
        ("하나 둘 셋 넷 다섯 여섯 일곱", 3, ("하나", "둘 셋", "넷 …")),
        ("가나다라마바사아자차카타파하", 5, ("가나다라마…",)),
    ],
)
def test_lines(text: str, most: int, lines: tuple[str, ...]) -> None:
    assert broken(text, most) == lines
