"""Whether an event approves whoever registers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Events of before go on with an admin's decision."""
    approval: sa.Column[str] = sa.Column(
        "approval", sa.Text(), nullable=False, server_default="byHand"
    )
    op.add_column("events", approval)
