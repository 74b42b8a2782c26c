"""From a radio frame to the ids in it, or to nothing.

The formats and their sources: 128-bit service UUIDs and service data, Bluetooth Core Specification
Supplement, part A, 1.1 and 1.11; iBeacon, Apple "Proximity Beacon Specification"; AltBeacon,
github.com/AltBeacon/spec; Eddystone-UID, github.com/google/eddystone. What an iOS app in the
background sends (one hashed bit for each UUID) carries no identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..core.battery import Battery
from ..core.identity import canonical, from_bytes
from ..core.model import NIL_UUID, Advertisement, Format, Frame
from ..core.pulse import HeardFormat
from .ad import BASE_UUID_TAIL, EDDYSTONE
from .battery import Batteries
from .formats import FormatTally
from .leftovers import Leftovers

APPLE = 0x004C
"""Apple's company id (Bluetooth Assigned Numbers)."""

_ALL_ONES = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_ID_BYTES = 16
_IBEACON_LENGTH = 23
_ALTBEACON_LENGTHS = (24, 23)  # some beacons leave the last, reserved byte out
_EDDYSTONE_LENGTHS = (20, 18)  # with and without the two bytes reserved for future use
_BACKGROUND_LENGTH = 17
_UUID_LENGTH = 36

_Key = TypeVar("_Key", str, bytes)

MAX_CACHED_IDS = 16_384
"""Some 4 MB: more ids than a venue has phones. A full cache is emptied and fills again."""


@dataclass(frozen=True, slots=True)
class FormatRules:
    """Which formats, and which ids in them, count as badges."""

    formats: frozenset[Format] = frozenset(Format)
    id_prefix: str = ""
    """Hexadecimal digits, dashes ignored: only ids that begin so count."""
    companies: frozenset[int] = frozenset()
    """AltBeacon company ids that count; empty: all."""
    major: int | None = None
    """iBeacon major and AltBeacon id2; None: all."""
    minor: int | None = None
    """iBeacon minor and AltBeacon id3; None: all."""
    service_data_services: frozenset[str] = frozenset()
    """16-bit UUIDs, such as "fd6f", whose service data begins with the 16-byte id."""


class _Ids:
    """Makes canonical ids and keeps those that the rules accept; () stands for none."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix.replace("-", "").lower()
        self._by_bytes: dict[bytes, tuple[str, ...]] = {}
        self._by_text: dict[str, tuple[str, ...]] = {}

    def of_bytes(self, raw: bytes) -> tuple[str, ...]:
        """The id in 16 bytes, most significant first."""
        known = self._by_bytes.get(raw)
        if known is None:
            known = self._accepted(from_bytes(raw))
            _remember(self._by_bytes, raw, known)
        return known

    def of_uuids(self, uuids: Iterable[str]) -> tuple[str, ...]:
        """The ids among UUIDs, each once; those on the Bluetooth base name services, not badges."""
        found: tuple[str, ...] = ()
        for text in uuids:
            known = self._by_text.get(text)
            found += self._of_text(text) if known is None else known
        return found if len(found) < 2 else tuple(dict.fromkeys(found))  # noqa: PLR2004 - two

    def _of_text(self, text: str) -> tuple[str, ...]:
        uuid = canonical(text)
        known = () if uuid is None or uuid.endswith(BASE_UUID_TAIL) else self._accepted(uuid)
        if len(text) == _UUID_LENGTH:  # a cache of unlimited texts would have no limit
            _remember(self._by_text, text, known)
        return known

    def _accepted(self, uuid: str) -> tuple[str, ...]:
        if uuid in {NIL_UUID, _ALL_ONES} or not uuid.replace("-", "").startswith(self._prefix):
            return ()
        return (uuid,)


def _remember(cache: dict[_Key, tuple[str, ...]], key: _Key, value: tuple[str, ...]) -> None:
    if len(cache) >= MAX_CACHED_IDS:
        cache.clear()
    cache[key] = value


class Decoder:
    """Decodes the frames of one radio, in the order heard; its counters are the radio's."""

    def __init__(self, rules: FormatRules | None = None) -> None:
        self._rules = rules = rules or FormatRules()
        self._ids = _Ids(rules.id_prefix)
        self._uuids = Leftovers(self._ids.of_uuids)
        self._keys = Leftovers(self._ids.of_uuids)
        self._wants_uuids = Format.SERVICE_UUID in rules.formats
        self._wants_keys = Format.SERVICE_DATA_128 in rules.formats
        self._wants_ibeacon = Format.IBEACON in rules.formats
        self._wants_altbeacon = Format.ALTBEACON in rules.formats
        self._services = self._service_readers()
        self.frames = 0
        """Frames decoded, of anything."""
        self.identified = 0
        """Advertisements made."""
        self.background_apps = 0
        """Frames of iOS apps in the background."""
        self._batteries = Batteries()
        self._tally = FormatTally(rules.formats, rules.service_data_services)

    @property
    def heard_formats(self) -> Sequence[HeardFormat]:
        """What is on the air, by format, also of formats that do not count."""
        return self._tally.heard

    @property
    def batteries(self) -> Mapping[str, Battery]:
        """What badges told of their batteries, by bleUuid."""
        return self._batteries.of

    @property
    def left_over(self) -> int:
        """Ids that were shown for an address but are no longer on the air."""
        return self._uuids.ignored + self._keys.ignored

    def seed(self, address: str, service_uuids: Iterable[str], keys: Iterable[str] = ()) -> None:
        """Tell what the operating system knew of an address before the scan began.

        `keys` are the UUIDs of its service data. With two or more ids none of them is believed
        until a new one shows.
        """
        if self._wants_uuids:
            self._uuids.seed(address, list(service_uuids))
        if self._wants_keys:
            self._keys.seed(address, list(keys))

    def decode(self, frame: Frame) -> tuple[Advertisement, ...]:
        """The advertisements in a frame, each id once; () for anything that is no badge."""
        address, rssi, mono, uuids, manufacturer, data = frame
        self.frames += 1
        self._tally.count(frame)
        ids: tuple[str, ...] = ()
        if uuids and self._wants_uuids:
            ids = self._uuids.current(address, uuids, mono)
        if manufacturer:
            ids += self._of_manufacturers(manufacturer)
        if data:
            ids += self._of_service_data(address, data, mono)
        if len(ids) > 1:
            ids = tuple(dict.fromkeys(ids))
        if ids:
            self._batteries.ids(address, ids)
        if data:
            self._batteries.heard(address, data)
        if not ids:
            return ()
        self.identified += len(ids)
        return tuple([Advertisement(found, rssi, mono) for found in ids])

    def _of_manufacturers(self, sections: Mapping[int, bytes]) -> tuple[str, ...]:
        ids: tuple[str, ...] = ()
        for company, data in sections.items():
            if company == APPLE:
                ids += self._of_apple(data)
            if data[:2] == b"\xbe\xac" and self._wants_altbeacon:
                ids += self._of_altbeacon(company, data)
        return ids

    def _of_apple(self, data: bytes) -> tuple[str, ...]:
        if len(data) == _IBEACON_LENGTH and data[:2] == b"\x02\x15" and self._wants_ibeacon:
            return self._ids.of_bytes(data[2:18]) if self._numbers_fit(data) else ()
        if len(data) == _BACKGROUND_LENGTH and data[0] == 1:
            self.background_apps += 1
        return ()

    def _of_altbeacon(self, company: int, data: bytes) -> tuple[str, ...]:
        companies = self._rules.companies
        if len(data) not in _ALTBEACON_LENGTHS or (companies and company not in companies):
            return ()
        return self._ids.of_bytes(data[2:18]) if self._numbers_fit(data) else ()

    def _numbers_fit(self, data: bytes) -> bool:
        """Compare the two 16-bit numbers that follow the id in iBeacon and AltBeacon."""
        major, minor = self._rules.major, self._rules.minor
        return (major is None or major == int.from_bytes(data[18:20], "big")) and (
            minor is None or minor == int.from_bytes(data[20:22], "big")
        )

    def _of_service_data(
        self, address: str, sections: Mapping[str, bytes], mono: float
    ) -> tuple[str, ...]:
        ids: tuple[str, ...] = ()
        if self._wants_keys:
            ids = self._keys.current(address, list(sections), mono)
        for service, read in self._services:
            if data := sections.get(service):
                ids += read(data)
        return ids

    def _service_readers(self) -> list[tuple[str, Callable[[bytes], tuple[str, ...]]]]:
        readers: list[tuple[str, Callable[[bytes], tuple[str, ...]]]] = []
        if Format.EDDYSTONE_UID in self._rules.formats:
            readers.append((EDDYSTONE, self._of_eddystone))
        if Format.SERVICE_DATA_16 in self._rules.formats:
            services = sorted(self._rules.service_data_services)
            readers += [
                (f"0000{short.lower()}{BASE_UUID_TAIL}", self._of_leading) for short in services
            ]
        return readers

    def _of_eddystone(self, data: bytes) -> tuple[str, ...]:
        """Frame type 00, power at 0 m, namespace (10 bytes), instance (6 bytes)."""
        if len(data) not in _EDDYSTONE_LENGTHS or data[0]:
            return ()
        return self._ids.of_bytes(data[2:18])

    def _of_leading(self, data: bytes) -> tuple[str, ...]:
        return self._ids.of_bytes(data[:_ID_BYTES]) if len(data) >= _ID_BYTES else ()
