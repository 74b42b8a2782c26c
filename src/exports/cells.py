"""Cells as text: the one way in which every export without types writes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any

from ..core.report_table import Cell, Column, Kind, Sheet
from .times import iso, local_time


def as_text(cell: Cell, kind: Kind, zone: tzinfo) -> str:
    """For programs: times are ISO 8601 with their offset; empty for nothing."""
    if not isinstance(cell, int):
        return cell or ""
    if kind.is_time:
        return iso(cell, UTC if kind is Kind.UTC_TIME else zone)
    return str(cell)


def for_people(cell: Cell, kind: Kind, zone: tzinfo) -> str:
    """For people: times as date and time of day, to the second."""
    if isinstance(cell, int) and kind.is_time:
        return local_time(cell, UTC if kind is Kind.UTC_TIME else zone)
    return f"{cell:,}" if isinstance(cell, int) else cell or ""


def texts(sheet: Sheet[Any], zone: tzinfo) -> Iterator[list[str]]:
    """The rows as text, for programs."""
    columns: list[Column[Any]] = list(sheet.columns)
    kinds = [column.kind for column in columns]
    for row in sheet.rows():
        yield [as_text(cell, kind, zone) for cell, kind in zip(row, kinds, strict=True)]
