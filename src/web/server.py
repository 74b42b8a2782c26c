"""The web server: a door with a lock, and behind it the terminal UI through textual-serve."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import textual_serve
from aiohttp import web
from aiohttp.web_exceptions import HTTPException
from aiohttp_jinja2 import render_template, setup
from jinja2 import FileSystemLoader, select_autoescape
from textual_serve.server import Server

from ..core.access import SignedIn
from ..core.backend import Role
from ..core.errors import BackendError, BackendUnreachable
from .process import VisitorsApp
from .visitors import SignIn, SignOut, Visitor, Visitors

COOKIE: Final = "headcount-web"
MAX_FORM_BYTES: Final = 16 << 10
"""An email and a password."""
STAFF: Final = frozenset({Role.OPERATOR, Role.ADMIN})
OPEN: Final = ("/sign-in", "/pages/", "/static/")
"""What is answered without a sign-in: the form, and files that say nothing."""

HEADERS: Final = {
    # xterm.js sets styles by script; everything else comes from here, and from nowhere else.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; font-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' {socket}; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_PAGES = Path(__file__).parent / "pages"
_STATIC = Path(textual_serve.__file__).parent / "static"
_SIZE = (80, 24)
_MAX_SIZE = 500
"""Cells a side: a browser's word decides how much is drawn."""

_log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Doorway(Server):
    """Serves `command` (a shell's line) to signed-in staff, with `environment` on top.

    `public_url` is where browsers find it when a proxy stands before it; empty: where they asked.
    At most `most` pages run at once.
    """

    def __init__(
        self,
        command: str,
        *,
        visitors: Visitors,
        sign_in: SignIn,
        sign_out: SignOut,
        environment: Mapping[str, str],
        public_url: str = "",
        most: int = 20,
    ) -> None:
        super().__init__(command, title="headcount", public_url=public_url)
        self._visitors = visitors
        self._sign_in = sign_in
        self._sign_out = sign_out
        self._most = most
        self._environment = environment
        self._sockets: set[web.WebSocketResponse] = set()

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(middlewares=[self._guard], client_max_size=MAX_FORM_BYTES)
        setup(app, loader=FileSystemLoader(_PAGES), autoescape=select_autoescape(default=True))
        app.add_routes(
            [
                web.get("/", self.index),
                web.get("/ws", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),
                web.get("/sign-in", self.form),
                web.post("/sign-in", self.enter),
                web.post("/sign-out", self.leave),
                web.static("/static", _STATIC),
                web.static("/pages", _PAGES),
            ]
        )
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - aiohttp's signature
        """End every page's process in order."""
        for socket in list(self._sockets):
            await socket.close()

    # The lock

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await self._guarded(request, handler)
        except HTTPException as answer:
            answer.headers.update(self._headers(request))
            raise
        if not response.prepared:
            response.headers.update(self._headers(request))
        return response

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "POST" or request.path == "/ws":
            self._check_origin(request)
        if not request.path.startswith(OPEN) and self._visitor(request) is None:
            if request.path == "/":
                raise web.HTTPSeeOther("/sign-in")
            raise web.HTTPForbidden(text="Sign in first.")
        return await handler(request)

    def _headers(self, request: web.Request) -> dict[str, str]:
        socket = self._socket_url(request).removesuffix("/ws")
        return {name: text.format(socket=socket) for name, text in HEADERS.items()}

    def _check_origin(self, request: web.Request) -> None:
        """Refuse what another site's page asks in the visitor's name."""
        origin = urlsplit(request.headers.get("Origin", ""))
        if origin.netloc != urlsplit(self._base(request)).netloc:
            raise web.HTTPForbidden(text="This was asked from another site.")

    def _visitor(self, request: web.Request) -> Visitor | None:
        return self._visitors.find(request.cookies.get(COOKIE, ""))

    def _base(self, request: web.Request) -> str:
        return self.public_url.rstrip("/") or f"http://{request.host}"

    def _socket_url(self, request: web.Request) -> str:
        return "ws" + self._base(request).removeprefix("http") + "/ws"

    # The pages

    async def index(self, request: web.Request) -> web.Response:
        """The terminal."""
        size = request.query.get("fontsize", "")
        return render_template(
            "app.html",
            request,
            {
                "socket_url": self._socket_url(request),
                "font_size": size if size.isdecimal() and len(size) < 3 else "16",  # noqa: PLR2004
            },
        )

    async def form(self, request: web.Request) -> web.Response:
        """The sign-in form."""
        if self._visitor(request) is not None:
            raise web.HTTPSeeOther("/")
        return self._form(request)

    def _form(
        self, request: web.Request, message: str = "", email: str = "", status: int = 200
    ) -> web.Response:
        context = {"message": message, "email": email}
        return render_template("sign_in.html", request, context, status=status)

    async def enter(self, request: web.Request) -> web.Response:
        """Sign in at the backend."""
        data = await request.post()
        email, password = str(data.get("email", "")), str(data.get("password", ""))
        try:
            signed_in = await self._sign_in(email, password)
        except BackendUnreachable as error:
            return self._form(request, f"{error.what} {error.remedy}", email, 502)
        except BackendError as error:
            return self._form(request, error.what, email, 403)
        if signed_in.user.role not in STAFF:
            await self._sign_out(signed_in.token)
            words = "This account is a participant's. Staff sign in here; for you: headcount me."
            return self._form(request, words, email, 403)
        raise self._let_in(request, signed_in)

    def _let_in(self, request: web.Request, signed_in: SignedIn) -> HTTPException:
        answer = web.HTTPSeeOther("/")
        answer.set_cookie(
            COOKIE,
            self._visitors.enter(signed_in),
            httponly=True,
            samesite="Strict",
            secure=self._base(request).startswith("https:"),
            path="/",
        )
        return answer

    async def leave(self, request: web.Request) -> web.Response:
        """Sign out, here and at the backend."""
        visitor = self._visitors.leave(request.cookies.get(COOKIE, ""))
        if visitor is not None:
            try:
                await self._sign_out(visitor.token)
            except BackendError as error:
                _log.warning("the backend did not hear of a sign-out: %s", error.what)
        answer = web.HTTPSeeOther("/sign-in")
        answer.del_cookie(COOKIE, path="/")
        raise answer

    # The terminal

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the UI for one page, until the page or the UI ends."""
        visitor = self._visitor(request)
        if visitor is None or len(self._sockets) >= self._most:
            raise web.HTTPServiceUnavailable(text="Too many pages are open.")
        socket = web.WebSocketResponse(heartbeat=15)
        await socket.prepare(request)
        self._sockets.add(socket)
        service = self._service(socket, visitor)
        try:
            await service.start(*(_side(request, at) for at in (0, 1)))
            await self._process_messages(socket, service)
        except (OSError, ValueError, AssertionError) as error:
            _log.warning("a page ended: %s", error)
        finally:
            self._sockets.discard(socket)
            await service.stop()
        return socket

    def _service(self, socket: web.WebSocketResponse, visitor: Visitor) -> VisitorsApp:
        async def close() -> None:
            await socket.close()

        service = VisitorsApp(
            self.command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        service.visitor, service.environment = visitor, self._environment
        return service


def _side(request: web.Request, at: int) -> int:
    """The width (0) or height (1) of the terminal, in cells."""
    text: Any = request.query.get(("width", "height")[at], "")
    return min(int(text), _MAX_SIZE) if text.isdecimal() and text.isascii() else _SIZE[at]
