"""Answers compressed by Accept-Encoding."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest
import zstandard

from headcount.api.compress import accepted


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", ""),
        ("gzip", "gzip"),
        ("zstd", "zstd"),
        ("gzip, zstd", "zstd"),
        ("GZIP;q=0.5", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("br, deflate", ""),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("identity", ""),
        ("gzip;q=zero", ""),
        (";;;,,,=", ""),
    ],
)
def test_the_best_of_what_the_client_accepts_is_chosen(header: str, chosen: str) -> None:
    assert accepted(header) == chosen


async def raw(http: httpx.AsyncClient, path: str, encoding: str) -> tuple[httpx.Response, bytes]:
    async with http.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_large_answer_is_compressed_and_is_the_same(
    http: httpx.AsyncClient, path: str, encoding: str
) -> None:
    _, plain = await raw(http, path, "identity")
    answer, small = await raw(http, path, encoding)
    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(small) < len(plain) / 3
    opened = gzip.decompress(small) if encoding == "gzip" else zstandard.decompress(small)
    assert opened == plain


@pytest.mark.parametrize("encoding", ["", "br", "identity"])
async def test_who_accepts_nothing_gets_it_plain_and_caches_are_told(
    http: httpx.AsyncClient, encoding: str
) -> None:
    answer, plain = await raw(http, "/openapi.json", encoding)
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"
    assert json.loads(plain)["openapi"]


async def test_a_small_answer_stays_plain(http: httpx.AsyncClient) -> None:
    answer, plain = await raw(http, "/health", "gzip")
    assert "content-encoding" not in answer.headers
    assert json.loads(plain)["status"] == "ok"


async def test_an_unchanged_answer_has_no_body_to_compress(http: httpx.AsyncClient) -> None:
    tag = (await http.get("/events/e1/report")).headers["etag"]
    again = await http.get("/events/e1/report", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
