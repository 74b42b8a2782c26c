"""Muster list and hand-over card of one event: implements `tui.ports_muster.MusterDesk`."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess  # nosec B404 - lp and lpr only
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ..clock import SystemClock
from ..config import Config
from ..core.errors import LogError, UsageError
from ..core.identity import canonical, clean_text
from ..core.model import Damage, Instant, LogLine
from ..core.muster import HandOver, Heard, Line, Muster
from ..core.ports import Clock
from ..core.spreadsheet import defuse
from ..store.log_reader import read_log
from ..store.log_segment import segments
from ..store.station import KEPT, StationStore
from ..tui.ports_muster import Mustered
from .local_events import known_event
from .paths import event_folder, log_path, state_dir
from .private_file import not_written, private_file
from .unsent import unsent_lines

Nearby = Callable[[], Iterable[tuple[str, float]]]
"""Badges in range of a running scan, and the monotonic time when each was heard."""

NOTES_LIMIT = 4_000
"""Characters of an operator's notes: a page."""
PRINTERS = ("lp", "lpr")
PRINT_SECONDS = 20.0


class StationMuster:
    """Reads an event's log, and only what is new of it the next time."""

    def __init__(
        self,
        config: Config,
        event_id: str,
        *,
        clock: Clock | None = None,
        nearby: Nearby = lambda: (),
        log: Path | None = None,
    ) -> None:
        self._config = config
        self._event_id = event_id
        self._clock = clock or SystemClock()
        self._nearby = nearby
        self._log = log or log_path(config, event_id)
        self._store = StationStore(state_dir(config))
        event = known_event(self._store, event_id)
        self.event = clean_text(event.name) or event_id
        self.time_zone = event.tz
        self._roster_ms: int | None = None
        self._registered: int | None = None
        self._muster = Muster()
        self._ends: dict[Path, int] = {}
        self._damages: list[tuple[Path, Damage]] = []
        self._printer = next(filter(None, map(shutil.which, PRINTERS)), None)
        self.can_print = self._printer is not None

    def now(self) -> Instant:
        """Both clocks."""
        return self._clock.now()

    # --- who is here ---

    def muster(self) -> Mustered:
        """Who is here. Raises LogError."""
        self._learn_roster()
        try:
            for file in segments(self._log):
                self._read(file)
        except OSError as error:
            raise LogError(
                f"The log {self._log} can't be read: {error.strerror or error}.",
                safe="Nothing was changed.",
                remedy="Look at the disk; 'headcount doctor' can help.",
            ) from error
        now = self._clock.now()
        people, unknown = self._muster.here(now.wall_ms, now.mono, self._nearby())
        return Mustered(people, unknown, self._registered)

    def _learn_roster(self) -> None:
        """A newer roster may know more badges: the log is read anew then."""
        cached = self._store.roster(self._event_id)
        if cached is None or cached.fetched_ms == self._roster_ms:
            return
        self._roster_ms = cached.fetched_ms
        self._registered = sum(person.registered for person, _badges in cached.members)
        self._muster = Muster(cached.members)
        self._ends.clear()
        self._damages.clear()

    def _read(self, file: Path) -> None:
        start = self._ends.get(file, 0)
        if file.stat().st_size <= start:
            return
        boot = self._clock.now().boot
        for item in read_log(file, start):
            if isinstance(item, Damage):
                self._damages.append((file, item))
                self._ends[file] = item.end + 1
            else:
                self._ends[file] = item.start + len(item.raw) + 1
                if (line := _line(item, boot)) is not None:
                    self._muster.add(line)

    # --- ticking off ---

    def ticked(self) -> Collection[str]:
        """Who was ticked off."""
        value = self._store.get(f"muster.{self._event_id}")
        return {str(key) for key in value} if isinstance(value, list) else set()

    def tick(self, keys: Collection[str]) -> None:
        """Keep who is ticked off."""
        self._store.set(f"muster.{self._event_id}", sorted(keys))

    # --- the card ---

    def card(self) -> HandOver:
        """The card's facts."""
        found = self.muster()
        lately = sum(each.heard is not Heard.CHECKED_IN for each in found.people)
        refused = sum(each.state == KEPT for each in self._store.refused(self._event_id))
        unsent = sum(unsent_lines(file, self._acked(file)) for file in segments(self._log))
        notes = self._store.get(f"notes.{self._event_id}")
        card = HandOver(
            event=self.event,
            time_ms=self.now().wall_ms,
            here=lately,
            checked_in=len(found.people),
            registered=found.registered,
            unknown=found.unknown,
            unsent=unsent,
            refused=refused,
            notes=notes if isinstance(notes, str) else "",
        )
        return replace(card, troubles=self._troubles(card))

    def _acked(self, file: Path) -> int:
        server = self._config.backend.url
        receipt = self._store.receipt(str(file.resolve()), server, self._event_id)
        return receipt.acked_bytes if receipt else 0

    def _troubles(self, card: HandOver) -> list[str]:
        troubles = []
        if card.refused:
            troubles.append(f"{card.refused} refused by the backend: kept here, with the reasons.")
        troubles += [
            f"{file.name} is damaged at line {damage.line}; intact records are safe."
            for file, damage in self._damages[:3]
        ]
        if card.registered is None:
            troubles.append("The roster is unknown: names are missing until the next sync.")
        return [*troubles, *self._store.warnings]

    def save_notes(self, notes: str) -> None:
        """Keep the operator's notes."""
        self._store.set(f"notes.{self._event_id}", notes[:NOTES_LIMIT])

    # --- paper ---

    def suggested_file(self, what: str) -> str:
        """In the user's own folder."""
        return str(Path.home() / f"{what}_{event_folder(self._event_id)}.txt")

    def save(self, file: str, text: str) -> str:
        """Write a new file."""
        return self._write(file, text.encode())

    def save_table(self, file: str, rows: Sequence[Sequence[str]]) -> str:
        """Write rows as CSV."""
        stream = io.StringIO(newline="")
        csv.writer(stream).writerows(
            [defuse(clean_text(cell, 500)) for cell in row] for row in rows
        )
        return self._write(file, stream.getvalue().encode())

    def _write(self, file: str, data: bytes) -> str:
        path = Path(file).expanduser()
        try:
            with private_file(path, new=True) as stream:
                stream.write(data)
        except FileExistsError:
            raise UsageError(f"{path} exists already.", remedy="Choose another name.") from None
        except OSError as error:
            raise not_written(path, error) from None
        return str(path)

    def print_out(self, text: str) -> None:
        """Hand a text to the system's printer."""
        if self._printer is None:
            raise UsageError("This machine has no printer command.", remedy="Save to a file.")
        try:
            subprocess.run(  # noqa: S603  # nosec B603 - a fixed command; the text is its input
                [self._printer],
                input=text.encode(),
                check=True,
                capture_output=True,
                timeout=PRINT_SECONDS,
            )
        except (OSError, subprocess.SubprocessError):
            raise UsageError(
                "The printer did not take it.", remedy="Look at the printer, or save to a file."
            ) from None


def _line(item: LogLine, boot: str) -> Line | None:
    """What the list needs of a line; lenient with the values of another program's."""
    value = json.loads(item.raw)
    time_ms, mono = value.get("checkInTime"), value.get("mono")
    if not isinstance(time_ms, int) or isinstance(time_ms, bool):
        return None
    here = isinstance(mono, int) and value.get("boot") == boot
    texts = {key: str(value.get(key, "")) for key in ("id", "user", "name", "of")}
    kind = str(value.get("kind", "sighting"))
    badge = canonical(str(value["bleUuid"])) or ""
    return Line(kind, badge, time_ms, mono / 1000 if here else None, **texts)
