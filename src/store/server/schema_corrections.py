"""The table of corrections made at the backend: what an act in `acts` does not say of itself."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from .schema import metadata

corrections = Table(
    "corrections",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),  # who made it
    Column("status_before", Text),
    Column("rule_before", Text),
    Column("status_after", Text),
    Column("rule_after", Text),
    Index(None, "user_id"),  # serves "what did this person correct?"
    sqlite_with_rowid=False,
)
