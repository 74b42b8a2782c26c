"""What opening a log found, for people."""

from __future__ import annotations

from ..store.log_recovery import Recovery


def recovery_notes(recovery: Recovery) -> list[str]:
    """What opening the log found, for people."""
    notes = [
        f"{path.name}, line {damage.line}, byte {damage.start}: {damage.why}. "
        "The file is left as it is, and a new one is written beside it."
        for path, damage in recovery.damages
    ]
    notes.extend(f"A half-written line was moved to {path}." for path in recovery.set_aside)
    return notes
