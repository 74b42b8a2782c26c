"""Replays a recording (see `recording` for its form) through the same pipeline as the radio.

The first frame comes at once, the others at their distance from it. At speed 1 what is heard
carries the present time. At any other speed the radio drives a virtual clock (see `playback`), and
the first frame's `wall` sets it: what is heard carries the times of the recording.

The file is read line by line, however large it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..core.errors import RadioError, RadioReason, UsageError
from ..core.model import Frame
from ..core.ports import Clock, FrameTap, RadioCounters, RadioListener
from .decode import Decoder
from .playback import Pace, Playback
from .recording import MAX_LINE_BYTES, Recorded, from_line

MAX_BACK_SECONDS = 1.0
"""A sniffer with several receivers writes frames a little out of order; more is damage."""
MAX_SILENCE_SECONDS = 86_400.0
"""A jump of more than a day is a damaged number: waiting for it would hang the replay."""
BROKEN_KEPT = 20
"""Broken lines that are named; the others are only counted."""


class BrokenLine(NamedTuple):
    """A line that is no advert."""

    line: int
    """Counts from 1."""
    why: str
    """For people."""


class ReplayRadio:
    """A radio that hears what a file says.

    Raises UsageError when `speed` does not fit the clock (see `playback`).
    """

    def __init__(
        self,
        path: Path,
        decoder: Decoder,
        clock: Clock,
        *,
        speed: float = 1.0,
        pace: Pace | None = None,
        tap: FrameTap | None = None,
    ) -> None:
        self._path = path
        self._playback = Playback(decoder, clock, speed=speed, pace=pace, tap=tap)
        self.broken: list[BrokenLine] = []
        """The first broken lines."""
        self.broken_count = 0
        """All broken lines."""

    async def run(self, listener: RadioListener) -> None:
        """Play the recording once; broken lines are skipped, counted and named.

        Raises UsageError if the file can't be opened or holds no advert at all, RadioError if it
        can't be read to its end.
        """
        with _opened(self._path) as file:
            recorded = self._recorded(file)
            first = next(recorded, None)
            if first is None:
                raise UsageError(
                    f"{self._path} holds no adverts. {self.trouble()}".rstrip(),
                    remedy="Make a recording with: headcount scan --record FILE",
                )
            start = self._playback.begin(listener, f"Replaying {self._path}.", first.wall_ms)
            frames = _shifted(chain([first], recorded), start - first.t)
            await self._playback.play(frames, listener)

    def counters(self) -> RadioCounters:
        """What was heard so far."""
        return self._playback.decoder

    def trouble(self) -> str:
        """The broken lines in one sentence for people; empty if there are none."""
        if not self.broken_count:
            return ""
        named = ", ".join(f"line {line} ({why})" for line, why in self.broken)
        more = self.broken_count - len(self.broken)
        return f"No adverts: {named}{f' and {more} more lines' if more else ''}."

    def _recorded(self, file: BinaryIO) -> Iterator[Recorded]:
        last: float | None = None
        for number, line in enumerate(_lines(file, self._path), start=1):
            if line.isspace():
                continue
            try:
                entry = _in_order(_whole(line), last)
            except ValueError as error:
                self._note(number, str(error))
                continue
            last = entry.t
            yield entry

    def _note(self, number: int, why: str) -> None:
        self.broken_count += 1
        if len(self.broken) < BROKEN_KEPT:
            self.broken.append(BrokenLine(number, why))


def _whole(line: bytes) -> Recorded:
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"longer than {MAX_LINE_BYTES} bytes")
    return from_line(line)


def _in_order(entry: Recorded, last: float | None) -> Recorded:
    if last is None or last <= entry.t <= last + MAX_SILENCE_SECONDS:
        return entry
    if entry.t > last:
        raise ValueError("its time is more than a day ahead")
    if entry.t < last - MAX_BACK_SECONDS:
        raise ValueError("its time goes back")
    return entry._replace(t=last)


def _shifted(recorded: Iterator[Recorded], by: float) -> Iterator[Frame]:
    for t, _, frame in recorded:
        yield frame._replace(mono=t + by)


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Each line, or of a line that is too long its beginning."""
    try:
        while line := file.readline(MAX_LINE_BYTES + 1):
            part = line
            while part and not part.endswith(b"\n"):
                part = file.readline(MAX_LINE_BYTES)
            yield line
    except OSError as error:
        raise RadioError(
            RadioReason.UNKNOWN,
            f"{path} can't be read to its end: {error.strerror}.",
            safe="What was replayed so far is kept.",
            remedy="Copy the recording to another disk and replay the copy.",
        ) from None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(
            f"The recording {path} can't be opened: {error.strerror}.",
            remedy="Name a file that exists and that you may read, as replay:FILE.",
        ) from None
    with file:
        yield file
