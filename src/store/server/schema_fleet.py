"""The tables of stations: what runs on them, and what is decided for them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from .schema import metadata

scanner_versions = Table(
    "scanner_versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("headcount", Text, nullable=False),
    Column("python", Text, nullable=False),
    Column("bleak", Text, nullable=False),
    Column("bluez", Text, nullable=False),
    Column("os", Text, nullable=False),
    Column("told_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

scanner_settings = Table(
    "scanner_settings",
    metadata,
    Column("name", Text, primary_key=True),  # empty: for all
    Column("settings", Text, nullable=False),  # JSON, the members of core.fleet_values.Settings
    Column("changed_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
