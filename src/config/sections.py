"""The configuration: defaults < config.toml < HEADCOUNT_… environment < flags.

Every key is documented in config.toml at the project's root; a test holds that file equal to the
defaults here. Secrets come from the environment or a file of mode 0600, never from config.toml.
"""

from __future__ import annotations

import base64
import ipaddress
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from ..core.acts import WalkIns
from ..core.fleet import KEYS
from ..core.model import Format

PREFIX = "HEADCOUNT_"
Dbm = Annotated[int, Field(ge=-127, le=20)]
Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]


def _public_key(text: str) -> str:
    """32 bytes in base64 or hexadecimal digits, or nothing at all."""
    text = text.strip()
    try:
        hexadecimal = len(text) == 64  # noqa: PLR2004 - two digits a byte
        key = bytes.fromhex(text) if hexadecimal else base64.b64decode(text, validate=True)
    except ValueError:
        key = b"?"
    if text and len(key) != 32:  # noqa: PLR2004 - RFC 7748, 5
        raise ValueError("expected the backend's public key, as 'headcount log seal-key' prints it")
    return text


PublicKey = Annotated[str, AfterValidator(_public_key)]


def _lan_address(text: str) -> str:
    """An IPv4 address that a machine can have, or nothing at all."""
    if text and (not _is_ipv4(text) or ipaddress.IPv4Address(text).is_unspecified):
        raise ValueError("expected an IPv4 address of this machine, such as 192.168.1.20")
    return text


def _lan_peer(text: str) -> str:
    """`ADDRESS:PORT`."""
    host, _, port = text.rpartition(":")
    if not _is_ipv4(host) or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:  # noqa: PLR2004
        raise ValueError("expected ADDRESS:PORT, such as 192.168.1.21:8767")
    return text


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


LanAddress = Annotated[str, AfterValidator(_lan_address)]
LanPeer = Annotated[str, AfterValidator(_lan_peer)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Station(_Section):
    """Who this scanner is."""

    scanner_id: Annotated[str, Field(max_length=64)] = ""
    """Name of this scanner in every record. Empty: the machine's host name."""
    undo_minutes: Annotated[float, Field(ge=0, le=1440)] = 15.0
    """How long an operator can take back an own act."""
    walk_in_policy: WalkIns = WalkIns.ASK
    """Whether people who are not on the roster are added: allow, ask (once more) or refuse. An
    event's own policy goes before."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Port on this machine for `/healthz` and `/metrics` while `scan` runs. 0: none."""


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


class AnswerBack(_Section):
    """The station's own beacon, which tells apps whom it has counted (docs/radio.md)."""

    enabled: bool = False
    """Broadcast it while a scan with Bluetooth runs."""
    adapter: str = ""
    """Bluetooth adapter that broadcasts. Empty: the one that listens."""
    company: Annotated[int, Field(ge=0, le=0xFFFF)] = 0xFFFF
    """Company id of its manufacturer data."""


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


def _pushable(keys: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [key for key in keys if key not in KEYS]:
        raise ValueError(f"{unknown[0]} is not among {', '.join(KEYS)}")
    return keys


class Fleet(_Section):
    """What the backend's admin may decide for this station."""

    accept: bool | Annotated[tuple[str, ...], AfterValidator(_pushable)] = True
    """Settings that are taken from the backend: all that can be (true), none, or these keys."""


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
    seal_to: PublicKey = ""
    """The backend's public key. If set, this machine can write its log but not read it."""
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
    """File of mode 0600 that holds the scanner key. Empty: what `headcount pair` wrote."""
    token: SecretStr = SecretStr("")
    """An admin's token. Environment only: HEADCOUNT_BACKEND__TOKEN."""
    token_file: str = ""
    """File of mode 0600 that holds the admin's token. Empty: what `headcount sign-in` wrote."""


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


class Lan(_Section):
    """What stations of one event tell one another on a LAN (docs/lan.md)."""

    enabled: bool = False
    """Tell the other doors' stations the own log while `scan` runs, and keep copies of theirs."""
    address: LanAddress = ""
    """IPv4 address of the network card to use. Empty: the one that multicast leaves by."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """TCP port to listen on. 0: any free one, which is announced."""
    peers: tuple[LanPeer, ...] = ()
    """Stations that are not found by themselves, as `ADDRESS:PORT`."""
    key_file: str = ""
    """File of mode 0600 that holds the fleet key. Empty: what `headcount pair --lan` wrote, or
    what the backend gave for the event."""


class Server(_Section):
    """The bundled backend."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    """Port to listen on. 0: any free one, which is printed."""
    database_url: str = ""
    """SQLAlchemy URL: `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`, no password here.
    Empty: SQLite, `backend.sqlite3` in the data directory."""
    max_body_mib: Annotated[int, Field(ge=1, le=4096)] = 64
    """Largest request body after decompression, MiB."""
    cors_origins: tuple[Annotated[str, Field(pattern="^https?://[^/*]+$")], ...] = ()
    """Origins whose pages may ask from a browser, such as "https://desk.example.org"."""
    log_json: bool = False
    """Log as JSON objects, one a line, with one line for each request."""
    scanner_key: SecretStr = SecretStr("")
    """The simple scanner key. Environment only: SCANNER_API_KEY."""
    backup_dir: str = ""
    """Where backups of the database go. Empty: `backups` in the data directory."""
    backup_every_hours: Annotated[int, Field(ge=0, le=8760)] = 24
    """Hours between the backups that a running backend makes. 0: none."""
    backups_kept: Annotated[int, Field(ge=1, le=10_000)] = 14
    """Backups that stay in the folder; older ones are deleted."""
    backup_before_upgrade: bool = True
    """Whether a PostgreSQL database is backed up before it is upgraded; needs pg_dump. SQLite
    always is."""
    sign_up: Literal["closed", "approval", "open"] = "closed"
    """Who may make an account: nobody, anybody with an admin's approval, anybody."""
    session_idle_minutes: Annotated[int, Field(ge=1, le=43_200)] = 720
    """A sign-in ends after this long without a request."""
    session_max_hours: Annotated[int, Field(ge=1, le=8_760)] = 168
    """A sign-in ends after this long in any case."""
    oidc_issuer: str = ""
    """An identity provider whose signed tokens are accepted, as its `iss` says. Empty: none."""
    oidc_audience: str = ""
    """The `aud` that these tokens must have. Must be set with `oidc_issuer`."""
    oidc_jwks_url: str = ""
    """Where the provider's public keys are. Empty: its discovery document says."""
    webhook_secret: SecretStr = SecretStr("")
    """Signs the provider's messages about users, `whsec_…`. Environment only."""
    webhook_secret_file: str = ""
    """File of mode 0600 that holds the webhook secret."""
    insights_secret: SecretStr = SecretStr("")
    """Signs another program's messages about insights, `whsec_…`. Environment only."""
    insights_secret_file: str = ""
    """File of mode 0600 that holds that secret."""


class Retention(_Section):
    """How long the backend keeps what."""

    sightings_days: NotNegative = 21
    """Raw sightings and refused records go so many days after their event's end. 0: never."""
    trash_days: NotNegative = 30
    """What was deleted goes for good so many days later, and not before 30 days. 0: never."""
    audit_days: NotNegative = 365
    """Entries of the audit log go after so many days. 0: never."""
    automatic: bool = False
    """A running backend purges by itself, once a day."""
    archive_dir: str = ""
    """Where purged rows are written first. Empty: `archive` in the data directory, and no purge
    over HTTP."""


class Pretix(_Section):
    """People from pretix, and check-ins to it (`headcount pretix`)."""

    url: str = "https://pretix.eu"
    """Where pretix is."""
    organizer: str = ""
    """The organizer's slug, as in the address of the shop."""
    token: SecretStr = SecretStr("")
    """An API token of a team that may see orders and check tickets in. Environment only."""
    token_file: str = ""
    """File of mode 0600 that holds the token."""


class Ui(_Section):
    """The terminal UI."""

    theme: Literal["dark", "light", "high-contrast", "console"] = "dark"
    """Colours of the screens."""
    symbols: bool = True
    """Unicode symbols and drawn digits. Off: ASCII only, for consoles without them."""
    bell: bool = True
    """Ring the terminal's bell when the radio goes deaf."""
    language: Annotated[str, Field(pattern="^[A-Za-z_]{0,12}$")] = ""
    """Language of the screens, such as "de". Empty: the system's."""


class Web(_Section):
    """The terminal UI in browsers."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8766
    """Port to listen on. 0: any free one, which is printed."""
    public_url: Annotated[str, Field(pattern="^(https?://[^/]+/?)?$")] = ""
    """Where browsers find it when a proxy stands before it. Empty: where they asked."""
    most_pages: Annotated[int, Field(ge=1, le=1000)] = 20
    """Pages that may be open at once: each is a process of some 100 MB."""


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
    answer_back: AnswerBack = AnswerBack()
    identify: Identify = Identify()
    fleet: Fleet = Fleet()
    log: Log = Log()
    backend: Backend = Backend()
    sync: Sync = Sync()
    lan: Lan = Lan()
    server: Server = Server()
    web: Web = Web()
    retention: Retention = Retention()
    pretix: Pretix = Pretix()
    ui: Ui = Ui()
    keys: dict[str, str] = {}
    """Keys by act, where they are not the usual ones (docs/screens.md)."""

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


SECRETS = frozenset(
    {
        ("backend", "key"),
        ("backend", "token"),
        ("server", "scanner_key"),
        ("server", "webhook_secret"),
        ("server", "insights_secret"),
        ("pretix", "token"),
    }
)
"""Keys that a config file must not hold."""
