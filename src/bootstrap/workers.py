"""The backend in several processes that share nothing but a socket and a PostgreSQL database.

uvicorn's supervisor starts them, starts a dead or stuck one again, and stops them in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from types import FrameType

from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from ..config import Config
from ..core.errors import HeadcountError, UsageError
from ..store.server import open_migrated_store
from .admin import open_database
from .logs import log_to_stream
from .paths import database_url
from .server import address, collect_seldom, listen, maintaining, make_app, server_config


def serve_with_workers(config: Config, workers: int, on_ready: Callable[[str], None]) -> None:
    """Run the backend until SIGINT or SIGTERM; running requests are finished first.

    Raises UsageError for a database that allows one process only.
    """
    if database_url(config).startswith("sqlite"):
        raise UsageError(
            "SQLite has one writer, so the backend runs in one process.",
            remedy="Leave --workers out, or use PostgreSQL: --database-url postgresql://…",
        )
    sock = listen(config.server.host, config.server.port)
    # Opening it migrates, once for all workers; their parent does the maintenance.
    opened = open_database(config)
    with contextlib.closing(sock), opened as store, maintaining(config, store):
        sock.listen()  # connections wait from now on
        served = server_config(partial(worker_app, config), workers=workers)
        supervisor = Supervisor(served, sockets=[sock])
        on_ready(address(sock))
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise HeadcountError(
            "The backend's workers could not start.",
            safe="Everything that it acknowledged is in its database.",
            remedy="The lines above say why.",
        )


class Supervisor(Multiprocess):
    """uvicorn's, which sees at once that a worker has died, also while it waits for its answer."""

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that are dead or stuck."""
        for process in self.processes:
            # A worker's end of the pipe belongs to it alone. While this process holds it too, the
            # pipe of a dead worker stays open, and we would wait STUCK_SECONDS for its answer.
            process.child_conn.close()
        super().keep_subprocess_alive()


def worker_app(config: Config) -> Starlette:
    """The application of one worker, in its own process; called by uvicorn."""
    log_to_stream(sys.stderr, as_json=config.server.log_json)
    threading.Thread(target=_follow_parent, daemon=True).start()
    store = open_migrated_store(database_url(config))

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        _end_streams_at_a_signal(app)
        collect_seldom()
        yield
        app.state.end_audit()
        store.close()

    return make_app(config, store, lifespan)


def _end_streams_at_a_signal(app: Starlette) -> None:
    """Event streams would never end by themselves, and the server waits for them."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        stop = signal.getsignal(number)  # the server's own
        signal.signal(number, partial(_end_streams, loop, app, stop))


def _end_streams(
    loop: asyncio.AbstractEventLoop,
    app: Starlette,
    stop: object,
    number: int,
    frame: FrameType | None,
) -> None:
    loop.call_soon_threadsafe(app.state.end_streams)
    if callable(stop):
        stop(number, frame)


def _follow_parent() -> None:
    """Stop in order when the parent is gone, even if it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
