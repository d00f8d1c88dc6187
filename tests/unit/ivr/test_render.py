"""The configuration an office becomes: harmless values, every number reachable, secrets hidden in a diff."""

import json
import re
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.asterisk.escape import asterisk, unsafe_in_path
from ivr.asterisk.render import render
from ivr.asterisk.site import Ports, Program, Secrets, Site, load_secrets
from ivr.menus.effects import BEEP
from ivr.prompts.wanted import every_prompt
from ivr.provision import difference
from office.charter import Way
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
    return render(office, site(office))


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
    return Office(office.charter, Directory(file), office.calendar, office.menus)


def test_a_hostile_name_changes_nothing_but_the_name_on_the_display(office: Office) -> None:
    plain, hostile = rendered(office), rendered(with_hostile_name(office))
    for name in plain:
        before, after = plain[name].splitlines(), hostile[name].splitlines()
        changed = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
        assert all(a.startswith("callerid = ") for _, a in changed), name
        assert all(re.fullmatch(r'callerid = "[^";,$]*" <[0-9]+>', a) for _, a in changed), name


def test_own_voice_is_an_officers_and_no_shared_phones(office: Office) -> None:
    officers = list(office.directory.officers.values())
    words = office.charter.words.model_copy(update={"own_voice": True})
    file = DirectoryFile.model_construct(
        trunk=office.directory.trunk,
        department=tuple(office.directory.departments.values()),
        officer=(officers[0].model_copy(update={"own_voice": False}), *officers[1:]),
        extension=tuple(office.directory.shared.values()),
    )
    charter = office.charter.model_copy(update={"words": words})
    text = rendered(Office(charter, Directory(file), office.calendar))["extensions.conf"]
    assert "Set(OWN_VOICE=yes)" not in rendered(office)["extensions.conf"]
    speak = text.partition("\n[speak]\n")[2].partition("\n[")[0]
    steps = (entry.partition(",1,") for entry in speak.split("exten => ")[1:])
    found = {key: re.findall(r"Set\(OWN_VOICE=(yes|no)\)", told) for key, _, told in steps}
    own = {o.extension for o in officers[1:]}
    assert {key for key, value in found.items() if value == ["yes"]} == own
    assert all(value == ["no"] for key, value in found.items() if key not in own)
    assert len(found) > len(own)


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
    assert len(dials) == 7
    assert all("i" in dial.split(",")[2] for dial in dials)


def test_emergency_numbers_come_first_and_ask_for_nothing(office: Office) -> None:
    phones = _dialplan(office).split("[phones]")[1].split("[internal]")[0]
    assert phones.index("exten => 112,1") < phones.index("exten => 2000,1")
    block = phones.split("exten => 119,1")[1].split("exten =>")[0]
    assert "Dial(PJSIP/119@trunk)" in block
    assert not re.search("Playback|GotoIf|Gosub", block)


def test_the_bridges_user_may_read_calls_ask_for_lists_originate_and_pass_on(office: Office) -> None:
    manager = rendered(office)["manager.conf"]
    assert "write = reporting,originate,call\n" in manager
    assert "writetimeout = 5000" in manager
    assert "timestampevents = yes" in manager
    # what a step of the dialplan does is no event that it may read
    assert "read = system,call,user\n" in manager


def test_no_variable_that_is_set_costs_a_message(office: Office) -> None:
    declined = rendered(office)["stasis.conf"].split("[declined_message_types]\n")[1]
    assert declined == "decline = ast_channel_varset_type\n"


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


def test_every_file_that_the_dialplan_plays_is_planned(office: Office) -> None:
    played = re.findall(r"(?:Playback\(|Read\(KEY,)\$\{P\}/([a-z0-9/._-]+)[,)]", _dialplan(office))
    planned = {prompt.name for prompt in every_prompt(office)} | {BEEP}
    assert {"office/callback-officer", "office/duty-call", "menu/memo-open-closed", BEEP} <= set(played)
    assert set(played) <= planned


def test_every_way_leads_somewhere(office: Office) -> None:
    """Each Goto and Gosub to a context by name finds the context, and each to a label the label."""
    text = _dialplan(office)
    contexts = set(re.findall(r"^\[([a-z0-9-]+)\]", text, re.MULTILINE))
    aims = re.findall(r"Go(?:to|sub)(?:If)?\(([^\n]*)\)", text)
    named = {
        aim.group(1)
        for aim in re.finditer(r"(?:^|[?:(])([a-z][a-z0-9-]*),[^,)\n]+,", "\n".join(aims), re.MULTILINE)
    }
    assert {"memo", "recorder", "person", "duty", "absent", "next"} <= named
    assert named <= contexts
    for block in re.split(r"^\[", text, flags=re.MULTILINE)[1:]:
        labels = set(re.findall(r"n\(([a-z0-9-]+)\),", block))
        jumps = re.findall(r"GotoIf\([^\n]*\]\?([a-z0-9-]+)(?::([a-z0-9-]+))?\)$", block, re.MULTILINE)
        for label in filter(None, (label for jump in jumps for label in jump)):
            assert label in labels, f"[{block[:20]}: {label}"


@pytest.mark.parametrize(
    "order", [(), (Way.OPERATOR,), (Way.GROUP, Way.DEPUTY), (Way.OPERATOR, Way.GROUP, Way.DEPUTY)]
)
def test_the_charters_order_is_the_dialplans(office: Office, order: tuple[Way, ...]) -> None:
    absence = office.charter.absence.model_copy(update={"order": order})
    charter = office.charter.model_copy(update={"absence": absence})
    text = _dialplan(Office(charter, office.directory, office.calendar))
    block = text.split("[next]")[1].split("n(plain)")[0]
    assert re.findall(r"n\((deputy|group|operator|memo)\)", block) == [*order, "memo"]
    assert f"Set(WAY={[*order, 'memo'][0]})" in text.split("[start]")[1]


def test_the_citizens_wait_and_the_roster_come_from_the_charter(office: Office) -> None:
    absence = office.charter.absence.model_copy(update={"wait_s": 31, "duty_desk": "2000", "duty_ring_s": 17})
    charter = office.charter.model_copy(update={"absence": absence})
    text = _dialplan(Office(charter, office.directory, office.calendar))
    assert "$[31000 + ${WAIT_FROM}" in text
    assert "Set(NUMBERS=2000)" in text
    assert "@trunk,17,giU(duty-took" in text


def test_a_team_is_all_its_officers_but_oneself(office: Office) -> None:
    directory = office.directory
    for officer in directory.officers.values():
        team = {
            o.extension
            for o in directory.officers.values()
            if o.team and (o.department, o.team) == (officer.department, officer.team)
        }
        block = re.search(
            rf"^exten => {officer.extension},1,Set\(PHONES=\)\n(.*?)Return",
            _team(office),
            re.MULTILINE | re.DOTALL,
        )
        rung = set(re.findall(r"colleague,s,1\((\d+)\)", block.group(1))) if block else set()
        assert rung == team - {officer.extension}


def test_the_menu_is_given_eight_arguments(office: Office) -> None:
    (call,) = re.findall(r"AGI\(agi://127\.0\.0\.1:18005/memo,(.*)\)$", _dialplan(office), re.MULTILINE)
    assert len(call.replace("${IF($[", "").split(",")) == 8
    assert "/state/asterisk/spool/memo/${MEMO_NAME}," in call


def test_no_note_carries_the_number_of_a_citizen_whom_we_call(office: Office) -> None:
    text = _dialplan(office)
    notes = re.findall(r"(?:UserEvent|CELGenUserEvent)\((.*)\)", text.split("[callback]")[1])
    notes += re.findall(r"(?:UserEvent|CELGenUserEvent)\((.*)\)", text.split("[outbound]")[1].split("[")[0])
    assert len(notes) > 10
    assert not [note for note in notes if "CB_NUMBER" in note or "CALLERID" in note or "${EXTEN}" in note]


def test_the_clock_of_a_demonstration_is_one_global(office: Office) -> None:
    shifted = replace(site(office), clock_shift_s=-3600)
    assert "\nCLOCK_SHIFT=-3600\n" in render(office, shifted)["extensions.conf"]
    assert "\nCLOCK_SHIFT=0\n" in _dialplan(office)


def _dialplan(office: Office) -> str:
    return rendered(office)["extensions.conf"]


def _team(office: Office) -> str:
    return _dialplan(office).split("[team]")[1].split("\n[")[0]


def test_a_softphone_is_a_webrtc_endpoint_and_others_are_not(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "data" / "softphone-office", tmp_path / "office")
    pjsip = rendered(load_office(tmp_path / "office"))["pjsip.conf"]
    endpoints = {
        block.split("]")[0]: block for block in pjsip.split("\n[") if "]\ntype = endpoint\n" in block
    }
    assert "transport = ws\nwebrtc = yes\n" in endpoints["5001_web"]
    assert 'callerid = "가나다" <5001>' in endpoints["5001_web"]
    assert "webrtc" not in endpoints["5001"]
    assert "transport = udp\n" in endpoints["5001"]


def test_softphones_get_a_new_secret_each_time_and_a_file_of_their_own(tmp_path: Path) -> None:
    path, own = tmp_path / "secrets.json", tmp_path / "softphones.json"
    first = load_secrets(path, ["2201", "2201_web"], ["2201_web"])
    given = json.loads(own.read_text(encoding="utf-8"))
    assert given == {"2201_web": first.phones["2201_web"]}
    again = load_secrets(path, ["2201", "2201_web"], ["2201_web"])
    assert again.phones["2201"] == first.phones["2201"]
    assert again.phones["2201_web"] != first.phones["2201_web"]
    assert json.loads(own.read_text(encoding="utf-8")) == {"2201_web": again.phones["2201_web"]}
    assert stat.S_IMODE(own.stat().st_mode) == 0o600


OFFICERS_OWN = {"with-citizen", "desk-act", "recorded"}
"""Entered on an officer's channel that no `h` is for, and by `h` itself."""


def test_whoever_hangs_up_within_a_subroutine_still_comes_to_the_end(office: Office) -> None:
    """Asterisk looks for `h` in the context a channel is in: one entered by Gosub needs it, too."""
    bodies: dict[str, str] = {}
    for part in re.split(r"^(?=\[)", _dialplan(office), flags=re.MULTILINE)[1:]:
        name, _, body = part[1:].partition("]")
        bodies[name] = body
    entered = set(re.findall(r"Gosub\(([a-z][a-z0-9-]*),", _dialplan(office)))
    entered |= set(re.findall(r"GosubIf\([^\n]*\?([a-z][a-z0-9-]*),", _dialplan(office)))
    assert {"first-ring", "speak", "peer", "presence"} <= entered
    without = {name for name in entered & bodies.keys() if "include => ended" not in bodies[name]}
    assert without - OFFICERS_OWN == set()
