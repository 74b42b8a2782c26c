"""From a place in a log to a row with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from ..core.identity import canonical
from ..core.model import Damage, LogLine
from ..core.review import LogRow, Place, RecordState, Standing
from .log_index import LogIndex
from .log_match import state_of
from .log_reader import framed, unended
from .logline import LINE_LIMIT, decode, is_own


def read_rows(
    index: LogIndex,
    places: Iterable[Place],
    standings: Sequence[Standing],
    voided: AbstractSet[str] = frozenset(),
) -> list[LogRow]:
    """The rows at these places. Raises OSError."""
    return [_row(index, place, standings[place.file], voided) for place in places]


def _row(index: LogIndex, place: Place, standing: Standing, voided: AbstractSet[str]) -> LogRow:
    line = index.read(place)
    raw = line.removesuffix(b"\n")
    number = index.number_of(place)
    state = state_of(raw, place.start, standing, voided) or RecordState.SENT
    file = str(index.files[place.file].path)
    row = LogRow(place, file, number, raw[:LINE_LIMIT], state)
    items = list(_items(number or 0, place.start, line))
    records = [item for item in items if isinstance(item, LogLine)]
    damages = tuple(item for item in items if isinstance(item, Damage))
    if records:
        row = _filled(row, records[0].raw)
    if damages:
        return replace(row, state=RecordState.DAMAGED, damages=damages, salvaged=len(records))
    return row


def _items(number: int, start: int, line: bytes) -> Iterable[LogLine | Damage]:
    if len(line) > LINE_LIMIT:
        return [Damage(number, start, start + len(line), f"longer than {LINE_LIMIT} bytes")]
    if line.endswith(b"\n"):
        return framed(number, start, line)
    return unended(number, start, line)


def _filled(row: LogRow, raw: bytes) -> LogRow:
    """The row with what its (first) record says."""
    entry = decode(raw)
    return replace(
        row,
        sealed=is_own(raw),
        kind=entry.kind,
        ble_uuid=canonical(entry.ble_uuid) or entry.ble_uuid,
        time_ms=entry.check_in_time,
        scanner_id=entry.scanner_id,
        rssi=entry.rssi,
        seq=entry.seq,
        id=entry.id,
        boot=entry.boot,
        mono_ms=entry.mono,
        until_ms=entry.until,
        why=entry.why,
        user=entry.user,
        name=entry.name,
        by=entry.by,
        of=entry.of,
    )
