"""Every command in the pages for people in the field is run, or a table says what stands for it."""

from __future__ import annotations

import base64
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.api.conftest import serve
from tests.api.test_pretix import TOKEN, Pretix
from tests.ble.conftest import bluez, private_bus
from tests.ble.fake_bluez import FakeBlueZ, phone_uuid, phones
from tests.doctor.test_documents import DOCS, commands
from tests.store.earlier import earlier_directory

from .conftest import Station, station

__all__ = ["bluez", "private_bus", "station"]

ROOT = Path(__file__).parent.parent.parent
PAGES = (
    "install-pi.md",
    "operator.md",
    "admin.md",
    "radio.md",
    "privacy.md",
    "troubleshooting.md",
)
PASSWORD = "canary horse battery staple"
BADGE = "9f2c6d1e-8f0b-4c51-a9d4-2b7a5c3e1f00"

ELSEWHERE = {
    "serve": ("tests/e2e/conftest.py", "def backend", "it goes on until it is stopped: as here"),
    "web": ("tests/web/test_browser.py", "def test_", "it needs a browser"),
    "service remove": (
        "tests/service/test_unit.py",
        "def test_installing_and_removing",
        "it would take this machine's own service away",
    ),
}
"""Commands that are not run as they stand: the file and the words in it that do so, and why."""

MORE = {
    "service install": ("--dry-run",),
    "scan": ("--duration", "0.3", "--no-ui"),
    "badge": ("--duration", "0.1"),
    "doctor": ("--listen", "0.1"),
}
"""What makes an end of it, or keeps it from changing this machine."""

INSTEAD = {"ID": "evening", "NAME": "Ana", "BLEUUID": BADGE, "SLUG": "sampleconf",
           "30": "0.3", "15": "0.1"}  # fmt: skip
"""What a reader puts in place of a word in capitals; and less time to wait."""

CODES = {"doctor": {0, 1, 3}}
"""As this machine is: its adapter is not the fake one."""

ORDER = (
    "users create-admin", "serve", "events create", "users import", "scanners pair",
    "events update", "setup", "pair", "scanners set", "sync", "scan",
    "act check-in", "act undo", "act", "badges", "log", "report", "insights", "upgrade --check",
    "upgrade", "upgrade --rollback", "", "users erase", "scanners revoke", "events close",
    "sign-in", "requests",
)  # fmt: skip
"""As one would do it; what is not named comes at the blank, in the order of the pages."""

PIPX = "sudo PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install headcount"
BY_HAND = {
    "sudo apt update && sudo apt install bluez python3-venv pipx": "the system's packages",
    "sudo apt-get install bluez": "the system's packages",
    PIPX: ("make check-debian installs the wheel in /opt"),
    "pip download headcount": "make check-debian does it from a wheel",
    'pipx install --pip-args="--no-index --find-links=/media/stick"': (
        "make check-debian does it with pip and the same words"
    ),
    "make check-debian": "it is what checks the page",
    "sudo usermod -aG bluetooth $USER": "changes this machine's users",
    "sudo systemctl enable --now bluetooth": "needs systemd",
    "sudo systemctl restart bluetooth": "needs systemd",
    "sudo systemctl restart headcount.service": "needs systemd",
    "sudo timedatectl set-ntp true": "needs systemd",
    "sudo journalctl --vacuum-size=50M": "deletes this machine's journal",
    "sudo rfkill unblock bluetooth": "needs an adapter",
    "rfkill unblock bluetooth": "needs an adapter",
    "bluetoothctl list": "needs an adapter",
    "bluetoothctl power on": "needs an adapter",
    "sudo chown -R $(id -u):$(id -g) DIRECTORY": "run without sudo",
    "curl -sS URL/health": "asked without curl",
    "export LANG=C.UTF-8": "run by bash",
}
"""What is no command of ours, and why it is only read by bash, if so."""

PROGRAM = r"(?:sudo|apt|apt-get|pip|pipx|make|curl|systemctl|journalctl|rfkill|bluetoothctl|export)"


def rank(words: Sequence[str]) -> int:
    line = " ".join(words)
    fits = [place for place in ORDER if place and f"{line} ".startswith(f"{place} ")]
    return ORDER.index(max(fits, key=len) if fits else "")


def named(words: Sequence[str], table: Mapping[str, object]) -> str:
    """The row of a table that is about this command; empty for none."""
    line = " ".join(words)
    return next((name for name in table if f"{line} ".startswith(f"{name} ")), "")


def in_place(word: str) -> str:
    return INSTEAD.get(word, word)


def more(words: Sequence[str]) -> tuple[str, ...]:
    return MORE.get(named(words, MORE), ())


def all_commands() -> list[list[str]]:
    """Each once, in the order in which they are run."""
    found = [words for page in PAGES for words in commands(page)]
    each = {frozenset((*map(in_place, words), *more(words))): words for words in found}
    return sorted(each.values(), key=rank)


class Reader:
    """Somebody who types what the pages say, at one machine that is station and backend."""

    def __init__(self, station: Station) -> None:
        self.station = station
        self.made = 0
        (station.folder / "stick").mkdir()
        (station.folder / "seed").mkdir()
        (station.folder / "seed/people.csv").write_text("name,email\nBea,bea@example.org\n")
        people = f"name,email,bleUuid\nAna,ana@example.org,{phone_uuid(1)}\nCid,cid@example.org,\n"
        (station.folder / "people.csv").write_text(people)
        self.secret = station.folder / "secret"
        self.secret.write_bytes(base64.b64encode(bytes(range(32))))
        self.secret.chmod(0o600)
        self.earlier = earlier_directory(station.folder / "earlier", "0008")

    def type(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        before = {"setup": ["--config", self._new("config.toml")],
                  "upgrade": ["--data-dir", str(self.earlier)]}  # fmt: skip
        own = [*before.get(words[0], []), *(self._in_place(words, word) for word in words)]
        own += more(words)
        if words[:2] == ["badges", "enrol"]:
            return self.at_a_terminal(own)
        return self.station.done(*own, typed=f"{self._typed(words)}\n")

    def _typed(self, words: list[str]) -> str:
        if words == ["pair", "--lan"]:
            return str(self.station.json("pair", "--new-lan", "--json")[0]["key"])
        return PASSWORD

    def at_a_terminal(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        """Where q is typed, since it waits for beacons."""
        ours, theirs = pty.openpty()
        os.write(ours, b"q\n")
        try:
            return subprocess.run(
                [sys.executable, "-m", "headcount", *words],
                cwd=self.station.folder,
                env=self.station.environ,
                stdin=theirs,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            os.close(ours)
            os.close(theirs)

    def _in_place(self, words: list[str], word: str) -> str:
        folder = self.station.folder
        if word == "CODE":
            name = words[words.index("--scanner-id") + 1] if words[0] == "setup" else "West"
            pair = ("scanners", "pair", "--name", name, "--json")
            return str(self.station.json(*pair)[0]["code"])
        if word == "FILE":
            return str(self.secret) if words[0] == "badge" else self._new("file")
        if word == "BADGE":
            return BADGE
        if word in {"URL", "https://headcount.example.org"}:
            return self.station.environ["HEADCOUNT_BACKEND__URL"]
        return in_place(word).replace("STICK", "stick").replace("DIR", str(folder / "seed"))

    def _new(self, name: str) -> str:
        self.made += 1
        return str(self.station.folder / f"{self.made}-{name}")


@contextmanager
def pretix(station: Station) -> Iterator[None]:
    """One that has Ana's ticket."""
    with serve(Pretix().app) as url:
        station.environ |= {
            "HEADCOUNT_PRETIX__URL": f"http://{url}",
            "HEADCOUNT_PRETIX__ORGANIZER": "bigevents",
            "HEADCOUNT_PRETIX__TOKEN": TOKEN,
        }
        yield


def programs_of_systemd(station: Station) -> None:
    """They answer as for a service that runs."""
    folder = station.folder / "bin"
    folder.mkdir()
    for name in ("systemctl", "journalctl"):
        (folder / name).write_text("#!/bin/sh\necho ActiveState=active\n")
        (folder / name).chmod(0o755)
    station.environ["PATH"] = f"{folder}{os.pathsep}{station.environ['PATH']}"


def test_every_command_in_the_pages_runs(station: Station, bluez: FakeBlueZ) -> None:
    station.environ["DBUS_SYSTEM_BUS_ADDRESS"] = os.environ["DBUS_SYSTEM_BUS_ADDRESS"]
    bluez.broadcast(phones(3), interval=0.05)
    programs_of_systemd(station)
    reader, wrong = Reader(station), list[str]()
    first, *then = all_commands()
    assert reader.type(first).returncode == 0  # the database is there before it is served
    with station.backend(), pretix(station):
        for words in then:
            if named(words, ELSEWHERE):
                continue
            done = reader.type(words)
            codes = CODES.get(named(words, CODES), {0})
            if done.returncode not in codes or "Traceback" in done.stderr:
                wrong.append(f"{' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
            assert PASSWORD not in done.stdout + done.stderr
        health = httpx.get(f"{station.environ['HEADCOUNT_BACKEND__URL']}/health")
    assert health.is_success
    assert not wrong, "\n".join(wrong)
    assert "Ana" in (station.folder / "evening.csv").read_text(encoding="utf-8")
    assert (station.folder / "stick/evening.jsonl").stat().st_size
    (paired,) = [
        file for file in station.folder.glob("*-config.toml") if "scanner_id" in active(file)
    ]
    assert 'scanner_id = "North"' in active(paired)


def active(file: Path) -> str:
    """A configuration without its comments."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def test_what_stands_for_the_others_is_there() -> None:
    lines = all_commands()
    for name, (file, words, why) in ELSEWHERE.items():
        assert any(named(line, {name: None}) for line in lines), name
        assert words in (ROOT / file).read_text(encoding="utf-8"), why
    assert all(any(named(line, {name: None}) for line in lines) for name in (*MORE, *CODES))


def by_hand() -> set[str]:
    """The pages' commands that are not ours alone."""
    found = set[str]()
    for page in PAGES:
        text = (DOCS / page).read_text(encoding="utf-8")
        assert not re.findall(r"`headcount [^`\n]*\n[^`\n]*`", text), "it is one line"
        found |= {*re.findall(rf"`({PROGRAM} [^`\n]+)`", text)}
        for block in re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL):
            lines = [line.removeprefix("$ ").split("  #")[0].strip() for line in block.splitlines()]
            found |= {line for line in lines if re.match(rf"{PROGRAM} ", line)}
    return {line for line in found if not re.search(r"\bheadcount (?:[a-z]+ ?|--)", line)}


def test_other_programs_commands_are_known_and_readable(tmp_path: Path) -> None:
    found = by_hand()
    assert found == set(BY_HAND)
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs the Debian package bash")
    (mending,) = [line.removeprefix("sudo ") for line in found if "chown" in line]
    here = [mending.replace("DIRECTORY", str(tmp_path)), "export LANG=C.UTF-8"]
    for options, lines in (("-eu", here), ("-n", sorted(found))):
        script = "\n".join(lines)
        assert subprocess.run([bash, options, "-c", script], check=False).returncode == 0
