"""/healthz and /metrics on loopback, in threads of their own: they never hold up the radio.

The standard library's server is enough for one asker a few times a minute, and costs the station no
memory worth naming; the backend's would cost 15 MB.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ...core.errors import UsageError
from ...core.loopback import is_loopback
from .exposition import exposition
from .vitals import Vitals

HOST = "127.0.0.1"
PATIENCE = 5.0
"""Seconds for a whole request: somebody on this machine who holds a connection holds a thread."""
TEXT = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""


class _Handler(BaseHTTPRequestHandler):
    """One request. No name, no badge and no key is in any answer."""

    server_version = "headcount"
    sys_version = ""
    timeout = PATIENCE
    vitals: Vitals

    def do_GET(self) -> None:
        """The two addresses."""
        if not self._is_local():
            self._answer(403, "text/plain", b"Ask by an address of this machine.\n")
        elif self.path == "/metrics":
            self._answer(200, TEXT, exposition(self.vitals))
        elif self.path == "/healthz":
            status = 200 if self.vitals.ok else 503
            self._answer(status, "application/json", _health(self.vitals))
        else:
            self._answer(404, "text/plain", b"There is /healthz and /metrics.\n")

    def _is_local(self) -> bool:
        """A page in a browser here must not read this under a name that it made point here."""
        host = self.headers.get("Host", HOST)
        return is_loopback(host.rpartition(":")[0] if host.count(":") == 1 else host)

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Requests are not logged."""


def _health(vitals: Vitals) -> bytes:
    document = {
        "status": "ok" if vitals.ok else "degraded",
        "hearing": vitals.hearing,
        "logOk": vitals.log_ok,
        "unsent": vitals.unsent,
    }
    return json.dumps(document).encode() + b"\n"


@contextlib.contextmanager
def serving(vitals: Vitals, port: int) -> Iterator[int]:
    """Answer while inside; yields the port. Raises UsageError where it is taken."""
    handler = type("Handler", (_Handler,), {"vitals": vitals})
    try:
        server = ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise UsageError(
            f"station.metrics_port: {HOST}:{port} can't be used: {error.strerror}.",
            remedy=f"Choose another port, or look who has it: ss -ltnp 'sport = :{port}'",
        ) from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
