"""What the studio's two pages print: the list, and one prompt with its text, recording and history."""

from collections.abc import Mapping
from typing import Any

from memo_service.access.actor import Actor
from memo_service.db.session import reading
from memo_service.memos.present import moment
from memo_service.prompts import labels, slots, store
from memo_service.prompts.catalog import SHOWN, Counts, Wanted, is_shown, narrowed, whose
from memo_service.prompts.desk import StudioDesk
from memo_service.prompts.keeper import Seen
from memo_service.prompts.service import heard_contents

PAGE_SIZE = 30
_MOST_WORDS = 100


def list_values(desk: StudioDesk, actor: Actor, asked: Mapping[str, str], page: int) -> dict[str, Any]:
    """The list, as narrowed down."""
    seen, directory = desk.feature.keeper.seen, desk.context.office.directory
    show = asked.get("show", "all")
    wanted = Wanted(
        show if show in SHOWN else "all",
        asked.get("of", ""),
        asked.get("officer", ""),
        asked.get("q", "")[:_MOST_WORDS],
    )
    prompts = seen.listing.prompts
    with reading(desk.feature.engine) as session:
        heard = heard_contents(session, actor.officer, prompts)
        found = list(narrowed(prompts, wanted, directory, heard))
        lines = desk.lines(session, actor.officer, found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    return {
        "lines": lines,
        "found": len(found),
        "page": page,
        "more": len(found) > page * PAGE_SIZE,
        "wanted": wanted,
        "counts": Counts.of(prompts),
        "heard_count": sum(is_shown(p, "heard", heard) for p in prompts),
        "departments": directory.departments,
        "officers": directory.officers,
        "fault": "",
        **_service(desk, seen),
    }


def _service(desk: StudioDesk, seen: Seen) -> dict[str, Any]:
    return {
        "seen_at": moment(seen.at, desk.context.now()) if seen.at else "",
        "in_step": seen.in_step,
        "progress": seen.listing.progress,
        "voices": seen.listing.voices,
        "refused": seen.refused,
    }


def prompt_values(desk: StudioDesk, actor: Actor, name: str) -> dict[str, Any]:
    """One prompt. Raises NotFoundError."""
    prompt, now = desk.feature.studio.prompt(name), desk.context.now()
    seen, office = desk.feature.keeper.seen, desk.context.office
    key = prompt.key or ""
    with reading(desk.feature.engine) as session:
        line = desk.lines(session, actor.officer, [prompt])[0]
        versions = store.versions_of(session, key) if key else []
        newest = versions[0] if versions else None
        values = {
            "versions": [desk.present.version(row, now) for row in versions],
            "over": newest.version if newest else 0,
            "text": (newest.text if newest and newest.text is not None else None) or prompt.text or "",
            "acts": [desk.present.act(row, now) for row in store.acts_of(session, name)],
        }
    own = whose(name, office.directory)
    return {
        **values,
        **_service(desk, seen),
        "line": line,
        "prompt": prompt,
        "shared": len(seen.listing.of_key(key)) if key else 0,
        "slots": [(slot, labels.slot(slot)) for slot in prompt.slots],
        "refusal": seen.refused.get(key, ""),
        "subject": f"officer:{own.officer}" if own.officer else f"dept:{own.department}",
        "departments": office.directory.departments,
        "officers": office.directory.officers,
        "say_this": prompt.spoken or "",
    }


def spoken_for(desk: StudioDesk, form: Mapping[str, str]) -> tuple[str, str]:
    """The text of a preview with its slots filled, and what is wrong with it, if anything."""
    text = " ".join(form.get("text", "").split())
    made_of_it = desk.feature.keeper.seen.listing.of_key(form.get("key", ""))
    if made_of_it and (wrong := slots.fault(text, made_of_it[0].slots)):
        return "", labels.text_fault(wrong.code, wrong.about)
    kind, _, subject = form.get("of", "").partition(":")
    chosen = {"department": subject} if kind == "dept" else {"officer": subject}
    return slots.filled(text, slots.values(desk.context.office, **chosen)), ""
