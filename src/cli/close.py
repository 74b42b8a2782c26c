"""`headcount events close`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from ..core.identity import clean_text
from . import options
from .output import emit, local_time, note, plural, say

if TYPE_CHECKING:
    from ..bootstrap.closing import Closer
    from ..core.close_out import CloseOut

ALL = "all"


@click.command("close")
@click.argument("event_id", type=options.EventId())
@click.option(
    "--accept", "accepted", multiple=True, metavar="FINDING", help="Accept one of the list; or all."
)
@click.option(
    "--take-back",
    "taken",
    multiple=True,
    metavar="FINDING",
    help="Take one back; or all.",
)
@click.option("--why", default="", help="A reason, kept with the acceptances.")
@click.option("--seal", is_flag=True, help="Seal facts and rules as they are now.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def close(
    ctx: click.Context,
    event_id: str,
    accepted: tuple[str, ...],
    taken: tuple[str, ...],
    why: str,
    seal: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Close an event: what to look at, each with before and after, then the seal.

    Without an option it only shows. An acceptance changes no record, and can be taken back until
    the seal. What changes afterwards is another version, and the report says so.
    """
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    wish = _Wish(event_id, accepted, taken, clean_text(why, 200), seal)
    state = ask(config, Use.WRITE, wish.run)
    if as_json:
        emit(to_wire(state))
        return
    for line in lines(state):
        say(line)


class _Wish:
    """What is to be done, in this order: take back, accept, seal."""

    def __init__(
        self, event_id: str, accepted: Sequence[str], taken: Sequence[str], why: str, seal: bool
    ) -> None:
        self._event_id = event_id
        self._accepted = accepted
        self._taken = taken
        self._why = why
        self._seal = seal

    async def run(self, admin: Closer) -> CloseOut:
        """Do it, and say where it stands then."""
        event_id = self._event_id
        state = await admin.close_out(event_id)
        held = [finding.id for finding in state.findings if finding.accepted]
        if taken := _chosen(self._taken, held):
            state = await admin.take_back(event_id, taken)
        if accepted := _chosen(self._accepted, [finding.id for finding in state.open]):
            state = await admin.accept(event_id, accepted, self._why)
        if self._seal:
            state = await admin.seal(event_id, state.digest)
            note(f"Sealed: version {state.seals[-1].version}, SHA-256 {state.digest}")
        return state


def _chosen(given: Sequence[str], every: Sequence[str]) -> Sequence[str]:
    return every if ALL in given else given


def lines(state: CloseOut) -> Iterator[str]:
    """The close-out for people."""
    if state.provisional:
        yield "PROVISIONAL"
        yield from (f"  {reason}" for reason in state.missing)
    for finding in state.findings:
        mark = "accepted" if finding.accepted else "open"
        yield f"{mark:<8}  {clean_text(finding.id, 200)}"
        yield f"          {finding.what}"
        yield f"          {finding.before}  ->  {finding.after}"
        if finding.accepted:
            why = f": {clean_text(finding.why, 200)}" if finding.why else ""
            yield f"          by {clean_text(finding.by)}{why}"
    yield _where(state)


def _where(state: CloseOut) -> str:
    if state.sealed:
        last = state.seals[-1]
        return (
            f"Sealed: version {last.version} by {clean_text(last.by)} at {local_time(last.at)}, "
            f"SHA-256 {clean_text(last.digest)}"
        )
    what = plural(len(state.open), "finding is open", "findings are open")
    if state.changed:
        return f"The facts have changed since version {state.seals[-1].version} was sealed; {what}."
    return f"Not sealed; {what}."
