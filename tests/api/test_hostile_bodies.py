"""Bodies that want to break the backend: each gets a 4xx, quickly, and takes little memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from tests.databases import Databases

from headcount.api.app import create_app
from headcount.api.body import decompress
from headcount.api.problems import Problem
from headcount.clock import ManualClock
from headcount.core.backend import Backend, NewEvent
from headcount.store.server import open_store

MIB = 1 << 20
LIMIT = MIB  # conftest's application

Post = Callable[..., Awaitable[httpx.Response]]

GOOD = {"bleUuid": "a1" * 16, "checkInTime": 1_753_000_600_000, "scannerId": "Door-1"}


def gz(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def brief(value: object) -> str | None:
    return f"{len(value)}-bytes" if isinstance(value, bytes) else None


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gz,
    "zstd": zstandard.compress,
}
BATCH = json.dumps({"eventId": "e1", "records": [GOOD]}).encode()


def gzip_bomb(size: int) -> bytes:
    press = zlib.compressobj(9, wbits=31)
    zeros = bytes(MIB)
    return b"".join(press.compress(zeros) for _ in range(size // MIB)) + press.flush()


def zstd_bomb(size: int) -> bytes:
    return zstandard.ZstdCompressor(level=19).compress(bytes(size))


def lying(bomb: bytes) -> bytes:
    """A gzip trailer that claims 7 bytes."""
    return bomb[:-4] + (7).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip_bomb(100 * MIB)),
        ("gzip", lying(gzip_bomb(100 * MIB))),
        ("zstd", zstd_bomb(100 * MIB)),
    ],
    ids=["gzip", "gzip-lying", "zstd"],
)
def test_a_bomb_is_refused_with_little_memory(encoding: str, bomb: bytes) -> None:
    assert len(bomb) < 110_000
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as caught:
            decompress(bomb, encoding, 64 * MIB)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "BODY_TOO_LARGE"
    assert peak < 20 * MIB


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_shrinks_well_but_fits_is_no_bomb(encoding: str) -> None:
    content = BATCH * 5_000
    packed = PACK[encoding](content)
    assert len(packed) * 32 < len(content)
    assert decompress(packed, encoding, len(content)) == content
    with pytest.raises(Problem):
        decompress(packed, encoding, len(content) - 1)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_members_one_after_the_other_are_one_body(encoding: str) -> None:
    pack = PACK[encoding]
    assert decompress(pack(b"ab") + pack(b"") + pack(b"cd" * 999), encoding, MIB) == (
        b"ab" + b"cd" * 999
    )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gz(BATCH)),
        ("GZIP", gz(BATCH)),
        ("x-gzip", gz(BATCH)),
        ("zstd", zstandard.compress(BATCH)),
        ("identity", BATCH),
        ("", BATCH),
    ],
    ids=brief,
)
async def test_known_encodings_are_accepted(post: Post, encoding: str, body: bytes) -> None:
    assert (await post(body, Content_Encoding=encoding)).status_code == 200


@pytest.mark.parametrize(
    ("encoding", "body", "status", "code"),
    [
        ("br", BATCH, 415, "BODY_ENCODING_UNKNOWN"),
        ("gzip, gzip", gz(gz(BATCH)), 415, "BODY_ENCODING_UNKNOWN"),
        ("gzip", BATCH, 400, "BODY_ENCODING_BROKEN"),
        ("gzip", b"", 400, "BODY_ENCODING_BROKEN"),
        ("gzip", gz(BATCH)[:-1], 400, "BODY_ENCODING_BROKEN"),
        ("gzip", gz(BATCH)[:-8] + bytes(8), 400, "BODY_ENCODING_BROKEN"),
        ("gzip", gz(BATCH) + b"junk", 400, "BODY_ENCODING_BROKEN"),
        ("zstd", BATCH, 400, "BODY_ENCODING_BROKEN"),
        ("zstd", b"", 400, "BODY_ENCODING_BROKEN"),
        ("zstd", zstandard.compress(BATCH)[:-1], 400, "BODY_ENCODING_BROKEN"),
        ("zstd", zstandard.compress(BATCH) + b"junk", 400, "BODY_ENCODING_BROKEN"),
        ("gzip", gzip_bomb(2 * LIMIT), 413, "BODY_TOO_LARGE"),
        ("zstd", zstd_bomb(2 * LIMIT), 413, "BODY_TOO_LARGE"),
        ("", b" " * (LIMIT + 1), 413, "BODY_TOO_LARGE"),
        ("", b"", 400, "BODY_NOT_JSON"),
        ("", b"{", 400, "BODY_NOT_JSON"),
        ("", b"\x00" + BATCH, 400, "BODY_NOT_JSON"),
        ("", b"\xff" + BATCH, 400, "BODY_NOT_JSON"),
        ("", BATCH + b"x", 400, "BODY_NOT_JSON"),
        ("", BATCH.replace(b"Door", b"\xff\xff"), 400, "BODY_NOT_JSON"),
        ("", BATCH.replace(b"Door", b"\\ud800"), 400, "BODY_NOT_JSON"),
        ("", BATCH.replace(b"e1", b"\\udc00"), 400, "BODY_NOT_JSON"),
        ("", BATCH.replace(b"1753000600000", b"NaN"), 400, "BODY_NOT_JSON"),
        ("", BATCH.replace(b"1753000600000", b"-Infinity"), 400, "BODY_NOT_JSON"),
        ("", b"[" * 100_000, 400, "BODY_INVALID"),
        ("", b'{"eventId":' * 50_000, 400, "BODY_NOT_JSON"),
        ("", b'{"eventId":"e1","records":' + b"[" * 100_000, 400, "BODY_NOT_JSON"),
        (
            "",
            BATCH.replace(b"1753000600000", b"[" * 100_000 + b"]" * 100_000),
            400,
            "BODY_NOT_JSON",
        ),
        (
            "",
            BATCH.replace(b'"Door-1"', b'"Door-1","x":' + b"[" * 100_000 + b"]" * 100_000),
            400,
            "BODY_NOT_JSON",
        ),
    ],
    ids=brief,
)
async def test_a_broken_body_is_4xx(
    post: Post, encoding: str, body: bytes, status: int, code: str
) -> None:
    answer = await post(body, Content_Encoding=encoding)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_413_names_the_limit_in_words_and_as_a_member(post: Post) -> None:
    problem = (await post(b" " * (LIMIT + 1))).json()
    assert problem["limit"] == LIMIT
    assert str(LIMIT) in problem["detail"]


async def test_a_declared_length_beyond_the_limit_is_refused_before_anything_is_read(
    http: httpx.AsyncClient, post: Post
) -> None:
    answer = await post(b"", Content_Length=str(10**30))
    assert answer.status_code == 413


async def test_an_endless_chunked_body_is_refused_at_the_limit(http: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield bytes(65_536)

    answer = await http.post(
        "/batchCheckIn",
        content=endless(),
        headers={"Authorization": "Bearer scanner-key-of-the-tests"},
    )
    assert answer.status_code == 413
    assert sent <= LIMIT + 2 * 65_536


@pytest.mark.parametrize(
    "member", [b'"eventId":"unknown","eventId":"e1"', b'"eventId":5,"eventId":"e1"']
)
async def test_of_doubled_members_the_last_counts_or_the_body_is_refused(
    post: Post, member: bytes
) -> None:
    answer = await post(BATCH.replace(b'"eventId": "e1"', member))
    assert answer.status_code in {200, 400}


async def test_texts_are_stored_without_control_characters(
    post: Post, http: httpx.AsyncClient
) -> None:
    record = GOOD | {"scannerId": "Do\x00or\x1b[31m\u202e"}
    assert (await post({"eventId": "e1", "records": [record]})).status_code == 200
    row = (await http.get("/events/e1/attendance")).json()["page"][0]
    assert row["scannerId"] == "Door[31m"


@pytest.fixture(scope="module")
def fuzzed(databases: Databases) -> Iterator[Starlette]:
    with databases.new() as url:
        store: Backend = open_store(url)
        store.create_event(NewEvent("Opening", 1, 2, id="e1"), now_ms=0)
        yield create_app(store, clock=ManualClock(), scanner_key="k", max_body_bytes=LIMIT)
        store.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
IDS = st.sampled_from(["a1" * 16, "A1" * 16, "0" * 32, "x"]) | st.text(max_size=4)
RECORDS = JSON | st.fixed_dictionaries(
    {},
    optional={
        "bleUuid": IDS | JSON,
        "checkInTime": st.integers() | st.integers(0, 2**40) | JSON,
        "scannerId": st.text(max_size=4) | JSON,
        "kind": st.sampled_from(["sighting", "departure", "gap"]) | JSON,
        "until": st.integers(0, 2**40) | JSON,
        "why": JSON,
    },
)
SESSIONS = JSON | st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text(max_size=3),
            "scannerId": st.text(max_size=3),
            "startedAt": st.integers(),
            "coveredUntil": st.integers(0, 2**50),
        },
        optional={"endedAt": st.none() | st.integers()},
    ),
    max_size=2,
)
BATCHES = st.fixed_dictionaries(
    {"eventId": st.just("e1") | JSON, "records": st.lists(RECORDS, max_size=4) | JSON},
    optional={"sessions": SESSIONS},
)
BODIES = st.binary(max_size=50) | (BATCHES | JSON).map(lambda value: json.dumps(value).encode())


@settings(max_examples=200, deadline=None)
@given(body=BODIES, encoding=st.sampled_from(["", "", "", "gzip", "zstd"]), pack=st.booleans())
async def test_no_body_at_all_makes_the_backend_fail(
    fuzzed: Starlette, body: bytes, encoding: str, *, pack: bool
) -> None:
    if pack and encoding:
        body = PACK[encoding](body)
    headers = {"Authorization": "Bearer k", "Content-Encoding": encoding}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(fuzzed)) as client:
        answer = await client.post("http://b/batchCheckIn", content=body, headers=headers)
    assert answer.status_code in {200, 400, 404}
    if answer.status_code == 200:
        counts = answer.json()
        known = counts["checkedIn"] + counts["duplicates"] + counts["unknown"]
        assert known + len(counts["refused"]) <= counts["received"]
    else:
        assert answer.json()["status"] == answer.status_code
