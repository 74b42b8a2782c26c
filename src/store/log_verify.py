"""Checks a log without changing it: damaged bytes, records that are gone, doubled or swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..core.model import Damage
from .log_reader import read_log
from .log_seen import Runs, SeenIds
from .log_segment import segments
from .logline import decode, is_own

TELL_LINES = 5_000
"""Lines between two reports of progress: some hundredths of a second."""


@dataclass(slots=True)
class FileCheck:
    """What one file of a log holds."""

    path: Path
    lines: int = 0
    """Intact ones."""
    bytes: int = 0
    damages: list[Damage] = field(default_factory=list)
    out_of_order: list[int] = field(default_factory=list)
    """Lines whose sequence number is not above the one before: doubled or swapped."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of all files of a log found."""

    files: tuple[FileCheck, ...]
    missing: tuple[tuple[int, int], ...]
    """Ranges of sequence numbers, both ends included, that no intact line has."""
    records: int
    """Intact records, each once."""
    duplicates: tuple[str, ...]
    """Ids in more than one line. In different files it is harmless: a rescue after a failure."""

    @property
    def lines(self) -> int:
        """Intact lines in all files."""
        return sum(file.lines for file in self.files)

    @property
    def bytes(self) -> int:
        """Bytes in all files."""
        return sum(file.bytes for file in self.files)

    @property
    def damages(self) -> list[tuple[Path, Damage]]:
        """All damage, with its file."""
        return [(file.path, damage) for file in self.files for damage in file.damages]

    @property
    def problems(self) -> list[str]:
        """What is wrong, each with its place."""
        found = [
            f"{path.name}, line {d.line}, bytes {d.start} to {d.end}: {d.why}"
            for path, d in self.damages
        ]
        found += [f"records {first} to {last} are missing" for first, last in self.missing]
        found += [
            f"{checked.path.name}, line {line}: out of order"
            for checked in self.files
            for line in checked.out_of_order
        ]
        return found

    @property
    def intact(self) -> bool:
        """Whether nothing is damaged, gone, doubled within a file, or swapped."""
        return not self.missing and not any(
            file.damages or file.out_of_order for file in self.files
        )


def verify(path: Path, on_bytes: Callable[[int], None] = lambda _bytes: None) -> Verification:
    """Check all files of the log at `path`; a log that does not exist is empty. Raises OSError.

    `on_bytes` is told now and then how many bytes were read; what it raises ends the check.
    """
    seqs = Runs()
    ids = SeenIds()
    files: list[FileCheck] = []
    before = 0
    for segment in segments(path):
        check = FileCheck(segment)
        for start, seq, record_id in _check_file(segment, check):
            seqs.add(seq)
            ids.add(record_id)
            if check.lines % TELL_LINES == 0:
                on_bytes(before + start)
        before += check.bytes
        files.append(check)
    records = sum(file.lines for file in files) - ids.again
    return Verification(tuple(files), seqs.holes(), records, tuple(ids.duplicates))


def _check_file(path: Path, check: FileCheck) -> Iterable[tuple[int, int, str]]:
    """Fill in `check`, and give offset, number and id of the lines that have them."""
    before = 0
    for item in read_log(path):
        if isinstance(item, Damage):
            check.damages.append(item)
            continue
        check.lines += 1
        if not is_own(item.raw):
            continue
        entry = decode(item.raw)
        seq = entry.seq or 0
        if seq <= before:
            check.out_of_order.append(item.line)
        before = seq
        yield item.start, seq, entry.id
    check.bytes = path.stat().st_size
