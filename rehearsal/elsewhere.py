"""Somebody else's PBX: a real Asterisk whose dialplan is not ours, and the memo menu as an extension of it.

Owns its configuration: a trunk, phones with plain numbers, and what any PBX can do, which is to forward a
call that nobody takes to another extension. Nothing of charterline runs in it.
"""

import asyncio
import functools
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.asterisk.modules import MODULES
from office.folder import load_office
from rehearsal.phone import PortRange
from rehearsal.scenarios.stage import Line, Stage
from stack.ports import HOST, Ports, claim_free_base
from stack.probes import AmiAccount, ami_booted
from stack.processes import FIRST, Program, Supervisor
from stack.settings import ROOT
from stack.setup.programs import load
from stack.stack import Stack

EXTENSION = "8800"
"""The memo menu's own number there."""
RINGS_S = 2
PBX, MENU = "elsewhere", "ivr.phone"
_OURS = ("res_cdrel_custom", "cel_custom", "res_parking", "res_musiconhold", "res_agi", "res_speech")
_SIP = """\
[global]
type = global
endpoint_identifier_order = header,username

[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{sip}

[trunk-identify]
type = identify
endpoint = trunk
match_header = X-Rehearsal-Trunk: {trunk}

[trunk]
type = endpoint
transport = udp
context = from-trunk
disallow = all
allow = ulaw,alaw
aors = trunk
direct_media = no
rtp_symmetric = yes
force_rport = yes
trust_id_inbound = yes

[trunk]
type = aor
contact = sip:127.0.0.1:{carrier}
"""
_PHONE = """
[{name}]
type = endpoint
transport = udp
context = phones
disallow = all
allow = {codecs}
auth = {name}
aors = {name}
callerid = <{name}>
direct_media = no
send_pai = yes
trust_id_outbound = yes

[{name}]
type = auth
auth_type = userpass
username = {name}
password = {password}

[{name}]
type = aor
max_contacts = 1
remove_existing = yes
qualify_frequency = {qualify}
minimum_expiration = 30
"""
# who is not reached is forwarded, as the web page of any PBX sets it; a busy one is told as such
_DIALPLAN = """\
[from-trunk]
exten => _{block}XXXX,1,Goto(phones,${{EXTEN:{skip}}},1)

[phones]
exten => _XXXX,1,Dial(PJSIP/${{EXTEN}},{rings})
 same => n,Set(REDIRECTING(from-num,i)=${{EXTEN}})
 same => n,Set(REDIRECTING(count,i)=1)
 same => n,Set(REDIRECTING(reason)=cfnr)
 same => n,Dial(PJSIP/{extension},30)
 same => n,Hangup(${{HANGUPCAUSE}})
"""
_FILES = {
    "logger.conf": "[general]\n[logfiles]\nmessages.log => notice,warning,error\n",
    "features.conf": "[general]\n",
    "cdr.conf": "[general]\nenable = no\n",
    "cel.conf": "[general]\nenable = no\n",
    "http.conf": "[general]\nenabled = no\n",
}


@dataclass(slots=True)
class Elsewhere:
    """The other PBX with its phones, and the extension's process. `stage` has the carrier and the phones."""

    stack: Stack
    stage: Stage
    supervisor: Supervisor
    extension: Program
    folder: Path

    def pid(self, name: str) -> int:
        """The process of PBX or MENU; raises RuntimeError when it is down."""
        pid = self.supervisor.children[name].pid
        if pid is None:
            raise RuntimeError(f"{name} is down")
        return pid

    async def kill(self) -> None:
        """End the extension with SIGKILL."""
        await self.supervisor.children[MENU].kill()

    async def start(self) -> None:
        """Start the extension (again) and wait until the PBX knows it."""
        await self.supervisor.start(self.extension)

    def log(self, name: str) -> str:
        """What PBX or MENU wrote."""
        return self.supervisor.children[name].tail(200)


@asynccontextmanager
async def elsewhere(
    stack: Stack, *, phones: tuple[str, ...] = (), codecs: str = "ulaw", env: Mapping[str, str] | None = None
) -> AsyncIterator[Elsewhere]:
    """Run PBX and extension beside `stack`, which has neither Asterisk nor bridge but memo_service and Redis.

    `phones`: extensions of officers that can be registered there. `codecs` of the extension's own line.
    """
    claim = claim_free_base()
    folder = stack.state / f"elsewhere-{codecs}"
    (folder / "log").mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(folder, lambda _: None, lambda: None)
    passwords = {name: secrets.token_urlsafe(12) for name in (*phones, EXTENSION)}
    trunk = secrets.token_urlsafe(12)
    ports = Ports(claim.base)
    try:
        ami = _configure(folder, ports, passwords, trunk, stack, codecs)
        await supervisor.start(_asterisk(folder, ami))
        menu = _menu(stack, folder, ports, passwords[EXTENSION], env or {})
        await supervisor.start(menu)
        async with Stage(
            load_office(stack.settings.office), _line(ports, passwords, trunk, stack), stack.state / "prompts"
        ) as stage:
            yield Elsewhere(stack, stage, supervisor, menu, folder)
    finally:
        await supervisor.stop_all()
        claim.release()


def _line(ports: Ports, passwords: Mapping[str, str], trunk: str, stack: Stack) -> Line:
    return Line(
        pbx=(HOST, ports.sip.number),
        passwords=passwords,
        trunk_secret=trunk,
        carrier_port=ports.carrier.number,
        ports=PortRange(ports.base + 502, ports.base + 799),
        pages=stack.url,
        bridge="",
    )


def _configure(
    folder: Path, ports: Ports, passwords: Mapping[str, str], trunk: str, stack: Stack, codecs: str
) -> AmiAccount:
    """Write the PBX's whole configuration; its console's account."""
    ami = AmiAccount(HOST, ports.ami.number, "test", secrets.token_urlsafe(12))
    programs = load(ROOT)
    directory = load_office(stack.settings.office).directory
    block = directory.trunk.area + directory.trunk.exchange
    names = ("varlib", "db", "key", "spool", "run", "log")
    for name in names:
        (folder / name).mkdir(exist_ok=True)
    told = [f"ast{name}dir => {folder / name}" for name in names]
    told += [f"astetcdir => {folder}", f"astagidir => {folder / 'varlib'}"]
    told += [f"astmoddir => {programs.asterisk_modules}", f"astdatadir => {programs.asterisk_data}"]
    sip = _SIP.format(sip=ports.sip.number, trunk=trunk, carrier=ports.carrier.number)
    for name, password in passwords.items():
        ours = name == EXTENSION
        sip += _PHONE.format(
            name=name, password=password, codecs=codecs if ours else "ulaw", qualify=2 if ours else 0
        )
    texts = _FILES | {
        "asterisk.conf": "\n".join(["[directories]", *told, "[options]", "nocolor = yes", ""]),
        "modules.conf": "[modules]\nautoload = no\n"
        + "".join(f"load = {name}.so\n" for name in MODULES if name not in _OURS),
        "pjsip.conf": sip,
        "rtp.conf": f"[general]\nrtpstart = {ports.base + 100}\nrtpend = {ports.base + 499}\n",
        "extensions.conf": _DIALPLAN.format(block=block, skip=len(block), rings=RINGS_S, extension=EXTENSION),
        "manager.conf": f"[general]\nenabled = yes\nbindaddr = {HOST}\nport = {ami.port}\n"
        f"[{ami.user}]\nsecret = {ami.secret}\nread = system\nwrite = system,reporting,command\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return ami


def _asterisk(folder: Path, ami: AmiAccount) -> Program:
    return Program(
        name=PBX,
        command=(str(load(ROOT).path("asterisk")), "-f", "-C", str(folder / "asterisk.conf")),
        ready=functools.partial(ami_booted, ami),
        own_log=folder / "log" / "messages.log",
        stop_s=10.0,
    )


def _menu(stack: Stack, folder: Path, ports: Ports, password: str, env: Mapping[str, str]) -> Program:
    """The extension's process: an office sets the same variables, or the file."""
    secret = folder / "extension.secret"
    secret.write_text(password, encoding="utf-8")
    file = folder / "phone.toml"
    file.write_text(
        f'registrar = "{HOST}"\nport = {ports.sip.number}\nextension = "{EXTENSION}"\n'
        f'secret_file = "{secret}"\nsip_port = {ports.base + 800}\n'
        f"rtp_first = {ports.base + 802}\nrtp_last = {ports.base + 898}\n",
        encoding="utf-8",
    )
    log = folder / f"{MENU}.log"
    return Program(
        name=MENU,
        command=(sys.executable, "-m", "ivr.phone"),
        niceness=FIRST,
        env={
            "CHARTERLINE_OFFICE": str(stack.settings.office),
            "CHARTERLINE_STATE": str(stack.state),
            "CHARTERLINE_PBX": stack.site.pbx,
            "CHARTERLINE_REDIS_URL": stack.redis_url,
            "CHARTERLINE_LOOKUP_KEY": stack.site.lookup_key,
            "CHARTERLINE_CLOCK_SHIFT_S": str(stack.settings.clock_shift_s),
            "CHARTERLINE_PHONE_FILE": str(file),
            **env,
        },
        ready=functools.partial(_registered, log, _count(log)),
    )


def _count(log: Path) -> list[int]:
    return [log.stat().st_size if log.exists() else 0]


async def _registered(log: Path, seen: list[int]) -> bool:
    """Whether it says that the PBX has taken its registration, since it was last asked so."""
    said = await asyncio.to_thread(_read_from, log, seen[0])
    if b"registered at the PBX" not in said:
        return False
    seen[0] += len(said)
    return True


def _read_from(log: Path, offset: int) -> bytes:
    if not log.exists():
        return b""
    with log.open("rb") as file:
        file.seek(offset)
        return file.read()
