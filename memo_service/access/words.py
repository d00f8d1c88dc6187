"""Korean words of the sign-in and account pages: what went wrong, and what to do about it."""

from datetime import timedelta

REFUSED = {
    "short": "비밀번호가 짧습니다. 10자 이상으로 정해 주세요. 낱말 여러 개를 이어 쓰면 외우기 쉽습니다.",
    "long": "비밀번호가 너무 깁니다. 128자까지 쓸 수 있습니다.",
    "common": "누구나 먼저 넣어 보는 비밀번호입니다. "
    "이름, 내선번호, 기관 이름, 흔한 낱말과 연속한 숫자는 빼고 정해 주세요.",
    "differ": "두 번 입력한 비밀번호가 다릅니다. 다시 입력해 주세요.",
}
_ASK = "관리자에게 일회용 번호를 받으세요."
WRONG = f"아이디나 비밀번호가 맞지 않습니다. 다시 입력해 주세요. 비밀번호를 잊었으면 {_ASK}"
WRONG_OLD = "지금 비밀번호가 맞지 않습니다. 다시 입력해 주세요."
WRONG_CODE = (
    "이 일회용 번호는 이미 썼거나, 기한이 지났거나, 잘못 입력한 번호입니다. "
    "번호를 다시 보시고, 그래도 안 되면 관리자에게 새 번호를 받으세요."
)
CHANGES = {
    "created": "계정 만들기",
    "reset": "일회용 번호 주기",
    "deactivated": "계정 사용 중지",
    "activated": "계정 다시 사용",
    "code": "일회용 번호로 비밀번호 정하기",
    "password": "비밀번호 바꾸기",
}
"""What was done with an account (`Opened.ACCOUNT`)."""
ACCOUNTS_REFUSED = {
    "taken": "이미 계정이 있는 담당자입니다. 아래 목록에서 찾아 주세요.",
    "own": "자기 계정은 스스로 멈출 수 없습니다. 다른 관리자에게 부탁하세요.",
}
ROLES = {
    "officer": "담당자",
    "leader": "팀장",
    "charter_manager": "헌장 관리자",
    "administrator": "관리자",
}


def paused(wait: timedelta) -> str:
    """Why no attempt is taken now, and when one is."""
    seconds = max(int(wait.total_seconds()) + 1, 1)
    when = f"{seconds}초" if seconds < 90 else f"{-(-seconds // 60)}분"
    return f"잘못된 시도가 이어져 잠시 막았습니다. {when} 뒤에 다시 해 주세요. 급하면 {_ASK}"
