from pathlib import Path

import pytest

from ami_bridge.errors import SettingsRefusedError
from ami_bridge.settings import read_settings

GOOD = {
    "CHARTERLINE_OFFICE": "examples/pyeongchang",
    "CHARTERLINE_STATE": "var",
    "CHARTERLINE_AMI_SECRET": "s3cret",
    "CHARTERLINE_REDIS_URL": "redis://:pw@127.0.0.1:1/0",
    "CHARTERLINE_BRIDGE_PORT": "23006",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTERLINE_TRUNKS", "trunk, kt ,")
    monkeypatch.setenv("CHARTERLINE_REPLAY", "1")
    settings = read_settings()
    assert settings.secret() == "s3cret"
    assert settings.trunk_endpoints == {"trunk", "kt"}
    assert (settings.pbx, settings.ami_port, settings.journal, settings.replay) == ("pbx1", 5038, None, True)
    assert "s3cret" not in repr(settings)
    assert "pw@" not in repr(settings)


@pytest.mark.parametrize("name", [name for name in GOOD if not name.endswith("SECRET")])
def test_a_missing_setting_is_named_with_its_remedy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(SettingsRefusedError, match=f"^{name} is missing: set it$"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("CHARTERLINE_BRIDGE_PORT", "http", "give a whole number"),
        ("CHARTERLINE_BRIDGE_PORT", "70000", "give a port from 1 to 65535"),
        ("CHARTERLINE_PBX", "PBX 1", "use small letters, digits and _"),
        ("CHARTERLINE_REPLAY", "maybe", "correct it"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(
    name: str, value: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefusedError) as refused:
        read_settings()
    assert str(refused.value).startswith(f"{name} is wrong")
    assert str(refused.value).endswith(remedy)
    assert "\n" not in str(refused.value)


def test_the_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHARTERLINE_AMI_SECRET")
    with pytest.raises(SettingsRefusedError, match="AMI_SECRET_FILE"):
        read_settings().secret()
    file = tmp_path / "secret"
    file.write_text("from file\n", encoding="utf-8")
    monkeypatch.setenv("CHARTERLINE_AMI_SECRET_FILE", str(file))
    assert read_settings().secret() == "from file"
    file.unlink()
    with pytest.raises(SettingsRefusedError, match="cannot be read"):
        read_settings().secret()
