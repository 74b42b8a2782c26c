"""A live query that outlasts the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

from ..core.errors import BackendRejected, BackendUnreachable, HeadcountError, KeyRefused

T = TypeVar("T")

AGAIN_SECONDS = 2.0
"""Until a cut stream is opened again; what the backend tells browsers, too."""


async def follow(
    stream: Callable[[], AsyncGenerator[T, None]], again_seconds: float = AGAIN_SECONDS
) -> AsyncGenerator[T | HeadcountError, None]:
    """The results of a stream, opened again and again; an error where there is none.

    It ends after an error that another try would not mend.
    """
    while True:
        try:
            async with aclosing(stream()) as results:
                async for result in results:
                    yield result
        except BackendUnreachable as error:
            yield error
        except (KeyRefused, BackendRejected) as error:
            yield error
            return
        await asyncio.sleep(again_seconds)
