"""A real `headcount serve` as an attacker on the network meets it: raw sockets, /proc."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.e2e.conftest import KEY, Station

WAIT = 30


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


def connect(station: Station) -> socket.socket:
    url = urlsplit(station.environ["HEADCOUNT_BACKEND__URL"])
    assert url.port is not None
    return socket.create_connection(("127.0.0.1", url.port), timeout=WAIT)


def head(method: str, path: str, *, key: str | None = KEY, **headers: str | int) -> bytes:
    """A request's head; header names with _ for -."""
    lines = [f"{method} {path} HTTP/1.1", "Host: backend", "Connection: close"]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8")


def send(connection: socket.socket, data: bytes) -> None:
    """As much as the other side takes: it may answer and hang up before the end."""
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def read(connection: socket.socket) -> Answer:
    received = b""
    try:
        while chunk := connection.recv(65_536):
            received += chunk
    except ConnectionResetError:  # it hung up while we were sending; what came before is here
        pass
    top, _, body = received.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(first.split(" ")[1]), headers, body.decode("utf-8"))


def ask(station: Station, request: bytes) -> Answer:
    with connect(station) as connection:
        send(connection, request)
        return read(connection)


def post(station: Station, body: bytes, key: str | None = KEY, **headers: str | int) -> Answer:
    """POST /batchCheckIn."""
    top = head("POST", "/batchCheckIn", key=key, Content_Length=len(body), **headers)
    return ask(station, top + body)


def peak_mib(pid: int) -> float:
    """The most memory that the process has had in the machine, MiB (proc(5), VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
