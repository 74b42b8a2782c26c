"""A private D-Bus daemon, so that nothing touches the system's."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

DBUS_DAEMON = shutil.which("dbus-daemon")

_BUS_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <auth>{auth}</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">1000000000</limit>
  <limit name="max_connections_per_user">1000</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"""


def need_dbus() -> None:
    """Skip without dbus-daemon, but not in CI: there every test counts."""
    if DBUS_DAEMON is not None:
        return
    if os.environ.get("CI"):
        pytest.fail("needs the Debian package dbus, and in CI nothing is skipped")
    pytest.skip("needs the Debian package dbus")


class PrivateBus:
    """A dbus-daemon of our own on a socket in a short temporary directory."""

    def __init__(self, auth: str = "EXTERNAL") -> None:
        # Not pytest's tmp_path: a socket's path has at most 107 bytes.
        self._directory = Path(tempfile.mkdtemp(prefix="bus-"))
        self._auth = auth
        self._daemon: subprocess.Popen[str] | None = None
        self.address = f"unix:path={self._directory / 'socket'}"

    def start(self) -> None:
        assert DBUS_DAEMON is not None, "Debian package dbus is missing"
        config = self._directory / "bus.conf"
        config.write_text(_BUS_CONFIG.format(address=self.address, auth=self._auth))
        command = [DBUS_DAEMON, f"--config-file={config}", "--nofork", "--nopidfile"]
        errors = self._directory / "stderr"
        with errors.open("w") as stderr:
            self._daemon = subprocess.Popen(
                [*command, "--print-address"], stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        assert self._daemon.stdout is not None
        if not self._daemon.stdout.readline():
            raise AssertionError(errors.read_text())

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.communicate(timeout=10)
            self._daemon = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)
