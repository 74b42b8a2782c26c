"""`log verify`: the log by itself, and against what the backend countersigned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..config import Config
from ..keys import fingerprint, is_signed
from ..store.log_heads import HeadReceipt, heads_path, read_receipts
from ..store.log_verify import FileCheck, Verification, verify
from ..store.station import StationStore
from .countersign import key_name, when
from .paths import state_dir


@dataclass(slots=True)
class Countersignatures:
    """What the receipts beside a log say about it."""

    edits: list[str] = field(default_factory=list)
    """Contradictions, each in a sentence."""
    notes: list[str] = field(default_factory=list)
    good: HeadReceipt | None = None
    """The last one that holds."""

    @property
    def summary(self) -> str:
        """One sentence; empty without a receipt that holds."""
        if self.good is None:
            return ""
        return (
            f"Countersigned up to record {self.good.seq} at {when(self.good.time_ms)} by "
            f"{self.good.server}, key {fingerprint(self.good.key)}"
        )


def check_log(
    config: Config, log: Path, on_bytes: Callable[[int], None] = lambda _bytes: None
) -> tuple[Verification, Countersignatures]:
    """Check all files of the log at `log`, and the receipts beside it. Raises OSError.

    `on_bytes` is told now and then how many bytes were read; what it raises ends the check.
    """
    receipts, broken = read_receipts(log)
    found = verify(log, on_bytes, [(receipt.seq, receipt.chain) for receipt in receipts])
    told = Countersignatures()
    if broken:
        told.notes.append(f"{heads_path(log).name}: {broken} lines are no receipts, and left out")
    for receipt in receipts:
        _check(receipt, found, told)
    if told.good:
        told.notes.extend(_other_key(config, told.good))
    return found, told


def _other_key(config: Config, good: HeadReceipt) -> list[str]:
    """Whoever forges log and receipts has to sign with a key of their own."""
    known = StationStore(state_dir(config)).get(key_name(good.server))
    if not isinstance(known, str) or known == good.key:
        return []
    signed = f"the countersignature is of the key {fingerprint(good.key)}"
    given = f"{good.server} gave this station the key {fingerprint(known)}"
    return [f"{signed}, but {given}: renewed since, or forged"]


def _check(receipt: HeadReceipt, found: Verification, told: Countersignatures) -> None:
    seen = f"the backend countersigned record {receipt.seq} at {when(receipt.time_ms)}"
    if not is_signed(receipt.key, receipt.statement(), receipt.signature):
        told.edits.append(f"the receipt that {seen} was changed: its signature is wrong")
        return
    ends = found.ends.get((receipt.seq, receipt.chain), ())
    if any(end == receipt.end for _, end in ends):
        told.good = receipt
    elif ends:
        told.edits.append(f"edited after {seen}: bytes were put in or taken out before it")
    elif _is_lost(receipt.seq, found) or any(map(_ends_damaged, found.files)):
        told.notes.append(f"{seen}; the record is damaged or lost, so this can't be checked")
    elif receipt.seq > found.last_seq:
        told.edits.append(f"edited after {seen}: the log ends before it")
    else:
        told.edits.append(f"edited after {seen}: the log was something else then")


def _is_lost(seq: int, found: Verification) -> bool:
    """Whether an accident explains that a record is not there."""
    if seq > found.last_seq:
        return _ends_damaged(found.files[-1])
    return any(first <= seq <= last for first, last in found.lost)


def _ends_damaged(file: FileCheck) -> bool:
    """The numbers of records at a damaged end are given again to those that come after them."""
    return bool(file.damages) and file.damages[-1].end + 1 >= file.bytes
