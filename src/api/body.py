"""Reading a request's body: counted while it streams, and while it is decompressed."""

from __future__ import annotations

import io
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import NamedTuple, Protocol

import zstandard
from starlette.requests import Request

from .endpoint import in_thread
from .problems import Code, Problem
from .spooled import Body, Spooled

SUSPICIOUS_RATIO = 32
"""Log lines shrink 3 to 20 times; beyond this, count to the end before keeping anything."""

ZSTD_WINDOW = 8 << 20
"""The largest window a Content-Encoding may ask for (RFC 9659, 3)."""


_GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, 2.3.1
_DEFLATE_RATIO = 1032
"""Deflate cannot expand more (zlib's technical notes)."""


class _Decoder(Protocol):
    """What zlib's and zstandard's decompression objects have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Encoding(NamedTuple):
    open: Callable[[], _Decoder]
    step: int
    """Bytes fed at a time, so that one step of a bomb yields a few MiB at most."""


_ENCODINGS = {
    # wbits 31: a gzip header and trailer are expected; one step of 4 KiB expands to 4 MiB at most.
    "gzip": _Encoding(lambda: zlib.decompressobj(31), 4096),
    # RFC 8878, 3.1.1.2: four bytes can stand for a block of 128 KiB, so 64 for 2 MiB, which the
    # library holds three times, beside a window of 8 MiB. (256 cost a server 32 MiB.)
    "zstd": _Encoding(
        lambda: zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj(), 64
    ),
}
_ALIASES = {"": "", "identity": "", "x-gzip": "gzip"}  # RFC 9110, 8.4.1


async def read_body(request: Request, limit: int) -> bytes:
    """The body, decompressed; at most `limit` bytes. Raises Problem."""
    encoding = _encoding_of(request)
    if _declared_length(request) > limit:
        raise _too_large(limit)
    raw = await _read_stream(request, limit)
    return await in_thread(decompress, raw, encoding, limit) if encoding else raw


@asynccontextmanager
async def spool_body(request: Request, limit: int) -> AsyncIterator[Body]:
    """The same of a batch, which may be large: then it is not held in memory. Raises Problem."""
    if _encoding_of(request) or _declared_length(request) > limit:
        yield await read_body(request, limit)
        return
    with Spooled() as body:
        async with aclosing(_chunks(request, limit)) as chunks:
            async for chunk in chunks:
                if body.is_large(len(chunk)):
                    await in_thread(body.add, chunk)
                else:
                    body.add(chunk)
        yield body


def decompress(raw: bytes, encoding: str, limit: int) -> bytes:
    """Undo gzip or zstd. A bomb costs the time for `limit` bytes, but not the memory."""
    if encoding == "gzip" and _declares_too_much(raw, limit):
        raise _too_large(limit)
    try:
        kept = _keep_unless_suspicious(raw, encoding, limit)
        return b"".join(_pieces(raw, encoding, limit)) if kept is None else kept
    except (EOFError, zlib.error, zstandard.ZstdError):
        detail = f"The body is not complete, sound {encoding}."
        raise Problem(Code.BODY_ENCODING_BROKEN, detail) from None


def _declares_too_much(raw: bytes, limit: int) -> bool:
    """Believe a gzip trailer (RFC 1952, 2.3.1: ISIZE) that convicts itself; a liar is broken."""
    size = int.from_bytes(raw[-4:], "little")
    return raw.startswith(_GZIP_MAGIC) and limit < size <= _DEFLATE_RATIO * len(raw)


def _keep_unless_suspicious(raw: bytes, encoding: str, limit: int) -> bytes | None:
    """The content, or None when it shrank so well that it was only counted."""
    kept: list[bytes] = []
    room = SUSPICIOUS_RATIO * len(raw)
    for piece in _pieces(raw, encoding, limit):
        room -= len(piece)
        if room >= 0:
            kept.append(piece)
        else:
            kept.clear()
    return b"".join(kept) if room >= 0 else None


def _pieces(raw: bytes, encoding: str, limit: int) -> Iterator[bytes]:
    """Decompress step by step; both formats allow several members one after the other."""
    opener, step = _ENCODINGS[encoding]
    decoder: _Decoder | None = opener()
    total = 0
    for start in range(0, len(raw), step):
        fed = raw[start : start + step]
        while fed:  # an empty feed would upset zstandard
            decoder = decoder or opener()
            piece = decoder.decompress(fed)
            total += len(piece)
            if total > limit:
                raise _too_large(limit)
            yield piece
            fed = decoder.unused_data if decoder.eof else b""
            decoder = None if decoder.eof else decoder
    if decoder is not None:
        raise EOFError


def _encoding_of(request: Request) -> str:
    named = request.headers.get("content-encoding", "").strip().lower()
    encoding = _ALIASES.get(named, named)
    if encoding and encoding not in _ENCODINGS:
        detail = "Content-Encoding may be gzip, zstd or identity, one of them, once."
        raise Problem(Code.BODY_ENCODING_UNKNOWN, detail, headers={"Accept-Encoding": "gzip, zstd"})
    return encoding


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    # More digits than 18 overflow nothing here, but int() of thousands of them is slow.
    return int(declared[:18]) if declared.isascii() and declared.isdigit() else 0


async def _read_stream(request: Request, limit: int) -> bytes:
    whole = io.BytesIO()  # hands its bytes over; joining a list would need twice the memory
    async with aclosing(_chunks(request, limit)) as chunks:
        async for chunk in chunks:
            whole.write(chunk)
    return whole.getvalue()


async def _chunks(request: Request, limit: int) -> AsyncGenerator[bytes]:
    total = 0
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            total += len(chunk)
            if total > limit:
                raise _too_large(limit)
            yield chunk


def _too_large(limit: int) -> Problem:
    detail = f"A body may have {limit} bytes, decompressed. Send it in several parts."
    return Problem(Code.BODY_TOO_LARGE, detail, members={"limit": limit})
