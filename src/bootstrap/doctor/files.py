"""Who owns the files under the data directory, and who else may read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...core.doctor import Area, Finding, Mode, Severity, good

OTHERS = stat.S_IRWXG | stat.S_IRWXO
SHOWN = 3
"""Paths in one sentence; --json's `fixes` has them all."""


_SAFE = {
    Area.FILES: "No other user may read the data directory.",
    Area.CONFIG: "No other user may read the keys.",
}


def files(data: Path, secrets: Iterable[Path], *, uid: int) -> Iterator[Finding]:
    """Modes and owners of what is below `data`, and of the configured files with a secret."""
    if not data.is_dir():
        yield Finding(
            Area.FILES,
            "data-directory",
            Severity.NOTE,
            f"The data directory {data} is not there yet.",
            "The first scan or sync makes it.",
        )
    else:
        found = list(_below(data))
        yield _owners([path for path, info in found if info.st_uid != uid], data)
        yield _modes("data-modes", found, "Names, presence and keys are in them.")
    kept = [(path, info) for path in secrets if (info := _info(path))]
    if kept:
        why = "A key that others can read is not used."
        yield _modes("key-modes", kept, why, Severity.ERROR, Area.CONFIG)


def _below(data: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in (data, *sorted(data.rglob("*"))):
        info = _info(path)
        if info and (stat.S_ISREG(info.st_mode) or stat.S_ISDIR(info.st_mode)):
            yield path, info


def _info(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _owners(strangers: list[Path], data: Path) -> Finding:
    if not strangers:
        return good(Area.FILES, "data-owner", f"Everything in {data} is this user's.")
    return Finding(
        Area.FILES,
        "data-owner",
        Severity.ERROR,
        f"{_named(strangers)} belong to another user.",
        "The log could not be appended to: perhaps a command was run with sudo.",
        f"sudo chown -R $(id -u):$(id -g) {data}",
    )


def _modes(
    name: str,
    found: Iterable[tuple[Path, os.stat_result]],
    why: str,
    severity: Severity = Severity.WARNING,
    area: Area = Area.FILES,
) -> Finding:
    open_ = {path: info.st_mode for path, info in found if info.st_mode & OTHERS}
    if not open_:
        return good(area, name, _SAFE[area])
    fixes = tuple(Mode(str(path), stat.S_IMODE(mode) & ~OTHERS) for path, mode in open_.items())
    return Finding(
        area,
        name,
        severity,
        f"{_named(list(open_))} can be read or written by other users.",
        why,
        f"chmod go= {' '.join(map(str, open_))}"
        if len(open_) <= SHOWN
        else "headcount doctor --fix",
        fixes,
    )


def _named(paths: list[Path]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(map(str, paths[:SHOWN])) + more


def mend(findings: Iterable[Finding]) -> list[str]:
    """Do the safe ones; a sentence for each that was done or could not be."""
    return [_mend(mode) for finding in findings for mode in finding.fixes]


def _mend(wanted: Mode) -> str:
    try:
        fd = os.open(wanted.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.fchmod(fd, wanted.mode)
        finally:
            os.close(fd)
    except OSError as error:
        return f"{wanted.path} could not be changed: {error.strerror}."
    return f"{wanted.path} has mode {wanted.mode:04o} now."
