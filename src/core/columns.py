"""The records of a batch in columns: a hundred thousand need no hundred thousand objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from .backend import BatchRecord


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

    def _all(self) -> Iterator[tuple[str, int, str, int, str, int, str, str]]:
        return zip(
            self.ble_uuids,
            self.times,
            self.scanners,
            self.places,
            self.boots,
            self.monos,
            self.ids,
            self.kinds,
            strict=True,
        )

    def __len__(self) -> int:
        return len(self.ble_uuids)

    def __iter__(self) -> Iterator[BatchRecord]:
        return map(BatchRecord._make, self._all())

    @overload
    def __getitem__(self, at: int) -> BatchRecord: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[BatchRecord]: ...
    def __getitem__(self, at: int | slice) -> BatchRecord | Sequence[BatchRecord]:
        return list(self)[at]


def columns_of(records: Sequence[BatchRecord]) -> Columns:
    """The same records in columns."""
    if isinstance(records, Columns):
        return records
    return Columns(*(zip(*records, strict=True) if records else ((),) * 8))


def same_in_all(column: Sequence[str]) -> bool:
    """Whether there is but one value, or none."""
    return not column or column.count(column[0]) == len(column)
