"""The whole program in a real terminal (tmux), on the simulated radio."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SECONDS = 20
POLL = 0.1


class Terminal:
    """One tmux server with one window, whose program's exit code stays readable."""

    def __init__(self, folder: Path) -> None:
        tmux = shutil.which("tmux")
        if tmux is None:
            pytest.skip("needs the Debian package tmux")
        self._tmux = [tmux, "-S", str(folder / "tmux"), "-f", os.devnull]
        self.folder = folder

    def open(self, *args: str, size: tuple[int, int] = (80, 24), **environ: str) -> None:
        clean = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "HEADCOUNT_DATA_DIR": str(self.folder / "data"),
            "HEADCOUNT_BACKEND__URL": "http://127.0.0.1:9",
            "HEADCOUNT_UI__LANGUAGE": "en",
        } | environ
        variables = [f"{name}={value}" for name, value in clean.items()]
        width, height = size
        self._call("start-server", ";", "set-option", "-g", "remain-on-exit", "on", ";",
            "new-session", "-d", "-x", str(width), "-y", str(height), "-c", str(self.folder),
            "env", "-u", "NO_COLOR", "-u", "COLORTERM", *variables,
            sys.executable, "-m", "headcount", *args)  # fmt: skip

    def press(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def text(self) -> str:
        return self._call("capture-pane", "-p")

    def until(self, *expected: str) -> str:
        """Wait until all of this is on the screen."""
        end = time.monotonic() + SECONDS
        while missing := [each for each in expected if each not in (shown := self.text())]:
            assert time.monotonic() < end, f"{missing} is not on the screen:\n{shown}"
            time.sleep(POLL)
        return shown

    def exit_code(self) -> int:
        """Wait for the program's end."""
        end = time.monotonic() + SECONDS
        while not (status := self._shown("#{pane_dead_status}")):
            assert time.monotonic() < end, f"still running:\n{self.text()}"
            time.sleep(POLL)
            # tmux 3.3 misses a child's end now and then, and looks again only when it is told to.
            os.kill(int(self._shown("#{pid}")), signal.SIGCHLD)
        return int(status)

    @property
    def pid(self) -> int:
        return int(self._shown("#{pane_pid}"))

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)

    def _shown(self, form: str) -> str:
        return self._call("display-message", "-p", form).strip()

    def _call(self, *args: str) -> str:
        done = subprocess.run([*self._tmux, *args], check=True, capture_output=True, text=True)
        return done.stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("size", "environ"),
    [
        ((80, 24), {}),
        ((160, 50), {"HEADCOUNT_UI__THEME": "light"}),
        ((80, 24), {"TERM": "linux"}),
        ((80, 24), {"NO_COLOR": "1"}),
        ((80, 24), {"HEADCOUNT_UI__SYMBOLS": "false"}),
    ],
    ids=["80x24", "160x50-light", "16-colours", "no-colour", "no-symbols"],
)
def test_the_demo_is_usable(
    terminal: Terminal, size: tuple[int, int], environ: dict[str, str]
) -> None:
    terminal.open("demo", "--people", "12", size=size, **environ)
    shown = terminal.until("REHEARSAL", "Radio hears", "Clock ok", "registered", "In range")
    if environ.get("HEADCOUNT_UI__SYMBOLS") or environ.get("TERM") == "linux":
        assert shown.isascii()
        assert "+ Radio hears" in shown
    else:
        assert "✓ Radio hears" in shown
    terminal.press("?")
    terminal.until("Who arrives", "Esc closes this")
    terminal.press("q")
    terminal.until("here now")
    terminal.press("q")
    terminal.until("Stop scanning?")
    terminal.press("Right", "Enter")
    terminal.until("Pick an event", "Rehearsal evening")
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert "nothing of it was kept" in terminal.text()


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP"])
def test_a_signal_stops_the_scan_in_order(terminal: Terminal, name: str) -> None:
    terminal.open("scan", "--event", "evening", "--radio", "simulated", "--phones", "300")
    terminal.until("Radio hears", "unknown", "dBm", "Roster unknown")
    wait_for_lines(terminal.folder, 1)
    subprocess.run(["kill", f"-{name}", str(terminal.pid)], check=True)
    assert terminal.exit_code() == 0
    lines = log(terminal.folder).read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["scannerId"] for line in lines} != set()
    assert "Everything is in" in terminal.text()


@pytest.mark.parametrize("keys", [[], ["?"], ["p"]], ids=["live", "help", "people"])
def test_a_terminal_that_vanishes_stops_the_scan_in_order(
    terminal: Terminal, keys: list[str]
) -> None:
    terminal.open("scan", "--event", "evening", "--radio", "simulated", "--phones", "300")
    terminal.until("Radio hears", "unknown", "dBm")
    wait_for_lines(terminal.folder, 1)
    if keys:
        terminal.press(*keys)
    pid = terminal.pid
    terminal.close()
    end = time.monotonic() + SECONDS
    while Path(f"/proc/{pid}/fd/0").exists():
        assert time.monotonic() < end, "still running without a terminal"
        time.sleep(POLL)
    json.loads(log(terminal.folder).read_text(encoding="utf-8").splitlines()[-1])


def test_alone_it_opens_the_picker_and_a_made_event_can_be_scanned(terminal: Terminal) -> None:
    terminal.open()
    terminal.until("Pick an event", "No event is known yet")
    terminal.press("n")
    terminal.until("New event")
    terminal.press("C", "h", "o", "i", "r", "Enter")
    terminal.until("Choir (made here)")
    terminal.press("q")
    assert terminal.exit_code() == 0


def log(folder: Path) -> Path:
    return folder / "data" / "events" / "evening" / "attendance_log.jsonl"


def wait_for_lines(folder: Path, count: int) -> None:
    end = time.monotonic() + SECONDS
    while not log(folder).exists() or log(folder).read_bytes().count(b"\n") < count:
        assert time.monotonic() < end
        time.sleep(POLL)
