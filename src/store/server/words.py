"""Words that name a person, found and replaced in free text and in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, or_, select, update

_NAME = r"(?<![\w@.-])(?:{})(?!-?[\w@]|\.\w)"
"""A name is no part of another one, nor of an address: Al is not in Alma, nor in al@example.org."""
_ID = r"(?<!\w)(?:{})(?!\w)"


class Words:
    """What stands in place of each word."""

    def __init__(self, names: Mapping[str, str], ids: Mapping[str, str]) -> None:
        self._instead = {
            form: json.dumps(new)[1:-1]
            for word, new in {**ids, **names}.items()
            for form in _forms(word)
        }
        self._folded = {form.casefold(): new for form, new in self._instead.items()}
        patterns = [
            shape.format("|".join(re.escape(form) for word in words for form in _forms(word)))
            for shape, words in ((_ID, ids), (_NAME, names))
            if words
        ]
        self._pattern = re.compile("|".join(patterns), re.IGNORECASE)

    def names(self, text: object) -> bool:
        """Whether a text names the person."""
        return isinstance(text, str) and self._pattern.search(text) is not None

    def replaced(self, text: str) -> str:
        """The text without what names the person."""
        return self._pattern.sub(self._new, text)

    def _new(self, found: re.Match[str]) -> str:
        return self._folded.get(found[0].casefold(), "")

    def naming(
        self, connection: Connection, table: Table, columns: Iterable[str]
    ) -> Iterator[RowMapping]:
        """Rows that name the person in one of the columns."""
        names = list(columns)
        likely = or_(*(self._likely(table.c[name]) for name in names))
        query = select(table).where(likely).order_by(*table.primary_key.columns)
        for row in connection.execute(query).mappings().all():
            if any(self.names(row[name]) for name in names):
                yield row

    def _likely(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """The database's own comparison finds too much rather than too little."""
        return or_(*(column.icontains(form, autoescape=True) for form in sorted(self._instead)))

    def replace(self, connection: Connection, table: Table, columns: Sequence[str]) -> None:
        """Replace the words in these columns."""
        for cells in self.naming(connection, table, columns):
            new = {name: self.replaced(cells[name]) for name in columns if self.names(cells[name])}
            same = (column == cells[column.name] for column in table.primary_key.columns)
            connection.execute(update(table).where(*same).values(new))


def _forms(word: str) -> set[str]:
    """As text, and as JSON has it: with and without escapes for what is not ASCII."""
    escaped = json.dumps(word), json.dumps(word, ensure_ascii=False)
    return {word, *(form[1:-1] for form in escaped)}
