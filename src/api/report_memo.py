"""A report's rows and their JSON, kept for the people about whom nothing has changed."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ..core.attendance import Rules
from ..core.report import PersonFacts, PersonRow, fold_person
from .wire import to_wire


class _Known(NamedTuple):
    facts: PersonFacts
    given: tuple[int, int, Rules]
    """What else the row was folded from."""
    row: PersonRow


class ReportMemo:
    """Of one event. Safe to use from several threads: whatever is found is right, or made anew."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._written: dict[str, tuple[PersonRow, bytes]] = {}

    def fold(self, facts: PersonFacts, start: int, end: int, rules: Rules) -> PersonRow:
        """The person's row: a `core.report.Fold`."""
        given = (start, end, rules)
        known = self._known.get(facts.user_id)
        if known is not None and known.facts == facts and known.given == given:
            return known.row
        row = fold_person(facts, start, end, rules)
        if known is not None and known.row == row:
            row = known.row  # so that its JSON is found, too
        self._known[facts.user_id] = _Known(facts, given, row)
        return row

    def write(self, row: PersonRow) -> msgspec.Raw:
        """The row as JSON."""
        known = self._written.get(row.user_id)
        if known is None or known[0] is not row:
            known = (row, msgspec.json.encode(to_wire(row)))
            self._written[row.user_id] = known
        return msgspec.Raw(known[1])
