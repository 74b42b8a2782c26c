"""Reads the configuration layer by layer, and names the place of a mistake."""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from ..core.errors import ConfigError
from .sections import PREFIX, SECRETS, Config

SIMPLE_KEY = "SCANNER_API_KEY"
"""The contract's simple way to give one scanner key to the station and to the backend."""

ENVIRONMENT = "the environment"
FLAGS = "the command line"


def load(
    path: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    working_dir: Path | None = None,
) -> Config:
    """Read the configuration; `flags` is nested like the file. Raises ConfigError.

    `path` (from --config) must exist; without it the first that exists is taken of `config.toml` in
    the working directory and in the user's config directory.
    """
    return load_traced(path, flags, environ, working_dir)[0]


def load_traced(
    path: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    working_dir: Path | None = None,
) -> tuple[Config, dict[str, str]]:
    """As `load`; also where each key (`section.key`) comes from that has not its default."""
    environ = os.environ if environ is None else environ
    file = path or _default_file(working_dir or Path.cwd())
    layers: list[tuple[str, dict[str, Any]]] = []
    if file is not None:
        layers.append((str(file), _read_toml(file)))
    layers.append((ENVIRONMENT, _read_environment(environ)))
    layers.append((FLAGS, dict(flags or {})))
    merged: dict[str, Any] = {}
    for _, layer in layers:
        _merge(merged, layer)
    try:
        return Config(**merged), _traced(layers)
    except ValidationError as error:
        raise ConfigError(
            "; ".join(_explain(problem, layers) for problem in error.errors()),
            remedy="docs/configuration.md lists every key with its default and reason.",
        ) from None


def read_secret(value: SecretStr, file: str, key: str) -> str:
    """The secret itself, from the environment or from its file. Raises ConfigError."""
    if value.get_secret_value() or not file:
        return value.get_secret_value()
    path = Path(file).expanduser()
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{key}: can't read {path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{key}: {path} is not UTF-8.") from None  # its words quote the content
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(
            f"{key}: {path} can be read by others (mode {stat.S_IMODE(mode):04o}).",
            remedy=f"Run: chmod 600 {path}",
        )
    return text


def _default_file(working_dir: Path) -> Path | None:
    candidates = (working_dir / "config.toml", user_file())
    return next((path for path in candidates if path.is_file()), None)


def user_file() -> Path:
    """The file in the user's configuration directory, whether it exists or not."""
    return platformdirs.user_config_path("headcount", appauthor=False) / "config.toml"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}.") from None
    for section, key in sorted(SECRETS):
        if isinstance(data.get(section), dict) and key in data[section]:
            raise ConfigError(
                f"{path}: {section}.{key} is a secret and must not be in a configuration file.",
                remedy=f"Put it into the environment ({_variable((section, key))}) or into a file "
                "of mode 0600 (backend.key_file, backend.token_file, server.webhook_secret_file, "
                "server.insights_secret_file, pretix.token_file).",
            )
    _refuse_password(path, data)
    return data


def _refuse_password(path: Path, data: Mapping[str, Any]) -> None:
    """A database's URL may be in the file, its password may not."""
    server = data.get("server")
    url = str(server.get("database_url", "")) if isinstance(server, dict) else ""
    if ":" in url.partition("//")[2].rpartition("@")[0]:
        raise ConfigError(
            f"{path}: server.database_url holds a password, which must not be in a configuration "
            "file.",
            remedy="Put it into ~/.pgpass (mode 0600) or PGPASSWORD, or the whole URL into "
            f"{_variable(('server', 'database_url'))}.",
        )


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Our variables as a nested dictionary; a variable that no key answers to is an error."""
    known = {_variable(location): location for location in _locations(Config)}
    for name in environ:
        if name.startswith(PREFIX) and name not in known and name != f"{PREFIX}CONFIG":
            raise ConfigError(f"the environment: {name} is no setting.{_did_you_mean(name, known)}")
    source = EnvSettingsSource(Config, env_prefix=PREFIX, env_nested_delimiter="__")
    source.env_vars = {name.lower(): value for name, value in environ.items()}
    try:
        data = source()
    except ValueError as error:
        raise ConfigError(
            f'the environment: {error}: expected JSON, such as ["ibeacon"].'
        ) from None
    if simple := environ.get(SIMPLE_KEY):
        data.setdefault("backend", {}).setdefault("key", simple)
        data.setdefault("server", {}).setdefault("scanner_key", simple)
    return data


def _locations(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _locations(kind, (*above, name))
        else:
            yield (*above, name)


def _variable(location: tuple[str, ...]) -> str:
    return PREFIX + "__".join(location).upper()


def _merge(into: dict[str, Any], layer: Mapping[str, Any]) -> None:
    for key, value in layer.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def _explain(problem: ErrorDetails, layers: list[tuple[str, dict[str, Any]]]) -> str:
    """One sentence: file or variable, key, and what was expected (never the value of a secret)."""
    location = tuple(str(part) for part in problem["loc"])
    key = ".".join(location)
    where = _source(location, layers)
    if problem["type"] == "extra_forbidden":
        names = {".".join(known): known for known in _locations(Config)}
        return f"{where}: unknown key {key}.{_did_you_mean(key, names)}"
    message = problem["msg"]
    given = "" if location[:2] in SECRETS else f", not {problem['input']!r:.80}"
    return f"{where}: {key}: {message[:1].lower()}{message[1:]}{given}."


def _source(location: tuple[str, ...], layers: list[tuple[str, dict[str, Any]]]) -> str:
    """The layer that holds the value; later ones win."""
    for name, layer in reversed(layers):
        if _holds(layer, location):
            return f"the environment ({_variable(location[:2])})" if name == ENVIRONMENT else name
    return layers[0][0]


def _traced(layers: list[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    return {
        ".".join(location): _source(location, layers)
        for location in _locations(Config)
        if any(_holds(layer, location) for _, layer in layers)
    }


def settings_of(config: Config) -> Iterator[tuple[str, object, str]]:
    """Every key with its value and meaning; a secret's value only says whether it is set."""
    for location in _locations(Config):
        node: Any = config
        kind: type[BaseModel] = Config
        for part in location[:-1]:
            node, kind = getattr(node, part), type(getattr(node, part))
        value = getattr(node, location[-1])
        if location in SECRETS:
            value = "set" if value.get_secret_value() else "not set"
        about = kind.model_fields[location[-1]].description or ""
        yield ".".join(location), value, about


def _holds(layer: Mapping[str, Any], location: tuple[str, ...]) -> bool:
    node: object = layer
    for part in location:
        if not isinstance(node, Mapping):
            return True
        if part not in node:
            return False
        node = node[part]
    return True


def _did_you_mean(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""
