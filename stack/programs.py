"""What each part of a stack is as a program: its command, its environment, its configuration, its readiness.

Owns the names of the CHARTERLINE_ variables as scripts/run sets them. Starts nothing.
"""

import functools
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ivr.prompts.studio import token_of
from stack.errors import StackError
from stack.ports import HOST, Port, Ports
from stack.probes import AmiAccount, ami_booted, ami_greets, bridge_is_up, http_ok, listens, redis_answers
from stack.processes import FIRST, Program
from stack.proxy import write_config
from stack.settings import ROOT, ExistingPbx, Part, Replay, StackSettings
from stack.setup.programs import load
from stack.setup.report import SetupError

_REDIS_CONFIG = """\
# Written at each start by charterline. Changes here are lost.
bind {host}
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy noeviction
"""
_ASTERISK_STOP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One stack on one machine: where everything is and who may log in. `state` is absolute."""

    settings: StackSettings
    state: Path
    ports: Ports
    pbx: str
    ami: AmiAccount
    redis_password: str
    lookup_key: str
    phone_token: str

    @property
    def url(self) -> str:
        """The pages as people open them; without a proxy as memo_service gives them."""
        port = self.ports.proxy if Part.PROXY in self.settings.wanted else self.ports.http
        return f"http://{HOST}:{port.number}/"

    @property
    def redis_url(self) -> str:
        """Redis with its password."""
        return f"redis://default:{self.redis_password}@{HOST}:{self.ports.redis.number}/0"

    def program(self, part: Part) -> Program:
        """The program of `part`; raises StackError when it is not installed."""
        return {
            Part.REDIS: self._redis,
            Part.ASTERISK: self._asterisk,
            Part.REPLAY: self._replay,
            Part.BRIDGE: self._bridge,
            Part.MEMO: self._memo_service,
            Part.PROXY: self._proxy,
            Part.VOICE: self._voice,
            Part.LIFE: self._life,
        }[part]()

    def ports_of(self, part: Part) -> tuple[Port, ...]:
        """The fixed ports that `part` listens on."""
        ports = self.ports
        return {
            Part.REDIS: (ports.redis,),
            Part.ASTERISK: (ports.ami, ports.sip, ports.asterisk_http),
            Part.REPLAY: (ports.ami,),
            Part.BRIDGE: (ports.agi, ports.bridge),
            Part.MEMO: (ports.http,),
            Part.PROXY: (ports.proxy,),
            Part.VOICE: (ports.voice,),
            Part.LIFE: (ports.carrier,),
        }[part]

    def _redis(self) -> Program:
        folder = self.state / "redis"
        folder.mkdir(exist_ok=True)
        config = folder / "redis.conf"
        config.touch(mode=0o600)
        config.write_text(
            _REDIS_CONFIG.format(
                host=HOST, port=self.ports.redis.number, password=self.redis_password, folder=folder
            ),
            encoding="utf-8",
        )
        ready = functools.partial(redis_answers, HOST, self.ports.redis.number, self.redis_password)
        return Program(name=Part.REDIS, command=(installed("redis-server"), str(config)), ready=ready)

    def _asterisk(self) -> Program:
        config = self.state / "asterisk" / "etc" / "asterisk.conf"
        return Program(
            name=Part.ASTERISK,
            command=(installed("asterisk"), "-f", "-C", str(config)),
            ready=functools.partial(ami_booted, self.ami),
            own_log=self.state / "asterisk" / "log" / "messages.log",
            niceness=FIRST,
            real_time=True,
            stop_s=_ASTERISK_STOP_S,
        )

    def _replay(self) -> Program:
        source = self.settings.source
        files = source.files if isinstance(source, Replay) else ()
        return Program(
            name=Part.REPLAY,
            command=(*_python("rehearsal.replay"), "--loop", "--port", str(self.ami.port), *map(str, files)),
            ready=functools.partial(ami_greets, self.ami.host, self.ami.port),
        )

    def _bridge(self) -> Program:
        port = self.ports.bridge.number
        listens = {
            "CHARTERLINE_BRIDGE_PORT": str(port),
            "CHARTERLINE_AGI_PORT": str(self.ports.agi.number),
            "CHARTERLINE_MEMO_URL": f"http://{HOST}:{self.ports.http.number}",
        }
        return Program(
            name=Part.BRIDGE,
            command=_python("ami_bridge"),
            env=self._environment() | self._ami_environment() | listens,
            ready=functools.partial(bridge_is_up, HOST, port),
        )

    def _memo_service(self) -> Program:
        port = self.ports.http.number
        return Program(
            name=Part.MEMO,
            command=_python("memo_service"),
            env={
                "CHARTERLINE_PUBLIC_URL": self.url,
                **self._environment(),
                "CHARTERLINE_HTTP_HOST": HOST,
                "CHARTERLINE_HTTP_PORT": str(port),
                **self._voice_address(),
            },
            ready=functools.partial(http_ok, HOST, port, "/readyz"),
        )

    def _proxy(self) -> Program:
        folder = self.state / "proxy"
        config = write_config(folder, self.ports)
        return Program(
            name=Part.PROXY,
            command=(installed("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(config)),
            ready=functools.partial(listens, HOST, self.ports.proxy.number),
        )

    def _voice(self) -> Program:
        port = self.ports.voice.number
        where = {"CHARTERLINE_VOICE_PORT": str(port), "CHARTERLINE_ESPEAK": installed("espeak-ng")}
        chosen = {"CHARTERLINE_VOICE": self.settings.voice} if self.settings.voice else {}
        if self.settings.voice_cache:
            chosen["CHARTERLINE_VOICE_CACHE"] = str(self.settings.voice_cache)
        return Program(
            name=Part.VOICE,
            command=_python("ivr.voice"),
            env=self._environment() | where | chosen,
            ready=functools.partial(http_ok, HOST, port, "/healthz"),
            vital=False,
        )

    def _voice_address(self) -> dict[str, str]:
        """Where memo_service finds the voice service, in a stack that has one."""
        if Part.VOICE not in self.settings.wanted:
            return {}
        url = f"http://{HOST}:{self.ports.voice.number}"
        return {"CHARTERLINE_VOICE_URL": url, "CHARTERLINE_VOICE_TOKEN": token_of(self.state)}

    def _life(self) -> Program:
        where = ("--office", str(self.settings.office), "--state", str(self.state))
        command = (*_python("rehearsal.life"), *where, "--port-base", str(self.ports.base))
        return Program(name=Part.LIFE, command=command, vital=False)

    def _environment(self) -> dict[str, str]:
        """What bridge and memo_service share."""
        settings = self.settings
        return {
            "CHARTERLINE_OFFICE": str(settings.office),
            "CHARTERLINE_STATE": str(self.state),
            "CHARTERLINE_PBX": self.pbx,
            "CHARTERLINE_REDIS_URL": self.redis_url,
            "CHARTERLINE_LOOKUP_KEY": self.lookup_key,
            "CHARTERLINE_PHONE_TOKEN": self.phone_token,
            "CHARTERLINE_CLOCK_SHIFT_S": str(settings.clock_shift_s),
            "CHARTERLINE_DEMO": _flag(on=settings.demo),
            "CHARTERLINE_REPLAY": _flag(on=isinstance(settings.source, Replay)),
            **settings.env,
        }

    def _ami_environment(self) -> dict[str, str]:
        ami, source = self.ami, self.settings.source
        account = {
            "CHARTERLINE_AMI_HOST": ami.host,
            "CHARTERLINE_AMI_PORT": str(ami.port),
            "CHARTERLINE_AMI_USER": ami.user,
        }
        if isinstance(source, ExistingPbx):  # its journal is not within our reach
            return account | {"CHARTERLINE_AMI_SECRET_FILE": str(source.secret_file)}
        account["CHARTERLINE_AMI_SECRET"] = ami.secret
        if not isinstance(source, Replay):
            account["CHARTERLINE_JOURNAL"] = str(self.state / "asterisk" / "journal" / "calls.csv")
        return account


def installed(name: str) -> str:
    """Path of a program that setup provided, or that is on PATH; raises StackError when it is nowhere."""
    try:
        return str(load(ROOT).path(name))
    except SetupError as error:
        if found := shutil.which(name):
            return found
        raise StackError(f"{name} is not on this machine: {error}") from error


def new_secret() -> str:
    """A secret for one run: the password of Redis, the key by which open callbacks are looked up, a token."""
    return secrets.token_urlsafe(24)


def _python(module: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module)


def _flag(*, on: bool) -> str:
    return "1" if on else "0"
