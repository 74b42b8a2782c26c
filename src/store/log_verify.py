"""Checks a log without changing it.

It finds damaged bytes, records that are gone, and lines that were changed, put in or taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..core.model import Damage
from .log_chain import MOVED, ChainCheck, Edit
from .log_reader import read_log
from .log_seen import Runs, SeenIds
from .log_segment import segments

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
    edits: tuple[Edit, ...] = ()
    """Intact lines that are not what was written there, in the order of the files."""
    unchecked: tuple[Edit, ...] = ()
    """Intact lines behind damage, which hides what they should follow from."""
    lost: tuple[tuple[int, int], ...] = ()
    """Of the missing, those that an accident explains: damage, or a file that is not there."""
    last_seq: int = 0
    """The highest number of an intact line."""
    chained: int = 0
    """Lines with a chain value; an older version's, and other programs', have none."""
    ends: Mapping[tuple[int, str], Sequence[tuple[Path, int]]] = field(default_factory=dict)
    """Where the lines that were asked for end, by number and chain value."""

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
        """Whether nothing is damaged, gone, changed, put in, doubled within a file, or swapped."""
        return not (self.missing or self.edits or self.damages)


def verify(
    path: Path,
    on_bytes: Callable[[int], None] = lambda _bytes: None,
    wanted: Collection[tuple[int, str]] = (),
) -> Verification:
    """Check all files of the log at `path`; a log that does not exist is empty. Raises OSError.

    `wanted`: numbers and chain values whose places `ends` is to tell.

    `on_bytes` is told now and then how many bytes were read; what it raises ends the check.
    """
    seqs = Runs()
    ids = SeenIds()
    files: list[FileCheck] = []
    chain = ChainCheck(wanted)
    before = 0
    for segment in segments(path):
        check = FileCheck(segment)
        for start, seq, record_id in _check_file(segment, check, chain):
            seqs.add(seq)
            ids.add(record_id)
            if check.lines % TELL_LINES == 0:
                on_bytes(before + start)
        before += check.bytes
        files.append(check)
    records = sum(file.lines for file in files) - ids.again
    missing = seqs.holes()
    chain.finish(missing)
    for file in files:
        file.out_of_order = [e.line for e in chain.edits if (e.path, e.why) == (file.path, MOVED)]
    return Verification(
        tuple(files),
        missing,
        records,
        tuple(ids.duplicates),
        tuple(chain.edits),
        tuple(chain.unchecked),
        tuple(each for each in missing if each not in chain.taken_out),
        chain.last_seq,
        chain.chained,
        chain.ends,
    )


def _check_file(path: Path, check: FileCheck, chain: ChainCheck) -> Iterator[tuple[int, int, str]]:
    """Fill in `check`, and give offset, number and id of the lines that have them."""
    chain.begin(path)
    for item in read_log(path):
        if isinstance(item, Damage):
            check.damages.append(item)
            chain.damage(item)
            continue
        check.lines += 1
        if entry := chain.line(item):
            yield item.start, entry.seq or 0, entry.id
    check.bytes = path.stat().st_size


def damages_of(found: Verification) -> list[str]:
    """What an accident can have done, each in a sentence."""
    damages = [
        f"{path.name}, line {d.line}, bytes {d.start} to {d.end}: {d.why}"
        for path, d in found.damages
    ]
    return damages + [
        f"record {first} is missing" if first == last else f"records {first} to {last} are missing"
        for first, last in found.lost
    ]


def edits_of(found: Verification) -> list[str]:
    """What no accident does."""
    return [f"{e.path.name}, line {e.line}, byte {e.start}: {e.why}" for e in found.edits]
