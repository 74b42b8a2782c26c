"""The sync for people at a screen: implements `tui.ports_sync.SyncDesk` on the real parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..clock import SystemClock
from ..config import Config
from ..core.errors import HeadcountError, UsageError
from ..core.identity import clean_text
from ..core.model import Instant
from ..core.ports import Clock
from ..store.log_segment import segments
from ..store.station import KEPT, StationStore
from ..tui.ports_sync import Plan, Receipt, Sent, SyncOutcome, Waiting
from .log_review import export_log
from .paths import event_folder, state_dir
from .sync import Progress, Synced, Target, sync, targets
from .unsent import unsent_lines

MOUNTS = (Path("/media"), Path("/run/media"), Path("/mnt"), Path("/Volumes"))
"""Where Linux desktops, a Raspberry Pi and macOS mount what is plugged in."""


class StationSync:
    """Sends every log of this data directory."""

    def __init__(
        self, config: Config, *, clock: Clock | None = None, mounts: Sequence[Path] = MOUNTS
    ) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._mounts = mounts
        self._store = StationStore(state_dir(config))

    def now(self) -> Instant:
        """Both clocks."""
        return self._clock.now()

    # --- what is unsent ---

    def plan(self) -> Plan:
        """What is unsent, by event."""
        backend = self._config.backend
        has_key = bool(backend.key.get_secret_value() or backend.key_file)
        logs = [self._waiting(target) for target in targets(self._config, None, None)]
        return Plan(clean_text(backend.url, 200), has_key, logs)

    def _waiting(self, target: Target) -> Waiting:
        kept = [each for each in self._store.refused(target.event_id) if each.state == KEPT]
        records = size = 0
        for file in segments(target.log):
            acked, _records = self._acked(target, file)
            lines = unsent_lines(file, acked)
            records += lines
            size += file.stat().st_size - acked if lines else 0
        return Waiting(
            target.event_id, self._name(target), str(target.log), records, size, len(kept)
        )

    def _name(self, target: Target) -> str:
        event = self._store.event(target.event_id)
        return event.name if event else target.event_id

    def _acked(self, target: Target, file: Path) -> tuple[int, int]:
        """Bytes and records that this backend has acknowledged of a file."""
        server = self._config.backend.url
        receipt = self._store.receipt(str(file.resolve()), server, target.event_id)
        return (receipt.acked_bytes, receipt.acked_records) if receipt else (0, 0)

    # --- sending ---

    async def run(
        self,
        on_sent: Callable[[Sent], None],
        on_retry: Callable[[HeadcountError, float], None],
    ) -> SyncOutcome:
        """Send it."""
        wanted = targets(self._config, None, None)
        names = {target.event_id: self._name(target) for target in wanted}
        before = {
            str(file.resolve()): self._acked(target, file)
            for target in wanted
            for file in segments(target.log)
        }
        sent: dict[str, tuple[int, int]] = {}

        def progress(at: Progress) -> None:
            acked, records = before.get(at.file, (0, 0))
            sent[at.file] = (max(0, at.sent_bytes - acked), max(0, at.records - records))
            done_bytes = sum(each[0] for each in sent.values())
            done_records = sum(each[1] for each in sent.values())
            on_sent(Sent(names.get(at.event_id, at.event_id), done_records, done_bytes))

        outcome = await sync(self._config, wanted, on_progress=progress, on_retry=on_retry)
        receipts = [
            self._receipt(synced)
            for synced in outcome.done
            if synced.result.batches or not outcome.error
        ]
        rejected = next((synced.error for synced in outcome.done if synced.error), None)
        return SyncOutcome(receipts, self.now().wall_ms, outcome.error or rejected)

    def _receipt(self, synced: Synced) -> Receipt:
        result = synced.result
        notes = [*synced.warnings]
        if synced.error:
            notes.append(str(synced.error))
        return Receipt(
            event=self._name(synced.target),
            acknowledged=result.acknowledged,
            checked_in=result.checked_in,
            duplicates=result.duplicates,
            unknown=result.unknown,
            refused=len(result.refused),
            damaged=len(synced.damages),
            acked_bytes=synced.acked_bytes,
            digest=synced.digest,
            archived=str(synced.archived[-1]) if synced.archived else "",
            notes=notes,
        )

    # --- the stick ---

    def sticks(self) -> Sequence[str]:
        """Mount points below the usual folders that are another disk's and may be written to."""
        below = [path for base in self._mounts for path in (*base.glob("*"), *base.glob("*/*"))]
        return sorted(str(path) for path in below if _is_stick(path))

    def export(self, folder: str) -> Sequence[str]:
        """Copy every log with unsent records there. Raises UsageError."""
        target = Path(folder).expanduser()
        if not target.is_dir():
            raise UsageError(f"There is no folder {target}.", remedy="Plug the stick in first.")
        stamp = datetime.fromtimestamp(self.now().wall_ms / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
        waiting = [log for log in self.plan().logs if log.records or log.refused]
        return [
            export_log(
                Path(log.log), target / f"attendance_{event_folder(log.event_id)}_{stamp}.jsonl"
            ).file
            for log in waiting
        ]


def _is_stick(path: Path) -> bool:
    try:
        return path.is_mount() and os.access(path, os.W_OK)
    except OSError:
        return False
