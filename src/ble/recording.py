"""The form of a recording: raw adverts as JSON Lines, one object a line, UTF-8.

As the operating system shows an advert:
`{"t": 0.25, "wall": 1721471400250, "address": "4A:…", "rssi": -60, "serviceUuids": ["9f2c…"],
"manufacturerData": {"76": "0215…"}, "serviceData": {"0000feaa-…": "00e7…"}}`
As a sniffer captures it: `{"t": 0.25, "address": "4A:…", "rssi": -60, "raw": "02011a1aff…"}`

`t` is seconds since the recording began, `wall` Unix milliseconds (may be missing), `rssi` dBm,
bytes are hexadecimal, company ids decimal. The three data members may be missing; others are
ignored.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from ..core.errors import HeadcountError, UsageError
from ..core.model import Frame
from ..core.ports import Clock
from . import ad

MAX_LINE_BYTES = 65_536
"""The longest advert has 1,650 bytes (extended advertising): 20 times that is no advert."""
LATEST_WALL_MS = 253_402_300_799_999
"""The end of the year 9999, the last that Python's dates can show."""
RSSI_RANGE = range(-127, 128)
"""One signed byte; 127 stands for "not available" (Core, volume 4, part E, 7.7.65.2)."""


class Recorded(NamedTuple):
    """One line of a recording."""

    t: float
    """Seconds since the recording began."""
    wall_ms: int | None
    frame: Frame
    """Its `mono` is `t`."""


def to_line(frame: Frame, t: float, wall_ms: int) -> str:
    """One line, with its newline. `t` is kept to the microsecond."""
    return (
        json.dumps(
            {
                "t": round(t, 6),
                "wall": wall_ms,
                "address": frame.address,
                "rssi": frame.rssi,
                "serviceUuids": list(frame.service_uuids),
                "manufacturerData": {
                    str(company): data.hex() for company, data in frame.manufacturer_data.items()
                },
                "serviceData": {uuid: data.hex() for uuid, data in frame.service_data.items()},
            },
            separators=(",", ":"),
        )
        + "\n"
    )


def from_line(line: bytes) -> Recorded:
    """Raises ValueError that says, for people, what is wrong with the line."""
    members = _object(line)
    t = _number(members, "t")
    wall = members.get("wall")
    if wall is not None and not (type(wall) is int and 0 <= wall <= LATEST_WALL_MS):
        raise ValueError("wall is no time in Unix milliseconds")
    address = members.get("address", "")
    if not isinstance(address, str):
        raise ValueError("address is no text")  # noqa: TRY004 - one error for every broken line
    rssi = members.get("rssi")
    if type(rssi) is not int or rssi not in RSSI_RANGE:
        raise ValueError("rssi is no number of dBm")
    return Recorded(t, wall, Frame(address, rssi, t, *_data(members)))


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        members = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(members, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - one error for every broken line
    return members


def _number(members: Mapping[str, Any], key: str) -> float:
    value: Any = members.get(key)
    # The upper limit also keeps out infinity, NaN, and integers too large for a float.
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= LATEST_WALL_MS:
        raise ValueError(f"{key} is no number of seconds")
    return float(value)


def _data(members: Mapping[str, Any]) -> tuple[tuple[str, ...], dict[int, bytes], dict[str, bytes]]:
    if "raw" in members:
        parsed = ad.parse(_bytes(members["raw"], "raw"))
        return parsed.service_uuids, parsed.manufacturer_data, parsed.service_data
    uuids = members.get("serviceUuids", [])
    if not isinstance(uuids, list) or not all(isinstance(uuid, str) for uuid in uuids):
        raise ValueError("serviceUuids is no list of texts")
    return (
        tuple(uuid.lower() for uuid in uuids),
        {
            _company(key): _bytes(data, "manufacturerData")
            for key, data in _members(members, "manufacturerData").items()
        },
        {
            uuid.lower(): _bytes(data, "serviceData")
            for uuid, data in _members(members, "serviceData").items()
        },
    )


def _members(members: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = members.get(key, {})
    if not isinstance(value, dict):
        raise ValueError(f"{key} is no object")  # noqa: TRY004 - one error for every broken line
    return value


def _company(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= len("65535")):
        raise ValueError("a key of manufacturerData is no company id")
    return int(key)


def _bytes(value: object, key: str) -> bytes:
    try:
        return bytes.fromhex(value if isinstance(value, str) else "?")
    except ValueError:
        raise ValueError(f"{key} is not hexadecimal") from None


class FrameWriter:
    """Writes every frame it is called with to a new file; usable as a `core.ports.FrameTap`.

    The file is for its owner alone (mode 0600): it holds strangers' adverts. Writes are buffered.
    A call never raises: when the disk fails, writing ends, and `close` says so.
    Raises UsageError if the file exists or can't be made.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._began = clock.now().mono
        self._file = _create(path)
        self._failure: OSError | None = None
        self.written = 0
        """Frames handed to the file."""

    def __call__(self, frame: Frame) -> None:
        """Append a frame."""
        if self._failure is not None:
            return
        wall_ms = self._clock.now().at(frame.mono).wall_ms
        line = to_line(frame, max(0.0, frame.mono - self._began), wall_ms)
        try:
            self._file.write(line.encode("ascii"))
            self.written += 1
        except OSError as error:
            self._failure = error

    def flush(self) -> None:
        """Hand what is buffered to the operating system; never raises OSError."""
        if self._failure is not None:
            return
        try:
            self._file.flush()
        except OSError as error:
            self._failure = error

    def close(self) -> None:
        """Flush and close. Raises HeadcountError if the recording is cut off."""
        try:
            self._file.close()
        except OSError as error:
            self._failure = self._failure or error
        if self._failure is not None:
            raise HeadcountError(
                f"The recording {self._path} is cut off: {self._failure.strerror}.",
                safe="Its lines up to there are whole; the attendance log is another file.",
                remedy="Make room on the disk and record again.",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _create(path: Path) -> io.BufferedWriter:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise UsageError(
            f"{path} exists already.",
            safe="It is unchanged.",
            remedy="Record into a file with another name.",
        ) from None
    except OSError as error:
        raise UsageError(
            f"{path} can't be made: {error.strerror}.",
            remedy="Name a file in a folder that exists and that you may write to.",
        ) from None
