"""Raw advertising data, byte for byte, as a sniffer or a controller delivers it.

The format: Bluetooth Core Specification, volume 3, part C, section 11 (length, type, data), with
the types of the Core Specification Supplement, part A. All numbers are little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..core.identity import clean_text, dashed

BASE_UUID_TAIL = "-0000-1000-8000-00805f9b34fb"
"""16 and 32-bit UUIDs stand for their value before this (Core, volume 3, part B, 2.5.1)."""
EDDYSTONE = "0000feaa" + BASE_UUID_TAIL

_UUID_LISTS = {0x02: 2, 0x03: 2, 0x04: 4, 0x05: 4, 0x06: 16, 0x07: 16}
"""AD type (incomplete and complete lists) to the width of one UUID, bytes."""
_SERVICE_DATA = {0x16: 2, 0x20: 4, 0x21: 16}
"""AD type to the width of the UUID before the data, bytes."""
_SHORT_NAME = 0x08
_COMPLETE_NAME = 0x09
_TX_POWER = 0x0A
_MANUFACTURER = 0xFF


class Payload(NamedTuple):
    """What one advertising packet says, in the shapes of `core.model.Frame`."""

    service_uuids: tuple[str, ...]
    manufacturer_data: dict[int, bytes]
    service_data: dict[str, bytes]
    local_name: str | None
    """Cleaned for a terminal; the complete name where there is one."""
    tx_power: int | None
    """dBm."""


def parse(raw: bytes) -> Payload:
    """Read AD structures; no bytes are an error.

    Reading ends at a structure that runs over the end; structures that are too short for their type
    are skipped, and so is zero padding. Of two sections for one company or service the last wins,
    as in BlueZ.
    """
    uuids: dict[str, None] = {}
    manufacturer: dict[int, bytes] = {}
    services: dict[str, bytes] = {}
    names: dict[int, str] = {}
    power: int | None = None
    for kind, data in structures(raw):
        if width := _UUID_LISTS.get(kind):
            uuids.update(dict.fromkeys(_uuids(data, width)))
        elif kind == _MANUFACTURER and len(data) >= 2:  # noqa: PLR2004 - a company id is 2 bytes
            manufacturer[int.from_bytes(data[:2], "little")] = data[2:]
        elif (width := _SERVICE_DATA.get(kind)) and len(data) >= width:
            services[expand(data[:width])] = data[width:]
        elif kind in {_SHORT_NAME, _COMPLETE_NAME}:
            names[kind] = clean_text(data.decode("utf-8", "replace"))
        elif kind == _TX_POWER and len(data) == 1:
            power = int.from_bytes(data, "little", signed=True)
    name = names.get(_COMPLETE_NAME) or names.get(_SHORT_NAME)
    return Payload(tuple(uuids), manufacturer, services, name or None, power)


def structures(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """(AD type, data) of each whole structure."""
    at = 0
    while at < len(raw):
        length = raw[at]
        end = at + 1 + length
        if end > len(raw):
            return
        if length:  # a zero length is padding, also between an advert and its scan response
            yield raw[at + 1], raw[at + 2 : end]
        at = end


def expand(little_endian: bytes) -> str:
    """The canonical UUID of 2, 4 or 16 bytes as they are on the air."""
    digits = little_endian[::-1].hex()
    return dashed(digits) if len(digits) > 8 else digits.rjust(8, "0") + BASE_UUID_TAIL  # noqa: PLR2004 - 4 bytes


def _uuids(data: bytes, width: int) -> Iterator[str]:
    for at in range(0, len(data) - width + 1, width):
        yield expand(data[at : at + width])
