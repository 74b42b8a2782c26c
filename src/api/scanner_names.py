"""A scanner's own key does not speak in the name of another scanner that has one.

Any other name is let through: a station's records keep the name that it had when it logged them,
and a copy of a log is carried to the backend by whoever is there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from operator import attrgetter

from ..core.backend import Batch
from ..core.columns import columns_of
from ..core.model import Refusal
from .batch import ParsedBatch
from .problems import RefusalCode

NamesWithKey = Callable[[Collection[str]], frozenset[str]]
"""Which of these names belong to a scanner whose key is good."""


def without_others(parsed: ParsedBatch, own: str, with_key: NamesWithKey) -> ParsedBatch:
    """Refuse the records that name another paired scanner, and leave out its scan sessions."""
    batch = parsed.batch
    others = _names(batch) - {own}
    taken = with_key(others) if others else frozenset()
    if not taken:
        return parsed
    placed = [
        (each.place, each.scanner_id)
        for some in (batch.records, batch.gaps, batch.acts)
        for each in some
    ]
    refused = [
        Refusal(place, RefusalCode.SCANNER_NAME_TAKEN, _why(own, named))
        for place, named in placed
        if named in taken
    ]
    every = sorted([*parsed.refused, *refused], key=attrgetter("index"))
    kept = replace(
        batch,
        records=[record for record in batch.records if record.scanner_id not in taken],
        gaps=[gap for gap in batch.gaps if gap.scanner_id not in taken],
        acts=[act for act in batch.acts if act.scanner_id not in taken],
        sessions=[each for each in batch.sessions if each.scanner_id not in taken],
        refused=every,
    )
    return parsed._replace(batch=kept, refused=every)


def _names(batch: Batch) -> set[str]:
    names = set(columns_of(batch.records).scanners)
    for some in (batch.gaps, batch.acts, batch.sessions):
        names.update(each.scanner_id for each in some)
    return names


def _why(own: str, named: str) -> str:
    return (
        f"The record names the scanner {named}, which has a key of its own; this one is {own}'s. "
        f"Send it from {named}, or with the shared scanner key."
    )
