"""The table of badges in the course of time; `badges` has who holds each at present."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from .schema import metadata

badge_periods = Table(
    "badge_periods",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("ble_uuid", LargeBinary, nullable=False),
    Column("valid_from", BigInteger),  # null: ever since
    Column("valid_to", BigInteger),  # null: until further notice
    Column("added_at", BigInteger, nullable=False),
    Column("added_by", Text, nullable=False),
    Index(None, "ble_uuid"),  # serves "whose was this badge, and when?"
    Index(None, "user_id"),  # serves "which badges did this person have?"
)
