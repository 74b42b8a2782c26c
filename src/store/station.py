"""The station's small local state on TinyDB: everything here can be rebuilt from the backend.

One file for what is small, one for each event's roster and one for its refused records, because
TinyDB writes a file as a whole. The lines of refused records are in the log too: nothing is here
only. Times are Unix milliseconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import quote

from tinydb import TinyDB
from tinydb.table import Document, Table

from ..core.model import Event, Person, ScanSession
from .log_segment import make_parents
from .station_storage import AtomicStorage, Tables, locked

T = TypeVar("T")
KEPT, DISCARDED, ASSIGNED = "kept", "discarded", "assigned"
Member = tuple[Person, tuple[str, ...]]
"""A person, and every bleUuid that is theirs."""


@dataclass(frozen=True, slots=True)
class CachedRoster:
    """The roster of an event as the backend gave it last."""

    event_id: str
    members: tuple[Member, ...]
    fetched_ms: int

    def age_ms(self, now_ms: int) -> int:
        """How old it is; 0 when the clock went back."""
        return max(0, now_ms - self.fetched_ms)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one server has acknowledged of one file of a log."""

    log: str
    """The file's path."""
    server: str
    event_id: str
    acked_bytes: int = 0
    """Everything before this offset was acknowledged, or refused and kept."""
    digest: str = ""
    """SHA-256 of those bytes: another file of the same name is not mistaken for it."""
    acked_records: int = 0
    received: int = 0
    checked_in: int = 0
    duplicates: int = 0
    unknown: int = 0
    refused: int = 0
    time_ms: int = 0


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A line that the server refused, kept with the reason."""

    event_id: str
    log: str
    line: int
    """Counts from 1."""
    start: int
    """The line's byte offset in the file."""
    raw: str
    """The line, without its newline."""
    code: str
    message: str
    time_ms: int
    state: str = KEPT
    """KEPT: the next sync tries it again; DISCARDED, ASSIGNED: it is left alone."""
    note: str = ""
    """Why it was discarded, or to whom it was assigned."""

    @property
    def id(self) -> str:
        """Eight hexadecimal digits to name it by."""
        return f"{_doc_id(self.log, self.start):014x}"[-8:]


class StationStore:
    """The state in one directory. Two processes may use it at once; every call reads anew.

    Nothing here raises for a file: what is damaged is set aside, what can't be written stays in
    memory, and `warnings` says so.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.warnings: list[str] = []
        """Sentences for the user, each once."""
        self._memory: dict[Path, Tables] = {}
        try:
            make_parents(folder / "any")
        except OSError as error:
            self._warn(f"Can't create {folder}: {error.strerror}. State is kept in memory.")

    def save_events(self, events: Sequence[Event], fetched_ms: int) -> None:
        """Replace the cached events."""
        rows = [asdict(event) for event in events]
        self._put("station", "events", ("all",), {"events": rows, "fetched_ms": fetched_ms})

    def events(self) -> tuple[Event, ...]:
        """The cached events, in the order of saving."""
        rows = _rows(self._get("station", "events", ("all",)), "events")
        return tuple(event for row in rows if (event := _build(Event, row)))

    def events_fetched_ms(self) -> int | None:
        """When the events were saved; None for never."""
        fetched = (self._get("station", "events", ("all",)) or {}).get("fetched_ms")
        return fetched if isinstance(fetched, int) else None

    def event(self, event_id: str) -> Event | None:
        """One cached event."""
        return next((event for event in self.events() if event.id == event_id), None)

    def save_roster(self, event_id: str, members: Sequence[Member], fetched_ms: int) -> None:
        """Replace an event's cached roster."""
        rows = [
            [person.user_id, person.name, person.email, person.registered, list(uuids)]
            for person, uuids in members
        ]
        document = {"event_id": event_id, "members": rows, "fetched_ms": fetched_ms}
        self._put(_file("roster", event_id), "roster", (event_id,), document)

    def roster(self, event_id: str) -> CachedRoster | None:
        """An event's cached roster; None when it is not known."""
        document = self._get(_file("roster", event_id), "roster", (event_id,))
        if document is None or document.get("event_id") != event_id:
            return None
        try:
            members = tuple(_member(*row) for row in document["members"])
            return CachedRoster(event_id, members, int(document["fetched_ms"]))
        except (KeyError, TypeError, ValueError):
            self._warn(f"The cached roster of {event_id} was not readable; fetch it again.")
            return None

    def roster_stamp(self, event_id: str) -> tuple[int, int] | None:
        """Another value after each saving, also another process's; cheap. None for no roster."""
        try:
            file = (self.folder / f"{_file('roster', event_id)}.json").stat()
        except OSError:
            return None
        return file.st_mtime_ns, file.st_ino

    def save_session(self, event_id: str, session: ScanSession) -> None:
        """Add or update a scan session of an event."""
        document = {"event_id": event_id, "session": asdict(session)}
        self._put("station", "sessions", (event_id, session.id), document)

    def sessions(self, event_id: str) -> tuple[ScanSession, ...]:
        """The scan sessions of an event, by start."""
        with self._table("station", "sessions") as table:
            mine = [each.get("session") for each in table.all() if each.get("event_id") == event_id]
        found = [session for each in mine if (session := _build(ScanSession, each))]
        return tuple(sorted(found, key=lambda session: (session.started_at, session.id)))

    def save_receipt(self, receipt: Receipt) -> None:
        """Replace what is known of one server's acknowledgement of one file."""
        key = (receipt.log, receipt.server, receipt.event_id)
        self._put("station", "receipts", key, asdict(receipt))

    def receipt(self, log: str, server: str, event_id: str) -> Receipt | None:
        """What this server has acknowledged of this file for this event."""
        document = self._get("station", "receipts", (log, server, event_id))
        return None if document is None else _build(Receipt, document)

    def save_refused(self, records: Sequence[RefusedRecord]) -> None:
        """Keep refused records; one of before gets the newer reason, and keeps its state."""
        for event_id in sorted({record.event_id for record in records}):
            before = {record.id: record for record in self.refused(event_id)}
            documents = {
                _doc_id(record.log, record.start): asdict(_as_before(record, before))
                for record in records
                if record.event_id == event_id
            }
            with self._table(_file("refused", event_id), "refused") as table:
                _remove(table, documents)
                table.insert_multiple(Document(each, key) for key, each in documents.items())

    def refused(self, event_id: str) -> tuple[RefusedRecord, ...]:
        """The refused records of an event, by file and place."""
        with self._table(_file("refused", event_id), "refused") as table:
            found = [record for each in table.all() if (record := _build(RefusedRecord, each))]
        mine = [record for record in found if record.event_id == event_id]
        return tuple(sorted(mine, key=lambda record: (record.log, record.start)))

    def handle_refused(self, event_id: str, record_id: str, state: str, note: str) -> bool:
        """Set a refused record's state; False if there is none with this id."""
        found = [record for record in self.refused(event_id) if record.id == record_id]
        for record in found:
            document = asdict(replace(record, state=state, note=note))
            with self._table(_file("refused", event_id), "refused") as table:
                table.upsert(Document(document, _doc_id(record.log, record.start)))
        return bool(found)

    def drop_refused(self, event_id: str, log: str, starts: Collection[int]) -> None:
        """Forget refused records that were acknowledged later."""
        with self._table(_file("refused", event_id), "refused") as table:
            _remove(table, [_doc_id(log, start) for start in starts])

    def get(self, key: str) -> object:
        """A small value, such as the last screen; None when there is none."""
        return (self._get("station", "values", (key,)) or {}).get("value")

    def set(self, key: str, value: object) -> None:
        """Keep a small value: anything that JSON can carry."""
        self._put("station", "values", (key,), {"key": key, "value": value})

    def _get(self, file: str, table: str, key: tuple[str, ...]) -> Mapping[str, Any] | None:
        with self._table(file, table) as opened:
            return opened.get(doc_id=_doc_id(*key))

    def _put(self, file: str, table: str, key: tuple[str, ...], value: Mapping[str, Any]) -> None:
        with self._table(file, table) as opened:
            opened.upsert(Document(value, _doc_id(*key)))

    @contextmanager
    def _table(self, file: str, table: str) -> Iterator[Table]:
        """Open a table for one reading or change, with the others kept out.

        A new TinyDB each time: its tables remember ids and answers that others may have changed.
        """
        with locked(self.folder / ".lock"):
            path = self.folder / f"{file}.json"
            with TinyDB(path, self._memory, self._warn, storage=AtomicStorage) as db:
                yield db.table(table, cache_size=0)

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


def _as_before(record: RefusedRecord, before: Mapping[str, RefusedRecord]) -> RefusedRecord:
    known = before.get(record.id)
    return replace(record, state=known.state, note=known.note) if known else record


def _file(kind: str, event_id: str) -> str:
    return f"{kind}-{quote(event_id, safe='')}"


def _doc_id(*key: str | int) -> int:
    """The same id for the same key, so that a document is found and replaced without a search."""
    text = "\0".join(str(part) for part in key)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:7], "big")


def _remove(table: Table, doc_ids: Iterable[int]) -> None:
    """Remove those of the documents that exist, with one reading and at most one writing."""
    existing = {document.doc_id for document in table.all()}.intersection(doc_ids)
    if existing:
        table.remove(doc_ids=existing)


def _rows(document: Mapping[str, Any] | None, member: str) -> list[Any]:
    rows = (document or {}).get(member)
    return rows if isinstance(rows, list) else []


def _build(kind: type[T], document: object) -> T | None:
    """Make a value of a dataclass; None if the document is not of its shape."""
    if not isinstance(document, Mapping):
        return None
    hints = get_type_hints(kind)
    try:
        value = kind(**document)
    except TypeError:
        return None
    fits = all(_fits(document[name], hints[name]) for name in document)
    return value if fits else None


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type of any form
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    return isinstance(value, hint)


def _member(user_id: str, name: str, email: str, registered: bool, uuids: list[str]) -> Member:  # noqa: FBT001 - a row of the file
    return Person(str(user_id), str(name), str(email), bool(registered)), tuple(map(str, uuids))
