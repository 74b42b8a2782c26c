"""`headcount web`: the terminal UI in browsers, behind a sign-in at the backend."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import signal
import sys
from collections.abc import Callable

from aiohttp import web

from ..api.access_client import AccessClient
from ..clock import SystemClock
from ..config import Config
from ..core.access import SignedIn
from ..core.errors import UsageError
from ..web.server import Doorway
from ..web.visitors import Visitors
from .asking import opened


def serve_web(config: Config, arguments: list[str], ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `arguments` are the command line's own, for each process.

    `ready` is called with the address. Raises UsageError when it can't be listened on.
    """
    asyncio.run(_serve(config, arguments, ready))


async def _serve(config: Config, arguments: list[str], ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(make_doorway(config, arguments).application(), access_log=None)
    await runner.setup()
    try:
        ready(await _listen(runner, config))
        await stop.wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, config: Config) -> str:
    host, port = config.web.host, config.web.port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise UsageError(
            f"{host}:{port} can't be listened on: {error.strerror}.",
            remedy="Choose another --port, or stop what listens there.",
        ) from error
    bound = runner.addresses[0]
    name = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return f"http://{name}:{bound[1]}"


def make_doorway(config: Config, arguments: list[str]) -> Doorway:
    """Build the server."""
    clock = SystemClock()
    return Doorway(
        shlex.join([sys.executable, "-m", __package__.partition(".")[0], *arguments]),
        visitors=Visitors(lambda: clock.now().wall_ms, lambda: secrets.token_urlsafe(32)),
        sign_in=lambda email, password: _sign_in(config, email, password),
        sign_out=lambda token: _sign_out(config, token),
        environment={"HEADCOUNT_BACKEND__URL": config.backend.url},
        public_url=config.web.public_url,
        most=config.web.most_pages,
    )


async def _sign_in(config: Config, email: str, password: str) -> SignedIn:
    async with opened(AccessClient, config, "") as client:
        return await client.sign_in(email, password)


async def _sign_out(config: Config, token: str) -> None:
    async with opened(AccessClient, config, token) as client:
        await client.sign_out()
