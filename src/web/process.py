"""One process of the terminal UI for each page in a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from textual_serve.app_service import AppService

from .visitors import Visitor

TOKEN_VARIABLE: Final = "HEADCOUNT_BACKEND__TOKEN"  # noqa: S105 - a name, not a token
_LAST_SECONDS: Final = 10.0
"""For a process to end in order: it hands what it heard to the disk."""


class VisitorsApp(AppService):
    """The UI as its visitor: it works with that person's token, whoever runs the server."""

    visitor: Visitor
    environment: Mapping[str, str]
    """Variables of every process."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment = super()._build_environment(width, height)
        environment.pop("HEADCOUNT_BACKEND__TOKEN_FILE", None)
        return environment | dict(self.environment) | {TOKEN_VARIABLE: self.visitor.token}

    async def run(self) -> None:
        """Carry what the process says to the page, until it ends; then the page ends, too."""
        try:
            await super().run()
        finally:
            await self._reap()
            await self.remote_close()

    async def stop(self) -> None:
        """Ask the process to end, and wait until it has."""
        task = self._task
        if task is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await super().stop()
        task.cancel()
        await asyncio.wait({task})

    async def _reap(self) -> None:
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
