"""The unit: what systemd's own tools say of it, and what installing and removing do."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from headcount.bootstrap.credentials import Kind, keep_credential, scanner_key
from headcount.bootstrap.service.install import (
    System,
    install,
    journal,
    make_unit,
    must_have,
    remove,
    status,
)
from headcount.bootstrap.service.unit import STATE, Unit, unit_text
from headcount.cli import main
from headcount.config import Backend, Config
from headcount.core.errors import HeadcountError, UsageError

MOST_EXPOSED = 30
"""systemd-analyze's level times ten: from 3.0 on it calls a service exposed."""


def need_systemd() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        if "CI" in os.environ:
            pytest.fail("needs the Debian package systemd, and in CI nothing is skipped")
        pytest.skip("needs the Debian package systemd")
    return program


def unit(**changes: Any) -> Unit:
    return replace(Unit(["/bin/true", "-m", "headcount"], "evening", "headcount"), **changes)


@pytest.mark.parametrize(
    "made",
    [
        unit(),
        unit(event_id="abendkurs:1~x", key_file=Path("/root/100% safe/key")),
        unit(data_dir=Path("/home/ada lovelace/data"), reads=[Path("/home/ada lovelace/.venv")]),
    ],
)
def test_systemd_takes_it_and_finds_it_hardened(made: Unit, tmp_path: Path) -> None:
    analyze, file = need_systemd(), tmp_path / "headcount.service"
    file.write_text(unit_text(made))
    for words in (
        ["verify", "--man=no"],
        ["security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager"],
    ):
        done = subprocess.run(
            [analyze, *words, str(file)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Unknown" not in done.stderr
        assert "ignoring" not in done.stderr


def test_it_runs_as_it_is_documented() -> None:
    lines = set(unit_text(unit(key_file=Path("/etc/headcount/key"))).splitlines())
    assert lines >= {
        "ExecStart=/bin/true -m headcount scan --event evening --no-ui",
        "Type=notify",
        "User=headcount",
        "SupplementaryGroups=bluetooth",
        "Restart=always",
        "StartLimitIntervalSec=0",  # or systemd gives up after five starts
        "WatchdogSec=60",
        "WatchdogSignal=SIGTERM",
        "TimeoutStopSec=30",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "StateDirectory=headcount",
        "LoadCredential=scanner-key:/etc/headcount/key",
        "WantedBy=multi-user.target",
    }


def test_what_protect_home_hides_is_let_in() -> None:
    homely = unit(
        data_dir=Path("/home/ada/data"),
        reads=[Path("/home/ada/.venv"), Path("/usr"), Path("/home/ada/.venv")],
    )
    lines = unit_text(homely).splitlines()
    assert "ProtectHome=tmpfs" in lines
    assert [line for line in lines if line.startswith("Bind")] == [
        "BindReadOnlyPaths=/home/ada/.venv",
        "BindPaths=/home/ada/data",
    ]
    assert "StateDirectory=headcount" not in lines
    elsewhere = unit_text(unit(data_dir=Path("/srv/data"))).splitlines()
    assert "ReadWritePaths=/srv/data" in elsewhere
    assert "ProtectHome=yes" in elsewhere


def test_this_installation(tmp_path: Path) -> None:
    config = Config(data_dir=str(tmp_path))
    assert make_unit(config, None, "evening", "headcount").key_file is None
    kept = keep_credential(config, Kind.SCANNER, "the-key")
    file = tmp_path / "config.toml"
    made = make_unit(config, file, "evening", "headcount")
    assert made.key_file == kept
    assert made.command[-2:] == ["--config", str(file)]
    assert "the-key" not in unit_text(made)
    own = make_unit(Config(backend=Backend(key_file="/etc/headcount/key")), None, "e", "u")
    assert (own.key_file, own.data_dir) == (Path("/etc/headcount/key"), STATE)


def test_the_key_that_systemd_hands_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scanner-key").write_text("from-systemd\n")
    (tmp_path / "scanner-key").chmod(0o440)  # how its access list shows
    config = Config(backend=Backend(key_file=str(tmp_path / "hidden-by-protect-home")))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert scanner_key(config) == "from-systemd"


@dataclass
class Systemd:
    """Remembers what it was asked to do."""

    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def __call__(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.calls.append(" ".join(words))
        code, text = self.answers.get(words[1], (0, ""))
        return subprocess.CompletedProcess(words, code, text, text if code else "")


@pytest.fixture
def systemd() -> Systemd:
    return Systemd()


@pytest.fixture
def system(tmp_path: Path, systemd: Systemd) -> System:
    passwd = tmp_path / "passwd"
    passwd.write_text("root:x:0:0::/root:/bin/sh\nheadcounter:x:9:9::/:/bin/sh\n")
    return System(units=tmp_path, run=systemd, uid=0, passwd=passwd)


def test_installing_and_removing(system: System, systemd: Systemd) -> None:
    told = install(system, unit())
    assert systemd.calls[0].startswith("useradd --system")
    assert systemd.calls[1:] == [
        "systemctl daemon-reload",
        "systemctl enable headcount.service",
        "systemctl restart headcount.service",
    ]
    assert len(told) == 3
    assert system.file.read_text() == unit_text(unit())
    assert system.file.stat().st_mode & 0o777 == 0o644
    systemd.calls.clear()
    system.passwd.write_text("headcount:x:9:9::/:/bin/sh\n")
    install(system, unit(event_id="matinee"))
    assert "matinee" in system.file.read_text()
    assert not any("useradd" in call for call in systemd.calls)
    systemd.calls.clear()
    remove(system)
    assert systemd.calls == ["systemctl disable --now headcount.service", "systemctl daemon-reload"]
    assert not system.file.exists()
    assert "nothing to do" in remove(system)[0]


def test_what_can_go_wrong(system: System, systemd: Systemd, tmp_path: Path) -> None:
    somebody = replace(system, uid=1000)
    with pytest.raises(UsageError, match="Only root") as caught:
        install(somebody, unit())
    assert caught.value.remedy.startswith("Run: sudo ")
    assert caught.value.remedy.endswith("service install --event evening")
    systemd.answers["enable"] = (1, "Failed to enable: disk full")
    with pytest.raises(HeadcountError, match="disk full") as failed:
        install(system, unit())
    assert "not touched" in failed.value.safe
    with pytest.raises(HeadcountError, match="can't be written"):
        install(replace(system, units=tmp_path / "none"), unit())
    with pytest.raises(HeadcountError, match="not run by systemd"):
        must_have("headcount-no-such-program")


def test_what_systemd_says(system: System, systemd: Systemd) -> None:
    systemd.answers["show"] = (
        0,
        "ActiveState=active\nSubState=running\nStatusText=a=b\nNRestarts=2\nOther=x\n",
    )
    assert status(system) == {
        "ActiveState": "active",
        "SubState": "running",
        "StatusText": "a=b",
        "NRestarts": "2",
    }
    assert journal(5, follow=True, since="today") == [
        "journalctl",
        "--unit=headcount.service",
        "--lines=5",
        "--output=short-iso",
        "--follow",
        "--since=today",
    ]


def test_a_dry_run_prints_the_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--data-dir", str(tmp_path), "service", "install", "--event", "evening", "--dry-run"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert f"HEADCOUNT_DATA_DIR={tmp_path}" in printed
    assert "scan --event evening --no-ui" in printed
