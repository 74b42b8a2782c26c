"""What is PostgreSQL's own: who waits for whom, what is repeated, and what an error says."""

from __future__ import annotations

import random
import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from tests.databases import Databases
from tests.postgres import GUARDED, PASSWORD, Cluster, execute

from headcount.core.backend import Batch, BatchRecord, DatabaseUnavailable, NewEvent, PersonRow
from headcount.core.errors import UsageError
from headcount.core.model import BatchAnswer
from headcount.store.server import Store, merge, open_store, schema
from headcount.store.server.database import open_database
from headcount.store.server.postgres import FEW

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)

PEOPLE = 300
CROWD = 3_000
ROUNDS = 20
COUNT = text("SELECT count(*) FROM events")
ADD_EVENT = text("INSERT INTO events VALUES (DEFAULT, 'E', 'E', '', 0, 9, 'UTC', false, 0)")
OTHER_ORDER = text("""
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
""")


def badge(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(open_store(database_url)) as opened:
        yield opened


def at_once(*tasks: Callable[[], object]) -> None:
    """Run each in a thread; what one raises is raised here."""
    errors: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def records(scanner: str, chance: random.Random) -> list[BatchRecord]:
    """Everybody once, in an order of the scanner's own."""
    sent = [BatchRecord(badge(n), 50 + n % 2, scanner, n) for n in range(PEOPLE)]
    chance.shuffle(sent)
    return sent


def scan(
    store: Store, event: str, scanner: str, chance: random.Random, answers: list[BatchAnswer]
) -> None:
    batch = Batch(event, records(scanner, chance))
    answers.append(store.merge_batch(batch, received_ms=5))


@pytest.fixture
def everybody(store: Store) -> Store:
    rows = [PersonRow(n, f"P{n}", f"p{n}@example.org", badge(n)) for n in range(PEOPLE)]
    store.import_people(rows, now_ms=1)
    return store


def test_twenty_rounds_of_two_scanners_with_the_same_people(
    everybody: Store, database_url: str
) -> None:
    """Each with a store of its own, as two workers have; every round in other orders."""
    chance = random.Random(3)
    with closing(open_store(database_url)) as other:
        for _ in range(ROUNDS):
            event = everybody.create_event(NewEvent("Class", 0, 1000), now_ms=0).id
            answers: list[BatchAnswer] = []
            at_once(
                partial(scan, everybody, event, "North", chance, answers),
                partial(scan, other, event, "South", chance, answers),
            )
            assert sorted(answer.checked_in for answer in answers) == [0, PEOPLE]
            people = everybody.report_facts(event).people
            assert {person.name: person.scanner_id for person in people} == {
                f"P{n}": "North" for n in range(PEOPLE)
            }


def test_a_badge_imported_while_it_is_seen_becomes_a_check_in(store: Store) -> None:
    """Neither may miss what the other is about to store."""
    for n in range(ROUNDS):
        event = store.create_event(NewEvent("Class", 0, 1000), now_ms=0).id
        seen = Batch(event, [BatchRecord(badge(n), 5, "Door", 0)])
        row = PersonRow(n, f"P{n}", f"p{n}@example.org", badge(n))
        at_once(
            partial(store.merge_batch, seen, received_ms=5),
            partial(store.import_people, [row], now_ms=1),
        )
        (person,) = store.report_facts(event).people
        assert (person.name, person.check_in_time) == (f"P{n}", 5)


def test_a_batch_waits_for_its_own_event_only(store: Store) -> None:
    one, two = (store.create_event(NewEvent(name, 0, 9), now_ms=0).id for name in ("one", "two"))
    done: list[str] = []

    def send(event: str) -> None:
        store.merge_batch(Batch(event, [BatchRecord(badge(1), 1, event, 0)]), received_ms=1)
        done.append(event)

    def hold(_connection: Connection) -> threading.Thread:
        waiting = threading.Thread(target=send, args=(one,))
        waiting.start()
        send(two)
        wait_for_a_lock(store)
        return waiting

    store._database.run(hold, event_id=one).join()
    assert done == [two, one]


def compared(node: dict[str, Any]) -> int:
    """Rows that a plan's nodes looked at."""
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    own = sum(node.get(name, 0) for name in names) * node["Actual Loops"]
    return int(own) + sum(map(compared, node.get("Plans", ())))


@pytest.mark.parametrize("staged", [FEW - 1, FEW])
def test_an_event_that_the_statistics_do_not_know_is_not_gone_through_for_each_record(
    store: Store, database_url: str, staged: int
) -> None:
    """As on the day of an event: others are known since long, and this one has begun."""
    store.import_people(
        [PersonRow(n, f"P{n}", f"p{n}@example.org", badge(n)) for n in range(CROWD)], now_ms=1
    )
    for name in ("long ago", "before", "now"):
        store.create_event(NewEvent(name, 0, 9, id=name), now_ms=0)
        seen = [BatchRecord(badge(n), 5, "North", n) for n in range(CROWD)]
        store.merge_batch(Batch(name, seen), received_ms=5)
        if name == "before":
            execute(database_url, "ANALYZE")
    earlier = [BatchRecord(badge(n), 4, "North", n) for n in range(staged)]
    with closing(open_database(database_url)) as database, database.write() as connection:
        database.stage(connection, earlier, {"North": 1})
        rows = database.new_rows
        for statement in (rows.sightings, rows.arrivals, merge._EARLIER):
            explain = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
            (plan,) = connection.execute(explain, {"event": 3}).scalar_one()
            assert compared(plan["Plan"]) < 20 * (staged + CROWD)


def test_what_a_database_of_before_knew_of_its_events_is_forgotten(
    everybody: Store, database_url: str
) -> None:
    known = text(
        "SELECT tablename FROM pg_stats WHERE attname = 'event_id' AND tablename <> 'changes'"
    )
    everybody.create_event(NewEvent("Class", 0, 9, id="class"), now_ms=0)
    everybody.merge_batch(Batch("class", records("North", random.Random(1))), received_ms=5)
    with everybody._database.write() as connection:
        for table in ("sightings", "attendance"):
            connection.execute(text(f"ALTER TABLE {table} ALTER event_id SET STATISTICS -1"))
    execute(database_url, "ANALYZE")
    with everybody._database.write() as connection:
        assert set(connection.scalars(known)) == {"sightings", "attendance"}
        everybody._database.finish_migration(connection)
    execute(database_url, "ANALYZE")
    with everybody._database.read() as connection:
        assert set(connection.scalars(known)) == set()


def test_a_change_waits_for_all_batches(store: Store) -> None:
    event = store.create_event(NewEvent("Class", 0, 9), now_ms=0).id
    done: list[str] = []

    def change() -> None:
        store.create_event(NewEvent("New", 0, 9), now_ms=0)
        done.append("change")

    def hold(_connection: Connection) -> threading.Thread:
        waiting = threading.Thread(target=change)
        waiting.start()
        wait_for_a_lock(store)
        done.append("batch")
        return waiting

    store._database.run(hold, event_id=event).join()
    assert done == ["batch", "change"]


def wait_for_a_lock(store: Store) -> None:
    """Until another connection of this database waits for an advisory lock."""
    waiting = text(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )
    while True:
        with store._database.read() as connection:
            if connection.scalar(waiting):
                return


def failing(code: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'as a test' USING ERRCODE = '{code}'; END $$"


@pytest.mark.parametrize("code", ["40P01", "40001"], ids=["deadlock", "serialization"])
@pytest.mark.parametrize("driver", [False, True], ids=["SQLAlchemy", "driver"])
def test_work_is_repeated_from_the_beginning_when_the_database_asks(
    store: Store, code: str, driver: bool
) -> None:
    turns: list[int] = []

    def work(connection: Connection) -> str:
        turns.append(connection.scalar(COUNT) or 0)
        connection.execute(ADD_EVENT)
        if len(turns) < 3 and driver:
            raw = connection.connection.driver_connection
            assert isinstance(raw, psycopg.Connection)
            raw.execute(failing(code).encode())
        if len(turns) < 3:
            connection.exec_driver_sql(failing(code))
        return "done"

    assert store._database.run(work, event_id="E") == "done"
    assert turns == [0, 0, 0]
    assert [event.id for event in store.events(limit=9).items] == ["E"]


def test_what_never_succeeds_is_said_and_stores_nothing(store: Store) -> None:
    def work(connection: Connection) -> None:
        connection.execute(ADD_EVENT)
        connection.exec_driver_sql(failing("40P01"))

    with pytest.raises(DatabaseUnavailable, match="could not be written: as a test") as caught:
        store._database.run(work, event_id="E")
    assert "try again" in caught.value.remedy
    assert store.events(limit=9).items == []


def test_a_reader_sees_one_moment_and_cannot_write(store: Store) -> None:
    with store._database.read() as connection:
        before = connection.scalar(COUNT)
        store.create_event(NewEvent("Class", 1, 2), now_ms=0)
        assert connection.scalar(COUNT) == before
    with (
        pytest.raises(DatabaseUnavailable, match="read-only"),
        store._database.read() as connection,
    ):
        connection.exec_driver_sql("DELETE FROM events")
    assert len(store.events(limit=9).items) == 1


def end_sessions(cluster: Cluster) -> None:
    """What an administrator, a restart or a failover does to connections."""
    cluster.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname LIKE 'test_%' AND pid <> pg_backend_pid()"
    )


def test_a_restarted_server_is_found_again(store: Store, cluster: Cluster) -> None:
    store.ping()
    end_sessions(cluster)
    store.ping()


def test_a_connection_that_breaks_in_a_batch_stores_nothing(store: Store, cluster: Cluster) -> None:
    def work(connection: Connection) -> None:
        connection.execute(ADD_EVENT)
        end_sessions(cluster)
        connection.scalar(COUNT)

    with pytest.raises(DatabaseUnavailable, match="terminating connection"):
        store._database.run(work, event_id="E")
    assert store.events(limit=9).items == []


def test_the_migrations_build_what_the_schema_says_but_for_the_hot_keys(store: Store) -> None:
    options = {"compare_type": True, "compare_server_default": True}
    with store._database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, schema.metadata)
        tables = {(kind, constraint.table.name) for kind, constraint in differences}
        assert tables == {("add_fk", "attendance"), ("add_fk", "sightings")}
        assert connection.execute(OTHER_ORDER).all() == []


def test_people_are_listed_by_code_points_whatever_the_servers_language(store: Store) -> None:
    names = ["a", "B", "Z", "é", "z"]
    rows = [PersonRow(n, name, f"p{n}@example.org", "") for n, name in enumerate(names)]
    store.import_people(rows, now_ms=1)
    with store._database.read() as connection:
        assert connection.scalar(text("SELECT 'a' < 'B'"))  # the server's own order
    assert [user.name for user in store.users(limit=9).items] == ["B", "Z", "a", "z", "é"]


def test_stores_may_open_a_new_database_at_once(cluster: Cluster, databases: Databases) -> None:
    url = cluster.create()
    opened: list[Store] = []
    at_once(*[lambda: opened.append(open_store(url))] * 4)
    for store in opened:
        store.ping()
        store.close()
    cluster.drop(url)


def test_a_time_that_no_column_holds_undoes_all_of_the_batch(store: Store) -> None:
    event = store.create_event(NewEvent("Class", 1, 2), now_ms=0).id
    sent = [BatchRecord(badge(1), 1, "Door", 0), BatchRecord(badge(1), 1 << 70, "Door", 1)]
    with pytest.raises(struct.error, match="too large"):
        store.merge_batch(Batch(event, sent), received_ms=1)
    assert store.report_facts(event).scanners == []
    assert store.merge_batch(Batch(event, sent[:1]), received_ms=1).unknown == 1


def test_a_role_that_may_not_make_tables_is_told_so(cluster: Cluster, databases: Databases) -> None:
    url = cluster.create()
    guarded = url.replace("postgres@", f"{GUARDED}:{PASSWORD}@")
    with pytest.raises(DatabaseUnavailable, match="permission denied for schema public") as caught:
        open_store(guarded)
    assert PASSWORD not in str(caught.value)
    cluster.drop(url)


def test_another_programs_database_is_left_alone(database_url: str) -> None:
    with closing(open_store(database_url)) as store, store._database.write() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    with pytest.raises(UsageError, match="another program's database"):
        open_store(database_url)
