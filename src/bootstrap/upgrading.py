"""Upgrades of the backend's database, and the way back; configuration and logs are not touched."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from ..config import Config
from ..core.errors import HeadcountError, UsageError
from ..store.server import schema, sqlite_backup
from ..store.server import upgrade as sqlite_upgrade
from ..store.server.database import POSTGRESQL, open_database
from ..store.server.migrate import migrate, version_in
from . import backups
from .paths import database_url


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the database stands. `version` is empty where there is none yet."""

    version: str
    newest: str
    rows: Mapping[str, int] = field(default_factory=dict)
    kept: str = ""
    """Where the database of before is."""

    @property
    def is_due(self) -> bool:
        """Whether it is older than this program."""
        return bool(self.version) and self.version < self.newest


def check(config: Config) -> Standing:
    """Where it stands; on SQLite the upgrade is tried on a copy, which is thrown away.

    Raises UpgradeFailed, DatabaseUnavailable.
    """
    standing = Standing(_version(config), schema.HEAD)
    if standing.is_due and backups.is_sqlite(config):
        tried = sqlite_upgrade.rehearse(backups.database_file(config))
        return Standing(tried.before, tried.after, tried.rows)
    return standing


def upgrade(config: Config, now_ms: int) -> Standing:
    """Back up, then bring the database to the newest version; how it stood before.

    Raises UpgradeFailed, UsageError while it is in use, DatabaseUnavailable; then it is as it was.
    """
    standing = Standing(_version(config), schema.HEAD)
    if not standing.is_due:
        return standing
    if backups.is_sqlite(config):
        return _upgrade_file(config, now_ms) or standing
    made = _backed_up(config, now_ms, standing) if config.server.backup_before_upgrade else None
    with closing(open_database(database_url(config))) as database:
        migrate(database)
    if made is None:
        return standing
    return Standing(standing.version, schema.HEAD, made.manifest.rows, str(made.file))


def upgrade_first(config: Config, now_ms: int) -> Standing | None:
    """Before a database is opened: upgrade it as `upgrade` does; None if it is not due."""
    if backups.is_sqlite(config):
        is_old = sqlite_upgrade.is_due(backups.database_file(config))
        return _upgrade_file(config, now_ms) if is_old else None
    if database_url(config).partition(":")[0] not in POSTGRESQL:
        return None
    standing = upgrade(config, now_ms)
    return standing if standing.is_due else None


def _backed_up(config: Config, now_ms: int, standing: Standing) -> backups.Backup:
    """A backup of the server's database. Raises UpgradeFailed."""
    try:
        return backups.back_up(config, now_ms)
    except HeadcountError as error:
        raise sqlite_upgrade.UpgradeFailed(
            f"The upgrade from version {standing.version} to {standing.newest} begins with a "
            f"backup, which failed: {error.what}",
            safe="The database is as it was.",
            remedy=f"{error.remedy} To go on without a backup, or with one of your own: "
            "HEADCOUNT_SERVER__BACKUP_BEFORE_UPGRADE=false, before the same command.",
        ) from error


def roll_back(config: Config, now_ms: int) -> Standing:
    """Go back to before the last upgrade; what is put aside is kept.

    Raises UsageError if there is nothing to go back to, or while the database is in use.
    """
    if not backups.is_sqlite(config):
        return _roll_back_server(config, now_ms)
    database = backups.database_file(config)
    aside = database.with_name(f"{database.name}.before-{backups.stamp(now_ms)}")
    done = sqlite_upgrade.roll_back(database, aside)
    return Standing(done.before, done.after, done.rows, str(aside))


def program_command(prefix: Path = Path(sys.prefix)) -> str:
    """What upgrades the program itself, as it was installed here."""
    if (prefix / "pipx_metadata.json").exists():
        return f"PIPX_HOME={prefix.parent.parent} pipx upgrade headcount"
    return f"{prefix / 'bin' / 'python'} -m pip install --upgrade headcount"


def _upgrade_file(config: Config, now_ms: int) -> Standing | None:
    database = backups.database_file(config)
    backup = backups.new_file(config, now_ms, f"-before-{schema.HEAD}")
    done = sqlite_upgrade.upgrade(database, backup, now_ms)
    if done is None:
        return None
    backups.let_go(config)
    kept = sqlite_upgrade.previous_of(database.resolve())
    return Standing(done.before, done.after, done.rows, str(kept))


def _roll_back_server(config: Config, now_ms: int) -> Standing:
    version = _version(config)
    earlier = [
        file
        for file, manifest in backups.listed(config)
        if manifest and manifest.schema < version and not file.name.endswith(sqlite_backup.SUFFIX)
    ]
    if not earlier:
        raise UsageError(
            "There is no backup of an earlier version to go back to.",
            safe="Nothing was changed.",
            remedy="Bring one from elsewhere with: headcount restore FILE --force",
        )
    manifest, aside = backups.restore(config, earlier[-1], now_ms, force=True)
    return Standing(version, manifest.schema, manifest.rows, aside)


def _version(config: Config) -> str:
    """The database's version, empty where there is none. Raises UsageError for another's."""
    if backups.is_sqlite(config):
        return sqlite_upgrade.version_of(backups.database_file(config)) or ""
    with closing(open_database(database_url(config))) as database, database.read() as connection:
        return version_in(connection) or ""
