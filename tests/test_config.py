"""The configuration: precedence, errors that name file and key, secrets, and config.toml itself."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from headcount.config import SECRETS, Config, load, read_secret
from headcount.core.errors import ConfigError

ROOT = Path(__file__).parent.parent


def load_from(
    folder: Path,
    text: str = "",
    environ: dict[str, str] | None = None,
    flags: dict[str, Any] | None = None,
) -> Config:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, flags, environ or {})


def without_secrets(config: Config) -> dict[str, Any]:
    dumped = config.model_dump(mode="json")
    for section, key in SECRETS:
        del dumped[section][key]
    return dumped


def test_the_config_file_holds_every_key_with_its_default() -> None:
    documented = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    assert documented == without_secrets(Config())


def test_every_key_of_the_config_file_has_a_comment() -> None:
    above = ""
    for line in (ROOT / "config.toml").read_text(encoding="utf-8").splitlines():
        if line and line[0].isalpha():
            documented = above.startswith("#") or line.startswith("token_file")  # shares one
            assert documented, line
        above = line


def test_later_sources_win(tmp_path: Path) -> None:
    text = "[identify]\nmin_hits = 3\nmin_rssi = -70\n[server]\nport = 1\n"
    environ = {"HEADCOUNT_IDENTIFY__MIN_RSSI": "-60", "HEADCOUNT_SERVER__PORT": "2"}
    config = load_from(tmp_path, text, environ, {"server": {"port": 3}})
    assert (config.identify.min_hits, config.identify.min_rssi, config.server.port) == (3, -60, 3)
    assert config.identify.dedupe_minutes == 5


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load(environ={}, working_dir=tmp_path) == Config()


def test_the_working_directorys_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[server]\nport = 9\n", encoding="utf-8")
    assert load(environ={}, working_dir=tmp_path).server.port == 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[radio]\nadaptr = "hci0"\n',
            ["config.toml", "radio.adaptr", "Did you mean radio.adapter"],
        ),
        ("answer = 42\n", ["config.toml", "unknown key answer"]),
        (
            '[identify]\nmin_hits = "two"\n',
            ["config.toml", "identify.min_hits", "integer", "'two'"],
        ),
        ("[identify]\nmin_hits = 0\n", ["identify.min_hits", "greater than or equal to 1"]),
        ('[radio]\nformats = ["ibeacn"]\n', ["radio.formats.0", "'ibeacon'", "'ibeacn'"]),
        ('[radio]\nid_prefix = "xyz"\n', ["radio.id_prefix", "'xyz'"]),
        ("[server\n", ["config.toml", "not valid TOML", "line 1"]),
        ("station = 1\n", ["station", "dictionary"]),
        ('[backend]\nkey = "canary"\n', ["backend.key", "secret", "HEADCOUNT_BACKEND__KEY"]),
        ('[server]\nscanner_key = "canary"\n', ["server.scanner_key", "secret"]),
        (
            '[server]\ndatabase_url = "postgresql://me:canary@db/headcount"\n',
            ["server.database_url", "password", "HEADCOUNT_SERVER__DATABASE_URL"],
        ),
    ],
)
def test_a_wrong_file_names_place_and_remedy(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_from(tmp_path, text)
    message = str(caught.value)
    assert [part for part in expected if part not in message] == []
    assert "canary" not in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HEADCOUNT_SERVER__PORTT": "1"}, ["HEADCOUNT_SERVER__PORTT", "HEADCOUNT_SERVER__PORT?"]),
        ({"HEADCOUNT_SERVER__PORT": "x"}, ["HEADCOUNT_SERVER__PORT", "server.port", "'x'"]),
        ({"HEADCOUNT_RADIO__FORMATS": "ibeacon"}, ["environment", "JSON"]),
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, environ: dict[str, str], expected: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_from(tmp_path, "", environ)
    assert [part for part in expected if part not in str(caught.value)] == []


def test_a_missing_file_named_by_flag_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load(tmp_path / "none.toml", environ={})


def test_the_simple_key_serves_station_and_backend(tmp_path: Path) -> None:
    config = load_from(tmp_path, "", {"SCANNER_API_KEY": "canary"})
    assert config.backend.key.get_secret_value() == "canary"
    assert config.server.scanner_key.get_secret_value() == "canary"
    assert "canary" not in repr(config)


def test_the_stations_own_variable_wins_over_the_simple_key(tmp_path: Path) -> None:
    environ = {"SCANNER_API_KEY": "simple", "HEADCOUNT_BACKEND__KEY": "own"}
    assert load_from(tmp_path, "", environ).backend.key.get_secret_value() == "own"


def test_a_secret_file_must_be_private(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("canary\n", encoding="utf-8")
    file.chmod(0o600)
    assert read_secret(SecretStr(""), str(file), "backend.key_file") == "canary"
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        read_secret(SecretStr(""), str(file), "backend.key_file")
    assert "canary" not in str(caught.value)


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"backend\.key_file.*none"):
        read_secret(SecretStr(""), str(tmp_path / "none"), "backend.key_file")
