"""The command line as a user runs it: real processes, a data directory of its own, real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests import forked

KEY = "canary-scanner-key"
TIMEOUT = 60


class Station:
    """Runs `headcount` with a data directory, and a backend when asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "HEADCOUNT_DATA_DIR": str(self.data),
            "SCANNER_API_KEY": KEY,
        }
        for inherited in ("DBUS_SYSTEM_BUS_ADDRESS", "COVERAGE_PROCESS_START"):
            if inherited in os.environ:
                self.environ[inherited] = os.environ[inherited]

    def start(self, *args: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "headcount", *map(str, args)],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *args: str | Path, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run to the end; the exit code must be the expected one, and no secret may be printed."""
        done = self.done(*args)
        told = done.stdout + done.stderr
        assert done.returncode == exit_code, f"exit {done.returncode}\n{told}"
        assert KEY not in told
        assert "Traceback" not in done.stderr
        return done

    def done(self, *args: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run to the end, whatever comes of it."""
        if not forked.suits(self.environ):
            with self.start(*args) as process:
                out, err = process.communicate(timeout=TIMEOUT)
            return subprocess.CompletedProcess(args, process.returncode, out, err)
        return forked.run(args, folder=self.folder, environ=self.environ, timeout=TIMEOUT, **more)

    def json(self, *args: str | Path, exit_code: int = 0) -> list[dict[str, Any]]:
        """The objects that a command prints, one a line."""
        out = self.run(*args, exit_code=exit_code).stdout
        return [json.loads(line) for line in out.splitlines()]

    @contextmanager
    def backend(self) -> Iterator[subprocess.Popen[str]]:
        """`headcount serve` on a free port, stopped in order at the end."""
        with self.start("serve", "--port", "0", "--json") as process:
            assert process.stdout is not None
            self.environ["HEADCOUNT_BACKEND__URL"] = json.loads(process.stdout.readline())["url"]
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                _, err = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 0, err
        assert "Traceback" not in err

    def set_up_event(self, ids: Sequence[str], event: str = "evening") -> None:
        """An event that is on now, with one registered person an id."""
        people = self.folder / "people.csv"
        rows = [f"Person {n},person{n}@example.org,{id_}" for n, id_ in enumerate(ids)]
        people.write_text("\n".join(["name,email,bleUuid", *rows]) + "\n", encoding="utf-8")
        self.run(
            "events", "create", "--id", event, "--name", "Evening", "--start", "now", "--end", "+2h"
        )
        self.run("users", "import", people, "--event", event)

    def log(self, event: str = "evening") -> Path:
        """The event's log."""
        return Path(self.run("log", "path", "--event", event).stdout.strip())

    def report(self, event: str = "evening") -> dict[str, Any]:
        """The report, from the backend."""
        return self.json("report", "--event", event, "--format", "json")[0]


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)
