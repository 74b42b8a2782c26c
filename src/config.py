"""The configuration: defaults < config.toml < HEADCOUNT_… environment < flags.

Every key is documented in config.toml at the project's root; a test holds that file equal to the
defaults here. Secrets come from the environment or a file of mode 0600, never from config.toml.
"""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from .core.errors import ConfigError
from .core.model import Format

PREFIX = "HEADCOUNT_"
SIMPLE_KEY = "SCANNER_API_KEY"
"""The contract's simple way to give one scanner key to the station and to the backend."""

ENVIRONMENT = "the environment"

Dbm = Annotated[int, Field(ge=-127, le=20)]
Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Station(_Section):
    """Who this scanner is."""

    scanner_id: Annotated[str, Field(max_length=64)] = ""
    """Name of this scanner in every record. Empty: the machine's host name."""


class Radio(_Section):
    """What counts as a badge, and how the radio listens."""

    adapter: str = ""
    """Bluetooth adapter, such as "hci0". Empty: the system's default."""
    formats: tuple[Format, ...] = tuple(Format)
    """Advertisement formats that count."""
    id_prefix: Annotated[str, Field(pattern="^[0-9a-fA-F-]{0,36}$")] = ""
    """Only ids that begin with these hexadecimal digits count. Empty: all."""
    companies: tuple[Annotated[int, Field(ge=0, le=0xFFFF)], ...] = ()
    """AltBeacon company ids that count. Empty: all."""
    major: Annotated[int, Field(ge=-1, le=0xFFFF)] = -1
    """Only this iBeacon major (AltBeacon id2) counts. -1: all."""
    minor: Annotated[int, Field(ge=-1, le=0xFFFF)] = -1
    """Only this iBeacon minor (AltBeacon id3) counts. -1: all."""
    service_data_services: tuple[Annotated[str, Field(pattern="^[0-9a-fA-F]{4}$")], ...] = ()
    """16-bit services whose service data begins with the 16-byte id, such as "fd6f"."""
    rssi_filter: Dbm = -127
    """What the Bluetooth daemon drops by itself, dBm. -127: nothing."""
    silence_alarm_seconds: Seconds = 30.0
    """Silence after which the screen asks whether the radio still hears."""
    restart_after_seconds: Seconds = 90.0
    """Silence after which the scan is restarted; doubles while the room stays silent."""
    start_timeout_seconds: Seconds = 15.0
    """How long the Bluetooth daemon may take to start or stop a scan."""


class Identify(_Section):
    """When an identifier counts as a sighting."""

    min_hits: Annotated[int, Field(ge=1, le=20)] = 2
    """How often it must be heard within `hits_within_seconds`."""
    hits_within_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0
    """The stretch in which the hits must fall."""
    min_rssi: Dbm = -80
    """The hits' median signal, dBm, at least. -127: any."""
    dedupe_minutes: Annotated[float, Field(ge=0)] = 5.0
    """Within this time a bleUuid is not logged again."""
    away_minutes: Annotated[float, Field(gt=0)] = 10.0
    """Not heard for this long: departed when it was last heard."""
    strict: bool = False
    """Log only ids that are on the roster; strangers are counted, not stored."""


class Log(_Section):
    """The attendance log on this machine."""

    gather_ms: Annotated[int, Field(ge=0, le=1000)] = 50
    """Records are gathered this long, then flushed to the disk together."""
    reserve_kib: NotNegative = 256
    """Disk space kept for more check-ins when the disk is full."""
    capacity: Positive = 100_000
    """Records that may wait in memory while the disk can't take them."""
    mirror_dir: str = ""
    """Directory for a second copy, such as one on a USB stick. It must exist. Empty: none."""
    archive: bool = True
    """Move a log into `archive/` once its event is over and every record was acknowledged."""


class Backend(_Section):
    """Where the station sends its records."""

    url: str = "http://127.0.0.1:8765"
    """The backend's address. Plain http is accepted for this machine only."""
    ca_file: str = ""
    """PEM file of a private certificate authority. Empty: the system's."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 30.0
    """How long one request may take."""
    key: SecretStr = SecretStr("")
    """The scanner key. Environment only: SCANNER_API_KEY, or HEADCOUNT_BACKEND__KEY."""
    key_file: str = ""
    """File of mode 0600 that holds the scanner key."""
    token: SecretStr = SecretStr("")
    """An admin's token. Environment only: HEADCOUNT_BACKEND__TOKEN."""
    token_file: str = ""
    """File of mode 0600 that holds the admin's token."""


class Sync(_Section):
    """How records are sent."""

    automatic: bool = False
    """While `scan` runs, send in the background whenever the backend answers."""
    interval_seconds: Annotated[float, Field(ge=0.1, le=86_400)] = 60.0
    """Pause between two sendings in the background; doubles without a network, up to 15 minutes."""
    batch_records: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    """Records in one POST, at most."""
    attempts: Positive = 5
    """How often a POST is tried before `sync` gives up and keeps everything."""


class Server(_Section):
    """The bundled backend."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    """Port to listen on. 0: any free one, which is printed."""
    database_url: str = ""
    """SQLAlchemy URL. Empty: SQLite, `backend.sqlite3` in the data directory."""
    max_body_mib: Annotated[int, Field(ge=1, le=4096)] = 64
    """Largest request body after decompression, MiB."""
    cors_origins: tuple[Annotated[str, Field(pattern="^https?://[^/*]+$")], ...] = ()
    """Origins whose pages may ask from a browser, such as "https://desk.example.org"."""
    log_json: bool = False
    """Log as JSON objects, one a line, with one line for each request."""
    scanner_key: SecretStr = SecretStr("")
    """The simple scanner key. Environment only: SCANNER_API_KEY."""


class Config(BaseSettings):
    """The whole configuration."""

    model_config = {
        "extra": "forbid",
        "frozen": True,
        "env_prefix": PREFIX,
        "env_nested_delimiter": "__",
        "use_attribute_docstrings": True,
        "validate_default": False,
    }

    data_dir: str = ""
    """Where logs and state are kept. Empty: the user's data directory."""
    station: Station = Station()
    radio: Radio = Radio()
    identify: Identify = Identify()
    log: Log = Log()
    backend: Backend = Backend()
    sync: Sync = Sync()
    server: Server = Server()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags and the file come in as one merged dictionary; see `load`."""
        return (init_settings,)

    @property
    def data_path(self) -> Path:
        """The data directory (not created by reading it)."""
        if self.data_dir:
            return Path(self.data_dir).expanduser()
        return platformdirs.user_data_path("headcount", appauthor=False)


SECRETS = frozenset({("backend", "key"), ("backend", "token"), ("server", "scanner_key")})
"""Keys that a config file must not hold."""


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
    environ = os.environ if environ is None else environ
    file = path or _default_file(working_dir or Path.cwd())
    layers: list[tuple[str, dict[str, Any]]] = []
    if file is not None:
        layers.append((str(file), _read_toml(file)))
    layers.append((ENVIRONMENT, _read_environment(environ)))
    layers.append(("the command line", dict(flags or {})))
    merged: dict[str, Any] = {}
    for _, layer in layers:
        _merge(merged, layer)
    try:
        return Config(**merged)
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
    candidates = (
        working_dir / "config.toml",
        platformdirs.user_config_path("headcount", appauthor=False) / "config.toml",
    )
    return next((path for path in candidates if path.is_file()), None)


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
                "of mode 0600 (backend.key_file, backend.token_file).",
            )
    return data


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
