"""Digest authentication of a SIP phone (RFC 7616; RFC 8760 for SHA-256 in SIP). Pure."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_PARAM = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_STRONGEST_FIRST = ("SHA-256", "MD5")


class NoUsableChallengeError(ValueError):
    """The server offers no algorithm that this phone knows."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate header."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    opaque: str | None = None
    qop: bool = False  # whether `auth` is offered

    @classmethod
    def parse(cls, value: str) -> "Challenge":
        """Read the header's value; raises NoUsableChallengeError when it is no Digest challenge."""
        scheme, _, rest = value.strip().partition(" ")
        params = {name.lower(): quoted or plain for name, quoted, plain in _PARAM.findall(rest)}
        if scheme.lower() != "digest" or "nonce" not in params:
            raise NoUsableChallengeError(f"not a Digest challenge: {value!r}")
        return cls(
            realm=params.get("realm", ""),
            nonce=params["nonce"],
            algorithm=params.get("algorithm", "MD5").upper(),
            opaque=params.get("opaque"),
            qop="auth" in [word.strip() for word in params.get("qop", "").split(",")],
        )


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who proves what for which request."""

    user: str
    password: str
    method: str
    uri: str


def choose(values: Sequence[str]) -> Challenge:
    """The strongest challenge that this phone knows; raises NoUsableChallengeError."""
    challenges = [Challenge.parse(value) for value in values]
    for algorithm in _STRONGEST_FIRST:
        for challenge in challenges:
            if challenge.algorithm == algorithm:
                return challenge
    raise NoUsableChallengeError(f"no known algorithm among {[c.algorithm for c in challenges]}")


def authorization(challenge: Challenge, who: Credentials, *, cnonce: str, count: int = 1) -> str:
    """The value of (Proxy-)Authorization.

    `count` is how often this nonce has been used, with this request.
    """
    parts = [
        f'username="{who.user}"', f'realm="{challenge.realm}"', f'nonce="{challenge.nonce}"',
        f'uri="{who.uri}"', f'response="{response(challenge, who, cnonce=cnonce, count=count)}"',
        f"algorithm={challenge.algorithm}",
    ]  # fmt: skip
    if challenge.opaque is not None:
        parts.append(f'opaque="{challenge.opaque}"')
    if challenge.qop:
        parts += ["qop=auth", f"nc={count:08x}", f'cnonce="{cnonce}"']
    return "Digest " + ", ".join(parts)


def response(challenge: Challenge, who: Credentials, *, cnonce: str, count: int = 1) -> str:
    """The digest itself (RFC 7616 §3.4.1); without qop the older form of RFC 2069."""
    new_hash = _HASHES[challenge.algorithm]

    def digest(*words: str) -> str:
        return new_hash(":".join(words).encode()).hexdigest()

    secret = digest(who.user, challenge.realm, who.password)
    request = digest(who.method, who.uri)
    if challenge.qop:
        return digest(secret, challenge.nonce, f"{count:08x}", cnonce, "auth", request)
    return digest(secret, challenge.nonce, request)
