"""Which formats are on the air, whether they count as badges here or not.

For "why am I not seen?": a badge of a format that is not configured is never decoded. Only shapes
are looked at, no ids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from ..core.model import Format, Frame
from ..core.pulse import HeardFormat
from .ad import BASE_UUID_TAIL

CLOSE_DBM: Final = -60
"""A phone that is held at the scanner is heard at -60 dBm and more; at the far wall it is not."""

_EDDYSTONE: Final = "0000feaa" + BASE_UUID_TAIL
_ID_BYTES: Final = 16


class FormatTally:
    """Counts frames by format."""

    def __init__(self, wanted: Collection[Format], services: Collection[str] = ()) -> None:
        """`services`: 16-bit UUIDs whose data may be an id; there are others everywhere."""
        self._wanted = wanted
        self._services = {f"0000{short.lower()}{BASE_UUID_TAIL}" for short in services}
        self._frames = dict.fromkeys(Format, 0)
        self._close = dict.fromkeys(Format, 0)

    def count(self, frame: Frame) -> None:
        """Look at a frame's shape; cheap, because every frame passes here."""
        if frame.service_uuids and _has_ids(frame.service_uuids):
            self._add(Format.SERVICE_UUID, frame.rssi)
        if frame.manufacturer_data:
            self._of_manufacturers(frame.manufacturer_data, frame.rssi)
        if frame.service_data:
            self._of_services(frame.service_data, frame.rssi)

    @property
    def heard(self) -> Sequence[HeardFormat]:
        """Every format, in the order of `Format`."""
        return tuple(
            HeardFormat(each, each in self._wanted, self._frames[each], self._close[each])
            for each in Format
        )

    def _add(self, found: Format, rssi: int) -> None:
        self._frames[found] += 1
        if rssi >= CLOSE_DBM:
            self._close[found] += 1

    def _of_manufacturers(self, sections: Mapping[int, bytes], rssi: int) -> None:
        for data in sections.values():
            if data[:2] == b"\x02\x15":
                self._add(Format.IBEACON, rssi)
            elif data[:2] == b"\xbe\xac":
                self._add(Format.ALTBEACON, rssi)

    def _of_services(self, sections: Mapping[str, bytes], rssi: int) -> None:
        for service, data in sections.items():
            if not service.endswith(BASE_UUID_TAIL):
                self._add(Format.SERVICE_DATA_128, rssi)
            elif service == _EDDYSTONE:
                self._add(Format.EDDYSTONE_UID, rssi)
            elif service in self._services and len(data) >= _ID_BYTES:
                self._add(Format.SERVICE_DATA_16, rssi)


def _has_ids(uuids: Sequence[str]) -> bool:
    return any(not uuid.endswith(BASE_UUID_TAIL) for uuid in uuids)
