"""No table changes: what each database finishes a migration with has news for PostgreSQL."""

from __future__ import annotations

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing here: see `postgres.PostgresDatabase.finish_migration`."""
