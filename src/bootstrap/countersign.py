"""After a sync: the log's head goes to the backend, and its countersignature is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ..api.client import BackendClient
from ..core.errors import BackendError, BackendRejected
from ..core.log_heads import Countersigned, Head, statement
from ..keys import fingerprint, is_signed
from ..store.log_heads import (
    HeadReceipt,
    add_receipt,
    chain_at,
    chain_of,
    find_head,
    read_receipts,
)
from ..store.station import StationStore

NOT_FOUND, CONFLICT = 404, 409
_RENEWED = "If nobody renewed it, something else answers under its name."
_SHORTER = "It is an older copy, or its end was cut off."


class Countersigner:
    """Asks one backend to countersign the heads of logs. Nothing here makes a sync fail."""

    def __init__(self, client: BackendClient, store: StationStore) -> None:
        self._client = client
        self._store = store

    async def __call__(
        self, event_id: str, files: Sequence[Path], acked_bytes: int
    ) -> tuple[HeadReceipt | None, list[str]]:
        """The new receipt, if there is one, and what people should know.

        `files` are the log's, all acknowledged, the last one up to `acked_bytes`.
        """
        try:
            found = await asyncio.to_thread(find_head, files, acked_bytes)
            if found is None:
                return None, []
            receipts, _ = await asyncio.to_thread(read_receipts, files[0])
            ours = [each for each in receipts if (each.server, each.event_id) == self._of(event_id)]
            return await self._ask(event_id, files, found, ours[-1] if ours else None)
        except OSError as error:
            return None, [f"The receipt of the countersignature was not kept: {error.strerror}."]

    def _of(self, event_id: str) -> tuple[str, str]:
        return self._client.url, event_id

    async def _ask(
        self,
        event_id: str,
        files: Sequence[Path],
        found: tuple[Path, Head],
        last: HeadReceipt | None,
    ) -> tuple[HeadReceipt | None, list[str]]:
        file, head = found
        if last and (last.seq, last.chain) == (head.seq, head.chain):
            return None, []
        if last:
            head = replace(head, after_seq=last.seq, after_chain=chain_at(files, last))
        try:
            answer = await self._client.countersign(event_id, head)
            if _asks_back(answer, head):
                head = await asyncio.to_thread(_following, files, head, answer)
                answer = await self._client.countersign(event_id, head)
        except BackendRejected as error:
            return None, _rejected(error)
        except BackendError:
            return None, []  # the next sync asks again
        if not answer.signature:
            return None, [_not_signed(head, answer)]
        notes = await asyncio.to_thread(self._pin, answer.key)
        if not is_signed(answer.key, statement(event_id, head, answer.time), answer.signature):
            return None, [*notes, "The backend's countersignature is wrong; it was not kept."]
        receipt = _receipt(self._client.url, event_id, file, head, answer)
        await asyncio.to_thread(add_receipt, files[0], receipt)
        return receipt, notes

    def _pin(self, key: str) -> list[str]:
        """Remember the backend's key at its first use, and say when it is another one."""
        name = key_name(self._client.url)
        known = self._store.get(name)
        if known == key:
            return []
        self._store.set(name, key)
        if not isinstance(known, str):
            return []
        change = f"from {fingerprint(known)} to {fingerprint(key)}"
        return [f"The backend's signing key has changed, {change}. {_RENEWED}"]


def key_name(server: str) -> str:
    """Under which name the station keeps a backend's signing key."""
    return f"log-key {server}"


def _asks_back(answer: Countersigned, head: Head) -> bool:
    """Whether the backend knows another head of this log than our receipts do."""
    latest = answer.latest
    return not answer.signature and latest is not None and head.after_seq < latest.seq < head.seq


def _following(files: Sequence[Path], head: Head, answer: Countersigned) -> Head:
    """The head with what this log has for the record that the backend saw last."""
    seq = answer.latest.seq if answer.latest else 0
    return replace(head, after_seq=seq, after_chain=chain_of(files, seq))


def _not_signed(head: Head, answer: Countersigned) -> str:
    if answer.latest is None:
        return "The backend did not countersign the log, and gave no reason."
    seen = f"up to record {answer.latest.seq}, at {when(answer.latest.time)}"
    here = f"here it ends at record {head.seq}"
    return f"The backend has seen this log {seen}; {here}. {_SHORTER}"


def _rejected(error: BackendRejected) -> list[str]:
    if error.status == NOT_FOUND:
        return []  # an older backend, which countersigns nothing
    if error.status == CONFLICT:
        return [f"The backend countersigned another log of this name. {error.what}"]
    return [f"The backend did not countersign the log. {error.what}"]


def _receipt(
    server: str, event_id: str, file: Path, head: Head, answer: Countersigned
) -> HeadReceipt:
    return HeadReceipt(
        event_id=event_id,
        server=server,
        log=head.log,
        scanner_id=head.scanner_id,
        seq=head.seq,
        chain=head.chain,
        file=file.name,
        end=head.bytes,
        time_ms=answer.time,
        key=answer.key,
        signature=answer.signature,
    )


def when(time_ms: int) -> str:
    """A moment in UTC, for people; the file's own word, so anything may stand there."""
    try:
        return f"{datetime.fromtimestamp(time_ms / 1000, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return "an impossible time"
