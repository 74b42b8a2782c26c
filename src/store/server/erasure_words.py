"""Takes one person's name out of what people wrote, and out of who did it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from .personal import Person
from .personal_words import BY_ID, TEXTS
from .schema_acts import acts
from .schema_badges import badge_periods
from .schema_corrections import corrections
from .schema_insights import feedback, insight_comments
from .schema_seals import acceptances, seals
from .schema_trash import trashed_sessions
from .words import Words

SOMEBODY = "erased"
"""Who did something, where that was the erased person."""

_BY_NAME = (
    acts.c.done_by,
    badge_periods.c.added_by,
    acceptances.c.accepted_by,
    seals.c.sealed_by,
    trashed_sessions.c.deleted_by,
)


def anonymous_words(
    connection: Connection, person: Person, words: Words, new: str, called: Sequence[str]
) -> None:
    """What others wrote loses the name; what the person wrote goes. `new` is the new public id."""
    old = person.row.public_id
    _cut_reasons(connection, new)
    for table in (feedback, insight_comments):
        theirs = update(table).where(table.c.by_user == old)
        connection.execute(theirs.values(words=""))
    connection.execute(update(feedback).where(feedback.c.by_user == old).values(why=""))
    for table, name in BY_ID:
        did = update(table).where(table.c[name] == old)
        connection.execute(did.values({name: new}))
    for column in _BY_NAME:
        named = update(column.table).where(column.in_(called))
        connection.execute(named.values({column.name: SOMEBODY}))
    for table, columns in TEXTS:
        words.replace(connection, table, columns)


def _cut_reasons(connection: Connection, new: str) -> None:
    """A rule that decided about the person may have the reason behind a colon."""
    mine = acts.c.user_ref == new
    same = (corrections.c.event_id == acts.c.event_id, corrections.c.record_id == acts.c.record_id)
    query = select(corrections).where(select(acts.c.record_id).where(mine, *same).exists())
    for row in connection.execute(query).mappings().all():
        key = (
            corrections.c.event_id == row["event_id"],
            corrections.c.record_id == row["record_id"],
        )
        rules = {name: row[name] for name in ("rule_before", "rule_after")}
        cut = {name: rule and rule.partition(":")[0] for name, rule in rules.items()}
        connection.execute(update(corrections).where(*key).values(cut))
