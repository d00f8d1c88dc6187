"""The words an officer says at answer (charter T2, T3), with his department and name in them.

Owns the sentences for the officer's own mouth; the office may replace each by `words.texts` in charter.toml.
What a voice says to the citizen instead is the prompts' business.
"""

from memo_service.access.actor import Actor
from office.folder import Office

_TEXTS = {
    "greet": "안녕하십니까, {dept} {name}입니다.",
    "greet-thanks": "감사합니다, {dept} {name}입니다.",
    "greet-noname": "안녕하십니까, {office} {dept}입니다.",
    "greet-thanks-noname": "감사합니다, {office} {dept}입니다.",
    "apology": "늦게 받아 죄송합니다. {office} {dept} {name}입니다.",
}


def to_say(office: Office, actor: Actor) -> tuple[str, str]:
    """(greeting, apology) for this officer."""
    texts = _TEXTS | office.charter.words.texts
    slots = {
        "office": office.charter.office.name,
        "dept": office.directory.departments[actor.department].name,
        "name": actor.name,
    }
    return texts[office.charter.words.greeting].format(**slots), texts["apology"].format(**slots)
