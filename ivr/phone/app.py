"""Puts the extension together and runs it until it is told to stop.

Owns construction, what happens to one call from its answer to its end, and the order of the end.
"""

import fcntl
import gc
import logging
import os
import shutil
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from ivr.menus.beginning import begin, closed_at
from ivr.menus.effects import BEEP
from ivr.menus.facts import Began
from ivr.phone.driver import Driver
from ivr.phone.files import Prompts
from ivr.phone.line import HungUpError, Line
from ivr.phone.outbox import Outbox, to_stream
from ivr.phone.repairs.calls import Call, Phone
from ivr.phone.settings import PREFIX, Settings, SettingsRefusedError
from ivr.phone.telling import Teller, call_id_of, end_what_was_killed
from ivr.phone.whose import caller, wanted
from office.calendar import utc
from office.commands import lookup_field, open_callbacks_key
from office.folder import Office, load_office
from office.phone_number import PhoneNumber

log = logging.getLogger(__name__)

LOOKUP_S = 0.2
REDIS_S = 1.0
ROOM_BYTES = 64 << 20
"""Without so much room on the disk nobody is asked for a message that could not be kept: busy."""
END_S = 5.0
_OPENING = "menu/memo-open-closed"


class Extension:
    """One extension. Raises SettingsRefusedError, OfficeRefusedError where it cannot work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._office = load_office(settings.office)
        self._marks = settings.state / "phone" / "calls"
        self._prompts = Prompts(settings.state / "prompts")
        if not self._prompts.frames(BEEP):
            raise SettingsRefusedError(
                f"there is no {BEEP}.wav in {settings.state / 'prompts'}: run scripts/provision "
                f"--office {settings.office} --state {settings.state}"
            )
        if not self._prompts.has_menu:
            log.warning("the menu's words may not be heard yet: callers hear the tone alone until approved")
        try:
            for folder in (self._marks, settings.spool):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._alone = _hold_alone(settings.state / "phone" / "one-process.lock")
            give = to_stream(self._redis(REDIS_S), settings.pbx)
            self.outbox = Outbox(settings.state / "phone" / "outbox", give)
        except OSError as error:
            raise SettingsRefusedError(
                f"{PREFIX}STATE cannot be written ({error.strerror}): name a folder that this user may write"
            ) from None
        self._lookups = self._redis(LOOKUP_S)
        self._shift = timedelta(seconds=settings.clock_shift_s)
        self._calls: set[threading.Thread] = set()
        self.phone = Phone(settings.account(), settings.phone_calls, self._take)
        self.phone.is_open = self._has_room

    def _redis(self, within_s: float) -> Redis:
        url = self._settings.redis_url.get_secret_value()
        try:
            return Redis.from_url(url, socket_timeout=within_s, socket_connect_timeout=within_s, retry=None)
        except ValueError:
            raise SettingsRefusedError(
                f"{PREFIX}REDIS_URL is no Redis address: give redis://HOST:PORT/0"
            ) from None

    def start(self) -> None:
        """Register and take calls; first the calls of a run that was killed are told to their end."""
        end_what_was_killed(self.outbox, self._settings.pbx, self._marks, self._shift)
        self.outbox.start()
        try:
            self.phone.start()
        except OSError as error:
            raise SettingsRefusedError(
                f"{PREFIX}PHONE_SIP_PORT {self._settings.phone_sip_port} cannot be used ({error.strerror}): "
                "give a free port, and as PHONE_HOST an address of this machine"
            ) from None
        log.info("the extension runs", extra={"calls": self._settings.phone_calls})

    def stop(self) -> None:
        """Hang up, tell every call to its end, unregister; what Redis has not got stays on disk."""
        self.phone.is_open = lambda: False
        self.phone.stop()
        for thread in list(self._calls):
            thread.join(END_S)
        self.outbox.stop()
        log.info("the extension has stopped", extra={"waiting": self.outbox.waiting})

    def _has_room(self) -> bool:
        try:
            return shutil.disk_usage(self._settings.spool).free >= ROOM_BYTES
        except OSError:
            return False

    # ---------------------------------------------------------------- one call

    def _take(self, call: Call) -> None:
        self._calls.add(threading.current_thread())
        try:
            self._serve(call)
        except Exception:  # one call must not cost the others
            log.exception("a call broke off")
        finally:
            call.hangup()
            self._calls.discard(threading.current_thread())

    def _serve(self, call: Call) -> None:
        invite, directory = call.request.parsed, self._office.directory
        whom, who = wanted(invite, directory, self._settings.phone_desks), caller(invite, directory)
        if whom.desk is None:
            log.warning("a call for nobody in the directory; set desks in the file of settings")
        department = whom.desk.department if whom.desk else None
        closed = closed_at(self._office, self._now(), department)
        call.answer()
        call_id = call_id_of(call.call_id)
        teller = Teller(self.outbox, self._settings.pbx, call_id, self._marks, self._now)
        at = teller.started(whom, who, closed)
        line = Line(call.rtp, call.inputs)
        driver = Driver(line, self._prompts, teller, self._settings.spool)
        first = self._first(self._office, at, who, department) if self._prompts.has_menu else None
        if first is None:
            self._only_record(line, driver)
        else:
            self._menu(line, driver, first)

    def _menu(self, line: Line, driver: Driver, first: Began) -> None:
        try:
            driver.run(first)
        except Exception:  # he is not lost for a fault of ours
            log.exception("the menu broke off; what he says is recorded all the same")
            self._only_record(line, driver)

    def _first(self, office: Office, at: datetime, who: PhoneNumber, department: str | None) -> Began | None:
        """What the menu must know; None if the calendar cannot tell it (it holds no working time)."""
        try:
            began = begin(office, at, who, department, closed_at(office, at, department), self._due(who))
        except ValueError as error:
            log.exception("the menu cannot begin", extra={"reason": type(error).__name__})
            return None
        return replace(began, has_person=False)  # an extension does not ring another

    def _only_record(self, line: Line, driver: Driver) -> None:
        try:
            line.play(self._prompts.frames(_OPENING), keys=True)
        except HungUpError:
            log.info("he left before the tone")
        driver.only_record()

    def _due(self, who: PhoneNumber) -> datetime | None:
        """When this citizen's open callback is due; None if that cannot be told at once."""
        key = self._settings.lookup_key.get_secret_value()
        if not key or not who.reveal():
            return None
        try:
            told = self._lookups.hget(open_callbacks_key(self._settings.pbx), lookup_field(key, who.reveal()))
        except (RedisError, OSError) as error:
            log.warning("open callbacks could not be looked up", extra={"reason": type(error).__name__})
            return None
        text = told.decode() if isinstance(told, bytes) else ""
        return utc(int(text) * 1_000_000) if text.isdecimal() else None

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._shift


def _hold_alone(path: Path) -> int:
    """Lock the state folder for this process until it ends: two would send and end each other's calls."""
    lock = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise SettingsRefusedError(
            f"another extension works in {path.parent} already: stop it, or set another {PREFIX}STATE"
        ) from None
    return lock


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    extension = Extension(settings)
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    # what stays until the end is never looked through again: 30 ms would be a hole in a word
    gc.collect()
    gc.freeze()
    extension.start()
    stop.wait()
    extension.stop()
