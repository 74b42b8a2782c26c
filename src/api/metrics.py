"""GET /metrics: counts for Prometheus. No names, no ids, no addresses: routes as in the table."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ..core.model import BatchAnswer
from .edge import Served

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""

_SECONDS = (0.005, 0.02, 0.1, 0.5, 2, 10, 60)
"""From an answer out of memory to a batch of a million records on a small machine."""


class Metrics:
    """What this process has done since its start."""

    def __init__(self, live_subscribers: Callable[[], int]) -> None:
        # A registry of its own: the library's global one would add up several applications.
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "headcount_requests", "Answers", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "headcount_request_seconds",
            "Time to answer; of event streams, their length",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._running = Gauge(
            "headcount_requests_in_progress", "Begun, not answered", ("route",), registry=registry
        )
        self._records = Counter(
            "headcount_batch_records", "Records by outcome", ("outcome",), registry=registry
        )
        self._batch_seconds = Histogram(
            "headcount_batch_seconds", "Time to merge a batch", buckets=_SECONDS, registry=registry
        )
        live = Gauge("headcount_live_subscribers", "Open event streams", registry=registry)
        live.set_function(live_subscribers)
        self._size = Gauge("headcount_database_bytes", "Size of the database", registry=registry)

    def answered(self, served: Served) -> None:
        """Count an answer."""
        self._requests.labels(served.method, served.route, str(served.status)).inc()
        self._seconds.labels(served.route).observe(served.seconds)

    @contextlib.contextmanager
    def running(self, route: str) -> Iterator[None]:
        """Count a request as long as it runs."""
        with self._running.labels(route).track_inprogress():
            yield

    def merged(self, answer: BatchAnswer, seconds: float) -> None:
        """Count a batch."""
        outcomes = {
            "checked_in": answer.checked_in,
            "duplicate": answer.duplicates,
            "unknown": answer.unknown,
            "refused": len(answer.refused),
        }
        for outcome, count in outcomes.items():
            self._records.labels(outcome).inc(count)
        self._batch_seconds.observe(seconds)

    def text(self, database_bytes: int) -> bytes:
        """Everything, in Prometheus' text format."""
        self._size.set(database_bytes)
        return generate_latest(self._registry)
