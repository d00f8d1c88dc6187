"""What setup says: progress lines, and failures that name their cause and the remedy. Starts nothing."""

import re
import sys
from dataclasses import dataclass


class SetupError(RuntimeError):
    """Setup cannot go on. `cause` and `remedy` are one short sentence each, for the person who reads."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause}\n  remedy: {remedy}")
        self.cause = cause
        self.remedy = remedy


class NoAsteriskError(SetupError):
    """No Asterisk can be had on this machine; all else can, so recorded traffic still runs."""


def other_hash(what: str) -> SetupError:
    """What was fetched, or made from it, is not what the lock records."""
    return SetupError(
        f"{what} does not have the recorded hash and was thrown away",
        "run it again; if it stays so, the registry or a proxy changes files: ask who runs it",
    )


@dataclass(frozen=True)
class _Known:
    pattern: re.Pattern[str]
    cause: str
    remedy: str


def _known(pattern: str, cause: str, remedy: str) -> _Known:
    return _Known(re.compile(pattern, re.IGNORECASE), cause, remedy)


_AGAIN = "run the same command again; what was fetched is kept"

# What pip, apt-get, dpkg and npm print when they fail, most telling first: a full disk also breaks
# hashes, and a missing network also leaves packages "not found".
_KNOWN = (
    _known(
        r"no space left|ENOSPC|not enough free space", "the disk is full", "free about 2 GB and run it again"
    ),
    _known(
        r"read-only file system|permission denied|EACCES|EROFS",
        "a folder of the project cannot be written",
        "give this user the checkout (chown -R) or use a checkout of your own",
    ),
    _known(
        r"do not match the hashes|hash sum mismatch|EINTEGRITY|hashes? .*mismatch",
        "what was downloaded does not have the recorded hash and was thrown away",
        "run it again; if it stays so, a proxy or the mirror changes files: ask who runs it",
    ),
    _known(
        r"NO_PUBKEY|not signed|EXPKEYSIG|BADSIG",
        "the archive's signature does not fit the keyring of this machine",
        "install the newest debian-archive-keyring package and run it again",
    ),
    _known(
        r"could not resolve|name resolution|name or service not known|network is unreachable|EAI_AGAIN"
        r"|ENOTFOUND|failed to establish a new connection|could not connect|unable to connect"
        r"|connection refused|ECONNREFUSED|ECONNRESET|ETIMEDOUT|timed out|connection (failed|broken|reset)"
        r"|no route to host",
        "there is no network, or it broke off",
        f"check the network and the proxy settings, then {_AGAIN}",
    ),
    _known(
        r"certificate|SSL",
        "the secure connection was refused",
        "install ca-certificates (and your office's own certificate, if it has one), then run it again",
    ),
    _known(
        r"could not get lock|unable to lock",
        "apt is in use by another program",
        "wait for it, then run it again",
    ),
)


def explained(what: str, output: str) -> SetupError:
    """The failure of `what` (a clause such as "installing X") with the cause that `output` shows."""
    for known in _KNOWN:
        if known.pattern.search(output):
            return SetupError(f"{what} failed: {known.cause}", known.remedy)
    last = " / ".join(line.strip() for line in output.strip().splitlines()[-3:]) or "it said nothing"
    return SetupError(f"{what} failed: {last}", _AGAIN)


def megabytes(size: int) -> str:
    """`size` bytes for people, in MB of 10^6 bytes."""
    return f"{size / 1e6:.1f} MB" if size < 10_000_000 else f"{size / 1e6:.0f} MB"


class Progress:
    """Lines on the terminal. A counter is rewritten in place on a terminal and thinned out in a log."""

    def __init__(self) -> None:
        self._counting = False

    def say(self, text: str) -> None:
        """One line about what is being done."""
        self._end_count()
        print(f"setup: {text}", flush=True)

    def warn(self, text: str) -> None:
        """A line that must not be overlooked."""
        self._end_count()
        print(f"setup: WARNING: {text}", file=sys.stderr, flush=True)

    def count(self, done: int, total: int, text: str) -> None:
        """Progress within a step: `done` of `total`; in a log only every quarter of the way."""
        if sys.stdout.isatty():
            self._counting = done < total
            print(f"\r\x1b[Ksetup:   {done}/{total} {text}", end="" if done < total else "\n", flush=True)
        elif 4 * done // total > 4 * (done - 1) // total and (total > 8 or done == total):
            print(f"setup:   {done}/{total} {text}", flush=True)

    def _end_count(self) -> None:
        if self._counting:
            print(flush=True)
        self._counting = False
