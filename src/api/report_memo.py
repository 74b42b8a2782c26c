"""What was made of each person for a report, kept for those about whom nothing has changed.

Rows, their JSON, and the lines under the report's seal.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ..core.attendance import Rules
from ..core.report import EventFacts, PersonFacts, PersonRow, fold_person
from ..core.seals import Within, digest_of, person_line
from .wire import to_wire


class _Known(NamedTuple):
    facts: PersonFacts
    given: tuple[int, int, Rules]
    """What else the row was folded from."""
    row: PersonRow


class _Line(NamedTuple):
    facts: PersonFacts
    within: Within
    line: bytes


class ReportMemo:
    """Of one event. Safe to use from several threads: whatever is found is right, or made anew."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._written: dict[str, tuple[PersonRow, bytes]] = {}
        self._lines: dict[str, _Line] = {}

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

    def digest(self, facts: EventFacts) -> str:
        """What `core.seals.digest_of` gives, from the lines that are known."""
        return digest_of(facts, self._line)

    def _line(self, person: PersonFacts, within: Within) -> bytes:
        known = self._lines.get(person.user_id)
        if known is None or known.facts != person or known.within != within:
            known = _Line(person, within, person_line(person, within))
            self._lines[person.user_id] = known
        return known.line
