"""One id, one content: a record whose id is taken by another one is refused, never merged.

An id of our own is `<scan session>-<number>`. What is before the number is the scope, kept as a
64-bit digest. The digests of the contents of 256 numbers, a block, are one row: so a million
records cost 4,000 rows of 1 KiB, and no more time than reading them takes. Any other id is a scope
of its own, with the block -1.
"""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import Connection, select, text

from ...core.backend import RECORD_CONFLICT, ActRecord, Batch, BatchRecord, GapRecord
from ...core.identity import clean_text
from ...core.model import Refusal
from .chunks import chunks
from .schema_clocks import record_ids

BLOCK = 256
"""Numbers in a row."""

DIGITS = 15
"""Of a number in an id, at most: it stays well within 64 bits."""

_ID_SHOWN = 80
"""Characters of an id in a message."""

# The update changes nothing, but it makes other writers of the row wait for this transaction, so
# that what is read next is what is there. In the order of the key, so that none waits in a circle.
_CLAIM = text("""
INSERT INTO record_ids (event_id, scope, block, digests) VALUES (:event, :scope, :block, :digests)
ON CONFLICT (event_id, scope, block) DO UPDATE SET digests = record_ids.digests
""")
_EXTEND = text("""
UPDATE record_ids SET digests = :digests
WHERE event_id = :event AND scope = :scope AND block = :block
""")

Key = tuple[int, int]
"""Scope and block."""

Identified = BatchRecord | GapRecord | ActRecord


class Checked(NamedTuple):
    """A batch without its conflicts, and these."""

    batch: Batch
    refused: tuple[Refusal, ...]


class _Marked(NamedTuple):
    """Records of one block, in the order of the request."""

    offsets: Sequence[int]
    """In the block."""
    digests: Sequence[int]
    """Never 0: that is for numbers of which nothing is known."""
    records: Sequence[Identified]


def check(connection: Connection, batch: Batch, event: int) -> Checked:
    """Remember the ids of the batch; take out what is in conflict with one known before.

    The first record of an id is kept, also within one batch. The same content again is no
    conflict: whether it is a duplicate is for the merge to say.
    """
    records: list[Identified] = [record for record in batch.records if record.id]
    others: list[Identified] = [gap for gap in batch.gaps if gap.id]
    others += [act for act in batch.acts if act.id]
    if others:
        records = sorted([*records, *others], key=attrgetter("place"))
    if not records:
        return Checked(batch, ())
    conflicts = _store(connection, event, _blocks(records))
    return _without(batch, conflicts) if conflicts else Checked(batch, ())


def _without(batch: Batch, conflicts: Sequence[Identified]) -> Checked:
    refusals = {each.place: _refusal(each) for each in conflicts}
    return Checked(
        replace(
            batch,
            records=[record for record in batch.records if record.place not in refusals],
            gaps=[gap for gap in batch.gaps if gap.place not in refusals],
            acts=[act for act in batch.acts if act.place not in refusals],
        ),
        tuple(refusals.values()),
    )


def _refusal(record: Identified) -> Refusal:
    shown = clean_text(record.id, _ID_SHOWN)
    return Refusal(
        record.place,
        RECORD_CONFLICT,
        f"The id {shown} is taken by a record with other content, which is kept as it is.",
    )


def _fill(digests: array[int], marked: _Marked) -> list[Identified]:
    """Write the digests where nothing is known yet; the records that something else is known of."""
    if not digests and isinstance(marked.offsets, range):
        digests.extend([0] * marked.offsets.start)
        digests.extend(marked.digests)
        return []
    conflicts = []
    for offset, digest, record in zip(*marked, strict=True):
        if offset >= len(digests):
            digests.extend([0] * (offset + 1 - len(digests)))
        if not digests[offset]:
            digests[offset] = digest
        elif digests[offset] != digest:
            conflicts.append(record)
    return conflicts


def _store(connection: Connection, event: int, blocks: dict[Key, _Marked]) -> list[Identified]:
    """Store what is new; the records that are in conflict with what is there."""
    ours: dict[Key, array[int]] = {}
    within: dict[Key, list[Identified]] = {}
    for key in sorted(blocks):
        ours[key] = array("I")
        within[key] = _fill(ours[key], blocks[key])
    connection.execute(_CLAIM, [_row(event, key, digests) for key, digests in ours.items()])
    conflicts: list[Identified] = []
    changed = []
    for key, there in _read(connection, event, ours):
        if there == ours[key]:
            conflicts += within[key]
            continue
        before = len(there), there.count(0)
        conflicts += _fill(there, blocks[key])
        if before != (len(there), there.count(0)):
            changed.append(_row(event, key, there))
    if changed:
        connection.execute(_EXTEND, changed)
    return conflicts


def _row(event: int, key: Key, digests: array[int]) -> dict[str, object]:
    return {"event": event, "scope": key[0], "block": key[1], "digests": _to_bytes(digests)}


def _read(connection: Connection, event: int, keys: Iterable[Key]) -> list[tuple[Key, array[int]]]:
    table, wanted = record_ids, set(keys)
    low, high = min(block for _, block in wanted), max(block for _, block in wanted)
    found = []
    for scopes in chunks(sorted({scope for scope, _ in wanted})):
        query = select(table.c.scope, table.c.block, table.c.digests).where(
            table.c.event_id == event, table.c.scope.in_(scopes), table.c.block.between(low, high)
        )
        for scope, block, digests in connection.execute(query):
            if (scope, block) in wanted:
                found.append(((scope, block), _from_bytes(digests)))
    return found


def _blocks(records: Sequence[Identified]) -> dict[Key, _Marked]:
    """The records by block."""
    digests, place_of = list(map(_digest, records)), _placer()
    scope, first = place_of(records[0].id)
    if first >= 0 and _is_run(records, first):
        return dict(_run(scope, first, digests, records))
    blocks: dict[Key, tuple[list[int], list[int], list[Identified]]] = {}
    for record, digest in zip(records, digests, strict=True):
        scope, number = place_of(record.id)
        offsets, known, found = blocks.setdefault((scope, number // BLOCK), ([], [], []))
        offsets.append(number % BLOCK)
        known.append(digest)
        found.append(record)
    return {key: _Marked(*marked) for key, marked in blocks.items()}


def _is_run(records: Sequence[Identified], first: int) -> bool:
    """Whether they are the lines of a log one after the other: then much can be done at once."""
    scope = records[0].id.rpartition("-")[0]
    numbers = range(first, first + len(records))
    return [record.id for record in records] == [f"{scope}-{number}" for number in numbers]


def _run(
    scope: int, first: int, digests: Sequence[int], records: Sequence[Identified]
) -> Iterator[tuple[Key, _Marked]]:
    at = 0
    while at < len(records):
        block, offset = divmod(first + at, BLOCK)
        end = min(len(records), at + BLOCK - offset)
        offsets = range(offset, offset + end - at)
        yield (scope, block), _Marked(offsets, digests[at:end], records[at:end])
        at = end


def _placer() -> Callable[[str], Key]:
    """Takes ids apart; a batch has few scopes, so each is digested once."""
    scope_of = lru_cache(maxsize=1024)(_scope)

    def place_of(id_: str) -> Key:
        scope, dash, number = id_.rpartition("-")
        usual = dash and number.isdecimal() and number.isascii() and len(number) <= DIGITS
        if not usual or (number[0] == "0" and len(number) > 1):
            return scope_of(id_), -BLOCK
        return scope_of(scope), int(number)

    return place_of


def _scope(id_: str) -> int:
    return int.from_bytes(blake2b(id_.encode(), digest_size=8).digest(), "big", signed=True)


def _digest(record: Identified) -> int:
    """CRC-32 of all that the server keeps of a record, as it was sent.

    It finds accidents, one in four billion of which it misses. Who wants to forge a record has the
    scanner's key, and needs no known id for it.
    """
    if isinstance(record, BatchRecord):
        ble_uuid, time, scanner, _, boot, mono, _, kind = record
        return crc32(f"{kind}|{ble_uuid}|{time}|{mono}|{boot}|{scanner}".encode()) or 1
    if isinstance(record, ActRecord):
        return crc32(json.dumps(record._replace(place=0, raw_time=None)).encode()) or 1
    scanner, start, end, why, _, boot, mono, _ = record
    return crc32(f"gap|{start}|{end}|{mono}|{boot}|{why}|{scanner}".encode()) or 1


def _to_bytes(digests: array[int]) -> bytes:
    """Big-endian, so that a database can move between machines."""
    return struct.pack(f">{len(digests)}I", *digests)


def _from_bytes(digests: bytes) -> array[int]:
    return array("I", struct.unpack(f">{len(digests) // 4}I", digests))
