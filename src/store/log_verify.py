"""Checks a log without changing it: damaged bytes, records that are gone, doubled or swapped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..core.model import Damage
from .log_reader import read_log
from .log_segment import segments
from .logline import decode, is_own


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
    def intact(self) -> bool:
        """Whether nothing is damaged, gone, doubled within a file, or swapped."""
        return not self.missing and not any(
            file.damages or file.out_of_order for file in self.files
        )


def verify(path: Path) -> Verification:
    """Check all files of the log at `path`; a log that does not exist is empty. Raises OSError."""
    seqs: set[int] = set()
    ids: set[str] = set()
    duplicates: dict[str, None] = {}
    files: list[FileCheck] = []
    doubled = 0
    for segment in segments(path):
        check = FileCheck(segment)
        for seq, record_id in _check_file(segment, check):
            seqs.add(seq)
            if record_id in ids:
                duplicates[record_id] = None
                doubled += 1
            ids.add(record_id)
        files.append(check)
    records = sum(file.lines for file in files) - doubled
    return Verification(tuple(files), _holes(seqs), records, tuple(duplicates))


def _check_file(path: Path, check: FileCheck) -> Iterable[tuple[int, str]]:
    """Fill in `check`, and give the numbers and ids of the lines that have them."""
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
        yield seq, entry.id
    check.bytes = path.stat().st_size


def _holes(seqs: set[int]) -> tuple[tuple[int, int], ...]:
    holes = []
    before = 0
    for seq in sorted(seqs):
        if seq > before + 1:
            holes.append((before + 1, seq - 1))
        before = max(before, seq)
    return tuple(holes)
