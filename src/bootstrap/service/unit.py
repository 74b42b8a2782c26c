"""The text of the systemd unit (systemd.service(5), systemd.exec(5))."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..credentials import SERVICE_CREDENTIAL

NAME = "headcount.service"
STATE = Path("/var/lib/headcount")
"""The data directory that systemd makes and owns (StateDirectory=)."""
HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""What ProtectHome hides."""

HARDENING = """\
# What the service may not do. It needs: its data directory, D-Bus (for Bluetooth), and the network.
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """What differs from station to station."""

    command: Sequence[str]
    """The program with its options, up to `scan`; absolute paths."""
    event_id: str
    user: str
    data_dir: Path = STATE
    key_file: Path | None = None
    """The scanner key, which systemd reads as root and hands over."""
    reads: Sequence[Path] = ()
    """What must be readable: the program's own files, the configuration."""


def unit_text(unit: Unit) -> str:
    """The whole file."""
    return "".join(f"{line}\n" for line in _lines(unit)).replace("\n\n\n", "\n\n")


def _lines(unit: Unit) -> Iterator[str]:
    yield "# Written by `headcount service install`; `headcount service remove` takes it away."
    yield "[Unit]"
    yield f"Description=headcount scanner for {_quote(unit.event_id)}"
    yield "# Not after the network: a station works without one."
    yield "After=dbus.service bluetooth.service"
    yield "Wants=bluetooth.service"
    yield "# An adapter that comes back after an hour must find the service still trying."
    yield "StartLimitIntervalSec=0"
    yield ""
    yield "[Service]"
    yield from _run(unit)
    yield ""
    yield from _files(unit)
    yield ""
    yield HARDENING
    yield "[Install]"
    yield "WantedBy=multi-user.target"


def _run(unit: Unit) -> Iterator[str]:
    words = [*unit.command, "scan", "--event", unit.event_id, "--no-ui"]
    yield "Type=notify"
    yield "NotifyAccess=main"
    yield f"ExecStart={' '.join(map(_word, words))}"
    yield f"User={unit.user}"
    yield "SupplementaryGroups=bluetooth"
    yield "Restart=always"
    yield "RestartSec=5"
    yield "# Fed only while the radio hears or is known to recover; SIGTERM, because an orderly end"
    yield "# writes the outage into the log."
    yield "WatchdogSec=60"
    yield "WatchdogSignal=SIGTERM"
    yield "# Stops in order: the radio, the log, the second copy (10 s), a last sync (5 s)."
    yield "KillMode=mixed"
    yield "TimeoutStopSec=30"


def _files(unit: Unit) -> Iterator[str]:
    yield f"Environment={_word(f'HEADCOUNT_DATA_DIR={unit.data_dir}')}"
    if unit.data_dir == STATE:
        yield f"StateDirectory={STATE.name}"
        yield "StateDirectoryMode=0700"
    if unit.key_file:
        yield f"LoadCredential={_quote(f'{SERVICE_CREDENTIAL}:{unit.key_file}')}"
    reads = sorted({path for path in unit.reads if _hidden(path)})
    homely = _hidden(unit.data_dir)
    yield f"ProtectHome={'tmpfs' if reads or homely else 'yes'}"
    for path in reads:
        yield f"BindReadOnlyPaths={_word(str(path))}"
    if homely:
        yield f"BindPaths={_word(str(unit.data_dir))}"
    elif unit.data_dir != STATE:
        yield f"ReadWritePaths={_word(str(unit.data_dir))}"


def _hidden(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in HIDDEN)


def _quote(text: str) -> str:
    """`%` begins a specifier in every setting."""
    return text.replace("%", "%%")


def _word(text: str) -> str:
    """One word of a command line or list (systemd.syntax(7), "Quoting")."""
    text = _quote(text).replace("\\", "\\\\").replace("$", "$$")
    if any(each in text for each in " \t\"';"):
        return '"' + text.replace('"', '\\"') + '"'
    return text
