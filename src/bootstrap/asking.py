"""Asks the configured backend: one way to open a client, and errors in words for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..api.client import BackendClient
from ..config import Config
from ..core.errors import BackendError, BackendUnreachable, KeyRefused

C = TypeVar("C", bound=BackendClient)
T = TypeVar("T")

REFUSED = "Nothing was changed."
NO_ANSWER = "Nothing was changed, unless the backend was reached and only its answer got lost."


def opened(kind: type[C], config: Config, token: str) -> C:
    """A client; empty `token`: as nobody. Reads certificates. Raises UsageError."""
    backend = config.backend
    return kind(
        backend.url, token=token, ca_file=backend.ca_file, timeout_seconds=backend.timeout_seconds
    )


def ask(kind: type[C], config: Config, token: str, question: Callable[[C], Awaitable[T]]) -> T:
    """Ask without the secrets that are here already. Blocks. Raises BackendError, UsageError."""

    async def run() -> T:
        async with opened(kind, config, token) as client:
            return await question(client)

    return asyncio.run(run())


@contextmanager
def as_person(
    refused: str = REFUSED, no_answer: str = NO_ANSWER, remedy: str = "Sign in again."
) -> Iterator[None]:
    """What is safe when a question of a person's fails: the client speaks of a station's records.

    `refused`: after the backend said no; `no_answer`: after nothing was heard of it.
    `remedy`: where it knows the sign-in no more.
    """
    try:
        yield
    except BackendError as error:
        error.safe = no_answer if isinstance(error, BackendUnreachable) else refused
        if isinstance(error, KeyRefused):
            error.remedy = remedy
        raise
