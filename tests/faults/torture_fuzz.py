"""Hostile bytes for the log reader, the advert decoder and the batch endpoint.

Valid inputs are mutated, from a seed: what gets past the first check reaches the code behind it.
"""

from __future__ import annotations

import asyncio
import codecs
import gzip
import json
import random
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import zstandard

from headcount.api.app import create_app
from headcount.ble.ad import parse
from headcount.ble.decode import Decoder, FormatRules
from headcount.clock import ManualClock
from headcount.core.backend import NewEvent
from headcount.core.identity import canonical
from headcount.core.model import Damage, Frame, Instant, Kind, LogLine, Record
from headcount.store.log_reader import read_log
from headcount.store.log_recovery import recover
from headcount.store.log_segment import Segment, open_segment
from headcount.store.log_verify import verify
from headcount.store.logline import decode, encode, to_logged
from headcount.store.server import open_store

from .evidence import FAR, KEY, START, badges
from .figure import Harness, Outcome

BADGES = badges(20)
MEND_EVERY = 100
"""One log in so many is also mended as a scanner would: that flushes to the disk, and is slow."""
BITS = [b"\0", b"\xff", b'"', b"{", b"}", b"[" * 40, b"\\u", b"\n", b"\r\n", b",", b"-", b"1e999",
        b"NaN", b"null", b"\xed\xa0\x80", b"\xef\xbb\xbf", b'"crc":"', b"9" * 30]  # fmt: skip
"""What parsers stumble over."""


def mutate(raw: bytes, chance: random.Random, bits: Sequence[bytes] = BITS) -> bytes:
    """A few changes: bytes flipped, cut out, doubled, moved, or something nasty put in."""
    data = bytearray(raw)
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3, 8])):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice([1, 1, 2, 8, 40]))
        change = chance.randrange(5)
        if change == 0 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif change == 1:
            del data[at:end]
        elif change == 2:
            data[at:at] = data[at:end]
        elif change == 3:
            data[at:end] = chance.choice(bits)
        else:
            del data[chance.randrange(len(data) + 1) :]
    return bytes(data)


class Crashes:
    """What failed, counted by its last line; the first of each kind is kept in full."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.first: list[str] = []

    def run(self, job: Callable[[], None], what: object) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            kind = f"{type(error).__name__}: {str(error)[:60]}"
            if not self.kinds[kind]:
                self.first.append(f"{what!r:.500}\n{traceback.format_exc()}")
            self.kinds[kind] += 1

    def outcome(self, words: str) -> Outcome:
        told = "".join(f"\n{text}" for text in self.first)
        return Outcome(self.kinds.total(), f"{self.kinds.total()} crashes{words}{told}")


# --- the log reader ---


def whole_log(chance: random.Random) -> bytes:
    """A few lines of ours, and of another program."""
    lines = []
    for seq in range(1, chance.randint(2, 6)):
        badge, kind = chance.choice(BADGES), chance.choice(list(Kind))
        gap = {"until_ms": START + 5, "why": "silence"} if kind is Kind.GAP else {"rssi": -60}
        instant = Instant(START + seq, float(seq), "boot")
        lines.append(encode(Record(badge, "Döör", instant, kind, **gap), seq, "s"))
    foreign = {"bleUuid": BADGES[0], "checkInTime": START, "scannerId": "other"}
    if chance.random() < 0.3:
        lines.append(json.dumps(foreign).encode() + b"\n")
    return b"".join(lines)


def read_fuzzed(path: Path, raw: bytes, damages: list[Damage], *, mend: bool) -> None:
    """Every byte must be told of once, as a line or as damage; and no line may fail later."""
    path.write_bytes(raw)
    reached = 0
    for item in read_log(path):
        assert item.start >= reached
        if isinstance(item, LogLine):
            assert raw[item.start : item.start + len(item.raw)] == item.raw
            to_logged(decode(item.raw, item.line))
            reached = item.start + len(item.raw)
        else:
            damages.append(item)
            assert item.why
            assert item.end > item.start
            reached = item.end
    rest = raw[reached:] if reached else raw.removeprefix(codecs.BOM_UTF8)
    assert not rest.strip()
    if mend:
        mend_fuzzed(path)


def mend_fuzzed(path: Path) -> None:
    """What was intact before must be intact after, and nothing new may be damaged."""
    before = [item.raw for item in read_log(path) if isinstance(item, LogLine)]
    base = open_segment(path)
    current, _ = recover(path, base)
    for segment in {base, current}:
        Segment.close(segment)
    checked = verify(path)
    after = [item.raw for item in read_log(path) if isinstance(item, LogLine)]
    assert after[: len(before)] == before
    assert checked.files
    for other in path.parent.glob("*"):
        other.unlink()


def run_reader(times: int, folder: Path) -> Outcome:
    chance, crashes, damages = random.Random(5), Crashes(), list[Damage]()
    path = folder / "attendance_log.jsonl"
    for number in range(times):
        raw = mutate(whole_log(chance), chance)
        mend = number % MEND_EVERY == 0
        crashes.run(lambda: read_fuzzed(path, raw, damages, mend=mend), raw)  # noqa: B023 - at once
    return crashes.outcome(f"; {len(damages):,} damaged stretches told")


# --- the advert decoder ---


def raw_adverts(chance: random.Random) -> list[bytes]:
    """One of each format, as on the air."""
    raw = chance.randbytes(16)
    return [
        b"\x02\x01\x06\x11\x07" + raw,
        b"\x02\x01\x06\x1a\xff\x4c\x00\x02\x15" + raw + bytes(5),
        b"\x02\x01\x06\x1b\xff\x18\x01\xbe\xac" + raw + bytes(6),
        b"\x03\x03\xaa\xfe\x17\x16\xaa\xfe\x00\xe7" + raw + bytes(4),
        b"\x11\x21" + raw + b"\x05\x09Name\x02\x0a\xf4",
        b"\x14\xff\x4c\x00\x01" + raw + bytes(1),
        b"\x13\x16\x6f\xfd" + raw,
    ]


TEXTS = ["", "x", "\0", "\ud800", "fe" * 18, "0" * 36, "-" * 36, "g" * 36, "é" * 36, "FEAA"]


def hostile_frame(payload: bytes, mono: float, chance: random.Random) -> Frame:
    """What a Bluetooth daemon might hand over: the payload, with strange UUIDs beside it."""
    found = parse(payload)
    uuids, data = list(found.service_uuids), dict(found.service_data)
    if chance.random() < 0.2:
        uuids.insert(0, chance.choice([*TEXTS, chance.randbytes(16).hex()]))
        data[chance.choice(TEXTS)] = chance.randbytes(chance.randrange(24))
    address = f"{chance.randrange(50):012X}"
    return Frame(address, chance.randint(-200, 127), mono, uuids, found.manufacturer_data, data)


def decode_fuzzed(decoder: Decoder, payload: bytes, mono: float, chance: random.Random) -> None:
    frame = hostile_frame(payload, mono, chance)
    for advertisement in decoder.decode(frame):
        assert canonical(advertisement.ble_uuid) == advertisement.ble_uuid


def run_decoder(times: int, _folder: Path) -> Outcome:
    chance, crashes = random.Random(6), Crashes()
    decoder = Decoder(FormatRules(service_data_services=frozenset({"fd6f"})))
    for number in range(times):
        raw = chance.choice(raw_adverts(chance))
        payload = mutate(raw, chance, [b"\0", b"\xff", b"\x11\x07", b"\x03\x16", bytes(31)])
        crashes.run(lambda: decode_fuzzed(decoder, payload, number / 50, chance), payload)  # noqa: B023
    return crashes.outcome(f"; {decoder.identified:,} adverts still had an id")


# --- the batch endpoint ---

ODD: list[object] = [
    None, True, -1, 0, 2**63, 2**70, 1.5, 1e300, "", "x", "\0", "\u202e", "\ud800", "é" * 300, [],
    {}, [[]], {"a": 1}, "a1" * 16, "0" * 32, "gap", "departure", "9" * 5000,
]  # fmt: skip


BROKEN = 0.25
"""The share of bodies, and again of compressed ones, whose bytes are mutated too."""


def odd_batch(chance: random.Random) -> bytes:
    """A batch in which some values are strange, or some members missing or too many."""
    records = [
        {"bleUuid": chance.choice(BADGES), "checkInTime": START, "scannerId": "Door", "kind": "gap",
         "until": START + 9, "why": "silence", "id": "s-1", "mono": 5, "boot": "b"}
        for _ in range(chance.randint(0, 3))
    ]  # fmt: skip
    session = {"id": "s", "scannerId": "Door", "startedAt": 1, "coveredUntil": 2, "endedAt": None}
    sessions: list[dict[str, object]] = [session]
    batch: dict[str, object] = {"eventId": "e1", "records": records, "sessions": sessions}
    places: list[dict[str, object]] = [batch, *sessions, *records]
    for _ in range(chance.choice([0, 1, 1, 2, 4])):
        place = chance.choice(places)
        member = chance.choice([*place, "other"])
        if chance.random() < 0.2:
            place.pop(member, None)
        else:
            place[member] = chance.choice(ODD)
    return json.dumps(batch).encode()


def packed(body: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Content-Encoding and body; a compressed one is mutated once more, at times."""
    encoding = chance.choice(["", "", "", "gzip", "gzip", "zstd", "zstd", "br"])
    if encoding == "gzip":
        body = gzip.compress(body, 1, mtime=0)
    elif encoding == "zstd":
        body = zstandard.compress(body)
    return encoding, mutate(body, chance) if chance.random() < BROKEN else body


async def _endpoint(times: int, folder: Path) -> Outcome:
    chance, statuses, crashes = random.Random(8), Counter[int](), Crashes()
    store = open_store(f"sqlite:///{folder / 'fuzz.sqlite3'}")
    store.create_event(NewEvent("Fuzz", START, FAR, id="e1"), now_ms=START)
    app = create_app(store, clock=ManualClock(), scanner_key=KEY, max_body_bytes=1 << 20)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://backend") as client:
        for _ in range(times):
            body = odd_batch(chance)
            if chance.random() < BROKEN:
                body = mutate(body, chance)
            encoding, content = packed(body, chance)
            headers = {"Authorization": f"Bearer {KEY}", "Content-Encoding": encoding}
            answer = await client.post("/batchCheckIn", content=content, headers=headers)
            statuses[answer.status_code] += 1
            crashes.run(lambda: check_answer(answer), (encoding, content))  # noqa: B023
    store.close()
    told = ", ".join(f"{count:,} of {status}" for status, count in sorted(statuses.items()))
    return crashes.outcome(f" or answers of 5xx; {told}")


def check_answer(answer: httpx.Response) -> None:
    """Never 5xx, always JSON; a problem repeats its status."""
    assert answer.status_code < 500, f"{answer.status_code} {answer.text[:40]}"
    body = answer.json()
    assert answer.status_code == 200 or body["status"] == answer.status_code


def run_endpoint(times: int, folder: Path) -> Outcome:
    return asyncio.run(_endpoint(times, folder))


HARNESSES = [
    Harness(
        name="fuzz: log reader",
        fault="mutated logs for reader, verification and (every 100th) recovery",
        full=200_000,
        short=1_000,
        run=run_reader,
    ),
    Harness(
        name="fuzz: advert decoder",
        fault="mutated raw adverts and frames for the decoder",
        full=200_000,
        short=1_000,
        run=run_decoder,
    ),
    Harness(
        name="fuzz: batch endpoint",
        fault="mutated bodies, plain, gzip and zstd, for POST /batchCheckIn",
        full=20_000,
        short=1_000,
        run=run_endpoint,
    ),
]
