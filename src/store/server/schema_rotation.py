"""The table of rotation secrets: from them follows which id a person's phone shows when."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table

from .schema import metadata

rotation_secrets = Table(
    "rotation_secrets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("secret", LargeBinary, nullable=False),  # 32 bytes, as they are: ids are made from them
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # null: the person's phone uses it
    Index(None, "user_id"),  # serves "this person's secrets": table of ids, replacement, erasure
)
