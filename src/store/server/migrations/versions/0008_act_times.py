"""What an act's time was before it was corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; acts of before are as they were written."""
    op.add_column("acts", sa.Column("raw_time", sa.BigInteger()))
