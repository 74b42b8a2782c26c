"""Tokens that open event streams for a minute."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from .schema_changes import live_tokens


def add(
    connection: Connection, token_hash: str, parent_hash: str, expires_at: int, now_ms: int
) -> None:
    """Keep a token; expired ones go, so that the table stays small."""
    connection.execute(delete(live_tokens).where(live_tokens.c.expires_at <= now_ms))
    values = {"token_hash": token_hash, "parent_hash": parent_hash, "expires_at": expires_at}
    connection.execute(insert(live_tokens).values(**values))


def parent_of(connection: Connection, token_hash: str, now_ms: int) -> str | None:
    """The hash of the secret that the token stands for."""
    parent: str | None = connection.scalar(
        select(live_tokens.c.parent_hash)
        .where(live_tokens.c.token_hash == token_hash)
        .where(live_tokens.c.expires_at > now_ms)
    )
    return parent
