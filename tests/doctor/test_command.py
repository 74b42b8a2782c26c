"""What people and programs see of a check-up: the command, and the health page."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from tests.ble.fake_bluez import FakeBlueZ

from headcount.bootstrap.doctor.examine import Surroundings, examine, fix
from headcount.bootstrap.health import health
from headcount.cli import main
from headcount.config import Config
from headcount.core.doctor import Severity
from headcount.tui.ports import Link

from .conftest import by_name, owned, write


def run(*args: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return ended.value.code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "events/evening").mkdir(parents=True)
    (folder / "events/evening/attendance_log.jsonl").write_text('{"bleUuid":"cut')
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text('[backend]\nurl = "http://127.0.0.1:1"\n')
    return file


def test_programs_get_an_object_a_finding(
    data: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["--config", str(config), "--data-dir", str(data), "doctor", "--listen", "0", "--json"]
    assert run(*args) == 6
    captured = capsys.readouterr()
    found = {each["name"]: each for each in map(json.loads, captured.out.splitlines())}
    assert found["log-damaged"]["severity"] == "error"
    assert found["backend"]["area"] == "backend"
    assert {"path": str(data), "mode": "0700"} in found["data-modes"]["fixes"]
    assert captured.err.rstrip().endswith("ok.")


def test_people_get_a_line_and_what_to_do(
    data: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["--config", str(config), "--data-dir", str(data), "doctor", "--listen", "0", "--fix"]
    assert run(*args) == 6
    captured = capsys.readouterr()
    assert f"{data} has mode 0700 now." in captured.err
    assert "ok       No other user may read the data directory." in captured.out
    lines = captured.out.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("ERROR    The log of evening"))
    assert lines[at + 2] == "         -> headcount log verify --event evening"


def test_a_wrong_configuration_is_a_finding_too(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("[radio]\nadaptor = 'hci0'\n")
    assert run("--config", str(config), "doctor", "--json") == 2
    (finding,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert "Did you mean radio.adapter" in finding["what"]


def test_every_finding_has_a_fault_that_is_made() -> None:
    """By name: what a probe can say is in a test beside it."""
    import headcount.bootstrap.doctor as probes

    folder = Path(next(iter(probes.__path__)))
    source = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    here = Path(__file__).parent
    files = [*here.glob("*.py"), here.parent / "station/test_pushed.py"]
    tests = "".join(file.read_text(encoding="utf-8") for file in files)
    names = {*re.findall(r'Finding\(\s*Area\.[A-Z]+,\s*"([a-z-]+)"', source)}
    assert len(names) > 25
    assert sorted(name for name in names if f'"{name}"' not in tests) == []


def test_a_machine_in_order(bluez: FakeBlueZ, machine: Surroundings, tmp_path: Path) -> None:
    around = owned(machine, os.getuid())
    here = Config(data_dir=str(tmp_path / "data"))
    Path(here.data_dir).mkdir(mode=0o700)
    found = examine(here, {}, around)
    wrong = {each.name for each in found if each.severity is Severity.ERROR}
    assert wrong <= {"backend"}
    assert by_name(found)["bluez"].what == "BlueZ answers; hci0 is on."
    assert fix(here, around) == []


def test_the_health_page_shows_the_same(
    bluez: FakeBlueZ, machine: Surroundings, tmp_path: Path
) -> None:
    bluez.power(on=False)
    write(machine.root, {"sys/class/rfkill/rfkill0/soft": "1"})
    here = Config(data_dir=str(tmp_path))
    shown = health(here, None, Link.UNKNOWN, None, around=owned(machine, os.getuid()))
    rows = {row.what: row for row in shown}
    assert rows["Radio switch"].good is False
    assert rows["Radio switch"].remedy == "sudo rfkill unblock bluetooth"
    assert rows["Disk"].good is True
    assert rows["Formats"].good is None
    goods = [row.good for row in shown if row.what not in {"Data", "Sync", "Formats"}]
    assert goods == sorted(goods, key=[False, None, True].index)
