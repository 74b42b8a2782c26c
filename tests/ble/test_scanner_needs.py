"""What happens where the Debian package dbus is missing."""

from __future__ import annotations

import pytest

from . import private_bus


def test_without_a_dbus_daemon_a_test_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_bus, "DBUS_DAEMON", None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Debian package dbus"):
        private_bus.need_dbus()


def test_in_ci_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_bus, "DBUS_DAEMON", None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Debian package dbus"):
        private_bus.need_dbus()
