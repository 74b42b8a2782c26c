"""The fleet key of this station: typed, from a file, or the event's own from the backend."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pydantic import SecretStr

from ..config import Config, read_secret
from ..core.errors import BackendRejected, ConfigError, UsageError
from ..core.lan_key import KEY_BYTES, key_bytes, key_text, normal_key
from ..core.model import Event
from ..store.station import StationStore
from .credentials import keep_secret
from .paths import make_data_dir, state_dir

if TYPE_CHECKING:
    from ..api.client import BackendClient

_PREFIX = "lan-key-"
WRONG = "expected 26 letters and digits, as 'headcount pair --lan' shows them"


def typed_key_file(config: Config) -> Path:
    """Where `headcount pair --lan` keeps the key."""
    return config.data_path / "credentials" / "lan.key"


def event_key_file(folder: Path, event_id: str) -> Path:
    """Where the event's key from the backend is kept."""
    return folder / f"{_PREFIX}{quote(event_id, safe='')}"


def events_with_key(config: Config) -> list[str]:
    """The events whose key the backend gave, by their ids."""
    files = sorted(state_dir(config).glob(f"{_PREFIX}*"))
    return [unquote(file.name.removeprefix(_PREFIX)) for file in files]


def fleet_key(config: Config, event_id: str) -> bytes | None:
    """The 32 bytes to prove to other stations; None for no key. Raises ConfigError.

    A key that somebody typed here goes before the backend's: it is what the others have.
    """
    named = config.lan.key_file
    typed, given = typed_key_file(config), event_key_file(state_dir(config), event_id)
    for file in [Path(named).expanduser()] if named else [typed, given]:
        if named or file.exists():
            text = read_secret(SecretStr(""), str(file), "lan.key_file" if named else str(file))
            normal = normal_key(text)
            if normal is None:
                raise ConfigError(f"{file}: {WRONG}.", safe="The scan goes on without the LAN.")
            return key_bytes(normal)
    return None


def new_key() -> str:
    """A new fleet key, as it is shown and typed."""
    return key_text(secrets.token_bytes(KEY_BYTES))


def keep_key(config: Config, typed: str) -> Path:
    """Keep a typed key in a file of mode 0600. Raises UsageError."""
    normal = normal_key(typed)
    if normal is None:
        raise UsageError(f"This is no fleet key: {WRONG}.", safe="Nothing was changed.")
    make_data_dir(config)
    return keep_secret(typed_key_file(config), normal)


async def fetch_lan_key(client: BackendClient, store: StationStore, event_id: str) -> None:
    """Fetch the event's key and keep it. Raises BackendError.

    A backend that has none, or is older, is no trouble: a typed key may serve.
    """
    try:
        normal = normal_key(await client.lan_key(event_id))
    except BackendRejected:
        return
    if normal:
        await asyncio.to_thread(_quietly, store, _keeping(store, event_id, normal))


async def forget_lan_keys(store: StationStore, events: Sequence[Event], now_ms: int) -> None:
    """Keep the keys of those events that are not over."""
    wanted = {event_key_file(store.folder, event.id) for event in events if event.end > now_ms}

    def forget() -> None:
        for file in set(store.folder.glob(f"{_PREFIX}*")) - wanted:
            with contextlib.suppress(OSError):
                file.unlink()

    await asyncio.to_thread(forget)


def _keeping(store: StationStore, event_id: str, normal: str) -> Callable[[], object]:
    return lambda: keep_secret(event_key_file(store.folder, event_id), normal)


def _quietly(store: StationStore, work: Callable[[], object]) -> None:
    try:
        work()
    except UsageError as error:
        store.warnings.append(f"The LAN's key can't be kept: {error.what}")
