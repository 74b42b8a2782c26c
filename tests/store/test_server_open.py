"""The backend's store: opening, migrating, and keeping the file in order."""

from __future__ import annotations

import re
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from headcount.core.backend import Batch, BatchRecord, NewEvent
from headcount.core.errors import HeadcountError, UsageError
from headcount.store.server import open_store, schema
from headcount.store.server.migrate import SCRIPTS
from headcount.store.server.sqlite import SqliteDatabase

BADGE = "00000000-0000-0000-0000-0000000000ff"

FULL_DISK = """
import resource, sys, uuid
from headcount.core.backend import Batch, BatchRecord, NewEvent
from headcount.core.errors import HeadcountError
from headcount.store.server import open_store

store = open_store(sys.argv[1])
store.create_event(NewEvent("Class", 1, 2, id="E"), now_ms=0)
records = [BatchRecord(str(uuid.UUID(int=n)), n, "Door", n) for n in range(9000)]
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    store.merge_batch(Batch("E", records), received_ms=1)
except HeadcountError as error:
    print("refused:", error.safe)
print("kept:", len(store.report_facts("E").unknown))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print("later:", store.merge_batch(Batch("E", records), received_ms=1).unknown)
store.close()
"""


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/backend.db"


def statements(connection: Connection) -> set[str]:
    """The CREATE statements, white space made equal."""
    rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {re.sub(r"\s+", " ", sql) for (sql,) in rows if "alembic_version" not in sql}


def test_the_migrations_build_what_the_schema_says(tmp_path: Path) -> None:
    open_store(url(tmp_path)).close()
    migrated, declared = create_engine(url(tmp_path)), create_engine("sqlite://")
    schema.metadata.create_all(declared)
    options = {"compare_type": True, "compare_server_default": True}
    with migrated.connect() as one, declared.connect() as two:
        context = MigrationContext.configure(one, opts=options)
        assert compare_metadata(context, schema.metadata) == []
        assert statements(one) == statements(two)
    migrated.dispose()
    declared.dispose()


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_heads() == [schema.HEAD]


def test_every_foreign_key_is_the_beginning_of_an_index_or_rarely_searched() -> None:
    """A new foreign key needs a decision: deleting its parent reads the whole table without one."""
    without = set()
    engine = create_engine("sqlite://")
    schema.metadata.create_all(engine)
    inspector = inspect(engine)
    for table in inspector.get_table_names():
        first = {index["column_names"][0] for index in inspector.get_indexes(table)}
        first |= {unique["column_names"][0] for unique in inspector.get_unique_constraints(table)}
        first.add(inspector.get_pk_constraint(table)["constrained_columns"][0])
        for key in inspector.get_foreign_keys(table):
            without |= {f"{table}.{column}" for column in key["constrained_columns"]} - {
                f"{table}.{column}" for column in first
            }
    engine.dispose()
    assert without == {
        "acts.scanner_id",
        "attendance.scanner_id",
        "attendance.user_id",
        "batches.scanner_id",
        "corrected_times.scanner_id",
        "coverage_gaps.scanner_id",
        "event_scanners.scanner_id",
        "presences.scanner_id",
        "scan_sessions.scanner_id",
        "scanner_clocks.scanner_id",
        "sightings.scanner_id",
    }


def test_files_are_private_and_folders_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "deeper"
    with closing(open_store(url(folder))):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {"backend.db", "backend.db-wal", "backend.db.lock"} <= modes.keys()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    with closing(open_store(url(tmp_path))) as store:
        event = store.create_event(NewEvent("Class", 1, 2), now_ms=0)
    with closing(open_store(url(tmp_path))) as store:
        store.ping()
        assert store.events(limit=9).items == [event]


def test_a_migrated_database_opens_without_alembic(tmp_path: Path) -> None:
    """Importing it would cost every command a tenth of a second."""
    open_store(url(tmp_path)).close()
    program = (
        "import sys; from headcount.store.server import open_store;"
        "open_store(sys.argv[1]).close(); print('alembic' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, url(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"


def test_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from headcount.store.server import open_store; import alembic.command;"
        "print('ready', flush=True); sys.stdin.readline();"
        "store = open_store(sys.argv[1]); store.ping(); store.close(); print('open')"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, url(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
    answers = []
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("\n")
        run.stdin.flush()
    answers = [run.communicate() for run in runs]
    assert answers == [("open\n", "")] * 3


def test_threads_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(open_store(url(tmp_path)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in opened:
        store.ping()
        store.close()
    assert len(opened) == 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("postgresql+asyncpg://u:secret@db/headcount", r"can't use postgresql\+asyncpg"),
        ("postgresql://u:secret@db", "names no database"),
        ("postgresql://u:secret@db:secret/headcount", "not of the form"),
        ("mysql://db/headcount", "This version can't use mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("backend.db", "not of the form"),
    ],
)
def test_a_url_that_cannot_be_served_is_a_usage_error(wrong: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        open_store(wrong)
    assert "sqlite:///FILE" in caught.value.remedy
    assert "secret" not in str(caught.value)


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    open_store(url(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "backend.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UsageError, match="version 9999") as caught:
        open_store(url(tmp_path))
    assert "Install" in caught.value.remedy


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "backend.db")) as connection, connection:
        connection.execute("CREATE TABLE moz_places (id INTEGER)")
    with pytest.raises(UsageError, match="moz_places"):
        open_store(url(tmp_path))


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "backend.db").write_text("name,email,bleUuid\n" * 100)
    with pytest.raises(UsageError, match="not a database"):
        open_store(url(tmp_path))
    assert (tmp_path / "backend.db").read_text().startswith("name,email")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/backend\.db") as caught:
        open_store(url(tmp_path / "file"))
    assert "may write" in caught.value.remedy


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 10000),
    ],
)
def test_connections_are_opened_for_safety(tmp_path: Path, pragma: str, value: object) -> None:
    with closing(SqliteDatabase(tmp_path / "backend.db")) as database:
        with database.write() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        with database.read() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_reading_connection_cannot_write(tmp_path: Path) -> None:
    with (
        closing(SqliteDatabase(tmp_path / "backend.db")) as database,
        pytest.raises(OperationalError, match="readonly"),
        database.read() as connection,
    ):
        connection.exec_driver_sql("CREATE TABLE t (a)")


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    with closing(open_store(url(tmp_path))) as store:
        with store._database.read() as connection:
            count = text("SELECT count(*) FROM events")
            before = connection.scalar(count)
            store.create_event(NewEvent("Class", 1, 2), now_ms=0)
            assert connection.scalar(count) == before
        assert len(store.events(limit=9).items) == 1


def test_a_full_disk_is_said_and_nothing_of_the_batch_is_stored(tmp_path: Path) -> None:
    """A file size limit stands in for the full disk; the batch does not fit below it."""
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, url(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == [
        "refused: Nothing of this request was stored; what was stored before is safe.",
        "kept: 0",
        "later: 9000",
    ]


def test_an_error_inside_a_transaction_undoes_all_of_it(tmp_path: Path) -> None:
    with closing(open_store(url(tmp_path))) as store:
        event = store.create_event(NewEvent("Class", 1, 2), now_ms=0).id
        records = [BatchRecord(BADGE, 1, "Door", 0), BatchRecord(BADGE, 1 << 70, "Door", 1)]
        with pytest.raises(OverflowError):
            store.merge_batch(Batch(event, records), received_ms=1)
        assert store.report_facts(event).scanners == []
        answer = store.merge_batch(Batch(event, records[:1]), received_ms=1)
        assert answer.unknown == 1


def test_a_bulk_leaves_the_writer_as_it_was_and_a_short_log(tmp_path: Path) -> None:
    path = tmp_path / "backend.db"
    with closing(SqliteDatabase(path)) as database:

        def fill(connection: Connection) -> None:
            connection.exec_driver_sql("CREATE TABLE pages (page)")
            connection.exec_driver_sql("INSERT INTO pages VALUES (zeroblob(5000000))")

        def fail(connection: Connection) -> None:
            connection.exec_driver_sql("INSERT INTO pages VALUES (1)")
            connection.exec_driver_sql("nonsense")

        database.run(fill, event_id="e", bulk=True)
        for thread in threading.enumerate():
            if thread.name == "checkpoint":
                thread.join()
        assert path.stat().st_size > 5_000_000  # while its pages are only in the log: a few kB
        with pytest.raises(HeadcountError):
            database.run(fail, event_id="e", bulk=True)
        with database.write() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM pages").scalar() == 1
            for pragma, value in (("foreign_keys", 1), ("wal_autocheckpoint", 1000)):
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_an_error_carries_what_to_do(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "backend.db")
    with (
        closing(database),
        pytest.raises(HeadcountError, match="could not be written") as caught,
        database.write() as connection,
    ):
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
    assert "free space" in caught.value.remedy
