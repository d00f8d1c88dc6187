"""The command line of scripts/run: what it makes of its words."""

from pathlib import Path

import pytest

from stack import run
from stack.errors import StackError
from stack.settings import ExistingPbx, OwnAsterisk, Part, Replay, StackSettings


def _settings(*words: str) -> StackSettings:
    return run.settings_of(run.arguments(list(words)))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private tree that has an Asterisk."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "asterisk").touch()
    monkeypatch.setattr(run, "TREE", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("tree")
def test_without_words_an_own_asterisk_and_virtual_people() -> None:
    settings = _settings()
    assert settings.source == OwnAsterisk()
    assert (settings.port_base, settings.demo, settings.life) == (18_000, True, True)
    own = {Part.REDIS, Part.ASTERISK, Part.BRIDGE, Part.MEMO, Part.PROXY, Part.VOICE, Part.LIFE}
    assert settings.wanted == own


@pytest.mark.usefixtures("tree")
def test_a_demonstration_speaks_quickly_and_an_office_as_its_charter_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CHARTERLINE_VOICE", raising=False)
    assert _settings().voice == "espeak"
    assert _settings("--no-demo").voice == ""
    assert _settings("--voice", "kokoro").voice == "kokoro"
    monkeypatch.setenv("CHARTERLINE_VOICE", "kokoro-male")
    assert _settings().voice == "kokoro-male"


@pytest.mark.usefixtures("tree")
def test_no_demo_is_no_demo() -> None:
    settings = _settings("--no-demo")
    assert (settings.demo, settings.life) == (False, False)
    assert Part.LIFE not in settings.wanted


@pytest.mark.usefixtures("tree")
def test_an_existing_pbx_has_no_virtual_people() -> None:
    settings = _settings("--pbx", "192.0.2.10:5038", "--ami-user", "x", "--ami-secret-file", "secret")
    assert settings.source == ExistingPbx("192.0.2.10", 5038, "x", Path("secret"))
    assert settings.wanted == {Part.REDIS, Part.BRIDGE, Part.MEMO, Part.PROXY}
    assert (settings.demo, settings.life) == (False, False)


@pytest.mark.usefixtures("tree")
def test_a_replay_is_shown_as_a_demonstration() -> None:
    settings = _settings("--replay", "a.txt", "b.txt.gz")
    assert settings.source == Replay((Path("a.txt"), Path("b.txt.gz")))
    assert settings.wanted == {Part.REDIS, Part.REPLAY, Part.BRIDGE, Part.MEMO, Part.PROXY}
    assert settings.demo


def test_without_an_asterisk_recorded_traffic_runs(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "bin" / "asterisk").unlink()
    source = _settings().source
    assert isinstance(source, Replay)
    assert source.files
    assert all(file.is_file() for file in source.files)
    said = capsys.readouterr().out
    assert "there is no Asterisk" in said
    assert "recorded telephone traffic runs instead" in said


@pytest.mark.parametrize("pbx", ["192.0.2.10", ":5038x", "host:"])
def test_a_bad_address_is_told(pbx: str) -> None:
    with pytest.raises(StackError, match="is not HOST:PORT"):
        _settings("--pbx", pbx, "--ami-secret-file", "secret")


@pytest.mark.parametrize(
    "words", [("--pbx", "h:1"), ("--ami-secret-file", "f"), ("--pbx", "h:1", "--replay", "f")]
)
def test_words_that_do_not_fit_together_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        run.arguments(list(words))


def test_paths_are_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = _settings("--replay", "a.txt", "--office", "o", "--state", "s").absolute()
    assert (settings.office, settings.state) == (tmp_path / "o", tmp_path / "s")
    assert settings.source == Replay((tmp_path / "a.txt",))
