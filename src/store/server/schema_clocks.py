"""What is kept of stations' clocks, of records' ids, and of refusals. See schema.py for the rest.

Wrong times are rare, so ordinary sightings pay nothing for them: `sightings`, `attendance` and
`coverage_gaps` hold the time that counts, and what was written instead lies beside it here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, LargeBinary, Table, Text

from .schema import metadata

scanner_clocks = Table(
    "scanner_clocks",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("scanner_id", ForeignKey("scanners.id"), primary_key=True),
    Column("boot", Text, primary_key=True),
    Column("zero", BigInteger),  # Unix ms at the boot's monotonic 0; null: never measured
    Column("late", Boolean, nullable=False),  # measured after records had come without
    Column("least_offset", BigInteger, nullable=False),  # wall less monotonic time, ms
    Column("most_offset", BigInteger, nullable=False),
    Column("first_time", BigInteger, nullable=False),  # as written by the station
    Column("last_time", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),  # of the first contact
    sqlite_with_rowid=False,
)

# The key is that of `sightings`; a gap has the nil bleUuid, and its corrected start.
corrected_times = Table(
    "corrected_times",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),  # serves the report
    Column("ble_uuid", LargeBinary, primary_key=True),
    Column("check_in_time", BigInteger, primary_key=True, autoincrement=False),  # corrected
    Column("scanner_id", ForeignKey("scanners.id"), primary_key=True),
    Column("raw_time", BigInteger, nullable=False),  # as written by the station
    sqlite_with_rowid=False,
)

# A row holds what is known of up to 256 records, 4 bytes each: see record_ids.py.
record_ids = Table(
    "record_ids",
    metadata,
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("scope", BigInteger, primary_key=True, autoincrement=False),
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("digests", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
