"""The backend: database, application and HTTP server, put together."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Lifespan

from ..api.app import create_app
from ..clock import SystemClock
from ..config import Config
from ..core.errors import UsageError
from ..keys import load_keys
from ..store.server import Store
from .access import make_access, make_external
from .admin import open_database
from .data_care import ServerCare
from .maintenance import Maintenance
from .paths import make_data_dir

GRACEFUL_SECONDS = 20
"""How long a running batch may take to end after SIGTERM; systemd kills after 90 s."""


STUCK_SECONDS = 120
"""One of several workers that has not run Python for so long is killed. Decoding a large
body as a whole on a small machine takes seconds, in which nothing else of its process runs."""

COLLECT_AFTER = (200_000, 20, 100)
"""The garbage collector's thresholds. A batch makes a few objects a record and no cycles; looking
for cycles after each 700 of them, Python's default, took a tenth of the time of a large batch."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, so that port 0 can be named before the server runs. Raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named: without it an answer takes 44 ms
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise UsageError(
            f"The backend can't listen on {host}, port {port}: {error.strerror}.",
            remedy="Another one may be running. Choose another port with --port (0: any free one).",
        ) from None
    return sock


def make_server(config: Config, store: Store) -> uvicorn.Server:
    """An HTTP server for the application. Access logs are off: they would hold what people ask."""
    app = make_app(config, store)
    return _Server(server_config(app), app)


def make_app(
    config: Config, store: Store, lifespan: Lifespan[Starlette] | None = None
) -> Starlette:
    """The application on this store."""
    clock = SystemClock()
    return create_app(
        store,
        clock=clock,
        scanner_key=config.server.scanner_key.get_secret_value() or None,
        max_body_bytes=config.server.max_body_mib * 2**20,
        keys=load_keys(make_data_dir(config)),
        lifespan=lifespan,
        access=make_access(config),
        external_holder_of=make_external(config, store, clock),
        cors_origins=config.server.cors_origins,
        prepare_reports=True,
        care=ServerCare(config, store, clock),
    )


def server_config(app: ASGIApp | Callable[[], ASGIApp], *, workers: int = 1) -> uvicorn.Config:
    """How the application is served: by one process, or each of several makes its own."""
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,  # the root logger has our handler
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        factory=workers > 1,
        workers=workers,
        timeout_worker_healthcheck=STUCK_SECONDS,
    )


class _Server(uvicorn.Server):
    """Prepares reports when it runs; ends the event streams when it stops, which never end."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Run, and prepare the reports that somebody may ask for."""
        await super().startup(sockets)
        self._app.state.prepare()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the running requests."""
        self._app.state.end_streams()
        await super().shutdown(sockets)
        self._app.state.end_audit()


def address(sock: socket.socket) -> str:
    """The URL of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(config: Config, on_ready: Callable[[str], None]) -> None:
    """Run the backend until SIGINT or SIGTERM; running requests are finished first."""
    sock = listen(config.server.host, config.server.port)
    with contextlib.closing(sock), open_database(config) as store, maintaining(config, store):
        server = make_server(config, store)
        for number in (signal.SIGINT, signal.SIGTERM):
            # Before uvicorn listens to signals, and when it raises one again after it is done.
            signal.signal(number, partial(_stop, server))
        sock.listen()  # connections wait from now on
        collect_seldom()
        on_ready(address(sock))
        server.run(sockets=[sock])


def maintaining(config: Config, store: Store) -> contextlib.AbstractContextManager[None]:
    """Backups and the like go on while the block runs; trouble is in the log."""
    tell = logging.getLogger(__name__).error
    return Maintenance(config, store, SystemClock(), tell).running()


def collect_seldom() -> None:
    """What is here now stays; look for garbage as seldom as batches need it."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _stop(server: uvicorn.Server, *_signal: object) -> None:
    """In place of the default action: a signal that comes while the server starts counts, too."""
    server.should_exit = True


@contextlib.contextmanager
def embedded(config: Config, store: Store) -> Iterator[str]:
    """Run the backend in a thread, on any free port of this machine; yields its URL."""
    with contextlib.closing(listen("127.0.0.1", 0)) as sock:
        server = make_server(config, store)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        sock.listen()  # connections wait from now on, so nothing has to wait for the server
        thread.start()
        try:
            yield address(sock)
        finally:
            server.should_exit = True
            thread.join()
