"""The shape of `menus/*.toml` as an office writes it. Names and types; what fits together is `read`'s."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from office.menus.model import PERSON, Purpose

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Say = Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f$]*$")]
Label = Annotated[str, Field(max_length=60, pattern=r"^[^\x00-\x1f\x7f$]*$")]

ACTS = ("keys", "list", "department", "duty", "extension", "memo", "record", "person", "end")
"""What a node may do; each does one of them."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NodeFile(_Part):
    """One `[node.NAME]`: words, and exactly one of the acts."""

    say: Say = ""
    label: Label = ""
    keys: dict[str, str] | None = None
    keep: Name | None = None
    """The key pressed is kept under this name."""
    list: Literal["departments"] | None = None
    """Who is in charge of what: departments, then their duties, in pages of three."""
    department: str | None = None
    """The duties of one department, in pages of three."""
    duty: str | None = None
    """Whoever is in charge of this by the directory."""
    extension: str | None = None
    memo: str | None = None
    """Leave word for this extension."""
    record: Name | None = None
    """The tone, then his words, kept under this name."""
    max_s: Annotated[int, Field(ge=10, le=300)] = 60
    then: str | None = None
    person: Literal[True] | None = None
    end: Literal[True] | None = None

    @property
    def acts(self) -> tuple[str, ...]:
        """The acts it names."""
        return tuple(name for name in ACTS if getattr(self, name) is not None)


class MenuFile(_Part):
    """One file of a menu."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    purpose: Purpose = Purpose.MAIN
    number: Annotated[str, Field(pattern=r"^([0-9]{2,6}|main)$")] | None = None
    """The extension digits of the public number that opens it, or `main`."""
    start: Name
    unanswered: str = PERSON
    again: str = ""
    help: bool = True
    node: dict[str, NodeFile]
