"""`headcount log verify`: an accident, an edit, or neither."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import LogDamaged
from . import options
from .log_choice import find_log, log_options, must_exist
from .output import emit, note, plural, say

if TYPE_CHECKING:
    from ..store.log_verify import Verification

SHOWN = 50
"""Places that are named; whoever changed one line changed all behind it too, perhaps."""


@click.command("verify")
@log_options
@options.as_json
@click.pass_context
def verify(ctx: click.Context, event_id: str | None, file: Path | None, as_json: bool) -> None:
    """Check every line's checksum, the sequence and the chain. Never changes the file.

    Tells an accident (damaged bytes) from an edit (intact lines that were changed, put in or taken
    out). Exit code 6 for both.
    """
    from ..bootstrap.log_check import check_log
    from ..store.log_verify import damages_of, edits_of

    config = options.load_config(ctx)
    log = must_exist(find_log(config, event_id, file))
    found, heads = check_log(config, log)
    damaged, edited = damages_of(found), edits_of(found) + heads.edits
    notes = notes_of(found) + heads.notes
    if as_json:
        emit(
            {
                "log": str(log),
                "records": found.records,
                "bytes": found.bytes,
                "chained": found.chained,
                "verdict": "edited" if edited else "damaged" if damaged else "intact",
                "problems": damaged + edited,
                "damages": damaged,
                "edits": edited,
                "countersigned": heads.good.seq if heads.good else None,
                "notes": notes,
            }
        )
    else:
        say(f"{plural(found.records, 'intact record')}, {found.bytes:,} bytes in {log}")
    if heads.summary:
        note(heads.summary)
    tell(damaged + edited + notes)
    if damaged or edited:
        raise verdict(log, found, len(damaged), len(edited))


def notes_of(found: Verification) -> list[str]:
    """What could not be checked."""
    notes = [
        f"{each.path.name}, line {each.line}: what it follows from is not there, so that nobody "
        "can say whether this one line was changed"
        for each in found.unchecked
    ]
    if outside := found.lines - found.chained:
        notes.append(
            f"{plural(outside, 'line')} without a chain value (of other programs, or of an older "
            "version): of them only the checksum could be checked"
        )
    return notes


def tell(sentences: list[str]) -> None:
    """One a line; the first ones stand for all."""
    for sentence in sentences[:SHOWN]:
        note(sentence)
    if len(sentences) > SHOWN:
        note(f"… and {len(sentences) - SHOWN} more; --json has them all")


def verdict(log: Path, found: Verification, damaged: int, edited: int) -> LogDamaged:
    """What happened, what is safe, what to do."""
    safe = f"{plural(found.records, 'record')} intact; 'headcount sync' sends them."
    if not edited:
        return LogDamaged(
            f"{log} is damaged in {plural(damaged, 'place')}, as by an accident.",
            safe=safe,
            remedy="Leave the file as it is and keep a copy: headcount log export",
        )
    also = f", and damaged in {plural(damaged, 'place')}" if damaged else ""
    return LogDamaged(
        f"{log} was edited after it was written, in {plural(edited, 'place')}{also}.",
        safe=safe,
        remedy="Leave the file as it is, keep a copy, and compare it with the second copy "
        "(log.mirror_dir) and with the backend's report before you rely on it.",
    )
