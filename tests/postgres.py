"""A real PostgreSQL of the tests' own: made in a temporary folder, stopped and removed at the end.

PostgreSQL refuses to run as root; when the tests do, it runs as the user that its Debian package
made. It is reached by a Unix socket in its folder, so it needs no port, and several may run.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

BINARIES = Path("/usr/lib/postgresql/15/bin")
"""Debian keeps several versions side by side, outside PATH."""
OWNER = "postgres"
START_SECONDS = 60
GUARDED = "guarded"
"""A role that needs a password. The others don't: only we reach the folder."""
PASSWORD = "canary-database-password"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # Only a power cut tells the difference, and making 500 databases takes half the time without.
    "fsync": "off",
}


def missing() -> str:
    """What a test of PostgreSQL lacks here; empty if nothing."""
    if (BINARIES / "initdb").exists():
        return ""
    return "PostgreSQL 15 is not installed: apt-get install postgresql"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server."""

    folder: Path
    log: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of another one that nobody has open; its URL."""
        name = f"test_{next(self._numbers)}"
        self.execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever still has it open."""
        self.execute("DROP DATABASE {} WITH (FORCE)", str(make_url(url).database))

    def url(self, database: str, user: str = OWNER) -> str:
        """SQLAlchemy's name for one of its databases."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def execute(self, statement: str, *names: str) -> None:
        """As the server's owner; {} stand for names."""
        identifiers = [sql.Identifier(name) for name in names]
        with psycopg.connect(host=str(self.folder), user=OWNER, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*identifiers))


def execute(url: str, statement: str) -> None:
    """In the database of SQLAlchemy's URL."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute(statement.encode())


@contextmanager
def cluster(**settings: str) -> Iterator[Cluster]:
    """Make, start, and in the end stop and remove a server; `settings` are PostgreSQL's."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        owner = _owner(folder)
        subprocess.run(
            [*owner, *_initdb(folder)], check=True, stdout=subprocess.DEVNULL, cwd=folder
        )
        access = folder / "data" / "pg_hba.conf"
        access.write_text(f"local all {GUARDED} scram-sha-256\n" + access.read_text())
        with _running(folder, owner, settings):
            found = Cluster(folder, folder / "log")
            found.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
            yield found
    finally:
        shutil.rmtree(folder)


def _owner(folder: Path) -> list[str]:
    """The command that runs another one as somebody else than root, who then owns the folder.

    It also ends the server if the tests are killed.
    """
    command = ["setpriv", "--pdeathsig", "INT"]
    if os.getuid() != 0:
        return command
    owner = pwd.getpwnam(OWNER)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return [*command, f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups"]


def _initdb(folder: Path) -> Sequence[str | Path]:
    """A server whose own order of text is not by code points, as most are."""
    options = ["--auth=trust", f"--username={OWNER}", "--encoding=UTF8", "--locale=C.UTF-8"]
    collation = ["--locale-provider=icu", "--icu-locale=en"]
    return [BINARIES / "initdb", f"--pgdata={folder / 'data'}", *options, *collation]


@contextmanager
def _running(folder: Path, owner: Sequence[str], own: Mapping[str, str]) -> Iterator[None]:
    settings = {**SETTINGS, "unix_socket_directories": str(folder), **own}
    command: list[str | Path] = [*owner, BINARIES / "postgres", "-D", folder / "data"]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process,
    ):
        try:
            _wait(folder, process)
            yield
        finally:
            process.send_signal(signal.SIGINT)  # "fast": sessions are ended, a checkpoint is made


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user=OWNER).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((folder / "log").read_text()) from None
            time.sleep(0.02)
        else:
            return
