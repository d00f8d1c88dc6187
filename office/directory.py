"""The directory of one office: departments, officers, duties, deputies, extensions, trunk.

Owns who sits behind which number and who stands in for whom. Reads `directory.toml` and refuses what the
dialplan could not safely carry. Personal absences are not here; they come with the calendar of absences.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from office.problems import OfficeRefusedError, Problem, TomlSource

Number = Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Endpoint = Annotated[str, Field(pattern=r"^[a-z0-9_]{2,40}$")]
Text = Annotated[
    # no control characters, and no $: Asterisk expands ${…} and $[…]
    str,
    Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f$]+$"),
]


class ExtensionKind(StrEnum):
    """What stands behind an extension. Only the first three are greeted."""

    OFFICER = "officer"
    SHARED = "shared"
    OPERATOR = "operator"
    FAX = "fax"
    DOOR = "door"
    BELL = "bell"
    MEETING = "meeting"

    @property
    def greeted(self) -> bool:
        """Whether words are played for it and promises are judged."""
        return self in (ExtensionKind.OFFICER, ExtensionKind.SHARED, ExtensionKind.OPERATOR)


class OfficeRole(StrEnum):
    """What a person may do beyond his own desk."""

    OFFICER = "officer"
    LEADER = "leader"
    """Leads his team; his whole department if he has no team."""
    CHARTER_MANAGER = "charter_manager"
    ADMINISTRATOR = "administrator"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Department(_Entry):
    """A department (과), with what it sets for itself."""

    id: Id
    name: Text
    observe: bool = False
    early_apology: bool | None = None
    recording_notice: bool | None = None
    number: Number | None = None
    """The extension whose public number citizens see when the department calls them back."""


class Officer(_Entry):
    """An officer (담당자). `phones` are the endpoints that ring together for him; default his extension.

    `softphone`: he may also take his calls in a browser; that phone rings together with the others, or alone
    where `phones` is empty. `own_voice`: he greets citizens himself, other than the charter says for all.
    """

    id: Id
    name: Text
    title: Text = "주무관"
    department: Id
    team: Text | None = None
    extension: Number
    duties: tuple[Text, ...] = ()
    deputy: Id | None = None
    phones: tuple[Endpoint, ...] | None = None
    softphone: bool = False
    own_voice: bool | None = None
    publish_name: bool = False
    role: OfficeRole = OfficeRole.OFFICER
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=120)] | None = None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The endpoints that ring for this officer, the browser's last."""
        browser = self.browser_phone
        desk = (self.extension,) if self.phones is None else self.phones
        return (*desk, browser) if browser else desk

    @property
    def browser_phone(self) -> str | None:
        """The endpoint of his softphone; None where he has none."""
        return f"{self.extension}_web" if self.softphone else None


class SharedExtension(_Entry):
    """An extension that is nobody's own: a shared phone, the operator group, a fax, a door."""

    number: Number
    kind: ExtensionKind
    name: Text
    department: Id | None = None
    phones: tuple[Endpoint, ...] = ()
    officer: Id | None = None
    """Of a bell: whom it calls first (charter V3)."""

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The endpoints that ring for this extension."""
        return self.phones or (self.number,)


class Trunk(_Entry):
    """The line to the carrier: the public number block and what may be dialled out."""

    endpoint: Endpoint = "trunk"
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")] | None = None
    area: Annotated[str, Field(pattern=r"^0[0-9]{1,2}$")]
    exchange: Annotated[str, Field(pattern=r"^[0-9]{3,4}$")]
    main_number: Number
    emergency: tuple[Annotated[str, Field(pattern=r"^1[0-9]{2}$")], ...] = ("112", "119")
    fax: Number | None = None
    """The fax extension that a call goes to whose line sends a fax tone while a menu speaks."""


class DirectoryFile(_Entry):
    """`directory.toml` as written."""

    trunk: Trunk
    department: tuple[Department, ...]
    officer: tuple[Officer, ...]
    extension: tuple[SharedExtension, ...] = ()


class Desk(_Entry):
    """What answers at an extension: kind, department, officer if it is one's own, the phones that ring."""

    number: str
    kind: ExtensionKind
    department: str | None
    officer: str | None
    endpoints: tuple[str, ...]
    deputy: str | None = None


class Directory:
    """A directory that passed every check; look-ups by id, extension and endpoint."""

    def __init__(self, file: DirectoryFile) -> None:
        self.trunk = file.trunk
        self.departments = {d.id: d for d in file.department}
        self.officers = {o.id: o for o in file.officer}
        self.shared = {e.number: e for e in file.extension}

    @cached_property
    def browser_phones(self) -> frozenset[str]:
        """The endpoints that are softphones."""
        return frozenset(o.browser_phone for o in self.officers.values() if o.browser_phone)

    @cached_property
    def desks(self) -> dict[str, Desk]:
        """Every extension by number, in number order."""
        return {desk.number: desk for desk in sorted(self._desks(), key=lambda d: d.number)}

    def _desks(self) -> Iterator[Desk]:
        for o in self.officers.values():
            deputy = self.officers[o.deputy].extension if o.deputy else None
            yield Desk(
                number=o.extension,
                kind=ExtensionKind.OFFICER,
                department=o.department,
                officer=o.id,
                endpoints=o.endpoints,
                deputy=deputy,
            )
        for e in self.shared.values():
            yield Desk(
                number=e.number,
                kind=e.kind,
                department=e.department,
                officer=None,
                endpoints=e.endpoints,
            )

    @cached_property
    def desk_by_endpoint(self) -> dict[str, Desk]:
        """The desk a phone belongs to. A phone that rings for a person and a group belongs to the person."""
        found: dict[str, Desk] = {}
        for desk in sorted(self._desks(), key=lambda d: d.kind is not ExtensionKind.OFFICER):
            for endpoint in desk.endpoints:
                found.setdefault(endpoint, desk)
        return found

    def team_of(self, officer: str) -> tuple[Officer, ...]:
        """The officers of his team, himself left out; without a team nobody."""
        own = self.officers[officer]
        return tuple(
            o
            for o in self.officers.values()
            if own.team and (o.department, o.team) == (own.department, own.team) and o.id != officer
        )

    def leader_of(self, officer: str) -> str | None:
        """Who leads his team, else somebody who leads in his department; never himself."""
        own = self.officers[officer]
        leaders = [
            o
            for o in self.officers.values()
            if o.role is OfficeRole.LEADER and o.department == own.department and o.id != officer
        ]
        nearest = sorted(leaders, key=lambda o: (not own.team or o.team != own.team, bool(o.team)))
        return nearest[0].id if nearest else None

    def shown_number(self, department: str | None) -> str:
        """The public number (digits) shown to a citizen whom this department calls."""
        found = self.departments.get(department or "")
        number = found.number if found and found.number else self.trunk.main_number
        return f"{self.trunk.area}{self.trunk.exchange}{number}"

    def deputies_of(self, officer: str) -> tuple[str, ...]:
        """The chain of deputies behind an officer, nearest first. Ends: loops are refused at load."""
        chain: list[str] = []
        step = self.officers[officer].deputy
        while step:
            chain.append(step)
            step = self.officers[step].deputy
        return tuple(chain)


def read_directory(file: str, text: str) -> Directory:
    """Read `directory.toml`; raises OfficeRefusedError with file and line of each fault."""
    source = TomlSource(file, text)
    parsed = source.read(DirectoryFile)
    problems = [
        *_duplicates(source),
        *_references(source, parsed),
        *_bells_and_faxes(source, parsed),
        *_loops(source, parsed),
        *_browser_phones(source, parsed),
    ]
    if problems:
        raise OfficeRefusedError(problems)
    return Directory(parsed)


def _rows(source: TomlSource, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = source.data.get(table, [])
    return rows


def _duplicates(source: TomlSource) -> Iterator[Problem]:
    checks = (
        ("department", "id", "department id"),
        ("officer", "id", "officer id"),
        ("officer", "extension", "extension"),
        ("extension", "number", "extension"),
    )
    first: dict[tuple[str, str], int] = {}
    for table, key, word in checks:
        for index, row in enumerate(_rows(source, table)):
            line = source.line(table, index, key)
            seen = first.setdefault((word, row[key]), line)
            if seen != line:
                text = f"{word} {row[key]!r} is already used on line {seen}; each must be its own"
                yield source.problem((table, index, key), text)


def _references(source: TomlSource, parsed: DirectoryFile) -> Iterator[Problem]:
    departments = {d.id for d in parsed.department}
    officers = {o.id for o in parsed.officer}
    for index, officer in enumerate(parsed.officer):
        if officer.department not in departments:
            text = f"department {officer.department!r} is not in this directory; add it or correct the id"
            yield source.problem(("officer", index, "department"), text)
        if officer.deputy is not None and officer.deputy not in officers:
            text = f"deputy {officer.deputy!r} is not an officer of this directory; correct the id"
            yield source.problem(("officer", index, "deputy"), text)
    for index, extension in enumerate(parsed.extension):
        if extension.department is not None and extension.department not in departments:
            text = f"department {extension.department!r} is not in this directory; add it or correct the id"
            yield source.problem(("extension", index, "department"), text)
    numbers = {o.extension for o in parsed.officer} | {e.number for e in parsed.extension}
    for index, department in enumerate(parsed.department):
        if department.number is not None and department.number not in numbers:
            text = f"number {department.number} is no extension here; name one that the carrier assigned"
            yield source.problem(("department", index, "number"), text)
    if parsed.trunk.main_number not in numbers:
        text = f"main_number {parsed.trunk.main_number} is no extension here; add an operator extension"
        yield source.problem(("trunk", "main_number"), text)


def _bells_and_faxes(source: TomlSource, parsed: DirectoryFile) -> Iterator[Problem]:
    officers = {o.id for o in parsed.officer}
    for index, extension in enumerate(parsed.extension):
        if extension.officer is not None and extension.officer not in officers:
            text = f"officer {extension.officer!r} is not in this directory; correct the id"
            yield source.problem(("extension", index, "officer"), text)
        if extension.officer is not None and extension.kind is not ExtensionKind.BELL:
            text = "only a bell calls an officer; leave `officer` out"
            yield source.problem(("extension", index, "officer"), text)
    faxes = {e.number for e in parsed.extension if e.kind is ExtensionKind.FAX}
    if parsed.trunk.fax is not None and parsed.trunk.fax not in faxes:
        text = f'fax {parsed.trunk.fax} is no extension of kind "fax"; name one, or leave it out'
        yield source.problem(("trunk", "fax"), text)


def _loops(source: TomlSource, parsed: DirectoryFile) -> Iterator[Problem]:
    deputy_of = {o.id: o.deputy for o in parsed.officer}
    for index, officer in enumerate(parsed.officer):
        chain, step = [officer.id], officer.deputy
        while step in deputy_of and step not in chain:
            chain.append(step)
            step = deputy_of[step]
        if step == officer.id:
            text = f"deputies form a loop: {' → '.join([*chain, officer.id])}; end it at one officer"
            yield source.problem(("officer", index, "deputy"), text)


def _browser_phones(source: TomlSource, parsed: DirectoryFile) -> Iterator[Problem]:
    """A softphone is one person's: a group may ring it, an officer's phones may not name it."""
    softphones = {officer.browser_phone for officer in parsed.officer}
    for index, officer in enumerate(parsed.officer):
        if not officer.endpoints:
            text = "an officer without any phone cannot be reached; name one, or set `softphone = true`"
            yield source.problem(("officer", index, "phones"), text)
        for phone in softphones.intersection(officer.phones or ()):
            text = f"{phone} is the softphone that `softphone = true` gives; leave it out of `phones`"
            yield source.problem(("officer", index, "phones"), text)
