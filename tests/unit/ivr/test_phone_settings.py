"""How the extension is set up: file and variables, and a refusal that names setting and remedy."""

import fcntl
import wave
from pathlib import Path

import pytest

from ivr.phone.app import Extension, run
from ivr.phone.settings import SettingsRefusedError, read_settings

EXAMPLE = Path(__file__).parents[3] / "examples" / "pyeongchang"
FILE = 'registrar = "127.0.0.1"\nextension = "8800"\nsecret = "s3cret"\n'


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("CHARTERLINE_OFFICE", str(EXAMPLE))
    monkeypatch.setenv("CHARTERLINE_STATE", str(tmp_path))
    monkeypatch.setenv("CHARTERLINE_PHONE_FILE", str(tmp_path / "phone.toml"))
    (tmp_path / "phone.toml").write_text(FILE, encoding="utf-8")
    return monkeypatch


def write(tmp_path: Path, text: str) -> None:
    (tmp_path / "phone.toml").write_text(text, encoding="utf-8")


def test_the_file_says_most_and_a_variable_wins(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path, FILE + 'calls = 2\n[desks]\n8801 = "2202"\n')
    env.setenv("CHARTERLINE_PHONE_EXTENSION", "8899")
    settings = read_settings()
    assert (settings.phone_extension, settings.phone_calls) == ("8899", 2)
    assert settings.phone_desks == {"8801": "2202"}
    account = settings.account()
    assert (account.registrar, account.user, account.secret) == (("127.0.0.1", 5060), "8899", "s3cret")
    assert account.host == "127.0.0.1"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('extension = "8800"\nsecret = "x"\n', "PHONE_REGISTRAR: it is missing"),
        (FILE + "calls = 5\n", "PHONE_CALLS"),
        (FILE + "colour = 1\n", "there is no such setting"),
        ('registrar = "127.0.0.1"\nextension = "88 00"\n', "PHONE_EXTENSION"),
        ("registrar = \n", "PHONE_FILE cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_by_name(
    env: pytest.MonkeyPatch, tmp_path: Path, text: str, told: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsRefusedError, match=told):
        read_settings()


def test_a_secret_may_have_a_file_of_its_own(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-file\n", encoding="utf-8")
    write(tmp_path, FILE.replace('secret = "s3cret"', f'secret_file = "{tmp_path / "secret"}"'))
    assert "from-file" in read_settings().account().secret
    (tmp_path / "secret").unlink()
    with pytest.raises(SettingsRefusedError, match="PHONE_SECRET_FILE cannot be read"):
        read_settings().account()
    write(tmp_path, FILE.replace('secret = "s3cret"\n', ""))
    with pytest.raises(SettingsRefusedError, match="PHONE_SECRET is missing"):
        read_settings().account()


def test_a_pbx_that_has_no_address_is_refused(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path, FILE.replace("127.0.0.1", "no such host"))
    with pytest.raises(SettingsRefusedError, match="PHONE_REGISTRAR cannot be reached"):
        read_settings().account()


def test_words_that_wait_for_approval_keep_nobody_from_leaving_a_message(
    env: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    beep = tmp_path / "prompts" / "office" / "beep.wav"
    beep.parent.mkdir(parents=True)
    with wave.open(str(beep), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        file.writeframes(bytes(320))
    Extension(read_settings())
    assert "callers hear the tone alone until approved" in caplog.text


def test_without_prompts_the_remedy_is_named(env: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsRefusedError, match="run scripts/provision"):
        run(read_settings())


def test_a_second_process_on_the_same_state_is_refused(
    env: pytest.MonkeyPatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.phone.files.Prompts.frames", lambda *_: (b"",))
    (tmp_path / "phone").mkdir()
    with (tmp_path / "phone" / "one-process.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SettingsRefusedError, match="another extension"):
            Extension(read_settings())


def test_an_outbox_that_cannot_be_made_is_refused(
    env: pytest.MonkeyPatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.phone.files.Prompts.frames", lambda *_: (b"",))
    (tmp_path / "phone").write_text("a file", encoding="utf-8")
    with pytest.raises(SettingsRefusedError, match="STATE cannot be written"):
        Extension(read_settings())
