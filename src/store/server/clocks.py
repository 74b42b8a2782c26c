"""Puts right the times of records whose station's clock was wrong, before they are staged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter, sub
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from ...core.backend import ActRecord, Batch, BatchRecord, GapRecord
from ...core.clocks import TOLERANCE_MS, ClockFacts, StationClock, correction
from ...core.columns import columns_of, same_in_all
from ...core.model import NIL_UUID, ScanSession
from .chunks import chunks
from .schema_clocks import corrected_times, scanner_clocks

# The zero point stays as it was first measured, so that repetitions and splits of a batch agree to
# the millisecond; the rest only widens.
_CLOCK = text("""
INSERT INTO scanner_clocks (event_id, scanner_id, boot, zero, late,
    least_offset, most_offset, first_time, last_time, received_at)
VALUES (:event, :scanner, :boot, :zero, false, :least, :most, :first, :last, :received)
ON CONFLICT (event_id, scanner_id, boot) DO UPDATE SET
    zero = coalesce(scanner_clocks.zero, excluded.zero),
    late = scanner_clocks.late OR (scanner_clocks.zero IS NULL AND excluded.zero IS NOT NULL),
    least_offset = CASE WHEN excluded.least_offset < scanner_clocks.least_offset
        THEN excluded.least_offset ELSE scanner_clocks.least_offset END,
    most_offset = CASE WHEN excluded.most_offset > scanner_clocks.most_offset
        THEN excluded.most_offset ELSE scanner_clocks.most_offset END,
    first_time = CASE WHEN excluded.first_time < scanner_clocks.first_time
        THEN excluded.first_time ELSE scanner_clocks.first_time END,
    last_time = CASE WHEN excluded.last_time > scanner_clocks.last_time
        THEN excluded.last_time ELSE scanner_clocks.last_time END
""")
_CORRECTED = text("""
INSERT INTO corrected_times (event_id, ble_uuid, check_in_time, scanner_id, raw_time)
VALUES (:event, :badge, :time, :scanner, :raw)
ON CONFLICT DO NOTHING
""")
_FACTS = text("""
SELECT n.name, c.boot, c.zero, c.least_offset, c.most_offset, c.first_time, c.last_time,
    c.received_at
FROM scanner_clocks c JOIN scanners n ON n.id = c.scanner_id
WHERE c.event_id = :event ORDER BY n.name, c.first_time, c.boot
""")

Boot = tuple[str, str]
"""A scanner's name and its boot."""


class Span(NamedTuple):
    """The clocks of one boot's records: wall less monotonic time, and wall time."""

    least: int
    most: int
    first: int
    last: int


class Row(NamedTuple):
    """A time that was corrected."""

    badge: bytes
    time: int
    scanner: str
    raw: int
    boot: str


class Corrected(NamedTuple):
    """A batch with the times that count, and what they were."""

    batch: Batch
    rows: Sequence[Row]
    late: Sequence[Row]
    """Those of boots that were measured after records had come: see late_clocks.py."""


def correct(
    connection: Connection, batch: Batch, known: dict[str, int], scanner_ids: dict[str, int]
) -> Corrected:
    """Note the clocks of the batch's boots, and correct the times of those that are measured."""
    batch = _bounded(batch, known["received"])
    spans = _spans(batch)
    if not spans:
        return Corrected(batch, (), ())
    _note(connection, batch.clock, spans, known, scanner_ids)
    measured = _measured(connection, spans, known["event"], scanner_ids)
    wrong = {boot: zero for boot, (zero, _) in measured.items() if _is_wrong(zero, spans[boot])}
    if not wrong:
        return Corrected(batch, (), ())
    rows: list[Row] = []
    records = [_correct_record(record, wrong, rows) for record in batch.records]
    gaps = [_correct_gap(gap, wrong, rows) for gap in batch.gaps]
    acts = [_correct_act(act, wrong) for act in batch.acts]
    late = [row for row in rows if measured[row.scanner, row.boot][1]]
    return Corrected(replace(batch, records=records, gaps=gaps, acts=acts), rows, late)


def keep_raw(
    connection: Connection, rows: Iterable[Row], event: int, scanner_ids: dict[str, int]
) -> None:
    """Keep what the corrected times were, in the order of the key."""
    parameters = [
        {
            "event": event,
            "badge": row.badge,
            "time": row.time,
            "scanner": scanner_ids[row.scanner],
            "raw": row.raw,
        }
        for row in sorted(rows)
    ]
    if parameters:
        connection.execute(_CORRECTED, parameters)


def clock_facts(connection: Connection, event: int) -> list[ClockFacts]:
    """Every clock that sent records of the event."""
    return [ClockFacts(*row) for row in connection.execute(_FACTS, {"event": event})]


def raw_times(connection: Connection, event: int) -> dict[tuple[bytes, int, int], int]:
    """What was written, by badge, corrected time and scanner key; empty for nearly all events."""
    table = corrected_times
    query = select(
        table.c.ble_uuid, table.c.check_in_time, table.c.scanner_id, table.c.raw_time
    ).where(table.c.event_id == event)
    return {(badge, time, scanner): raw for badge, time, scanner, raw in connection.execute(query)}


def _bounded(batch: Batch, received_ms: int) -> Batch:
    """No station covers the future: a clock that was ahead must not make a report final too early.

    Only of stations that say what their clocks show; others mean what they write.
    """
    if batch.clock is None or not batch.sessions:
        return batch
    return replace(batch, sessions=[_until(session, received_ms) for session in batch.sessions])


def _until(session: ScanSession, received_ms: int) -> ScanSession:
    ended = None if session.ended_at is None else min(session.ended_at, received_ms)
    started, covered = (min(at, received_ms) for at in (session.started_at, session.covered_until))
    return replace(session, started_at=started, covered_until=covered, ended_at=ended)


_boot_of = itemgetter(*(BatchRecord._fields.index(name) for name in ("scanner_id", "boot")))


def _spans(batch: Batch) -> dict[Boot, Span]:
    """The extremes of each boot's clocks; records that don't say their boot are passed over."""
    clocks: dict[Boot, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    columns = columns_of(batch.records)
    if columns and same_in_all(columns.boots) and same_in_all(columns.scanners):
        walls, monos = clocks[columns.scanners[0], columns.boots[0]]
        if columns.boots[0]:
            walls.extend(columns.times)
            monos.extend(columns.monos)
    else:
        for boot, time, mono in zip(
            zip(columns.scanners, columns.boots, strict=True),
            columns.times,
            columns.monos,
            strict=True,
        ):
            clocks[boot][0].append(time)
            clocks[boot][1].append(mono)
    for gap in batch.gaps:
        clocks[gap.scanner_id, gap.boot][0].append(gap.start)
        clocks[gap.scanner_id, gap.boot][1].append(gap.mono)
    for act in batch.acts:
        clocks[act.scanner_id, act.boot][0].append(act.time)
        clocks[act.scanner_id, act.boot][1].append(act.mono)
    return {boot: _span(*some) for boot, some in clocks.items() if boot[1]}


def _span(walls: Sequence[int], monos: Sequence[int]) -> Span:
    offsets = list(map(sub, walls, monos))
    return Span(min(offsets), max(offsets), min(walls), max(walls))


def _note(
    connection: Connection,
    clock: StationClock | None,
    spans: dict[Boot, Span],
    known: dict[str, int],
    scanner_ids: dict[str, int],
) -> None:
    """In the order of the key, as every writer of these rows."""
    zeros = {clock.boot: known["received"] - clock.mono} if clock else {}
    rows = [
        {
            **known,
            "scanner": scanner_ids[scanner],
            "boot": boot,
            "zero": zeros.get(boot),
            **span._asdict(),
        }
        for (scanner, boot), span in spans.items()
    ]
    connection.execute(_CLOCK, sorted(rows, key=itemgetter("scanner", "boot")))


def _measured(
    connection: Connection, spans: Iterable[Boot], event: int, scanner_ids: dict[str, int]
) -> dict[Boot, tuple[int, bool]]:
    """The zero points of those of these boots that have one, and whether they came late."""
    table, found = scanner_clocks, {}
    for boots in chunks({boot for _, boot in spans}):
        query = select(table.c.scanner_id, table.c.boot, table.c.zero, table.c.late).where(
            table.c.event_id == event, table.c.boot.in_(boots), table.c.zero.is_not(None)
        )
        found.update(
            {(row.scanner_id, row.boot): (row.zero, row.late) for row in connection.execute(query)}
        )
    keys = {(name, boot): (scanner_ids[name], boot) for name, boot in spans}
    return {boot: found[key] for boot, key in keys.items() if key in found}


def _is_wrong(zero: int, span: Span) -> bool:
    return zero - span.most <= -TOLERANCE_MS or zero - span.least >= TOLERANCE_MS


def _correct_record(record: BatchRecord, zeros: dict[Boot, int], rows: list[Row]) -> BatchRecord:
    zero, raw = zeros.get(_boot_of(record)), record.check_in_time
    moved = 0 if zero is None else correction(zero, record.mono, raw)
    if not moved:
        return record
    badge = bytes.fromhex(record.ble_uuid.replace("-", ""))
    rows.append(Row(badge, raw + moved, record.scanner_id, raw, record.boot))
    return record._replace(check_in_time=raw + moved)


def _correct_gap(gap: GapRecord, zeros: dict[Boot, int], rows: list[Row]) -> GapRecord:
    """Both ends move alike: they were written by one look at the clocks."""
    zero = zeros.get((gap.scanner_id, gap.boot))
    moved = 0 if zero is None else correction(zero, gap.mono, gap.start)
    if not moved:
        return gap
    nil = bytes.fromhex(NIL_UUID.replace("-", ""))
    rows.append(Row(nil, gap.start + moved, gap.scanner_id, gap.start, gap.boot))
    return gap._replace(start=gap.start + moved, end=gap.end + moved)


def _correct_act(act: ActRecord, zeros: dict[Boot, int]) -> ActRecord:
    """An act keeps what was written in its own row: it is known by its id, not by its time."""
    zero = zeros.get((act.scanner_id, act.boot))
    moved = 0 if zero is None else correction(zero, act.mono, act.time)
    return act._replace(time=act.time + moved, raw_time=act.time) if moved else act
