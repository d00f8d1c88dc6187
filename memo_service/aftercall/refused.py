"""Why a call cannot be finished so, in words that name the reason and what to do instead."""

TEXTS = {
    "no_number": "번호가 표시되지 않은 전화라 회신을 약속할 수 없습니다. 번호를 여쭈어 메모로 남겨 주세요.",
    "asked_at": "약속한 시각이 지났습니다. 다시 골라 주세요.",
}


class AfterRefusedError(Exception):
    """It cannot be done. `code` for programs, the text in Korean for people."""

    def __init__(self, code: str) -> None:
        super().__init__(TEXTS[code])
        self.code = code
        self.text = TEXTS[code]
