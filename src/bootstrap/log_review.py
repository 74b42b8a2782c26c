"""The review of one event's log: implements `tui.ports_log.LogReview` on the real parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..config import Config
from ..core.errors import LogError, UsageError
from ..core.identity import clean_text
from ..core.review import LogFilter, LogRow, RecordState, Refusal, Standing
from ..store.log_find import find, find_newer
from ..store.log_index import LogIndex, Numbered
from ..store.log_match import Search
from ..store.log_rows import read_rows
from ..store.log_segment import segments
from ..store.log_verify import damages_of, edits_of
from ..store.station import ASSIGNED, KEPT, RefusedRecord, StationStore
from ..tui.ports_log import Cancelled, Checked, Exported, LogView
from .local_events import known_event
from .log_check import check_log
from .log_export import write
from .paths import log_path, state_dir
from .private_file import not_written, private_file
from .refused import assign, handle_refused, retry, to_retry


class _BrokenOffError(Exception):
    """Somebody does not want to wait for a check's end."""


class AllLines:
    """Every line of the log; implements `LogView`."""

    def __init__(self, review: Review) -> None:
        self._review = review

    @property
    def lines(self) -> Numbered:
        """Where the lines are."""
        return self._review.index.lines

    @property
    def first(self) -> int:
        """The newest line's number."""
        return self.lines.first

    @property
    def last(self) -> int:
        """One above the oldest line's number."""
        return self.lines.last

    @property
    def progress(self) -> float:
        """The part of the log that is indexed."""
        return self._review.index.progress

    def load(self, cancelled: Cancelled) -> Iterator[float]:
        """Index the log from its end."""
        with _readable(self._review.log):
            for _lines in self._review.index.build(cancelled):
                yield self.progress

    def rows(self, first: int, last: int) -> Sequence[LogRow]:
        """The rows of these numbers."""
        return self._review.rows(self.lines, first, last)


class FoundLines:
    """The lines that a filter lets through; implements `LogView`."""

    def __init__(self, review: Review, wish: LogFilter) -> None:
        self._review = review
        self.search = Search(wish, review.standings, review.index.voided)
        self.lines = Numbered()
        self.progress = 0.0
        """The part of the log that was searched."""

    @property
    def first(self) -> int:
        """The newest line's number."""
        return self.lines.first

    @property
    def last(self) -> int:
        """One above the oldest line's number."""
        return self.lines.last

    def load(self, cancelled: Cancelled) -> Iterator[float]:
        """Search the log from its end."""
        with _readable(self._review.log):
            for part in find(self._review.index, self.search, self.lines, cancelled):
                self.progress = part
                yield part
        if not cancelled():
            self.progress = 1.0

    def rows(self, first: int, last: int) -> Sequence[LogRow]:
        """The rows of these numbers."""
        return self._review.rows(self.lines, first, last)


class Review:
    """The log of one event. `open` it before anything else."""

    time_zone = "UTC"
    can_assign = True
    event = ""

    def __init__(self, config: Config, event_id: str, log: Path | None = None) -> None:
        self._config = config
        self._event_id = event_id
        self._store = StationStore(state_dir(config))
        self.log = log or log_path(config, event_id)
        self.names: Mapping[str, str] = {}
        self.standings: list[Standing] = []
        self.index = LogIndex(self.log)
        self.everything = AllLines(self)
        self._found: FoundLines | None = None

    def open(self) -> None:
        """Open the files. Raises LogError."""
        with _readable(self.log):
            self.index.open()
        event = known_event(self._store, self._event_id)
        self.event = event.name or self._event_id
        self.time_zone = event.tz
        cached = self._store.roster(self._event_id)
        members = cached.members if cached else ()
        self.names = {badge: person.name for person, badges in members for badge in badges}
        self.names |= {person.user_id: person.name for person, _badges in members}
        self._learn()

    def close(self) -> None:
        """Close the files."""
        self.index.close()

    def standing(self, file: int) -> Standing:
        """What the backend has acknowledged of one file."""
        return self.standings[file] if file < len(self.standings) else Standing()

    def rows(self, lines: Numbered, first: int, last: int) -> list[LogRow]:
        """The rows of these numbers. Raises LogError."""
        with _readable(self.log):
            places = [lines.place(number) for number in range(first, last)]
            return read_rows(self.index, places, self.standings, self.index.voided)

    def find(self, wish: LogFilter) -> LogView:
        """The lines that a filter lets through."""
        self._found = FoundLines(self, wish)
        return self._found

    def follow(self) -> bool:
        """Take up new lines and new receipts."""
        with _readable(self.log):
            grown = self.index.follow()
            learnt = self._learn()
            if grown and self._found is not None:
                find_newer(self.index, self._found.search, self._found.lines, grown)
        return bool(grown) or learnt

    def _learn(self) -> bool:
        """Read what the backend has acknowledged and refused; whether that is news."""
        refused = self._store.refused(self._event_id)
        fresh = [self._standing(file.path, refused) for file in self.index.files]
        if fresh == self.standings:
            return False
        self.standings[:] = fresh
        return True

    def _standing(self, file: Path, refused: Sequence[RefusedRecord]) -> Standing:
        name = str(file.resolve())
        receipt = self._store.receipt(name, self._config.backend.url, self._event_id)
        return Standing(
            acked_bytes=receipt.acked_bytes if receipt else 0,
            digest=receipt.digest if receipt else "",
            time_ms=receipt.time_ms if receipt else 0,
            refused={each.start: _refusal(each) for each in refused if each.log == name},
        )

    def at_time(self, view: LogView, time_ms: int) -> int | None:
        """The number, in this view, of the line nearest to a time."""
        with _readable(self.log):
            number = self.index.at_time(time_ms)
        if number is None or not isinstance(view, FoundLines):
            return number
        return view.lines.nearest(self.index.lines.place(number))

    def verify(self, on_progress: Callable[[float], None], cancelled: Cancelled) -> Checked | None:
        """Check every line; None when it was broken off. Raises LogError."""

        def read(done: int) -> None:
            if cancelled():
                raise _BrokenOffError
            on_progress(done / total)

        with _readable(self.log):
            total = max(1, sum(file.stat().st_size for file in segments(self.log)))
            try:
                found, heads = check_log(self._config, self.log, read)
            except _BrokenOffError:
                return None
        problems = [*damages_of(found), *edits_of(found), *heads.edits]
        return Checked(found.records, found.bytes, problems, heads.summary)

    def suggested_file(self) -> str:
        """Beside the other files of this user."""
        return str(Path.home() / f"attendance_{self._event_id}.jsonl")

    def export(
        self, file: str, on_progress: Callable[[float], None], cancelled: Cancelled
    ) -> Exported | None:
        """Copy the intact records to a new file; None when it was broken off. Raises UsageError."""
        output = Path(file).expanduser()
        total = max(1, sum(each.stat().st_size for each in segments(self.log)))

        def read(done: int) -> None:
            if cancelled():
                raise _BrokenOffError
            on_progress(min(1.0, done / total))

        try:
            return export_log(self.log, output, read)
        except _BrokenOffError:
            output.unlink(missing_ok=True)  # it is ours: it was new
            return None

    def discard(self, refusal_id: str, reason: str) -> None:
        """Leave a refused record alone. Raises UsageError."""
        text = clean_text(reason, 500)
        if not text:
            raise UsageError("The reason is empty.", remedy="Say why in a few words.")
        handle_refused(self._config, self._event_id, refusal_id, text)

    def restore(self, refusal_id: str) -> None:
        """Keep it again. Raises UsageError."""
        handle_refused(self._config, self._event_id, refusal_id, "")

    async def retry(self, refusal_id: str) -> bool:
        """Send it again, alone. Raises BackendError, UsageError."""
        records = to_retry(self._config, self._event_id, [refusal_id])
        result = await retry(self._config, self._event_id, records, lambda _error, _wait: None)
        return not result.refused

    def assign(self, refusal_id: str, person: str) -> None:
        """Check the person in by hand at the record's time.

        Raises UsageError, LogInUse (while a scan runs), LogUnwritable.
        """
        assign(self._config, self._event_id, refusal_id, person, "", None)


_STATES = {KEPT: RecordState.REFUSED, ASSIGNED: RecordState.ASSIGNED}


def _refusal(record: RefusedRecord) -> Refusal:
    return Refusal(
        id=record.id,
        code=record.code,
        message=record.message,
        time_ms=record.time_ms,
        state=_STATES.get(record.state, RecordState.DISCARDED),
        note=record.note,
    )


def export_log(
    log: Path, output: Path, on_bytes: Callable[[int], None] = lambda _bytes: None
) -> Exported:
    """Copy a log's intact records to a new file; CSV where the name ends so. Raises UsageError."""
    kind = "csv" if output.suffix.lower() == ".csv" else "jsonl"
    try:
        with private_file(output, new=True) as stream:
            written = write(log, kind, stream, on_bytes)
            stream.flush()
            os.fsync(stream.fileno())  # a stick is pulled out soon
    except FileExistsError:
        raise UsageError(f"{output} exists already.", remedy="Choose another name.") from None
    except OSError as error:
        raise not_written(output, error) from None
    return Exported(str(output), written.records, written.damaged)


@contextmanager
def _readable(log: Path) -> Iterator[None]:
    """An OSError in words."""
    try:
        yield
    except OSError as error:
        raise LogError(
            f"The log {log} can't be read: {error.strerror or error}.",
            safe="Nothing was changed.",
            remedy="Look at the disk; 'headcount doctor' can help.",
        ) from error
