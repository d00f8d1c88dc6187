"""Who may do what in the studio. Pure; which addresses somebody may open is `access.rules`'s.

Administrator and charter manager edit, record and approve everything; an officer records and hears his own
greeting and apology, and somebody else approves them.
"""

from memo_service.access.actor import Actor
from office.directory import Directory, Officer, OfficeRole

OWN = ("greeting", "apology")
_STUDIO = (OfficeRole.ADMINISTRATOR, OfficeRole.CHARTER_MANAGER)


def keeps_studio(actor: Actor | Officer) -> bool:
    """Whether he edits and approves."""
    return actor.role in _STUDIO


def keepers(directory: Directory) -> frozenset[str]:
    """Ids of those who do."""
    return frozenset(officer.id for officer in directory.officers.values() if keeps_studio(officer))


def own_prompts(actor: Actor) -> tuple[str, ...]:
    """Names of the prompts that are his own voice."""
    return tuple(f"officer/{actor.officer}/{which}" for which in OWN)


def may_record(actor: Actor, name: str) -> bool:
    """Whether he may hear, record and take back this prompt."""
    return keeps_studio(actor) or name in own_prompts(actor)
