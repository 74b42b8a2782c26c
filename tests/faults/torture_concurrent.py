"""Two scanners send the same people in many batches at once."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

from headcount.bootstrap.admin import open_database
from headcount.bootstrap.server import embedded
from headcount.bootstrap.sync import make_client
from headcount.config import Config

from .evidence import ATTENDANCE as ROWS
from .evidence import START, Fact, badges, compare, configured, on_server, set_up
from .figure import Harness, Outcome

PEOPLE = badges(300)
SCANNERS = ("North door", "South door")
BATCHES = 200
SIGHTINGS = 5
"""Of each person by each scanner, at random times."""
BATCH_RECORDS = 60


def sightings(chance: random.Random) -> list[Fact]:
    """What both scanners heard; no two records of a person have the same time."""
    facts = []
    for badge in PEOPLE:
        times = chance.sample(range(3_600_000), SIGHTINGS * len(SCANNERS))
        scanners = SCANNERS * SIGHTINGS
        facts += [Fact(badge, START + at, name) for at, name in zip(times, scanners, strict=True)]
    return facts


def batches(facts: Sequence[Fact], chance: random.Random) -> list[tuple[str, list[Fact]]]:
    """Each scanner's records, shuffled, in batches that overlap: each record is in two or more."""
    found = []
    for scanner in SCANNERS:
        mine = [fact for fact in facts if fact.scanner_id == scanner]
        chance.shuffle(mine)
        count = BATCHES // len(SCANNERS)
        step = len(mine) // count
        for number in range(count):
            batch = [mine[(number * step + at) % len(mine)] for at in range(BATCH_RECORDS)]
            chance.shuffle(batch)
            found.append((scanner, batch))
    chance.shuffle(found)
    return found


def raw(fact: Fact) -> bytes:
    names = ("bleUuid", "checkInTime", "scannerId")
    return json.dumps(dict(zip(names, fact, strict=True))).encode()


async def _send(config: Config, event: str, chance: random.Random) -> list[Fact]:
    facts = sightings(chance)
    async with make_client(config) as north, make_client(config) as south:
        clients = dict(zip(SCANNERS, (north, south), strict=True))
        posts = [
            clients[scanner].post_batch(event, [raw(fact) for fact in batch])
            for scanner, batch in batches(facts, chance)
        ]
        answers = await asyncio.gather(*posts)
    assert all(not answer.refused for answer in answers)
    return facts


def run(times: int, folder: Path) -> Outcome:
    config, chance = configured(folder), random.Random(3)
    events = [f"round{number}" for number in range(times)]
    set_up(config, PEOPLE, events)
    missing = doubled = wrong = 0
    rows = set()
    with open_database(config) as store, embedded(config, store) as url:
        for event in events:
            sent = asyncio.run(_send(configured(folder, url), event, chance))
            found = compare(config, event, sent, PEOPLE)
            missing += found.missing
            doubled += found.doubled
            wrong += found.wrong
            rows.add(len(on_server(config, event, ROWS)))
    bad = missing + doubled + wrong + (rows != {len(PEOPLE)})
    told = ", ".join(str(count) for count in sorted(rows))
    return Outcome(
        bad,
        f"{told} rows each time, {wrong} not the earliest time; "
        f"{missing} sightings missing, {doubled} doubled",
    )


HARNESSES = [
    Harness(
        name="concurrent batches",
        fault=f"two scanners, the same 300 people, {BATCHES} concurrent, overlapping batches",
        full=25,
        short=1,
        run=run,
    )
]
