"""Digest answers are those of the RFCs' own examples."""

import pytest

from rehearsal.phone.digest import (
    Challenge,
    Credentials,
    NoUsableChallengeError,
    authorization,
    choose,
    response,
)

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
MUFASA = Credentials("Mufasa", "Circle of Life", "GET", "/dir/index.html")


def challenge(algorithm: str) -> str:
    return (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        f'nonce="{NONCE}", opaque="{OPAQUE}"'
    )


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_section_3_9_1(algorithm: str, expected: str) -> None:
    parsed = Challenge.parse(challenge(algorithm))
    assert response(parsed, MUFASA, cnonce=CNONCE) == expected
    header = authorization(parsed, MUFASA, cnonce=CNONCE)
    for part in (
        f'response="{expected}"',
        "nc=00000001",
        "qop=auth",
        f'opaque="{OPAQUE}"',
        f"algorithm={algorithm}",
    ):
        assert part in header


def test_rfc_2617_section_3_5() -> None:
    parsed = Challenge.parse(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    who = Credentials("Mufasa", "Circle Of Life", "GET", "/dir/index.html")
    assert response(parsed, who, cnonce="0a4f113b") == "6629fae49393a05397450978507c4ef1"


def test_without_qop_neither_count_nor_cnonce_is_sent() -> None:
    parsed = Challenge.parse('Digest realm="asterisk",nonce="1"')
    header = authorization(parsed, MUFASA, cnonce="x")
    assert "cnonce" not in header
    assert "nc=" not in header
    assert response(parsed, MUFASA, cnonce="x") == response(parsed, MUFASA, cnonce="y")


def test_the_strongest_known_challenge_is_taken() -> None:
    offered = [challenge("SHA-512-256"), challenge("MD5"), challenge("SHA-256")]
    assert choose(offered).algorithm == "SHA-256"
    with pytest.raises(NoUsableChallengeError, match="SHA-512-256"):
        choose(offered[:1])


@pytest.mark.parametrize("value", ['Basic realm="x"', 'Digest realm="x"', ""])
def test_what_is_no_challenge_is_refused(value: str) -> None:
    with pytest.raises(NoUsableChallengeError):
        Challenge.parse(value)
