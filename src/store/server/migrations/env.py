"""Run by Alembic. `migrate.py` hands over an open connection inside a transaction."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"], target_metadata=attributes["target_metadata"]
)
context.run_migrations()
