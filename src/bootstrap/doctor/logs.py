"""Whether the logs on this machine are whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...config import Config
from ...core.doctor import Area, Finding, Severity, good
from ...store.log_verify import damages_of, edits_of
from ..log_check import check_log
from ..paths import log_path, logged_events


def logs(config: Config) -> Iterator[Finding]:
    """A finding for each damaged log; one for all that are whole."""
    events = logged_events(config)
    wrong = [finding for event in events for finding in _trouble(config, event)]
    yield from wrong
    if not events:
        yield good(Area.LOG, "logs", "There is no log yet.")
    elif not wrong:
        yield good(Area.LOG, "logs", f"All records are intact, in {_logs(len(events))}.")


def _trouble(config: Config, event_id: str) -> Iterator[Finding]:
    log = log_path(config, event_id)
    try:
        found, heads = check_log(config, log)
    except OSError as error:
        yield _finding(f"{log} can't be read: {error.strerror}.", f"ls -l {log}")
        return
    problems = damages_of(found) + edits_of(found) + heads.edits
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        what = f"The log of {event_id} is not as it was written: {problems[0]}{more}."
        yield _finding(what, f"headcount log verify --event {event_id}")
    yield from _left_over(log, event_id)


def _left_over(log: Path, event_id: str) -> Iterator[Finding]:
    """What recovery has set aside; it is kept for whoever wants to read it."""
    for path in sorted(log.parent.glob("*.torn*")):
        yield Finding(
            Area.LOG,
            "log-torn",
            Severity.NOTE,
            f"A half-written line of {event_id} lies in {path}.",
            "The machine lost power while it was written; it was never told to be safe.",
        )


def _finding(what: str, remedy: str) -> Finding:
    why = "The intact records are safe and can be sent; what is damaged can't be had again."
    return Finding(Area.LOG, "log-damaged", Severity.ERROR, what, why, remedy)


def _logs(count: int) -> str:
    return f"{count} log{'s' * (count != 1)}"
