"""Puts the unit where systemd finds it, and asks systemd to start or stop it."""

from __future__ import annotations

import os
import shutil
import subprocess  # nosec B404 - systemctl, useradd and journalctl
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...config import Config
from ...core.errors import HeadcountError, UsageError
from ..credentials import Kind, credential_file
from .unit import NAME, STATE, Unit, unit_text

UNITS = Path("/etc/systemd/system")
"""For units of the machine's administrator (systemd.unit(5))."""

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run_command(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of the system. Raises HeadcountError where it is not there."""
    program = must_have(words[0])
    return subprocess.run(  # noqa: S603  # nosec B603 - our own words, no shell
        [program, *words[1:]], capture_output=True, text=True, check=False
    )


def must_have(program: str) -> str:
    """The path of a program of the system. Raises HeadcountError."""
    if found := shutil.which(program):
        return found
    raise HeadcountError(
        f"{program} is not there: this system is not run by systemd.",
        remedy="Start headcount scan --no-ui with the service manager that this system has.",
    )


@dataclass(frozen=True, slots=True)
class System:
    """The machine's service manager; tests bring one of their own."""

    units: Path = UNITS
    run: Run = run_command
    uid: int = field(default_factory=os.geteuid)
    passwd: Path = Path("/etc/passwd")

    @property
    def file(self) -> Path:
        """The unit."""
        return self.units / NAME


def make_unit(config: Config, config_file: Path | None, event_id: str, user: str) -> Unit:
    """The unit for this installation: its program, its configuration, its key.

    The data directory is systemd's own (/var/lib/headcount) unless one is configured.
    """
    program = Path(sys.executable)
    file = config_file.resolve() if config_file else None
    command = [str(program), "-m", "headcount", *(["--config", str(file)] if file else [])]
    own = Path(__file__).resolve().parents[2]
    return Unit(
        command=command,
        event_id=event_id,
        user=user,
        data_dir=config.data_path.resolve() if config.data_dir else STATE,
        key_file=_key_file(config),
        reads=[
            Path(sys.prefix),
            Path(sys.base_prefix),
            own,
            *([file] if file else []),
        ],
    )


def install(system: System, unit: Unit) -> list[str]:
    """Make the user, write the unit, start it; what was done, in sentences. Raises HeadcountError.

    An installed service is replaced and restarted. Data, configuration and keys are not touched.
    """
    _must_be_root(system, f"install --event {unit.event_id}")
    done = []
    if not _has_user(system.passwd, unit.user):
        _call(system, ["useradd", "--system", "--home-dir", str(STATE), "--no-create-home",
                       "--shell", "/usr/sbin/nologin", unit.user])  # fmt: skip
        done.append(f"The user {unit.user} was made.")
    _write(system.file, unit_text(unit))
    done.append(f"{system.file} was written.")
    _call(system, ["systemctl", "daemon-reload"])
    _call(system, ["systemctl", "enable", NAME])
    _call(system, ["systemctl", "restart", NAME])
    done.append(f"{NAME} runs, and starts with the machine.")
    return done


def remove(system: System) -> list[str]:
    """Stop it in order, and take the unit away; logs and data stay. Raises HeadcountError."""
    _must_be_root(system, "remove")
    if not system.file.exists():
        return [f"There is no {system.file}: nothing to do."]
    _call(system, ["systemctl", "disable", "--now", NAME])
    system.file.unlink()
    _call(system, ["systemctl", "daemon-reload"])
    return [f"{NAME} has stopped, and {system.file} is gone. All data stay."]


_ASKED = ("ActiveState", "SubState", "UnitFileState", "StatusText", "NRestarts", "MainPID")


def status(system: System) -> dict[str, str]:
    """What systemd says of it, by its own names. Raises HeadcountError."""
    done = _call(system, ["systemctl", "show", NAME, f"--property={','.join(_ASKED)}"])
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, _, value in pairs if name in _ASKED}


def journal(lines: int, *, follow: bool, since: str = "") -> list[str]:
    """The command that shows what the service wrote."""
    command = ["journalctl", f"--unit={NAME}", f"--lines={lines}", "--output=short-iso"]
    return command + ["--follow"] * follow + [f"--since={since}"] * bool(since)


def _key_file(config: Config) -> Path | None:
    if config.backend.key_file:
        return Path(config.backend.key_file).expanduser().resolve()
    kept = credential_file(config, Kind.SCANNER)
    return kept.resolve() if kept.exists() else None


def _must_be_root(system: System, words: str) -> None:
    if system.uid != 0:
        raise UsageError(
            "Only root may change the machine's services.",
            remedy=f"Run: sudo {sys.executable} -m headcount service {words}",
        )


def _call(system: System, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    done = system.run(words)
    if done.returncode:
        why = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise HeadcountError(
            f"{' '.join(words)} failed: {why}.",
            safe="Logs and data were not touched.",
            remedy=f"Look at: systemctl status {NAME}, and headcount service logs",
        )
    return done


def _write(file: Path, text: str) -> None:
    """Whole or not at all; systemd may read it at any time."""
    draft = file.with_name(f".{file.name}.new")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.chmod(0o644)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise HeadcountError(f"{file} can't be written: {error.strerror}.") from None


def _has_user(passwd: Path, name: str) -> bool:
    """A service's user is always in the file, whatever directory other users come from."""
    lines = passwd.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(line.startswith(f"{name}:") for line in lines)
