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
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import Connection, select, text

from ...core.backend import RECORD_CONFLICT, ActRecord, Batch, GapRecord
from ...core.columns import Columns, columns_of, same_in_all
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


class Checked(NamedTuple):
    """A batch without its conflicts, and these."""

    batch: Batch
    refused: tuple[Refusal, ...]


class _Identified(NamedTuple):
    """The records that have an id, in columns, in the order of the request."""

    ids: Sequence[str]
    digests: Sequence[int]
    """Never 0: that is for numbers of which nothing is known."""
    places: Sequence[int]


class _Marked(NamedTuple):
    """Records of one block, in the order of the request."""

    offsets: Sequence[int]
    """In the block."""
    digests: Sequence[int]
    rows: Sequence[int]
    """Where they are in _Identified."""


def check(connection: Connection, batch: Batch, event: int) -> Checked:
    """Remember the ids of the batch; take out what is in conflict with one known before.

    The first record of an id is kept, also within one batch. The same content again is no
    conflict: whether it is a duplicate is for the merge to say.
    """
    known = _identified(batch)
    conflicts = _store(connection, event, _blocks(known)) if known.ids else []
    if not conflicts:
        return Checked(batch, ())
    return _without(batch, [_refusal(known.ids[row], known.places[row]) for row in conflicts])


def _identified(batch: Batch) -> _Identified:
    columns = columns_of(batch.records)
    if not batch.gaps and not batch.acts:
        if "" not in columns.ids:
            return _Identified(columns.ids, _digests(columns), columns.places)
        if not any(columns.ids):
            return _Identified((), (), ())
    records = [record for record in batch.records if record.id]
    digests = _digests(columns_of(records))
    found = [(each.place, each.id, digest) for each, digest in zip(records, digests, strict=True)]
    found += [(gap.place, gap.id, _of_gap(gap)) for gap in batch.gaps if gap.id]
    found += [(act.place, act.id, _of_act(act)) for act in batch.acts if act.id]
    found.sort(key=itemgetter(0))
    ids, known = [each[1] for each in found], [each[2] for each in found]
    return _Identified(ids, known, [each[0] for each in found])


def _without(batch: Batch, refusals: Sequence[Refusal]) -> Checked:
    places = {refusal.index for refusal in refusals}
    return Checked(
        replace(
            batch,
            records=[record for record in batch.records if record.place not in places],
            gaps=[gap for gap in batch.gaps if gap.place not in places],
            acts=[act for act in batch.acts if act.place not in places],
        ),
        tuple(refusals),
    )


def _refusal(id_: str, place: int) -> Refusal:
    shown = clean_text(id_, _ID_SHOWN)
    return Refusal(
        place,
        RECORD_CONFLICT,
        f"The id {shown} is taken by a record with other content, which is kept as it is.",
    )


def _fill(digests: array[int], marked: _Marked) -> list[int]:
    """Write the digests where nothing is known yet; the rows of which something else is known."""
    if not digests and isinstance(marked.offsets, range):
        digests.extend([0] * marked.offsets.start)
        digests.extend(marked.digests)
        return []
    conflicts = []
    for offset, digest, row in zip(*marked, strict=True):
        if offset >= len(digests):
            digests.extend([0] * (offset + 1 - len(digests)))
        if not digests[offset]:
            digests[offset] = digest
        elif digests[offset] != digest:
            conflicts.append(row)
    return conflicts


def _store(connection: Connection, event: int, blocks: dict[Key, _Marked]) -> list[int]:
    """Store what is new; the rows that are in conflict with what is there."""
    ours: dict[Key, array[int]] = {}
    within: dict[Key, list[int]] = {}
    for key in sorted(blocks):
        ours[key] = array("I")
        within[key] = _fill(ours[key], blocks[key])
    connection.execute(_CLAIM, [_row(event, key, digests) for key, digests in ours.items()])
    conflicts: list[int] = []
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


def _blocks(known: _Identified) -> dict[Key, _Marked]:
    """The records by block."""
    place_of = _placer()
    scope, first = place_of(known.ids[0])
    if first >= 0 and _is_run(known.ids, first):
        return dict(_run(scope, first, known.digests))
    blocks: dict[Key, tuple[list[int], list[int], list[int]]] = {}
    for row, (id_, digest) in enumerate(zip(known.ids, known.digests, strict=True)):
        scope, number = place_of(id_)
        offsets, digests, rows = blocks.setdefault((scope, number // BLOCK), ([], [], []))
        offsets.append(number % BLOCK)
        digests.append(digest)
        rows.append(row)
    return {key: _Marked(*marked) for key, marked in blocks.items()}


def _is_run(ids: Sequence[str], first: int) -> bool:
    """Whether they are the lines of a log one after the other: then much can be done at once."""
    scope = ids[0].rpartition("-")[0]
    if "," in scope:  # what is joined must come apart in one way only
        return False
    numbers = map(str, range(first, first + len(ids)))
    return ",".join(ids) == f"{scope}-" + f",{scope}-".join(numbers)


def _run(scope: int, first: int, digests: Sequence[int]) -> Iterator[tuple[Key, _Marked]]:
    at = 0
    while at < len(digests):
        block, offset = divmod(first + at, BLOCK)
        end = min(len(digests), at + BLOCK - offset)
        offsets = range(offset, offset + end - at)
        yield (scope, block), _Marked(offsets, digests[at:end], range(at, end))
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


def _digests(columns: Columns) -> list[int]:
    """CRC-32 of all that the server keeps of each record, as it was sent.

    It finds accidents, one in four billion of which it misses. Who wants to forge a record has the
    scanner's key, and needs no known id for it. What is nearly always the same for all comes first,
    and is digested once; the rest goes without a loop of Python.
    """
    seed_of = lru_cache(maxsize=1024)(_seed)
    if same_in_all(columns.boots) and same_in_all(columns.scanners):
        seeds: Iterable[int] = repeat(seed_of(*columns.boots[:1], *columns.scanners[:1]))
    else:
        seeds = map(seed_of, columns.boots, columns.scanners)
    times, monos = map(str, columns.times), map(str, columns.monos)
    members = zip(columns.ble_uuids, times, monos, columns.kinds, strict=True)
    digests = list(map(crc32, map(str.encode, map("|".join, members)), seeds))
    return [digest or 1 for digest in digests] if 0 in digests else digests


def _seed(boot: str = "", scanner: str = "") -> int:
    return crc32(f"{boot}|{scanner}|".encode())


def _of_gap(gap: GapRecord) -> int:
    scanner, start, end, why, _, boot, mono, _ = gap
    return crc32(f"gap|{start}|{end}|{mono}|{boot}|{why}|{scanner}".encode()) or 1


def _of_act(act: ActRecord) -> int:
    return crc32(json.dumps(act._replace(place=0, raw_time=None)).encode()) or 1


def _to_bytes(digests: array[int]) -> bytes:
    """Big-endian, so that a database can move between machines."""
    return struct.pack(f">{len(digests)}I", *digests)


def _from_bytes(digests: bytes) -> array[int]:
    return array("I", struct.unpack(f">{len(digests) // 4}I", digests))
