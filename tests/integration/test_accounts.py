"""Signing in, sessions, codes and pauses, on both databases, with a clock that is moved by hand."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select, text

from memo_service.access.accounts import ADMINISTRATOR, AccountRefusedError, Accounts
from memo_service.access.codes import FIRST_TERM, HANDED_TERM
from memo_service.access.entry import Entry, SignInRefusedError
from memo_service.access.identity import Identity
from memo_service.access.log import AccessEntry
from memo_service.access.models import Account, OneTimeCode, SessionRow
from memo_service.access.passwords import Hasher, PasswordRefusedError
from memo_service.access.sessions import Sessions, Terms
from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine, reading
from memo_service.errors import NotFoundError
from memo_service.protect import open_keyring
from office.folder import load_office
from tests.support.memo import ROOT

GOOD = "감자밭에 첫눈이 내렸다"
OTHER = "메밀꽃 필 무렵 봉평"
HERE = "192.0.2.10"
TERMS = Terms(idle=timedelta(hours=2), longest=timedelta(hours=12))


@dataclass
class House:
    """The parts of access on one database."""

    engine: Engine
    folder: Path
    demo: bool = False
    at: datetime = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    hasher: Hasher = field(
        default_factory=lambda: Hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    )

    def __post_init__(self) -> None:
        migrate(self.engine)
        office = load_office(ROOT / "examples" / "pyeongchang")
        keys = open_keyring(self.folder / "keys.json")
        self.sessions = Sessions(self.engine, office.directory, self.now, TERMS, demo=self.demo)
        self.entry = Entry(self.engine, office, keys, self.sessions, self.now, self.hasher)
        self.accounts = Accounts(self.engine, office.directory, self.now)

    def now(self) -> datetime:
        return self.at

    def administrator(self) -> Identity:
        token, _ = self.entry.redeem(self.accounts.administrator_code(), OTHER, HERE)
        return self.who(token)

    def officer(self, officer: str = "kim_ms", password: str = GOOD) -> str:
        """The token of an officer who has just set his password."""
        return self.entry.redeem(self.accounts.create(self.administrator(), officer), password, HERE)[0]

    def who(self, token: str) -> Identity:
        found = self.sessions.find(token)
        assert found is not None
        return found

    def account(self, login: str = "kim_ms") -> str:
        return next(one.id for one in self.accounts.listed() if one.login == login)

    def refused(self, typed: str, said: str = "wrong", address: str = HERE) -> timedelta:
        with pytest.raises(SignInRefusedError) as refusal:
            self.entry.sign_in(typed, said, address)
        return refusal.value.wait

    def log(self) -> list[tuple[str, str, str, str]]:
        with reading(self.engine) as session:
            rows = session.scalars(select(AccessEntry).order_by(AccessEntry.seq)).all()
            return [(row.actor, row.what, row.subject, row.reason) for row in rows]


@pytest.fixture
def house(database: str, tmp_path: Path) -> Iterator[House]:
    engine = open_engine(database)
    yield House(engine, tmp_path)
    engine.dispose()


def test_the_first_administrator_sets_a_password_once(house: House) -> None:
    assert not house.accounts.has_administrator()
    code = house.accounts.administrator_code()
    assert not house.accounts.has_administrator()
    with pytest.raises(PasswordRefusedError):
        house.entry.redeem(code, "1234567890", HERE)
    token, ended = house.entry.redeem(code.lower().replace("-", " "), GOOD, HERE)
    assert ended == []
    who = house.who(token)
    assert (who.login, who.actor, who.manages_accounts) == (ADMINISTRATOR, None, True)
    assert house.accounts.has_administrator()
    with pytest.raises(SignInRefusedError):
        house.entry.redeem(code, OTHER, HERE)


def test_a_code_ends_with_its_term_and_with_the_next_one(house: House) -> None:
    first = house.accounts.administrator_code()
    second = house.accounts.administrator_code()
    for code in (first, "", "-", "AAAA-BBBB-CCCC-DDDD-EEEE"):
        with pytest.raises(SignInRefusedError):
            house.entry.owner_of(code)
    house.at += FIRST_TERM
    with pytest.raises(SignInRefusedError):
        house.entry.redeem(second, GOOD, HERE)
    handed = house.accounts.create(house.administrator(), "kim_ms")
    house.at += HANDED_TERM - timedelta(seconds=1)
    assert house.entry.owner_of(handed)[0] == "kim_ms"


def test_of_many_who_use_a_code_at_once_one_succeeds(house: House) -> None:
    code = house.accounts.administrator_code()
    entered: list[str] = []
    refused: list[Exception] = []

    def use(password: str) -> None:
        try:
            entered.append(house.entry.redeem(code, password, HERE)[0])
        except SignInRefusedError as error:
            refused.append(error)

    racers = [threading.Thread(target=use, args=(f"{GOOD} {n}",)) for n in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert (len(entered), len(refused)) == (1, 5)


def test_an_officer_signs_in_by_name_or_extension(house: House) -> None:
    house.officer()
    for typed in ("kim_ms", " KIM_MS ", "2202"):
        who = house.who(house.entry.sign_in(typed, GOOD, HERE))
        assert who.actor is not None
        assert (who.actor.officer, who.actor.extension, who.manages_accounts) == ("kim_ms", "2202", False)


def test_every_refusal_is_alike_and_costs_the_same_work(house: House) -> None:
    """Unknown, without a password, closed, wrong: one answer, one hash, one pause."""
    house.officer()
    boss = house.administrator()
    house.accounts.create(boss, "lee_sy")
    house.accounts.create(boss, "choi_jh")
    house.accounts.deactivate(boss, house.account("choi_jh"))
    for name in ("kim_ms", "nobody", "lee_sy", "choi_jh", "", "'; --", "가" * 500):
        waits = []
        for _ in range(6):
            before = house.hasher.work
            waits.append(house.refused(name, address=f"198.51.100.{len(name) % 200}"))
            assert house.hasher.work - before == (0 if waits[-1] else 1), name
        assert waits == [timedelta(0)] * 5 + [timedelta(seconds=5)], name


def test_pauses_grow_hold_and_end_and_nobody_is_locked_out(house: House) -> None:
    house.officer()
    for _ in range(5):
        assert house.refused("kim_ms") == timedelta(0)
    # right, but in the pause: not looked at, and not counted
    for _ in range(50):
        assert house.refused("kim_ms", GOOD) == timedelta(seconds=5)
    house.at += timedelta(seconds=5)
    assert house.refused("kim_ms") == timedelta(0)
    assert house.refused("2202", GOOD) == timedelta(seconds=10)
    house.at += timedelta(seconds=10)
    house.who(house.entry.sign_in("kim_ms", GOOD, HERE))
    assert house.refused("kim_ms") == timedelta(0)


def test_an_address_that_tries_many_names_is_slowed_down(house: House) -> None:
    house.officer()
    for n in range(21):
        assert house.refused(f"name{n}") == timedelta(0)
    assert house.refused("kim_ms", GOOD) == timedelta(seconds=2)
    house.who(house.entry.sign_in("kim_ms", GOOD, "192.0.2.99"))
    house.at += timedelta(seconds=2)
    house.who(house.entry.sign_in("kim_ms", GOOD, HERE))
    # one's own right password does not wash off the others
    assert house.refused("name") == timedelta(0)
    assert house.refused("name") == timedelta(seconds=4)


def test_one_ipv6_network_counts_as_one_address(house: House) -> None:
    for n in range(21):
        assert house.refused(f"name{n}", address=f"2001:db8::{n + 1:x}") == timedelta(0)
    assert house.refused("name", address="2001:db8::ffff") > timedelta(0)
    assert house.refused("name", address="2001:db8:0:1::1") == timedelta(0)


def test_a_hundred_guesses_at_once_are_counted_one_by_one(house: House) -> None:
    house.officer()
    before = house.hasher.work
    racers = [threading.Thread(target=house.refused, args=("kim_ms",)) for _ in range(30)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert house.hasher.work - before == 5


def test_pauses_stand_in_the_database_and_names_in_them_are_unreadable(house: House) -> None:
    for _ in range(5):
        house.refused("my-password-by-mistake")
    again = House(house.engine, house.folder)
    assert again.refused("my-password-by-mistake") > timedelta(0)
    with house.engine.connect() as connection:
        keys = [str(row[0]) for row in connection.execute(text("SELECT key FROM sign_in_pauses"))]
    assert len(keys) == 2
    assert not [key for key in keys if "password" in key]


def test_a_session_ends_when_unused_and_at_last(house: House) -> None:
    token = house.officer()
    for _ in range(6):
        house.at += timedelta(minutes=119)
        house.who(token)
    house.at += timedelta(minutes=7)  # 12 h 1 min since it began, just used
    assert house.sessions.find(token) is None
    unused = house.entry.sign_in("kim_ms", GOOD, HERE)
    house.at += timedelta(minutes=121)
    assert house.sessions.find(unused) is None


def test_looking_whether_a_session_stands_is_no_use_of_it(house: House) -> None:
    token = house.officer()
    who = house.who(token)
    for _ in range(12):
        assert house.sessions.stands(who)
        house.at += timedelta(minutes=10)
    house.at += timedelta(seconds=1)
    assert not house.sessions.stands(who)


def test_the_database_holds_nothing_that_opens(house: House) -> None:
    token = house.officer()
    code = house.accounts.new_code(house.administrator(), house.account())[1]
    stored = []
    with house.engine.connect() as connection:
        for table in (Account, SessionRow, OneTimeCode, AccessEntry):
            stored += [str(tuple(row)) for row in connection.execute(select(*table.__table__.columns))]
    whole = "\n".join(stored)
    for secret in (token, code, code.replace("-", ""), GOOD, OTHER):
        assert secret not in whole
    assert house.sessions.find("") is None
    assert house.sessions.find(token + "x") is None


def test_signing_out_ends_this_session_alone(house: House) -> None:
    here, there = house.officer(), house.entry.sign_in("kim_ms", GOOD, HERE)
    assert house.sessions.end(house.who(here)) != []
    assert house.sessions.find(here) is None
    house.who(there)


def test_a_new_password_ends_every_session(house: House) -> None:
    here, there = house.officer(), house.entry.sign_in("kim_ms", GOOD, HERE)
    who = house.who(here)
    with pytest.raises(SignInRefusedError):
        house.entry.change_password(who, "wrong", OTHER, HERE)
    with pytest.raises(PasswordRefusedError):
        house.entry.change_password(who, GOOD, "kim_ms 2202", HERE)
    fresh, ended = house.entry.change_password(who, GOOD, OTHER, HERE)
    assert len(ended) == 2
    assert house.sessions.find(here) is None
    assert house.sessions.find(there) is None
    assert house.who(fresh).account == who.account
    house.refused("kim_ms", GOOD)
    house.who(house.entry.sign_in("kim_ms", OTHER, HERE))


def test_a_code_opens_also_in_a_pause_and_ends_what_was_open(house: House) -> None:
    """The remedy when somebody keeps a colleague out by guessing at his name."""
    old = house.officer()
    for _ in range(6):
        house.refused("kim_ms", address="203.0.113.5")
    code = house.accounts.new_code(house.administrator(), house.account())[1]
    house.who(old)  # until the code is used, nothing has changed
    token, ended = house.entry.redeem(code, OTHER, HERE)
    assert len(ended) == 1
    assert house.sessions.find(old) is None
    house.who(token)
    house.who(house.entry.sign_in("kim_ms", OTHER, HERE))


def test_a_closed_account_is_out_at_once_and_may_come_back(house: House) -> None:
    token, boss = house.officer(), house.administrator()
    code = house.accounts.new_code(boss, house.account())[1]
    assert len(house.accounts.deactivate(boss, house.account())) == 1
    assert house.sessions.find(token) is None
    house.refused("kim_ms", GOOD)
    with pytest.raises(SignInRefusedError):
        house.entry.owner_of(code)
    house.accounts.activate(boss, house.account())
    house.who(house.entry.sign_in("kim_ms", GOOD, HERE))
    with pytest.raises(AccountRefusedError):
        house.accounts.deactivate(boss, boss.account or "")


def test_an_officer_has_one_account_and_must_stand_in_the_directory(house: House) -> None:
    boss = house.administrator()
    house.accounts.create(boss, "kim_ms")
    with pytest.raises(AccountRefusedError):
        house.accounts.create(boss, "kim_ms")
    for unknown in ("nobody", ADMINISTRATOR, ""):
        with pytest.raises(NotFoundError):
            house.accounts.create(boss, unknown)
    with pytest.raises(NotFoundError):
        house.accounts.new_code(boss, "0" * 32)


def test_an_officer_with_the_role_manages_accounts(house: House) -> None:
    token = house.officer("choi_jh")
    assert house.who(token).manages_accounts


def test_a_chosen_desk_is_a_session_on_the_demo_alone(house: House) -> None:
    assert house.sessions.choose("kim_ms") is None
    demo = House(house.engine, house.folder, demo=True)
    token = demo.sessions.choose("choi_jh")
    assert token is not None
    assert not demo.who(token).manages_accounts  # though choi_jh is an administrator
    assert demo.sessions.choose("nobody") is None
    assert house.sessions.find(token) is None  # the same database, and no demo any more


def test_what_was_done_is_in_the_access_log_and_unknown_names_are_not(house: House) -> None:
    house.officer()
    house.refused("kim_ms")
    house.refused("a-name-that-does-not-exist")
    boss = house.who(house.entry.sign_in(ADMINISTRATOR, OTHER, HERE))
    house.accounts.deactivate(boss, house.account())
    assert house.log() == [
        ("console", "account", "admin", "created"),
        ("admin", "account", "admin", "code"),
        ("admin", "sign_in", HERE, ""),
        ("admin", "account", "kim_ms", "created"),
        ("kim_ms", "account", "kim_ms", "code"),
        ("kim_ms", "sign_in", HERE, ""),
        ("kim_ms", "sign_in_failed", HERE, ""),
        ("", "sign_in_failed", HERE, ""),
        ("admin", "sign_in", HERE, ""),
        ("admin", "account", "kim_ms", "deactivated"),
    ]
