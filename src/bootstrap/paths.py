"""Where things are kept under the data directory."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from ..config import Config
from ..core.errors import UsageError
from ..core.identity import is_event_id
from ..store.log_segment import make_parents

LOG_NAME = "attendance_log.jsonl"


def events_dir(config: Config) -> Path:
    """One directory an event."""
    return config.data_path / "events"


def event_folder(event_id: str) -> str:
    """The name of an event's folder. The id is quoted: no system forbids the name."""
    return quote(event_id, safe="")


def log_path(config: Config, event_id: str) -> Path:
    """The event's attendance log."""
    return events_dir(config) / event_folder(event_id) / LOG_NAME


def logged_events(config: Config) -> list[str]:
    """Ids of the events that have a log here; a folder of another name is somebody else's."""
    names = (unquote(path.parent.name) for path in events_dir(config).glob(f"*/{LOG_NAME}"))
    return sorted(filter(is_event_id, names))


def event_of(config: Config, path: Path) -> str:
    """The event that a log under the data directory belongs to; empty for any other file."""
    here = path.resolve()
    is_ours = here.name == LOG_NAME and here.parent.parent == events_dir(config).resolve()
    return unquote(here.parent.name) if is_ours else ""


def default_database(config: Config) -> Path:
    """The backend's SQLite file where no database is configured."""
    return config.data_path / "backend.sqlite3"


def database_url(config: Config) -> str:
    """The backend's database as an SQLAlchemy URL."""
    return config.server.database_url or f"sqlite:///{default_database(config)}"


def state_dir(config: Config) -> Path:
    """The station's small state that can be rebuilt."""
    return config.data_path / "station"


def make_data_dir(config: Config) -> Path:
    """Create the data directory, for this user alone. Raises UsageError."""
    path = config.data_path
    try:
        make_parents(path / "any")
    except OSError as error:
        raise UsageError(
            f"The data directory {path} can't be made: {error.strerror}.",
            remedy="Name another one with --data-dir, or with HEADCOUNT_DATA_DIR.",
        ) from None
    return path
