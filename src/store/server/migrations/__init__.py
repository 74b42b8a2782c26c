"""Alembic's scripts; `versions` is append-only."""
