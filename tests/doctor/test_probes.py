"""Each fault is made for real, and the check-up names it with what mends it."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ble.fake_bluez import Advert, FakeBlueZ, PrivateBus, phones

from headcount.bootstrap.doctor.access import Who, access, bluez_answers
from headcount.bootstrap.doctor.adapters import adapters
from headcount.bootstrap.doctor.bluez_version import bluez_version
from headcount.bootstrap.doctor.clocks import clocks, kernel_synchronised
from headcount.bootstrap.doctor.disk import disk
from headcount.bootstrap.doctor.examine import Surroundings
from headcount.bootstrap.doctor.files import files, mend
from headcount.bootstrap.doctor.lan import lan
from headcount.bootstrap.doctor.listening import listening
from headcount.bootstrap.doctor.logs import logs
from headcount.bootstrap.doctor.settings import settings
from headcount.bootstrap.doctor.terminal import terminal
from headcount.bootstrap.lan_key import event_key_file, keep_key, new_key, typed_key_file
from headcount.bootstrap.paths import state_dir
from headcount.clock import SystemClock
from headcount.config import Config, Lan, Radio, Station
from headcount.core.doctor import Area, Finding, Mode, Severity, exit_code, good, in_order
from headcount.core.model import Format

from .conftest import NOW, by_name, write

OK, NOTE, WARNING, ERROR = Severity


def kernel(around: Surroundings, wanted: str = "") -> list[Finding]:
    return list(adapters(wanted, around.root / "sys"))


def version(around: Surroundings) -> list[Finding]:
    return [bluez_version(around.bluez)]


def rights(around: Surroundings) -> list[Finding]:
    return list(access(around.who, around.root))


def time_keeping(around: Surroundings) -> list[Finding]:
    return list(clocks(NOW, synchronised=True, sys=around.root / "sys"))


SOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource"
DAEMON = "usr/libexec/bluetooth/bluetoothd"
MACHINE: list[
    tuple[Callable[[Surroundings], list[Finding]], dict[str, str], str, Severity, str]
] = [
    (kernel, {"sys/class/bluetooth/hci0/type": ""}, "adapter", OK, ""),
    (kernel, {"sys/class/rfkill/rfkill0/soft": "1"}, "rfkill", ERROR, "sudo rfkill unblock"),
    (kernel, {"sys/class/rfkill/rfkill0/hard": "1"}, "rfkill", ERROR, "rfkill list"),
    (lambda m: kernel(m, "hci7"), {}, "adapter", ERROR, 'radio.adapter = "hci0"'),
    (version, {}, "bluez-version", OK, ""),
    (version, {DAEMON: "#!/bin/sh\necho 5.50\n"}, "bluez-version", WARNING, "apt install bluez"),
    (version, {DAEMON: "#!/bin/sh\necho 5.91\n"}, "bluez-version", NOTE, ""),
    (version, {DAEMON: "#!/bin/sh\nexit 1\n"}, "bluez-version", WARNING, "apt install bluez"),
    (rights, {}, "group", OK, ""),
    (rights, {}, "dbus-policy", OK, ""),
    (rights, {"usr/share/dbus-1/system.d/bluetooth.conf": "x"}, "dbus-policy", WARNING, "--reinst"),
    (time_keeping, {SOURCE: "jiffies\n"}, "clock-source", WARNING, "available_clocksource"),
    (time_keeping, {SOURCE: "tsc"}, "clock-source", OK, ""),
    (time_keeping, {}, "clock-battery", OK, ""),
]


@pytest.mark.parametrize(("probe", "changed", "name", "severity", "remedy"), MACHINE)
def test_the_machine(
    machine: Surroundings,
    probe: Callable[[Surroundings], list[Finding]],
    changed: dict[str, str],
    name: str,
    severity: Severity,
    remedy: str,
) -> None:
    write(machine.root, changed)
    finding = by_name(probe(machine))[name]
    assert finding.severity is severity, finding
    assert remedy in finding.remedy
    assert bool(finding.why) == (severity is not OK)


def test_a_machine_without_anything(tmp_path: Path) -> None:
    found = by_name([*adapters("", tmp_path), *clocks(NOW, synchronised=None, sys=tmp_path)])
    assert found["adapter"].severity is ERROR
    assert "Plug a Bluetooth dongle in" in found["adapter"].remedy
    assert found["clock-battery"].severity is NOTE
    assert found["clock-synchronised"].severity is NOTE
    assert bluez_version((tmp_path / "bluetoothd",)).severity is WARNING
    outsider = by_name(list(access(Who(1000, "ada", {"ada"}), tmp_path)))
    assert outsider["group"].remedy == "sudo usermod -aG bluetooth ada, then sign in again"


def test_a_machine_that_woke_up_in_1970(machine: Surroundings) -> None:
    found = by_name(list(clocks(86_400_000, synchronised=False, sys=machine.root / "sys")))
    assert found["clock-date"].severity is ERROR
    assert found["clock-synchronised"].severity is WARNING
    assert "timedatectl set-ntp true" in found["clock-synchronised"].remedy


def test_the_kernel_can_be_asked_about_its_clock() -> None:
    assert kernel_synchronised() in {True, False}


# --- the radio, over D-Bus ---


def power_off(bluez: FakeBlueZ) -> None:
    bluez.power(on=False)


BLUEZ: list[tuple[Callable[[FakeBlueZ], object], str, Severity, str]] = [
    (lambda _: None, "", OK, ""),
    (power_off, "", ERROR, "bluetoothctl power on"),
    (lambda bluez: bluez.remove_adapter(), "", ERROR, "Plug a Bluetooth dongle in"),
    (lambda _: None, "hci7", ERROR, "bluetoothctl list"),
    (lambda bluez: bluez.stop(), "", ERROR, "sudo systemctl start bluetooth"),
    (
        lambda bluez: bluez.fail("GetManagedObjects", "org.freedesktop.DBus.Error.AccessDenied"),
        "",
        ERROR,
        "sudo usermod -aG bluetooth",
    ),
]


@pytest.mark.parametrize(("fault", "adapter", "severity", "remedy"), BLUEZ)
def test_bluez(
    bluez: FakeBlueZ,
    fault: Callable[[FakeBlueZ], object],
    adapter: str,
    severity: Severity,
    remedy: str,
) -> None:
    fault(bluez)
    finding = bluez_answers(adapter)
    assert (finding.severity, finding.area) == (severity, Area.RADIO), finding
    assert remedy in finding.remedy


def test_no_message_bus(private_bus: PrivateBus) -> None:
    private_bus.stop()
    finding = bluez_answers("")
    assert finding.severity is ERROR
    assert "sudo systemctl start dbus" in finding.remedy


def test_it_says_what_is_on_the_air_by_format(bluez: FakeBlueZ, tmp_path: Path) -> None:
    beacon = Advert("AA:00:00:00:00:01", manufacturer={0x4C: b"\x02\x15" + bytes(range(21))})
    background = Advert("AA:00:00:00:00:02", manufacturer={0x4C: b"\x01" + bytes(16)})
    bluez.broadcast([*phones(3), beacon, background], interval=0.05)
    config = Config(data_dir=str(tmp_path / "data"), radio=Radio(formats=(Format.SERVICE_UUID,)))
    found = by_name(list(listening(config, SystemClock(), 1.0)))
    assert found["listening"].severity is OK
    assert "of 3 badges" in found["listening"].what
    assert "ibeacon" in found["listening"].what
    assert "(not configured)" in found["listening"].what
    assert "iPhone apps in the background" in found["background-apps"].what
    assert not (tmp_path / "data").exists()


def test_it_says_that_nothing_counts_as_a_badge(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(3), interval=0.05)
    (found,) = listening(Config(radio=Radio(formats=(Format.IBEACON,))), SystemClock(), 0.5)
    assert found.severity is NOTE
    assert "none in a configured format: service_uuid" in found.what
    assert "radio.formats" in found.remedy


def test_it_says_that_nothing_is_heard(bluez: FakeBlueZ) -> None:
    (silent,) = listening(Config(), SystemClock(), 0.2)
    assert silent.severity is WARNING
    assert "headcount doctor --listen 0.6" in silent.remedy
    bluez.power(on=False)
    (off,) = listening(Config(), SystemClock(), 0.2)
    assert (off.severity, exit_code([off])) == (ERROR, 3)


# --- disk and files ---


def test_a_disk(tmp_path: Path) -> None:
    calm = itertools.count()
    found = by_name(list(disk(tmp_path, lambda: next(calm) * 0.001)))
    assert found["disk-flush"].what == "A record is safe after 1.0 ms."
    worn = itertools.count()
    found = by_name(list(disk(tmp_path, lambda: next(worn) * 0.4, little_mib=2**40)))
    assert found["disk-flush"].severity is WARNING
    assert found["disk-space"].severity is WARNING
    assert (
        by_name(list(disk(tmp_path, lambda: 0, full_mib=2**40, little_mib=2**40)))[
            "disk-space"
        ].severity
        is ERROR
    )
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_written() -> None:
    found = by_name(list(disk(Path("/proc"), lambda: 0.0)))
    assert found["disk-writable"].severity is ERROR
    assert "remount,rw" in found["disk-writable"].remedy


def test_modes_and_their_mending(tmp_path: Path) -> None:
    data, key = tmp_path / "data", tmp_path / "scanner.key"
    (data / "events").mkdir(parents=True)
    key.write_text("k")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not ours to change")
    (data / "link").symlink_to(elsewhere)
    for path, mode in ((data, 0o700), (data / "events", 0o755), (key, 0o644), (elsewhere, 0o644)):
        path.chmod(mode)
    found = by_name(list(files(data, [key, tmp_path / "none"], uid=os.getuid())))
    assert found["data-modes"].remedy == f"chmod go= {data / 'events'}"
    assert found["data-modes"].fixes == (Mode(str(data / "events"), 0o700),)
    assert (found["key-modes"].severity, found["key-modes"].area) == (ERROR, Area.CONFIG)
    assert mend(found.values()) == [
        f"{data / 'events'} has mode 0700 now.",
        f"{key} has mode 0600 now.",
    ]
    again = files(data, [key], uid=os.getuid())
    assert {finding.severity for finding in again} == {OK}
    assert elsewhere.stat().st_mode & 0o777 == 0o644
    assert mend([replace(found["key-modes"], fixes=(Mode(str(data / "link"), 0o600),))]) == [
        f"{data / 'link'} could not be changed: Too many levels of symbolic links."
    ]


def test_files_of_somebody_else(tmp_path: Path) -> None:
    found = by_name(list(files(tmp_path, [], uid=os.getuid() + 1)))
    assert found["data-owner"].severity is ERROR
    command = found["data-owner"].remedy.removeprefix("sudo ")
    assert command.startswith("chown -R")
    assert subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0


def test_a_data_directory_that_is_not_there_yet(tmp_path: Path) -> None:
    (found,) = files(tmp_path / "none", [], uid=os.getuid())
    assert (found.name, found.severity) == ("data-directory", NOTE)


def test_a_log_that_cannot_be_read(tmp_path: Path) -> None:
    log = tmp_path / "events/evening/attendance_log.jsonl"
    log.mkdir(parents=True)
    (found,) = logs(Config(data_dir=str(tmp_path)))
    assert (found.name, exit_code([found])) == ("log-damaged", 6)
    assert f"{log} can't be read: Is a directory." in found.what
    assert found.remedy == f"ls -l {log}"


def test_a_damaged_log(tmp_path: Path) -> None:
    config = Config(data_dir=str(tmp_path))
    assert [finding.severity for finding in logs(config)] == [OK]
    log = tmp_path / "events/evening/attendance_log.jsonl"
    log.parent.mkdir(parents=True)
    line = '{"bleUuid":"%s","checkInTime":1,"scannerId":"door"}\n' % ("a1" * 16)
    log.write_text(line)
    assert [finding.severity for finding in logs(config)] == [OK]
    log.write_text(line + '{"bleUuid":"broken\n' + line)
    log.with_name("attendance_log.jsonl.torn-99").write_text("{")
    damaged, torn = list(logs(config))[:2]
    assert (damaged.severity, exit_code([damaged])) == (ERROR, 6)
    assert "line 2" in damaged.what
    assert damaged.remedy == "headcount log verify --event evening"
    assert (torn.name, torn.severity) == ("log-torn", NOTE)


# --- the rest ---


@pytest.mark.parametrize(
    ("environ", "encoding", "size", "notes"),
    [
        ({"TERM": "xterm"}, "UTF-8", (80, 24), set()),
        ({}, "utf-8", None, set()),
        ({"TERM": "xterm"}, "ANSI_X3.4-1968", (80, 24), {"terminal-symbols"}),
        ({"TERM": "dumb"}, "utf8", (60, 24), {"terminal-size", "terminal-colours"}),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "utf8", (200, 50), {"terminal-colours"}),
    ],
)
def test_terminals(
    environ: dict[str, str], encoding: str, size: tuple[int, int] | None, notes: set[str]
) -> None:
    found = terminal(environ, encoding=encoding, size=size)
    assert {each.name for each in found if each.severity is not OK} == notes


def test_a_scanner_with_every_pis_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "raspberrypi")
    found = by_name(list(settings(Config(), {})))
    assert found["scanner-name"].severity is WARNING
    named = settings(Config(station=Station(scanner_id="raspberrypi")), {})
    assert by_name(list(named))["scanner-name"].severity is OK


@pytest.mark.parametrize(
    ("address", "own", "severity", "words"),
    [
        ("", "127.0.0.1", OK, "Other stations can reach this one at 127.0.0.1."),
        ("", "", WARNING, "in no network"),
        ("192.0.2.1", "127.0.0.1", WARNING, "192.0.2.1 is no address of this machine"),
        ("127.0.0.1", "", OK, "at 127.0.0.1"),
    ],
)
def test_the_network_of_the_doors(
    tmp_path: Path, address: str, own: str, severity: Severity, words: str
) -> None:
    config = Config(data_dir=str(tmp_path), lan=Lan(enabled=True, address=address))
    found = by_name(list(lan(config, lambda: own)))["lan"]
    assert (found.area, found.severity) == (Area.LAN, severity)
    assert words in found.what


def test_no_word_about_a_lan_that_is_not_used(tmp_path: Path) -> None:
    assert list(lan(Config(data_dir=str(tmp_path)))) == []


def test_the_fleet_key(tmp_path: Path) -> None:
    config = Config(data_dir=str(tmp_path), lan=Lan(enabled=True))

    def key() -> Finding:
        return by_name(list(lan(config, lambda: "127.0.0.1")))["fleet-key"]

    assert (key().severity, key().what) == (WARNING, "This station has no fleet key.")
    assert "headcount pair --lan" in key().remedy
    file = event_key_file(state_dir(config), "a/b")
    file.parent.mkdir(parents=True)
    file.write_text(new_key())
    file.chmod(0o600)
    assert (key().severity, key().what) == (OK, "The backend gave the fleet key of: a/b.")
    keep_key(config, new_key())
    assert (key().severity, "typed here" in key().what) == (OK, True)
    typed_key_file(config).write_text("none")
    assert key().severity is WARNING
    assert "expected 26 letters and digits" in key().what
    assert key().remedy == "headcount pair --lan"


def trouble(area: Area, severity: Severity = ERROR) -> Finding:
    return Finding(area, "x", severity, "")


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([good(Area.DISK, "x", ""), trouble(Area.RADIO, WARNING)], 0),
        ([trouble(Area.RADIO), trouble(Area.LOG)], 6),
        ([trouble(Area.BACKEND), trouble(Area.RADIO)], 3),
        ([trouble(Area.BACKEND), trouble(Area.CONFIG)], 2),
        ([trouble(Area.BACKEND), trouble(Area.DISK)], 4),
        ([trouble(Area.DISK), trouble(Area.LOG, WARNING)], 1),
    ],
)
def test_exit_codes(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code
    assert [each.area for each in in_order(findings)] == sorted(
        (each.area for each in findings), key=list(Area).index
    )
