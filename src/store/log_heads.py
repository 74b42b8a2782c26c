"""The receipts of countersigned heads, in a text file beside the log: one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, get_type_hints

from ..core.log_heads import Head, statement
from .log_reader import read_log
from .logline import check_line, decode, link_of, session_of

_BLOCK: Final = 128 * 1024
"""Bytes in which a log's last line of ours is looked for: the longest line, twice."""

_SIZE_LIMIT: Final = 16 << 20
"""Bytes of receipts that are read: some 40,000 syncs of one log."""


@dataclass(frozen=True, slots=True)
class HeadReceipt:
    """A head that a backend has countersigned."""

    event_id: str
    server: str
    log: str
    scanner_id: str
    seq: int
    chain: str
    file: str
    """The name that the log's file had."""
    end: int
    """Where the line ends in that file."""
    time_ms: int
    key: str
    signature: str

    @property
    def head(self) -> Head:
        """The head itself."""
        return Head(self.log, self.scanner_id, self.seq, self.chain, self.end)

    def statement(self) -> bytes:
        """What was signed."""
        return statement(self.event_id, self.head, self.time_ms)


def heads_path(log: Path) -> Path:
    """Where the receipts of a log are."""
    return log.with_name(f"{log.name}.heads")


def read_receipts(log: Path) -> tuple[list[HeadReceipt], int]:
    """The receipts in the order of the syncs, and how many lines are none. Raises OSError."""
    path = heads_path(log)
    if not path.exists():
        return [], 0
    with path.open("rb") as file:
        lines = file.read(_SIZE_LIMIT).splitlines()
    receipts = [receipt for line in lines if (receipt := _parse(line))]
    return receipts, len(lines) - len(receipts)


def _parse(line: bytes) -> HeadReceipt | None:
    try:
        document = json.loads(line)
        receipt = HeadReceipt(**document)
    except (ValueError, TypeError, RecursionError):
        return None
    hints = get_type_hints(HeadReceipt)
    return receipt if all(type(document[name]) is hints[name] for name in hints) else None


def add_receipt(log: Path, receipt: HeadReceipt) -> None:
    """Add a receipt, durably. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(heads_path(log), flags, 0o600), "ab") as file:
        file.write(json.dumps(asdict(receipt)).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def find_head(files: Sequence[Path], end: int) -> tuple[Path, Head] | None:
    """The last line with a chain value before the offset `end` of the last file; None: no such.

    Raises OSError.
    """
    for file in reversed(files):
        limit = end if file == files[-1] else file.stat().st_size
        if head := _last_head(file, limit):
            return file, Head(_name_of(files), *head)
    return None


def _last_head(file: Path, end: int) -> tuple[str, int, str, int] | None:
    with file.open("rb") as stream:
        stream.seek(max(0, end - _BLOCK))
        pieces = stream.read(min(end, _BLOCK)).split(b"\n")
    for raw in reversed(pieces):
        tie = link_of(raw)
        if tie and not check_line(raw):
            entry = decode(raw)
            return entry.scanner_id, entry.seq or 0, tie.chain, end
        end -= len(raw) + 1
    return None


def _name_of(files: Sequence[Path]) -> str:
    """The scan session of the chain's first line."""
    for file in files:
        for item in read_log(file):
            raw = getattr(item, "raw", b"")
            if link_of(raw):
                return session_of(decode(raw).id)
    return ""


def chain_at(files: Sequence[Path], receipt: HeadReceipt) -> str:
    """What now ends where the countersigned line ended: its chain value, or else none or another's.

    Raises OSError.
    """
    values = [_chain_at(file, receipt.end) for file in files]
    return receipt.chain if receipt.chain in values else max(values)


def _chain_at(file: Path, end: int) -> str:
    with file.open("rb") as stream:
        stream.seek(max(0, end - _BLOCK))
        raw = stream.read(min(end, _BLOCK)).rpartition(b"\n")[2]
    tie = link_of(raw)
    return tie.chain if tie and not check_line(raw) else ""


def chain_of(files: Sequence[Path], seq: int) -> str:
    """The chain value of a record, looked for in the whole log; empty for none. Raises OSError."""
    for file in files:
        for item in read_log(file):
            raw = getattr(item, "raw", b"")
            tie = link_of(raw)
            if tie and decode(raw).seq == seq:
                return tie.chain
    return ""
