"""The records of a batch in columns: a hundred thousand need no hundred thousand objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, overload

from .backend import BatchRecord

BYTES = 16
"""Of a bleUuid."""


class Badges(Sequence[str]):
    """Canonical bleUuids by their bytes: a million take 16 MB instead of 93."""

    __slots__ = ("_texts", "packed")

    def __init__(self, packed: bytes, texts: Sequence[str] | None = None) -> None:
        """`packed`: 16 bytes each, one after the other; `texts`: the same, if they are at hand."""
        self.packed = packed
        self._texts = texts

    def __len__(self) -> int:
        return len(self.packed) // BYTES

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts) if self._texts is not None else map(self._text, range(len(self)))

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, int):
            return self._text(range(len(self))[at])
        start, end, step = at.indices(len(self))
        if step != 1:
            return list(self)[at]
        texts = None if self._texts is None else self._texts[start:end]
        return Badges(self.packed[BYTES * start : BYTES * end], texts)

    def _text(self, at: int) -> str:
        digits = self.packed[BYTES * at : BYTES * (at + 1)].hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


class Same(Sequence[Any]):
    """One value as often as there are records."""

    __slots__ = ("_length", "value")

    def __init__(self, value: str | int, length: int) -> None:
        self.value = value
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        return repeat(self.value, self._length)

    def __getitem__(self, at: int | slice) -> Any:  # noqa: ANN401 - as Sequence[Any] has it
        places = range(self._length)[at]
        return self.value if isinstance(places, int) else Same(self.value, len(places))

    def __contains__(self, value: object) -> bool:
        return self._length > 0 and value == self.value

    def count(self, value: object) -> int:
        """How many are this value."""
        return self._length if value == self.value else 0


@dataclass(frozen=True, slots=True, eq=False)
class Columns(Sequence[BatchRecord]):
    """As a sequence of BatchRecord, which has the meaning of the columns; all are of one length."""

    ble_uuids: Sequence[str]
    times: Sequence[int]
    scanners: Sequence[str]
    places: Sequence[int]
    boots: Sequence[str]
    monos: Sequence[int]
    ids: Sequence[str]
    kinds: Sequence[str]

    def _each(self) -> tuple[Sequence[Any], ...]:
        return (
            self.ble_uuids,
            self.times,
            self.scanners,
            self.places,
            self.boots,
            self.monos,
            self.ids,
            self.kinds,
        )

    def __len__(self) -> int:
        return len(self.ble_uuids)

    def __iter__(self) -> Iterator[BatchRecord]:
        return map(BatchRecord._make, zip(*self._each(), strict=True))

    @overload
    def __getitem__(self, at: int) -> BatchRecord: ...
    @overload
    def __getitem__(self, at: slice) -> Columns: ...
    def __getitem__(self, at: int | slice) -> BatchRecord | Columns:
        if isinstance(at, slice):
            return Columns(*(column[at] for column in self._each()))
        return BatchRecord._make(column[at] for column in self._each())

    def parts(self, size: int) -> Iterator[Columns]:
        """The same records in parts of at most `size`, in order; none of no records."""
        if len(self) <= size:
            yield from [self] if self else []
            return
        for start in range(0, len(self), size):
            yield self[start : start + size]


def columns_of(records: Sequence[BatchRecord]) -> Columns:
    """The same records in columns."""
    if isinstance(records, Columns):
        return records
    return Columns(*(zip(*records, strict=True) if records else ((),) * 8))


def packed(ble_uuids: Sequence[str]) -> bytes:
    """The bytes of canonical bleUuids, 16 each."""
    if isinstance(ble_uuids, Badges):
        return ble_uuids.packed
    return bytes.fromhex("".join(ble_uuids).replace("-", ""))


def same_in_all(column: Sequence[str]) -> bool:
    """Whether there is but one value, or none."""
    return not column or column.count(column[0]) == len(column)
