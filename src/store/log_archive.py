"""Moves a log out of the way after a complete sync. Nothing is deleted here."""

from __future__ import annotations

from pathlib import Path

from .log_heads import heads_path
from .log_recovery import unused_name
from .log_segment import Segment, make_parents, segments, sync_dir
from .log_trouble import unwritable


def archive(path: Path, stamp: str) -> list[Path]:
    """Move all files of a log to `archive/` beside it; return where they are now.

    `stamp` becomes a part of the names (`attendance_log.<stamp>.jsonl`); nothing is overwritten.
    Raises LogInUse when a scanner has the log, LogUnwritable.
    """
    folder = path.parent / "archive"
    if not path.exists():
        return []
    try:
        held = Segment.open(path)
        try:
            return _move(segments(path), folder, stamp)
        finally:
            held.close()
    except OSError as error:
        raise unwritable(folder, error, safe="The log is complete where it was.") from error


def _move(files: list[Path], folder: Path, stamp: str) -> list[Path]:
    """Move the first file last: it carries the lock, and a crash in between can be repeated."""
    make_parents(folder / "any")
    moved = []
    heads = heads_path(files[0])
    if heads.exists():
        target = folder / f"{files[0].stem}.{stamp}{files[0].suffix}"
        heads.rename(heads_path(unused_name(target)))
    for file in reversed(files):
        target = unused_name(folder / f"{file.stem}.{stamp}{file.suffix}")
        moved.append(file.rename(target))
    sync_dir(folder)
    sync_dir(folder.parent)
    return moved[::-1]
