"""Built reports, kept as long as they are true: an unchanged report costs one short query."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from ..core.backend import Backend
from ..core.live import Footing
from ..core.report import PersonRow, Report, build_report
from .report_memo import ReportMemo
from .wire import report_to_json

KEPT = 4
"""Events whose reports are kept: 10,000 people are some 20 MB as rows and as JSON."""

FRESH_MS = 10_000
"""An event that goes on is judged up to now. Within this time the same facts give the same report;
`generatedAt` says as of when."""


@dataclass(frozen=True, slots=True)
class Built:
    """A report, and what it rests on."""

    report: Report
    body: bytes
    """As JSON."""
    tag: str
    """A weak entity tag (RFC 9110, 8.8.1): compressed or not, it is the same report."""
    footing: Footing

    def still_holds(self, now_ms: int) -> bool:
        """Whether time alone has not outdated it; before the start and after the end it can't."""
        built = self.report.generated_at
        start, end = self.report.event.start, self.report.event.end
        is_same_moment = min(max(built, start), end) == min(max(now_ms, start), end)
        return is_same_moment or built <= now_ms < built + FRESH_MS


class Reports:
    """The reports built last. Safe to use from several threads."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._kept: OrderedDict[str, Built] = OrderedDict()
        self._memos: OrderedDict[str, ReportMemo] = OrderedDict()
        self._lock = threading.Lock()
        self._building: dict[str, threading.Lock] = {}

    def get(self, event_id: str, now_ms: int) -> Built:
        """The event's report as of now, or a moment ago. Blocks. Raises EventNotFound."""
        with self._lock:
            building = self._building.setdefault(event_id, threading.Lock())
        with building:  # who asks for the same waits, instead of building it again
            built = self._kept.get(event_id)
            if built is None or not self._is_current(built, now_ms):
                built = self._build(event_id, now_ms)
                self._keep(event_id, built)
            return built

    def ask(self, event_id: str, now_ms: int) -> Report:
        """The report from the caller's own snapshot (`Observable.observe`)."""
        facts = self._backend.report_facts(event_id)
        memo = self._memo(event_id)
        return build_report(facts, now_ms, memo.fold, memo.digest)

    def write(self, report: Report) -> bytes:
        """As JSON; rows that were written before need not be written again."""
        return report_to_json(report, self._memo(report.event.id).write)

    def write_rows(self, event_id: str, rows: Iterable[PersonRow]) -> list[msgspec.Raw]:
        """The same for rows alone."""
        return list(map(self._memo(event_id).write, rows))

    def _memo(self, event_id: str) -> ReportMemo:
        with self._lock:
            memo = self._memos.setdefault(event_id, ReportMemo())
            self._memos.move_to_end(event_id)
            while len(self._memos) > KEPT:
                self._memos.popitem(last=False)
            return memo

    def _is_current(self, built: Built, now_ms: int) -> bool:
        is_timely = built.still_holds(now_ms)
        return is_timely and self._backend.version(built.footing) == built.footing.version

    def _build(self, event_id: str, now_ms: int) -> Built:
        report, footing = self._backend.observe(
            lambda: self.ask(event_id, now_ms), event_id=event_id
        )
        body = self.write(report)
        digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        return Built(report, body, f'W/"{digest}"', footing)

    def _keep(self, event_id: str, built: Built) -> None:
        with self._lock:
            self._kept[event_id] = built
            self._kept.move_to_end(event_id)
            while len(self._kept) > KEPT:
                old, _ = self._kept.popitem(last=False)
                self._building.pop(old, None)
