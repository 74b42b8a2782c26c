"""The tables of insights and feedback; see `schema` for the conventions.

People are named by their public id, without a foreign key: who is erased leaves no row behind that
holds the erasure up.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from .schema import metadata

insights = Table(
    "insights",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("event_id", ForeignKey("events.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("numbers_json", Text, nullable=False),
    Column("rows_json", Text, nullable=False),
    Column("source", Text, nullable=False),  # empty: derived here
    Column("holds", Boolean, nullable=False),
    Column("status", Text, nullable=False),  # open, dismissed
    Column("status_by", Text, nullable=False),  # a user's public id; empty for nobody
    Column("status_at", BigInteger),
    Column("why", Text, nullable=False),
    Column("sent_at", BigInteger, nullable=False),  # of the newest message; 0: derived here
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "event_id", "created_at", "id"),  # serves an event's list, page by page
)

insight_comments = Table(
    "insight_comments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("insight_id", ForeignKey("insights.id"), nullable=False),
    Column("by_user", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Index(None, "insight_id"),  # serves the insights of a page
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", Text, nullable=False, unique=True),
    Column("event_id", ForeignKey("events.id")),
    Column("by_user", Text, nullable=False),
    Column("rating", Integer),
    Column("words", Text, nullable=False),
    Column("status", Text, nullable=False),  # new, published, hidden
    Column("created_at", BigInteger, nullable=False),
    Column("moderated_by", Text, nullable=False),
    Column("moderated_at", BigInteger),
    Column("why", Text, nullable=False),
    Index(None, "created_at", "id"),  # serves the admins' list, page by page
    Index(None, "event_id"),  # serves an event's list
    Index(None, "by_user"),  # serves the author's own, and an erasure
)
