"""Data directories as earlier versions left them, made by the migrations of those versions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from tests.store.test_server_upgrade import FILL

from headcount.store.server import schema
from headcount.store.server.migrate import SCRIPTS

DATABASE = "backend.sqlite3"
LOG = '{"bleUuid":"00000000-0000-0000-0000-000000000001","checkInTime":1753000005000}\n'


def bring(url: str, revision: str) -> None:
    """Create or upgrade a database with the migrations up to `revision`."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        config.attributes["target_metadata"] = schema.metadata
        command.upgrade(config, revision)
    engine.dispose()


def earlier_directory(folder: Path, revision: str) -> Path:
    """A data directory of that version: database, configuration, a log; closed in order."""
    (folder / "events" / "E").mkdir(parents=True)
    (folder / "events" / "E" / "attendance_log.jsonl").write_text(LOG)
    (folder / "config.toml").write_text(f'data_dir = "{folder}"  # mine\n')
    database = folder / DATABASE
    bring(f"sqlite:///{database}", "0001")
    with closing(sqlite3.connect(database)) as db:
        db.executescript(FILL)
    bring(f"sqlite:///{database}", revision)
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    return folder


def others(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time of every file that is not the database's own."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and DATABASE not in path.name and path.parent.name != "backups"
    }
