"""What the health screen shows of a sound station and of broken ones, on a German screen."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.api.conftest import KEY, serve
from tests.doctor.conftest import NOW, machine, owned, write
from tests.service.test_unit import Systemd

from headcount.api.app import create_app
from headcount.bootstrap.doctor.access import Who
from headcount.bootstrap.doctor.backend import backend
from headcount.bootstrap.doctor.clocks import clocks
from headcount.bootstrap.doctor.disk import disk
from headcount.bootstrap.doctor.examine import Surroundings
from headcount.bootstrap.doctor.lan import lan
from headcount.bootstrap.doctor.service import service
from headcount.bootstrap.doctor.terminal import terminal
from headcount.bootstrap.health import health
from headcount.bootstrap.lan_key import event_key_file, new_key, typed_key_file
from headcount.bootstrap.paths import state_dir
from headcount.bootstrap.radio import RadioChoice
from headcount.bootstrap.service.install import System
from headcount.bootstrap.service.voice import WAITING
from headcount.clock import ManualClock, SystemClock
from headcount.config import Backend, Config, Lan, Radio, Station
from headcount.core.doctor import Finding
from headcount.core.model import Instant
from headcount.core.pulse import Pulse
from headcount.keys import BackendKeys
from headcount.store.log_chain import CHANGED, DOUBLED, FOREIGN, MOVED
from headcount.store.server import open_store
from headcount.tui import words
from headcount.tui.error_words import in_full, sentence
from headcount.tui.ports import Health, Link

__all__ = ["machine"]

SAME_NAMES = {"Adapter", "BlueZ", "Bluetooth", "Scanner", "Terminal", "Version"}
SAME_WORDS = {"Data", "Formats", "Sync"}
"""Rows with a path, names of formats, and `online`."""
BARE = re.compile(
    r"headcount \S+, Python .*|BlueZ [\d.]+\."
    r"|sudo apt install --reinstall bluez && sudo systemctl reload dbus"
    r"|sudo apt update && sudo apt install bluez|sudo rfkill unblock bluetooth"
    r"|cat /sys/\S+|ls -l \S+|chmod go=( /\S+)+|sudo chown -R \$\(id -u\):\$\(id -g\) /\S+"
    r"|sudo systemctl (enable|restart) headcount\.service"
    r"|headcount doctor --fix|headcount log verify --event \S+"
    r"|export LANG=\S+|export TERM=\S+; unset NO_COLOR"
)
"""A version or a command, with no word of any language."""
ENGLISH = re.compile(r"(?<![-\w])(the|a|is|are|and|or|of|to|by|with|then|not|no|it|be)\b")
PULSE = Pulse(Instant(0, 0.0, "boot"), 1200, 900, 5, 0)
DAEMON = "usr/libexec/bluetooth/bluetoothd"
SOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource"
LOG = "events/evening/attendance_log.jsonl"


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    words.use("de")
    yield
    words.use("en")


def assert_german(text: str) -> None:
    if BARE.fullmatch(text):
        return
    said = sentence(text)
    assert said != text
    assert not ENGLISH.search(re.sub(r"/\S+", "", said)), said


def assert_all_german(found: Iterable[Finding | Health]) -> None:
    for each in found:
        if isinstance(each, Finding):
            parts = [each.what, each.remedy or each.why]
        elif each.what in SAME_WORDS:
            continue
        else:
            assert (sentence(each.what) != each.what) or each.what in SAME_NAMES, each.what
            parts = [each.words, each.remedy]
        for part in filter(None, parts):
            assert_german(part)


def shown(config: Config, around: Surroundings | None = None, kind: str = "bluetooth") -> list[str]:
    """The page's lines, once all of them are known to be German."""
    found = health(config, RadioChoice(kind), Link.ONLINE, PULSE, around=around)
    assert_all_german(found)
    return [f"{sentence(each.what)}: {in_full(each)}" for each in found]


def test_health_is_translated(tmp_path: Path) -> None:
    lines = shown(Config(data_dir=str(tmp_path)), kind="simulated")
    assert "Funk: simulated: Bluetooth wird nicht verwendet" in lines
    assert any(line.endswith("5 von iPhone-Apps im Hintergrund") for line in lines)
    assert any(re.fullmatch(r"Datenträger: (Nur )?[\d,]+ MiB sind frei.*", line) for line in lines)
    assert "Konfiguration: Die Konfiguration stimmt (keine Datei: alle Einstellungen sind " in (
        "\n".join(lines)
    )


@pytest.mark.parametrize(
    ("changed", "adapter", "expected"),
    [
        ({}, "", "Adapter: hci0; verwendet: der erste, der scannen kann"),
        ({}, "hci7", "vorhanden: hci0. Setzen Sie radio.adapter"),
        ({"sys/class/rfkill/rfkill0/soft": "1"}, "", "gesperrt. sudo rfkill unblock bluetooth"),
        ({"sys/class/rfkill/rfkill0/hard": "1"}, "", "Funkschalter: hci0 ist am Gerät ausge"),
        ({DAEMON: "#!/bin/sh\necho 5.50\n"}, "", "BlueZ 5.50 ist älter als 5.66. sudo apt"),
        ({DAEMON: "#!/bin/sh\necho 5.91\n"}, "", "danach fragt. Dieses Programm fragt"),
        ({SOURCE: "jiffies\n"}, "", "Taktquelle: Der Kernel zählt die Zeit mit jiffies."),
    ],
)
def test_a_machine_and_its_radio(
    machine: Surroundings, tmp_path: Path, changed: dict[str, str], adapter: str, expected: str
) -> None:
    write(machine.root, changed)
    config = Config(data_dir=str(tmp_path / "data"), radio=Radio(adapter=adapter))
    assert expected in "\n".join(shown(config, machine))


def test_a_service(tmp_path: Path) -> None:
    (tmp_path / "headcount.service").touch()
    runs = f"ActiveState=active\nUnitFileState=enabled\nStatusText={WAITING}\n"
    for told in (runs, runs.replace("enabled", "disabled"), runs.replace("=active", "=failed")):
        found = list(service(System(units=tmp_path, run=Systemd({"show": (0, told)}))))
        assert len(found) == 2
        assert_all_german(found)


def test_a_machine_without_anything(machine: Surroundings, tmp_path: Path) -> None:
    who = Who(1000, "ada", {"ada"})
    bare = replace(machine, root=tmp_path / "none", bluez=(), who=who, clock=ManualClock(1))
    lines = "\n".join(shown(Config(data_dir=str(tmp_path / "data")), bare))
    assert "sudo usermod -aG bluetooth ada, dann melden Sie sich neu an" in lines
    assert "Taktquelle: Der Kernel zählt die Zeit mit etwas, das er nicht nennt. cat /sys" in lines
    assert "Datum: Das Datum dieses Rechners liegt vor" in lines


def test_files_and_logs(
    machine: Surroundings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "raspberrypi")
    bad = '{"bleUuid":"broken\n{"a":1}\n\0\n[]\n' + "x" * 70_000
    write(tmp_path, {LOG: bad, f"{LOG}.torn-9": "{", "a/b/c/key": "k"})
    config = Config(data_dir=str(tmp_path), backend=Backend(key_file=str(tmp_path / "a/b/c/key")))
    lines = "\n".join(shown(config, owned(machine, os.getuid())))
    assert "Zeile 1, Bytes 0 bis 18: kein JSON (und " in lines
    assert "headcount log verify --event evening" in lines
    assert " weitere. headcount doctor --fix" in lines
    assert "nur den seines Rechners: raspberrypi." in lines
    strange = "\n".join(shown(config, owned(machine, os.getuid() + 1)))
    assert "Eigentümer: Einem anderen Benutzer gehören: " in strange


@pytest.mark.parametrize(
    "problem",
    [
        *(f"log.jsonl, line 2, byte 9: {why}" for why in (CHANGED, DOUBLED, MOVED, FOREIGN)),
        "record 3 is missing",
        "records 3 to 4 are missing (and 2 more)",
    ],
)
def test_what_is_wrong_with_a_log(problem: str) -> None:
    assert_german(f"The log of evening is not as it was written: {problem}.")


@pytest.mark.parametrize(
    "where",
    [
        Backend(url="http://headcount.example.org"),
        Backend(url="headcount.example.org"),
        Backend(url="https://a:b@headcount.example.org"),
        Backend(url="https://127.0.0.1:1", ca_file="/none.pem"),
        Backend(url="http://127.0.0.1:1"),
    ],
    ids=lambda where: str(where.url),
)
def test_ways_that_lead_to_no_backend(where: Backend) -> None:
    assert_all_german(backend(Config(backend=where), SystemClock()))


def test_a_backend_that_answers(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'backend.sqlite3'}")
    keys = BackendKeys(b"1" * 32, b"2" * 32)
    app = create_app(store, clock=SystemClock(), scanner_key=KEY, max_body_bytes=1 << 20, keys=keys)
    public = tmp_path / "public.key"
    public.write_text(KEY)
    public.chmod(0o644)
    with serve(app) as address:
        url = f"http://{address}"
        for given in (
            Backend(url=url, key=SecretStr(KEY)),
            Backend(url=url, key=SecretStr("another")),
            Backend(url=url),
            Backend(url=url, key_file=str(public)),
            Backend(url=url, key_file=str(tmp_path / "none")),
        ):
            config = Config(data_dir=str(tmp_path), backend=given)
            for ahead in (0, 3_600_000, -3_600_000):
                clock = ManualClock(SystemClock().now().wall_ms + ahead)
                assert_all_german(backend(config, clock))
    store.close()


def slow_disk(folder: Path) -> Iterator[Finding]:
    worn = itertools.count()
    return disk(folder, lambda: next(worn) * 0.4, little_mib=2**40)


@pytest.mark.parametrize(
    "probe",
    [
        slow_disk,
        lambda folder: disk(folder, lambda: 0.0),
        lambda _: disk(Path("/proc"), lambda: 0.0),
        lambda folder: clocks(NOW, synchronised=None, sys=folder),
        lambda folder: clocks(1, synchronised=False, sys=folder),
        lambda folder: clocks(NOW, synchronised=True, sys=folder),
        lambda _: terminal({"TERM": "xterm"}, encoding="UTF-8", size=(80, 24)),
        lambda _: terminal({"NO_COLOR": "1"}, encoding="ascii", size=(60, 24)),
        lambda _: terminal({}, encoding="utf-8", size=(80, 24)),
        lambda _: terminal({}, encoding="utf-8", size=None),
    ],
)
def test_disk_clock_and_terminal(
    tmp_path: Path, probe: Callable[[Path], Iterable[Finding]]
) -> None:
    assert_all_german(probe(tmp_path))


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.1", ""])
def test_the_lan(tmp_path: Path, address: str) -> None:
    config = Config(data_dir=str(tmp_path), lan=Lan(enabled=True, address=address))
    assert_all_german(lan(config, lambda: ""))
    for keep in (event_key_file(state_dir(config), "evening"), typed_key_file(config)):
        keep.parent.mkdir(parents=True)
        keep.write_text(new_key())
        keep.chmod(0o600)
        assert_all_german(lan(config, lambda: ""))


def test_a_named_scanner_in_english(machine: Surroundings, tmp_path: Path) -> None:
    words.use("en")
    config = Config(data_dir=str(tmp_path), station=Station(scanner_id="door"))
    found = health(config, RadioChoice("simulated"), Link.ONLINE, None, around=machine)
    (scanner,) = (in_full(each) for each in found if each.what == "Scanner")
    assert scanner == "This scanner is door"
