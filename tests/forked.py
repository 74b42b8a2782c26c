"""`headcount ARGS` as a process of its own that need not import everything again.

A command's imports take most of its time, and the suite runs hundreds of commands. Here a process
imports what commands import, once, and is forked for each. The child has its own environment,
folder, umask and output, ends as an interpreter ends, and nothing of it is seen by the next. What
starts otherwise than by imports (a terminal, PYTHON… variables, another locale) is not for this:
start `python -m headcount`.

Run as a program, this is the process that is forked; it serves the one socket it is given.
"""

from __future__ import annotations

import array
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

_STREAMS = 3
_LENGTH = 8
_SEEN_AT_START = ("PYTHON", "LC_", "LANG", "COVERAGE")


def run(
    args: Sequence[str | Path],
    *,
    folder: Path,
    environ: Mapping[str, str],
    timeout: float,
    typed: str = "",
    umask: int = 0o022,
) -> subprocess.CompletedProcess[str]:
    """Run to the end; `typed` is what it can read. Raises TimeoutError; then it has been killed."""
    assert suits(environ), "start a new interpreter"
    words = [str(each) for each in args]
    wish = {"args": words, "folder": str(folder), "environ": dict(environ), "umask": umask}
    with TemporaryFile() as stdin, TemporaryFile() as out, TemporaryFile() as err:
        stdin.write(typed.encode())
        stdin.seek(0)
        ends = [each.fileno() for each in (stdin, out, err)]
        code = _Server.of_this_thread().ask(wish, ends, timeout)
        return subprocess.CompletedProcess(words, code, _text(out), _text(err))


def suits(environ: Mapping[str, str]) -> bool:
    """Whether a fork sees all of it: nothing that an interpreter looks at when it starts."""
    return not any(name.startswith(_SEEN_AT_START) for name in environ)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8").replace("\r\n", "\n")


class _Server:
    """The other end of the socket."""

    _threads = threading.local()

    @classmethod
    def of_this_thread(cls) -> _Server:
        """One for each thread that asks: it does one thing at a time."""
        if not hasattr(cls._threads, "server"):
            cls._threads.server = cls()
        return cls._threads.server  # type: ignore[no-any-return]

    def __init__(self) -> None:
        """Start it; it ends when this process does, since the socket ends then."""
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def ask(self, wish: Mapping[str, Any], streams: Sequence[int], timeout: float) -> int:
        """Have one command run, and return its exit code as subprocess tells it."""
        told = json.dumps(wish).encode()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))]
        self._socket.settimeout(timeout)
        try:
            self._socket.sendmsg([len(told).to_bytes(_LENGTH)], rights)
            self._socket.sendall(told)
            return int.from_bytes(_read(self._socket, _LENGTH), signed=True)
        except TimeoutError:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            del self._threads.server
            raise


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def _import_what_commands_import() -> None:
    import importlib
    import pkgutil

    for package in ("cli", "bootstrap", "store", "api"):
        found = importlib.import_module(f"headcount.{package}")
        for module in pkgutil.walk_packages(found.__path__, f"{found.__name__}."):
            # the one runs when imported; the other imports Textual, which looks at the environment
            if ".migrations" not in module.name and ".plain" not in module.name:
                importlib.import_module(module.name)


def _serve(connection: socket.socket) -> None:
    """Fork a child for each wish. Only children return, to run their command."""
    import gc

    gc.collect()
    gc.freeze()
    while True:
        length, streams, _, _ = socket.recv_fds(connection, _LENGTH, _STREAMS)
        if not length:
            os._exit(0)
        wish = json.loads(_read(connection, int.from_bytes(length)))
        child = os.fork()
        if not child:
            connection.close()
            _become(wish, streams)
            return
        for each in streams:
            os.close(each)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        connection.sendall(code.to_bytes(_LENGTH, signed=True))


def _become(wish: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Turn this child into the process that was wished for."""
    import time

    for number, given in enumerate(streams):
        os.dup2(given, number)
        os.close(given)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(wish["environ"])
    time.tzset()
    os.umask(wish["umask"])
    os.chdir(wish["folder"])
    sys.argv = ["headcount", *wish["args"]]


if __name__ == "__main__":
    _import_what_commands_import()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    from headcount.cli import main

    main()
