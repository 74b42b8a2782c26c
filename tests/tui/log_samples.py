"""A station with a small log in which everything happens once, for the review's tests."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from headcount.bootstrap.log_review import Review
from headcount.bootstrap.paths import log_path, state_dir
from headcount.config import Config
from headcount.core.model import NIL_UUID, Event, Instant, Kind, Person, Record
from headcount.core.review import Standing
from headcount.store.logline import encode
from headcount.store.station import DISCARDED, Receipt, RefusedRecord, StationStore

START = 1_784_570_400_000
"""2026-07-20 18:00 UTC."""
PEOPLE = ["Anna Adler", "Björn Borg", "Chloé Dupont", "Ólafur Ey", "Zoë Zimmermann"]
BADGES = [f"{n + 1}f2c1a0{n}-0000-4000-8000-00000000000{n}" for n in range(6)]
BOOT = "0b5b7c1e-6f4e-4f0e-9a54-5b1c7c6d1f2a"


def a_line(n: int, badge: str, *, kind: Kind = Kind.SIGHTING) -> bytes:
    instant = Instant(START + n * 20_000, 3600 + n * 20, BOOT)
    rssi = None if kind is not Kind.SIGHTING else -48 - n % 30
    gap = {"until_ms": instant.wall_ms + 45_000, "why": "powered-off"} if kind is Kind.GAP else {}
    record = Record(badge, "Entrance", instant, kind, rssi, **gap)  # type: ignore[arg-type]
    return encode(record, n + 1, "5f0e9a54c7c6")


def lines(count: int) -> list[bytes]:
    """A gap, a departure, a damaged line and a foreign one among sightings."""
    made = [a_line(n, BADGES[n * 5 % 6]) for n in range(count)]
    made[4] = a_line(4, NIL_UUID, kind=Kind.GAP)
    made[7] = a_line(7, BADGES[1], kind=Kind.DEPARTURE)
    made[count - 6] = made[count - 6].replace(b"Entrance", b"Entr\0nce")
    foreign = {"bleUuid": BADGES[3], "checkInTime": START + 99_000, "scannerId": "[/x]\x1b[31m"}
    made[count - 4] = json.dumps(foreign).encode() + b"\n"
    return made


def station(folder: Path, count: int = 60, *, acked: int = 40) -> tuple[Config, Path]:
    """A data directory with the event `fair`; the first `acked` lines are acknowledged."""
    config = Config(data_dir=str(folder))
    log = log_path(config, "fair")
    log.parent.mkdir(parents=True)
    made = lines(count) if count else []
    log.write_bytes(b"".join(made))
    store = StationStore(state_dir(config))
    store.save_events([Event("fair", "Summer Fair", START, START + 7_200_000)], START)
    people = [(Person(f"u{n}", name), (BADGES[n],)) for n, name in enumerate(PEOPLE)]
    store.save_roster("fair", people, START)
    if count:
        _acknowledge(store, config, log, made, acked)
    return config, log


def _acknowledge(
    store: StationStore, config: Config, log: Path, made: list[bytes], acked: int
) -> None:
    offsets = [sum(map(len, made[:n])) for n in range(len(made) + 1)]
    name = str(log.resolve())
    receipt = Receipt(
        name,
        config.backend.url,
        "fair",
        offsets[acked] - 1,
        "ab" * 32,
        acked,
        time_ms=START + 900_000,
    )
    store.save_receipt(receipt)
    for n, state, note in ((acked - 2, "kept", ""), (acked - 5, DISCARDED, "a test badge")):
        store.save_refused(
            [
                RefusedRecord(
                    "fair",
                    name,
                    n + 1,
                    offsets[n],
                    made[n].decode().rstrip(),
                    "EVENT_CLOSED",
                    "The event was closed before this record.",
                    START + 900_000,
                    state,
                    note,
                )
            ]
        )


class Pictured(Review):
    """A review whose refused records have the same id wherever the log is."""

    def standing(self, file: int) -> Standing:
        known = super().standing(file)
        refused = {at: replace(each, id="0badcafe") for at, each in known.refused.items()}
        return replace(known, refused=refused)


def review(folder: Path, count: int = 60, *, acked: int = 40) -> Review:
    config, _log = station(folder, count, acked=acked)
    return Review(config, "fair")


def pictured(folder: Path, count: int = 60) -> Review:
    config, _log = station(folder, count)
    return Pictured(config, "fair")
