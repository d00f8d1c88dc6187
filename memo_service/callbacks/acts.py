"""What the forms of the callback pages ask for, and the words they are answered with.

Owns which fields a form has; what may be done, and when, is the service's (`callbacks.service`). A form that
our pages cannot have sent is 400.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from fastapi import HTTPException

from memo_service.access.actor import Actor
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.callbacks.service import Callbacks, Mark
from memo_service.web.forms import Form

Act = Callable[[Callbacks, Actor, Sequence[str], Form], str]
_MARKS: Mapping[str, Mark] = {"reached": "reached", "mailbox": "mailbox", "not_reached": "not_reached"}


def _call(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    callbacks.call(actor, ids[0], confirmed=form.get("confirmed") == "yes")
    return "전화를 겁니다. 내 전화를 받아 주세요."


def _note(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    callbacks.note(actor, ids[0], _needed(form, "text"))
    return "덧붙였습니다."


def _defer(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    try:
        until = datetime.fromisoformat(_needed(form, "until"))
    except ValueError:
        raise HTTPException(400, "until is no moment") from None
    if until.tzinfo is None:
        raise HTTPException(400, "until needs its time zone")
    callbacks.defer(actor, ids[0], until, _needed(form, "reason"))
    return "미뤘습니다."


def assign(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    """Give one or many to an officer, or back to the department (`-`)."""
    chosen = _needed(form, "officer")
    moved = callbacks.assign(actor, ids, None if chosen == "-" else chosen)
    return f"{moved}건을 배정했습니다."


def _mark(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    result = _MARKS.get(_needed(form, "result"))
    if result is None:
        raise HTTPException(400, "no such result")
    callbacks.mark(actor, ids[0], result)
    return "표시했습니다."


def _close(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    try:
        outcome = CloseOutcome(_needed(form, "outcome"))
    except ValueError:
        raise HTTPException(400, "no such outcome") from None
    callbacks.close(actor, ids[0], outcome, form.get("text", "").strip())
    return "회신을 마쳤습니다."


def _reopen(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    callbacks.reopen(actor, ids[0], _needed(form, "reason"))
    return "다시 열었습니다."


def _approve(callbacks: Callbacks, actor: Actor, ids: Sequence[str], form: Form) -> str:
    callbacks.approve(actor, ids[0])
    return "승인했습니다."


ACTS: Mapping[str, Act] = {
    "call": _call,
    "note": _note,
    "defer": _defer,
    "assign": assign,
    "mark": _mark,
    "close": _close,
    "reopen": _reopen,
    "approve": _approve,
}


def _needed(form: Form, name: str) -> str:
    text = form.get(name, "").strip()
    if not text:
        raise HTTPException(400, f"{name} is missing")
    return text
