"""T2: the standard greeting at answer. T3: the apology first, where the answer was late.

Which of the two is due follows the one lateness of T1; where the PBX's clock and ours stand astride the
limit, the words that were chosen count. Of an officer who greets with his own voice nothing was heard by us:
kept is what he says he said, all else is unknown.
"""

from memo_service.ledger.verdicts.facts import Facts
from memo_service.ledger.verdicts.record import Played
from memo_service.ledger.verdicts.verdict import Json, Result, Verdict
from office.events import Side, Words

_EARLY_HEARD = "early_apology_heard"
_OWN_VOICE = "own_voice"
Found = tuple[Result, str]


def judge_t2(facts: Facts) -> Verdict:
    """Verdict of T2."""
    return _verdict("T2", facts, _barred(facts) or _greeting(facts), "greeting")


def judge_t3(facts: Facts) -> Verdict:
    """Verdict of T3."""
    early = facts.words is not None and facts.words.reason == _EARLY_HEARD
    found = _barred(facts, on_time_is_known=True) or _apology(facts)
    return _verdict("T3", facts, found, "early" if early else "apology")


def _barred(facts: Facts, *, on_time_is_known: bool = False) -> Found | None:
    """What keeps words from being judged at all."""
    words = facts.words
    if not facts.answered:
        if not facts.end.complete:
            return Result.UNKNOWN, "record_incomplete"
        return Result.NOT_APPLICABLE, "not_answered"
    if words is not None and words.words is Words.NONE and words.reason == "not_greeted":
        return Result.NOT_APPLICABLE, "not_greeted"
    if facts.observed:
        in_time = on_time_is_known and facts.late is False
        return (Result.NOT_APPLICABLE, "on_time") if in_time else (Result.UNKNOWN, "not_measured")
    if words is None and not any(p.to is Side.CITIZEN for p in facts.record.prompts):
        return Result.UNKNOWN, "words_not_recorded"
    return None


def _greeting(facts: Facts) -> Found:
    due = _apology_due(facts)
    if due is None and facts.words is None:
        return Result.UNKNOWN, "ring_not_seen"
    if due and not _early_heard(facts):
        return Result.NOT_APPLICABLE, "late"
    return _spoken(facts) if _own_voice(facts) else _heard(facts, "greeting")


def _apology(facts: Facts) -> Found:
    due = _apology_due(facts)
    if facts.words is not None and facts.words.reason == "clock":
        return Result.UNKNOWN, "clock"
    if due is None:
        return Result.UNKNOWN, "ring_not_seen"
    if not due:
        return Result.NOT_APPLICABLE, "on_time"
    if _early_heard(facts):
        whole = any(p.prompt == "early" and p.complete for p in facts.record.prompts)
        return (Result.KEPT, _EARLY_HEARD) if whole else (Result.BROKEN, "early_apology_cut")
    return _spoken(facts) if _own_voice(facts) else _heard(facts, "apology")


def _apology_due(facts: Facts) -> bool | None:
    """Whether the apology was the right thing to say: by our clock, or by the words where clocks disagree."""
    words = facts.words
    if words is not None and words.reason == "clock":
        return False
    if facts.clocks_disagree and words is not None:
        return words.words is Words.APOLOGY or _early_heard(facts)
    return facts.late


def _early_heard(facts: Facts) -> bool:
    """Whether the apology while it rang was the one due: by the dialplan's word, else by its own end."""
    words = facts.words
    if words is not None and words.reason == _OWN_VOICE:
        return any(p.prompt == "early" and p.complete for p in facts.record.prompts)
    return words is not None and words.reason == _EARLY_HEARD


def _own_voice(facts: Facts) -> bool:
    """Whether the officer greets himself. A broken clock hides the reason, not that nothing was chosen."""
    words = facts.words
    return words is not None and words.words is Words.NONE and words.reason in (_OWN_VOICE, "clock")


def _spoken(facts: Facts) -> Found:
    """What the officer who answered says of it; never kept by assumption."""
    said = {said.phone.officer for said in facts.record.said}
    answered = facts.answer.phone.officer if facts.answer else None
    return (Result.KEPT, "by_officer") if answered in said - {None} else (Result.UNKNOWN, _OWN_VOICE)


def _heard(facts: Facts, prompt: str) -> Found:
    """Whether `prompt` was heard whole by the citizen, and if not, through whom."""
    played = _to_citizen(facts, prompt)
    if any(p.complete for p in played):
        return Result.KEPT, "heard"
    end_unseen = all(p.ended_at is None for p in played)
    if all(not p.missing for p in played):
        if facts.first_hangup is Side.CITIZEN and not facts.record.talked:
            return Result.NOT_APPLICABLE, "citizen_left"
        if not facts.end.complete and end_unseen:
            return Result.UNKNOWN, "record_incomplete"
    if played or facts.words is None or facts.words.words.value == prompt:
        return Result.BROKEN, "no_prompt"
    return Result.BROKEN, "other_words"


def _to_citizen(facts: Facts, prompt: str) -> list[Played]:
    """What was played of `prompt` for the first officer; a next one's words are no second chance."""
    passed = facts.record.first_passed_at
    return [
        p
        for p in facts.record.prompts
        if p.prompt == prompt and p.to is Side.CITIZEN and (passed is None or p.begins_before(passed))
    ]


def _verdict(promise: str, facts: Facts, found: Found, prompt: str) -> Verdict:
    result, reason = found
    played = _to_citizen(facts, prompt)
    measures: dict[str, Json] = {
        "prompt": prompt,
        "words": facts.words.words.value if facts.words else None,
        "words_reason": facts.words.reason if facts.words else None,
        "heard_whole": any(p.complete for p in played),
        "missing": any(p.missing for p in played),
        "length_ms": max((p.length_ms for p in played), default=None),
    }
    department = (facts.answer.phone.department if facts.answer else None) or facts.department
    return Verdict(promise, result, reason, department, facts.officer, measures)
