"""A log's records as JSON Lines (byte for byte) or as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..core.identity import clean_text
from ..core.model import Damage
from ..core.spreadsheet import defuse
from ..store.log_reader import distinct, read_all
from ..store.logline import decode


class Exported(NamedTuple):
    """What was written, and how many damaged stretches were passed over."""

    records: int
    damaged: int


COLUMNS = ("bleUuid", "checkInTime", "scannerId", "kind", "rssi", "id")


TOLD_EVERY = 1_000
"""Records between two looks at how far it is: some ten milliseconds."""


def write(
    log: Path, kind: str, stream: BinaryIO, on_bytes: Callable[[int], None] = lambda _bytes: None
) -> Exported:
    """Write every intact record once. Raises OSError.

    `on_bytes` is told now and then how many bytes were read; what it raises ends the export.

    Lines go out byte for byte, but onto a terminal in ASCII: other programs' may hold anything.
    """
    exact = not stream.isatty()
    records = damaged = done = 0
    if kind == "csv":
        stream.write(_csv_row(COLUMNS))
    for item in distinct(read_all(log)):
        if isinstance(item, Damage):
            damaged += 1
            continue
        records += 1
        done += len(item.raw) + 1
        if records % TOLD_EVERY == 0:
            on_bytes(done)
        stream.write(_as_json(item.raw, exact=exact) if kind == "jsonl" else _as_csv(item.raw))
    return Exported(records, damaged)


def _as_json(raw: bytes, *, exact: bool) -> bytes:
    return raw + b"\n" if exact else json.dumps(json.loads(raw)).encode("ascii") + b"\n"


def _as_csv(raw: bytes) -> bytes:
    entry = decode(raw)
    rssi = "" if entry.rssi is None else str(entry.rssi)  # a negative number is no formula
    before = (entry.ble_uuid, str(entry.check_in_time), entry.scanner_id, entry.kind)
    return _csv_row((*map(_safe, before), rssi, _safe(entry.id)))


def _safe(cell: str) -> str:
    return defuse(clean_text(cell))


def _csv_row(cells: tuple[str, ...]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow(cells)
    return stream.getvalue().encode()
