"""Texts that want to steer a terminal, a spreadsheet or a page; and a backend that serves them."""

from __future__ import annotations

import json
import threading
import unicodedata
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

NOW = 1_753_000_000_000
BADGE = "aaaaaaaa-0000-4000-8000-%012x"

TEXTS = {
    "clear-screen": "\x1b[2J\x1b[31mred\x1b[0m",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "title": "\x1b]0;owned\x1b\\",
    "c1": "\x9b31mx\x9d52;c;eA==\x9c",
    "bidi": "\u202egnp.exe\u2066x\u2069",
    "markup": "[/nope][bold][link=file:///etc/passwd]x[/link]",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'",
    "lines": "one\r\ntwo\u2028three\u2029four\x85five",
    "nul": "a\0b",
    "equals": "=cmd|'/c calc'!A0",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(A1)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "full-width": "\uff1d1+1",
    "full-width-plus": "\uff0b1+1",
    "hidden-formula": "\u200b\u202e=1+1",
    "sql": "x'); DROP TABLE users; --",
    "path": "../../../../etc/passwd",
    "long": "x" * 5_000,
    "flood": "Z" + "\u0301\u0353" * 400,
}
FORMULAS = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
MARKS_IN_A_ROW = 8


def harm_in(text: str) -> list[str]:
    """What in this output could steer a terminal or be drawn over other lines. Empty: nothing."""
    bad = [
        f"U+{ord(char):04X}"
        for char in text
        if char not in "\n\r"
        and (unicodedata.category(char)[0] == "C" or unicodedata.category(char) in {"Zl", "Zp"})
    ]
    run = longest = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        longest = max(longest, run)
    return bad + ([f"{longest} combining marks"] if longest > MARKS_IN_A_ROW else [])


def page(items: list[Any]) -> dict[str, Any]:
    return {"page": items, "continueCursor": "", "isDone": True}


def event(text: str, number: int = 0) -> dict[str, Any]:
    """The first has a usable id; in the others every text is hostile."""
    id_ = text if number else "evening"
    return {"id": id_, "name": text, "start": NOW, "end": NOW + 1, "tz": text}


def person(text: str, number: int, huge: int) -> dict[str, Any]:
    return {
        "userId": text,
        "name": text,
        "email": text,
        "bleUuid": text,
        "registration": text,
        "status": "present",
        "rule": text,
        "checkInTime": NOW,
        "firstSeen": 10**18,
        "lastSeen": -(10**18),
        "dwellMs": number,
        "presentMs": huge,
        "scannerId": text,
        "sightings": number,
    }


def report(texts: list[str], huge: int) -> dict[str, Any]:
    all_of_it = " ".join(texts)
    return {
        "event": event(all_of_it),
        "people": [person(text, number, huge) for number, text in enumerate(texts)],
        "unknown": [
            {"bleUuid": t, "firstSeen": NOW, "lastSeen": NOW, "sightings": 1, "scannerId": t}
            for t in texts
        ],
        "scanners": [{"scannerId": t, "coveredUntil": NOW, "openSessions": 1} for t in texts],
        "gaps": [{"scannerId": t, "start": NOW, "end": NOW, "why": t} for t in texts],
        "provisional": True,
        "missing": texts,
        "totals": {"registered": 1, "checkedIn": 1, "notExpected": 0, "absent": 0, "unknown": 0},
        "generatedAt": NOW,
    }


class HostileBackend:
    """Answers in the contract's shapes on loopback, with hostile texts wherever one fits."""

    def __init__(self) -> None:
        self.texts = [text for text in TEXTS.values() if text]
        self.problem: dict[str, Any] | None = None
        """If set, every answer is this problem document."""
        self.status = 400
        self.huge = 10**18
        """A number of milliseconds in every report."""
        self.endless = False
        """Lists go on for ever, each page with a cursor of its own."""
        self.pages = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        """The document for a request."""
        if self.endless:
            self.pages += 1
            return {"page": [], "continueCursor": f"c{self.pages}", "isDone": False}
        if path == "/batchCheckIn":
            return self._batch()
        if path.endswith("/registrations"):
            return page(
                [
                    {"userId": t, "name": t, "email": t, "status": "approved"}
                    | {"bleUuids": [BADGE % number] if number < 16 else [t]}
                    for number, t in enumerate(self.texts)
                ]
            )
        if path.endswith("/report"):
            return report(self.texts, self.huge)
        if path == "/users":
            rest = {"role": "user", "bleUuid": None}
            return page([{"id": t, "name": t, "email": t, **rest} for t in self.texts])
        events = [event(text, number) for number, text in enumerate(self.texts)]
        return page(events) if path == "/events" else events[0]

    def _batch(self) -> dict[str, Any]:
        refused = [{"index": n, "code": text, "message": text} for n, text in enumerate(self.texts)]
        counts = {"checkedIn": 0, "duplicates": 0, "unknown": 0, "refused": refused}
        return {"status": "success", "received": len(self.texts), **counts}

    def _handler(backend) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the class below has a self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                document = backend.problem or backend.answer(self.path.partition("?")[0], body)
                data = json.dumps(document).encode("ascii")
                self.send_response(backend.status if backend.problem else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _reply  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Silent."""

        return Handler
