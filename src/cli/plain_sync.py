"""Sending what is unsent, and the copy on a stick, in the line mode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..tui.sync_state import SyncState, receipt_counts
from ..tui.words import _
from . import plain_words as words

if TYPE_CHECKING:
    from ..core.errors import HeadcountError
    from ..tui.ports_sync import Sent, SyncDesk

SYNC_STEP = 1000
"""Records after which a running sync is heard of again."""


async def send(desk: SyncDesk, say: Callable[[str], None]) -> None:
    """Send, and tell how far it is. Cancelled, it says that the rest stays here."""
    state = SyncState()
    state.planned(await asyncio.to_thread(desk.plan))
    say(_("Sending to {url}.").format(url=state.plan.url if state.plan else ""))
    state.began(desk.now().mono)
    told = 0

    def sent(at: Sent) -> None:
        nonlocal told
        state.progressed(at)
        if at.records - told >= SYNC_STEP:
            told = at.records
            say(f"{state.progress(desk.now().mono)}.")

    def retrying(error: HeadcountError, wait: float) -> None:
        state.retrying(error, wait, desk.now().mono)
        say(words.level(*state.headline(desk.now().mono)))

    try:
        state.finished(await desk.run(sent, retrying))
    except asyncio.CancelledError:
        state.stopped()
        say(state.headline(0.0)[1])
        raise
    for line in _outcome(state, desk.now().mono):
        say(line)


def _outcome(state: SyncState, mono: float) -> list[str]:
    lines = [words.level(*state.headline(mono))]
    lines += state.advice(_("Without a network, type: stick"))
    for receipt in state.outcome.receipts if state.outcome else ():
        lines += [f"{receipt.event}: {receipt_counts(receipt)}.", *receipt.notes]
    return lines


def to_stick(desk: SyncDesk, folder: str) -> Sequence[str]:
    """Copy the unsent logs; without a folder, name those that could be. Raises HeadcountError."""
    if not folder:
        none = [_("No removable disk was found; any folder will do.")]
        return [*(desk.sticks() or none), _("Type: stick FOLDER")]
    files = desk.export(folder)
    if not files:
        return [_("Nothing is unsent: nothing was copied.")]
    copied = [_("Copied to {file}.").format(file=Path(file)) for file in files]
    return [*copied, _("The disk may be pulled out. The records stay unsent here.")]
