"""The vitals in Prometheus' text format. What is not known is left out, so that it can't alarm."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ...core.model import Hearing
from .vitals import Vitals

PREFIX = "headcount_station_"

COUNTERS = {
    "adverts": ("frames", "Radio frames of anything"),
    "identified_adverts": ("identified", "Adverts in a configured format"),
    "records": ("records", "Records that are safe on the disk"),
    "coverage_gap_seconds": ("gap_seconds", "Time in which the radio was deaf, gaps that ended"),
    "lan_told": ("lan_told", "Records told to other doors' stations"),
    "lan_heard": ("lan_heard", "Records of other doors' stations that were kept"),
    "lan_refused": ("lan_refused", "Connections on the LAN ended for a wrong key or broken rule"),
}
GAUGES = {
    "adverts_per_second": ("adverts_per_second", "Radio frames a second, over the last seconds"),
    "badges_in_range": ("in_range", "Badges that are here now"),
    "log_ok": ("log_ok", "1: the disk takes records; 0: they wait in memory"),
    "flush_seconds": ("flush_seconds", "Until the last group of records was safe"),
    "unsent_records": ("unsent", "Records that the backend has not acknowledged"),
    "oldest_unsent_seconds": ("oldest_unsent_seconds", "Age of the oldest unsent record"),
    "clock_offset_seconds": ("clock_offset_seconds", "This clock ahead of the backend's"),
    "roster_age_seconds": ("roster_age_seconds", "Since the roster was fetched"),
    "doors_connected": ("doors_connected", "Other doors' stations on the LAN"),
    "disk_free_bytes": ("disk_free_bytes", "Free space of the log's disk"),
}


class _Station(Collector):
    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        """Everything that is known now."""
        for name, (member, about) in COUNTERS.items():
            value = getattr(self._vitals, member)
            if value is not None:
                yield CounterMetricFamily(PREFIX + name, about, value)
        for name, (member, about) in GAUGES.items():
            value = getattr(self._vitals, member)
            if value is not None:
                yield GaugeMetricFamily(PREFIX + name, about, float(value))
        hearing = GaugeMetricFamily(
            f"{PREFIX}hearing", "1 for the state that the radio is in", labels=("state",)
        )
        for state in Hearing:
            hearing.add_metric((state.value,), float(state is self._vitals.hearing))
        yield hearing


def exposition(vitals: Vitals) -> bytes:
    """The text, in UTF-8."""
    # A registry of its own: the library's global one adds facts about the process and Python.
    registry = CollectorRegistry()
    registry.register(_Station(vitals))
    return generate_latest(registry)
