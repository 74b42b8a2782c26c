"""The common case of POST /batchCheckIn, a batch of sightings without a mistake.

It is decoded in large pieces, and what the decoder can't check is checked in columns. Whatever is
not flawless, or not a sighting, goes the other way (batch.py), which says what is wrong.
"""

from __future__ import annotations

from array import array
from binascii import unhexlify
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from ..core.columns import BYTES, Badges, Columns, Same
from ..core.identity import clean_text
from .batch_pieces import Pieces, cut
from .spooled import Body
from .stamps import BOOT_LIMIT, ID_LIMIT
from .wire import MAX_TIME_MS

_Time = Annotated[int, msgspec.Meta(ge=0, le=MAX_TIME_MS)]
_NONE = -1
"""No monotonic time; none that is sent can be it."""


class _Sighting(msgspec.Struct, gc=False, rename="camel"):
    """Few members: each that is not decoded is time saved. Further ones are skipped."""

    ble_uuid: str
    check_in_time: _Time
    scanner_id: str
    kind: Literal["sighting", "departure"] = "sighting"
    boot: str = ""
    mono: _Time = _NONE
    id: Annotated[str, msgspec.Meta(max_length=ID_LIMIT)] = ""


class _Envelope(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    event_id: str
    records: list[_Sighting]
    sessions: Any = None
    clock: Any = None


_envelope = msgspec.json.Decoder(_Envelope)
_sightings = msgspec.json.Decoder(list[_Sighting])


class QuickBatch(NamedTuple):
    """A body whose records are right; sessions and clock are as they came."""

    event_id: str
    records: Columns
    sessions: Any
    clock: Any


def quick_batch(body: Body) -> QuickBatch | None:
    """None if it has to be looked at closely. Raises DecodeError for what is no JSON."""
    pieces = cut(body)
    if pieces is not None:
        try:
            return _in_pieces(pieces)
        except (msgspec.DecodeError, UnicodeError):
            pass  # what is wrong, if anything, is told by the whole
    try:
        return _in_pieces(Pieces(iter(()), body[:]))
    except msgspec.ValidationError:
        return None


def _in_pieces(pieces: Pieces) -> QuickBatch | None:
    gathered = _Gathered()
    if not all(gathered.add(_sightings.decode(piece)) for piece in pieces.arrays):
        return None
    envelope = _envelope.decode(pieces.rest)
    records = gathered.columns() if gathered.add(envelope.records) else None
    if records is None:
        return None
    return QuickBatch(envelope.event_id, records, envelope.sessions, envelope.clock)


class _Gathered:
    """The columns of the records so far."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._times = array("q")
        self._texts: list[str] = []
        self._scanners = _Words()
        self._boots = _Words()
        self._kinds = _Words()
        self._ids = _Words()
        self._monos = array("q")

    def add(self, records: list[_Sighting]) -> bool:
        """False if something of these records is not flawless."""
        texts = [record.ble_uuid for record in records]
        badges = pack(texts)
        if badges is None:
            return False
        self._packed += badges
        self._times += array("q", [record.check_in_time for record in records])
        self._scanners.add([record.scanner_id for record in records])
        self._boots.add([record.boot for record in records])
        self._kinds.add([record.kind for record in records])
        self._ids.add([record.id for record in records])
        if self._boots.same:
            self._monos += array("q", [record.mono for record in records])
        if self._ids.same != "":
            self._texts += texts  # they are part of what is remembered of the ids
        return True

    def columns(self) -> Columns | None:
        """None if they have to be looked at closely."""
        count = len(self._times)
        scanners, stamped = self._scanners.clean(), self._stamped(count)
        if scanners is None or stamped is None:
            return None
        texts = self._texts if len(self._texts) == count else None
        return Columns(
            Badges(bytes(self._packed), texts),
            self._times,
            scanners,
            range(count),
            *stamped,
            self._ids.column(),
            self._kinds.column(),
        )

    def _stamped(self, count: int) -> tuple[Sequence[str], Sequence[int]] | None:
        """Boots and monotonic times, if all records have the same boot, or none has any."""
        boot = self._boots.same
        if boot is None and count:
            return None
        boot = clean_text(boot or "", BOOT_LIMIT)
        if not boot:
            return Same("", count), Same(0, count)
        return None if _NONE in self._monos else (Same(boot, count), self._monos)


class _Words:
    """A column of texts, nearly always one text again and again."""

    def __init__(self) -> None:
        self._same: str | None = None
        self._count = 0
        self._all: list[str] = []

    def add(self, words: list[str]) -> None:
        """Put these behind those that are here."""
        if not words:
            return
        if not self._count:
            self._same = words[0]
        if self._same is not None and words.count(self._same) < len(words):
            self._all = [self._same] * self._count
            self._same = None
        if self._same is None:
            self._all += words
        self._count += len(words)

    @property
    def same(self) -> str | None:
        """The one text, or None."""
        return self._same

    def column(self) -> Sequence[str]:
        """As they came."""
        return self._all if self._same is None else Same(self._same, self._count)

    def clean(self) -> Sequence[str] | None:
        """For people's eyes; None if one has no visible text."""
        found = {
            word: clean_text(word) for word in ([self._same] if self._same else set(self._all))
        }
        if not all(found.values()):
            return None
        if self._same is None:
            return [found[word] for word in self._all]
        return Same(found[self._same], self._count)


def pack(ids: Sequence[str]) -> bytes | None:
    """The ids' bytes, 16 each; None if one is not in canonical form, or is the nil id.

    All at once: some ten times faster than a pattern for each.
    """
    joined, count = "".join(ids), len(ids)
    if not joined.isascii() or set(map(len, ids)) - {_LENGTH}:
        return None
    text = joined.encode()
    if text.translate(None, _DIGITS) != b"-" * count * len(_DASHES):
        return None
    if any(text[at::_LENGTH] != b"-" * count for at in _DASHES):
        return None
    packed = unhexlify(text.translate(None, b"-"))
    return None if _has_nil(packed) else packed


def _has_nil(packed: bytes) -> bool:
    at = packed.find(_NIL)
    while at >= 0 and at % BYTES:  # the end of one id and the beginning of the next
        at = packed.find(_NIL, at + 1)
    return at >= 0


_LENGTH, _DIGITS, _DASHES = 36, b"0123456789abcdef", (8, 13, 18, 23)  # RFC 9562, 4
_NIL = bytes(BYTES)
