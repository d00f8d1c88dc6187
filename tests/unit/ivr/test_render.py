"""The configuration an office becomes: harmless values, every number reachable, secrets hidden in a diff."""

import re
from pathlib import Path

import pytest

from ivr.asterisk.escape import asterisk, unsafe_in_path
from ivr.asterisk.render import render
from ivr.asterisk.site import Ports, Program, Secrets, Site, load_secrets
from ivr.prompts.plan import plan
from ivr.provision import difference
from office.directory import Directory, DirectoryFile
from office.folder import Office, load_office

ROOT = Path(__file__).parents[3]
HOSTILE = '김,철수;${SYSTEM(x)}"\r\nAction: Command'


@pytest.fixture(scope="module")
def office() -> Office:
    return load_office(ROOT / "examples" / "pyeongchang")


def site(office: Office) -> Site:
    secrets = Secrets(
        "ami-secret", "trunk-secret", {e: f"secret-{e}" for e in office.directory.desk_by_endpoint}
    )
    return Site(Path("/state"), Ports.from_base(18000), Program("/modules", "/data"), secrets)


def rendered(office: Office) -> dict[str, str]:
    lengths = {prompt.name: 3000 for prompt in plan(office) if prompt.text}
    return render(office, site(office), lengths)


def with_hostile_name(office: Office) -> Office:
    """The same office with a name that its own checks would refuse."""
    directory = office.directory
    officers = [o.model_copy(update={"name": HOSTILE}) for o in directory.officers.values()]
    file = DirectoryFile.model_construct(
        trunk=directory.trunk,
        department=tuple(directory.departments.values()),
        officer=tuple(officers),
        extension=tuple(directory.shared.values()),
    )
    return Office(office.charter, Directory(file), office.calendar)


def test_a_hostile_name_changes_nothing_but_the_name_on_the_display(office: Office) -> None:
    plain, hostile = rendered(office), rendered(with_hostile_name(office))
    for name in plain:
        before, after = plain[name].splitlines(), hostile[name].splitlines()
        changed = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
        assert all(a.startswith("callerid = ") for _, a in changed), name
        assert all(re.fullmatch(r'callerid = "[^";,$]*" <[0-9]+>', a) for _, a in changed), name


@pytest.mark.parametrize("text", [HOSTILE, "a|b&c<d>", "${X}$[1]", "a\\;b", "`id`"])
def test_escaped_text_holds_nothing_that_asterisk_reads(text: str) -> None:
    assert not set(asterisk(text)) & set('"\\;,|&<>()[]{}$`\r\n\x00')


def test_korean_and_spaces_stay() -> None:
    assert asterisk("  주민복지과   장유리 ") == "주민복지과 장유리"


@pytest.mark.parametrize(
    ("path", "bad"), [("/var/lib/a", None), ("/home/평창", None), ("/a b", " "), ("/a,b", ",")]
)
def test_a_path_that_a_dialplan_would_misread_is_found(path: str, bad: str | None) -> None:
    assert unsafe_in_path(path) == bad


@pytest.mark.parametrize(
    "spelled",
    [
        "2201",
        "3302201",
        "0333302201",
        "333302201",
        "82333302201",
        "+82333302201",
        "820333302201",
        "+820333302201",
    ],
)
def test_every_spelling_of_a_number_reaches_its_desk(office: Office, spelled: str) -> None:
    """The trunk's spelling differs by carrier; each lands at the extension's own digits."""
    patterns = re.findall(r"exten => _([+0-9]*)XXXX,1,Goto\(citizen,\$\{EXTEN:(\d+)\},1\)", _dialplan(office))
    landed = {
        spelled[int(cut) :] for prefix, cut in patterns if re.fullmatch(re.escape(prefix) + r"\d{4}", spelled)
    }
    assert landed == {"2201"}


def test_no_dial_to_a_phone_follows_its_302(office: Office) -> None:
    dials = re.findall(r"Dial\((\$\{PHONES\}[^)]*(?:\([^)]*\)[^)]*)*)\)", _dialplan(office))
    assert len(dials) == 3
    assert all("i" in dial.split(",")[2] for dial in dials)


def test_emergency_numbers_come_first_and_ask_for_nothing(office: Office) -> None:
    phones = _dialplan(office).split("[phones]")[1].split("[internal]")[0]
    assert phones.index("exten => 112,1") < phones.index("exten => 2000,1")
    block = phones.split("exten => 119,1")[1].split("exten =>")[0]
    assert "Dial(PJSIP/119@trunk)" in block
    assert not re.search("Playback|GotoIf|Gosub", block)


def test_the_bridges_user_may_read_calls_and_ask_for_lists_only(office: Office) -> None:
    manager = rendered(office)["manager.conf"]
    assert "write = reporting\n" in manager
    assert "writetimeout = 5000" in manager
    assert "timestampevents = yes" in manager


def test_a_diff_hides_every_secret(tmp_path: Path, office: Office) -> None:
    shown = "".join(difference(rendered(office), tmp_path))
    assert "+secret = (hidden)" in shown
    assert "ami-secret" not in shown
    assert "trunk-secret" not in shown
    assert "secret-2201" not in shown


def test_secrets_are_made_once_and_kept_to_the_owner(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = load_secrets(path, ["2201"])
    assert path.stat().st_mode & 0o777 == 0o600
    again = load_secrets(path, ["2201", "2202"])
    assert again.ami == first.ami
    assert again.phones["2201"] == first.phones["2201"]
    assert len({*again.phones.values(), again.ami, again.trunk}) == 4


def _dialplan(office: Office) -> str:
    return rendered(office)["extensions.conf"]
