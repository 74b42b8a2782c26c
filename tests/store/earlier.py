"""Data directories as earlier versions left them, made by the migrations of those versions."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from headcount.store.server import schema
from headcount.store.server.migrate import SCRIPTS

DATABASE = "backend.sqlite3"
START = 1_753_000_000_000
ANN = uuid.UUID(int=1)
LOG = '{"bleUuid":"00000000-0000-0000-0000-000000000001","checkInTime":1753000005000}\n'

FILL = f"""
INSERT INTO users VALUES (1, 'u1', 'Ann', 'ann@x.org', 'ann@x.org', 'user', NULL, {START});
INSERT INTO badges VALUES (x'{ANN.hex}', 1, {START});
INSERT INTO events VALUES (1, 'E', 'Class', '', {START}, {START + 9000}, 'UTC', 0, {START});
INSERT INTO registrations VALUES (1, 1, 'approved', {START});
INSERT INTO scanners VALUES (1, 'Door', {START});
INSERT INTO event_scanners VALUES (1, 1, {START});
INSERT INTO sightings VALUES (1, x'{ANN.hex}', {START + 5000}, 1);
INSERT INTO attendance VALUES (1, 1, {START + 5000}, 1);
INSERT INTO batches VALUES (1, 1, 1, 1, {START}, 1, 0, 1, 0, 0);
"""


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
