"""What a check-up, and `service status`, say of this machine's service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.service.test_unit import Systemd

from headcount.bootstrap.doctor.service import service
from headcount.bootstrap.service.install import System
from headcount.bootstrap.service.voice import WAITING
from headcount.cli import cli
from headcount.core.doctor import Severity

RUNS = "ActiveState=active\nUnitFileState=enabled\nStatusText=Hears 12/s.\n"


@pytest.fixture
def systemd() -> Systemd:
    return Systemd()


@pytest.fixture
def system(tmp_path: Path, systemd: Systemd) -> System:
    (tmp_path / "headcount.service").write_text("[Unit]\n")
    return System(units=tmp_path, run=systemd)


@pytest.mark.parametrize(
    ("told", "name", "severity", "remedy"),
    [
        (RUNS, "service", Severity.OK, ""),
        (RUNS.replace("enabled", "disabled"), "service", Severity.WARNING, "systemctl enable"),
        (RUNS.replace("=active", "=failed"), "service", Severity.WARNING, "headcount service logs"),
        (
            RUNS.replace("12/s.", f"12/s. {WAITING}"),
            "service-settings",
            Severity.NOTE,
            "sudo systemctl restart headcount.service",
        ),
    ],
)
def test_the_service_is_looked_at(
    system: System, systemd: Systemd, told: str, name: str, severity: Severity, remedy: str
) -> None:
    systemd.answers["show"] = (0, told)
    finding = list(service(system))[-1]
    assert (finding.name, finding.severity) == (name, severity)
    assert remedy in finding.remedy
    assert bool(finding.why) == (severity is not Severity.OK)


def test_without_a_service_or_a_systemd_that_answers_nothing_is_said(
    system: System, systemd: Systemd
) -> None:
    systemd.answers["show"] = (1, "System has not been booted with systemd")
    assert list(service(system)) == []
    system.file.unlink()
    systemd.calls.clear()
    assert list(service(system)) == []
    assert systemd.calls == []


def test_the_status_says_that_settings_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f"#!/bin/sh\necho ActiveState=active\necho 'StatusText=Fine. {WAITING}'\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    shown = CliRunner().invoke(cli, ["service", "status"])
    assert shown.exit_code == 0
    assert "wait for a restart: sudo systemctl restart headcount.service" in shown.stdout
    told = CliRunner().invoke(cli, ["service", "status", "--json"])
    assert json.loads(told.stdout)["settingsWait"] is True
