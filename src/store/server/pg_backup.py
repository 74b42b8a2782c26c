"""Backups of a PostgreSQL database, by its own pg_dump and pg_restore.

A backup is one file in pg_dump's custom form: one snapshot, taken while others write. It is read
through before it gets its name; beside it lies a manifest, as for SQLite.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # nosec B404 - pg_dump and pg_restore only
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import LiteralString, NamedTuple

import msgspec
import psycopg
from psycopg import sql
from sqlalchemy import URL

from ...core.backend import DatabaseUnavailable
from ...core.errors import HeadcountError, UsageError
from .sqlite_backup import (
    BackupDamaged,
    Manifest,
    digest,
    made_whole,
    manifest_of,
    private,
    read_verified,
)

SUFFIX = ".pgdump"
ASIDE = "before_"
"""Schemas of this name hold what was there before a restore; they are in no backup."""

_COPY = re.compile(rb"COPY [\w\"]+\.\"?(\w+)\"? .*FROM stdin;\n")
_VERSIONS = Path("/usr/lib/postgresql")
"""Where Debian keeps the tools of each version, for a machine without its wrappers in PATH."""

_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_MOMENT, _MOMENTS = "SELECT pg_sleep(0.1)", 10
"""PostgreSQL takes a while, on a busy machine, to see that a client has gone."""


def back_up(database: URL, target: Path, now_ms: int) -> Manifest:
    """Dump the database as it is at this moment to the new file `target`, verified.

    Raises UsageError without the tools or where the file can't be written, DatabaseUnavailable,
    BackupDamaged; then no file is left.
    """
    part = target.with_name(target.name + ".part")
    tool = _tool("pg_dump")
    with made_whole(part, target):
        private(part).close()
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--exclude-schema={ASIDE}*"]
        _run([tool, *options, f"--file={part}", _address(database)], database)
        manifest = _describe(part, now_ms)
        with private(manifest_of(target)) as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return manifest


def verify(backup: Path) -> Manifest:
    """Check a backup against its manifest, and read all of it. Raises BackupDamaged, UsageError."""
    return read_verified(backup, _describe)


class Restored(NamedTuple):
    """What was restored, and whether something was moved aside."""

    manifest: Manifest
    aside: bool


def restore(backup: Path, database: URL, *, aside: str | None) -> Restored:
    """Fill an empty database from a verified backup.

    Tables that are there are moved to the schema `aside` first; without it they are an error.
    Raises UsageError, also while somebody is connected, BackupDamaged, DatabaseUnavailable; then
    everything is as it was.
    """
    manifest, tool = verify(backup), _tool("pg_restore")
    moved = _make_room(database, aside)
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    try:
        _run([tool, *options, f"--dbname={_address(database)}", str(backup)], database)
    except HeadcountError:
        if moved and aside:
            _execute(
                database, "DROP SCHEMA public CASCADE", "ALTER SCHEMA {} RENAME TO public", aside
            )
        raise
    return Restored(manifest, moved)


def _make_room(database: URL, aside: str | None) -> bool:
    """Whether there was something to move."""
    with _connect(database) as connection:
        connection.autocommit = True  # in one transaction the same others would be seen each time
        tables, in_use = _number(connection, _TABLES), _is_in_use(connection)
    if in_use:
        raise UsageError(
            f"The database {database.database} is in use.",
            safe="It was not changed.",
            remedy="Stop the backend, and whoever else is connected, first.",
        )
    if not tables:
        return False
    if aside is None:
        raise UsageError(
            f"The database {database.database} is not empty.",
            safe="It was not changed.",
            remedy="With --force its tables are kept in another schema.",
        )
    _execute(database, "ALTER SCHEMA public RENAME TO {}", "CREATE SCHEMA public", aside)
    return True


def _is_in_use(connection: psycopg.Connection) -> bool:
    """Whether somebody else is connected, and stays."""
    for _ in range(_MOMENTS):
        if not _number(connection, _OTHERS):
            return False
        connection.execute(_MOMENT)
    return bool(_number(connection, _OTHERS))


def _number(connection: psycopg.Connection, query: LiteralString) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _execute(database: URL, first: str, second: str, name: str) -> None:
    """Two statements in one transaction; {} stands for the name."""
    with _connect(database) as connection:
        for statement in (first, second):
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _connect(database: URL) -> psycopg.Connection:
    try:
        return psycopg.connect(_address(database), password=database.password or None)
    except psycopg.OperationalError as error:
        raise _unavailable(database, str(error)) from None


def _address(database: URL) -> str:
    """For libpq; without the password, which the list of processes would show."""
    plain = database.set(drivername="postgresql", password=None)
    return plain.render_as_string(hide_password=False)


def _run(command: Sequence[str], database: URL) -> None:
    password = {"PGPASSWORD": str(database.password)} if database.password else {}
    done = subprocess.run(  # noqa: S603  # nosec B603 - our own words, no shell
        command, env={**os.environ, **password}, capture_output=True, check=False
    )
    if done.returncode:
        raise _unavailable(database, done.stderr.decode(errors="replace"))


def _unavailable(database: URL, words: str) -> DatabaseUnavailable:
    where = f"{database.host or database.query.get('host') or 'this machine'}, {database.database}"
    first = words.strip().partition("\n")[0]
    return DatabaseUnavailable(
        f"PostgreSQL's tool could not work on {where}: {first}.",
        safe="What was in the database is still there.",
        remedy="Check that PostgreSQL runs and lets this user in (the password can be in "
        "PGPASSWORD or in ~/.pgpass), and that its tools are not older than the server.",
    )


def _tool(name: str) -> str:
    """Where a tool is. Raises UsageError, naming the package."""
    newest = sorted(_VERSIONS.glob(f"*/bin/{name}"), key=lambda path: path.parts[-3].zfill(4))
    found = shutil.which(name) or (str(newest[-1]) if newest else None)
    if found is None:
        raise UsageError(
            f"{name} is not installed here.",
            safe="Nothing was changed.",
            remedy="apt-get install postgresql-client (at least the server's version), or run this "
            "on the database's machine.",
        )
    return found


def _describe(backup: Path, created_at: int) -> Manifest:
    """Read a dump through, to its last row. Raises BackupDamaged."""
    command = [_tool("pg_restore"), "--data-only", "--file=-", str(backup)]
    with subprocess.Popen(  # noqa: S603  # nosec B603 - our own words, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        rows, schema = _count(process.stdout)
    if process.returncode or not schema:
        raise BackupDamaged(
            f"{backup} is no sound dump of a backend's database.",
            safe="The database in use was not touched.",
            remedy="Use another backup.",
        )
    return Manifest(created_at, digest(backup), backup.stat().st_size, schema, rows)


def _count(lines: Iterable[bytes]) -> tuple[dict[str, int], str]:
    """Rows by table, and the schema's version."""
    rows: dict[str, int] = {}
    table = schema = ""
    for line in lines:
        if not table:
            begin = _COPY.fullmatch(line)
            table = begin[1].decode() if begin else ""
            rows |= {table: 0} if table else {}
        elif line == b"\\.\n":
            table = ""
        else:
            rows[table] += 1
            schema = line.decode().strip() if table == "alembic_version" else schema
    return _sorted(rows), schema


def _sorted(rows: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(rows.items()))
