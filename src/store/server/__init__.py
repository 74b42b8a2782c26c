"""The backend's database: SQLAlchemy Core for schema and queries, Alembic for migrations."""

from .store import Store, open_migrated_store, open_store

__all__ = ["Store", "open_migrated_store", "open_store"]
