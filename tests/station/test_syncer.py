"""The syncer: what is acknowledged, what is refused, and patience."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import pytest

from headcount.clock import ManualClock
from headcount.core.errors import BackendRejected, BackendUnreachable, KeyRefused
from headcount.core.model import BatchAnswer, Damage, LogLine, Refusal, ScanSession
from headcount.syncer import LONGEST_DELAY, Acknowledged, Patience, Syncer

SESSION = ScanSession("s1", "door", 0, 10, 10)
LINES = [LogLine(n + 1, n * 10, b"line %d" % n) for n in range(5)]
Answer = Callable[[Sequence[bytes]], BatchAnswer]


def accept(raw: Sequence[bytes]) -> BatchAnswer:
    return BatchAnswer(len(raw), checked_in=len(raw), duplicates=0, unknown=0)


class Server:
    """Answers as scripted, then accepts; remembers what it was sent."""

    def __init__(self, *script: Answer | Exception) -> None:
        self._script = list(script)
        self.posts: list[tuple[list[bytes], int]] = []

    async def post(
        self, _event_id: str, raw: Sequence[bytes], sessions: Sequence[ScanSession]
    ) -> BatchAnswer:
        self.posts.append((list(raw), len(sessions)))
        answer = self._script.pop(0) if self._script else accept
        if isinstance(answer, Exception):
            raise answer
        return answer(raw)


class Bench:
    def __init__(self, server: Server, batch_records: int = 2, attempts: int = 4) -> None:
        self.clock = ManualClock()
        self.delays: list[float] = []
        self.acknowledged: list[Acknowledged] = []
        patience = Patience(
            clock=self.clock, rng=random.Random(1), attempts=attempts, on_retry=self._retry
        )
        self.syncer = Syncer(server.post, patience=patience, batch_records=batch_records)

    def _retry(self, _error: BackendUnreachable, delay: float) -> None:
        self.delays.append(delay)
        asyncio.get_running_loop().call_soon(self._pass_time, delay)

    def _pass_time(self, delay: float) -> None:
        self.clock.advance(delay)

    async def acknowledge(self, acknowledged: Acknowledged) -> None:
        self.acknowledged.append(acknowledged)

    @property
    def acked(self) -> list[int]:
        return [line.line for ack in self.acknowledged for line in ack.lines]


def unreachable(retry_after: float | None = None) -> BackendUnreachable:
    return BackendUnreachable("No answer.", retry_after=retry_after)


async def test_lines_go_in_order_and_in_batches_sessions_with_the_last() -> None:
    server = Server()
    bench = Bench(server)
    result = await bench.syncer.send("e", LINES, [SESSION], bench.acknowledge)
    assert [(len(raw), sessions) for raw, sessions in server.posts] == [(2, 0), (2, 0), (1, 1)]
    assert bench.acked == [1, 2, 3, 4, 5]
    assert (result.received, result.checked_in, result.batches) == (5, 5, 3)


async def test_damage_is_passed_over_and_named() -> None:
    damage = Damage(3, 20, 30, "not JSON")
    bench = Bench(Server())
    result = await bench.syncer.send("e", [*LINES[:2], damage, *LINES[3:]], (), bench.acknowledge)
    assert result.damages == [damage]
    assert bench.acked == [1, 2, 4, 5]


async def test_nothing_to_send_is_no_post() -> None:
    server = Server()
    result = await Bench(server).syncer.send("e", [], (), Bench(server).acknowledge)
    assert (server.posts, result.received) == ([], 0)


async def test_sessions_are_sent_even_when_all_records_are_in() -> None:
    server = Server()
    bench = Bench(server)
    await bench.syncer.send("e", [], [SESSION], bench.acknowledge)
    assert server.posts == [([], 1)]


async def test_a_refused_record_is_named_and_the_others_are_acknowledged() -> None:
    def refuse_second(raw: Sequence[bytes]) -> BatchAnswer:
        return BatchAnswer(len(raw), 1, 0, 0, (Refusal(1, "INVALID_BLE_UUID", "no id"),))

    bench = Bench(Server(refuse_second))
    result = await bench.syncer.send("e", LINES[:2], (), bench.acknowledge)
    assert [(r.line.line, r.code) for r in result.refused] == [(2, "INVALID_BLE_UUID")]
    assert bench.acked == [1, 2]


async def test_trouble_is_waited_out_and_nothing_is_skipped() -> None:
    server = Server(unreachable(), unreachable(), unreachable())
    bench = Bench(server)
    await bench.syncer.send("e", LINES[:2], (), bench.acknowledge)
    assert len(server.posts) == 4
    assert bench.acked == [1, 2]
    assert bench.delays == sorted(bench.delays)
    assert 0.5 <= bench.delays[0] <= 1


@pytest.mark.parametrize(("wish", "waited"), [(20, 20), (86_400, LONGEST_DELAY)])
async def test_the_servers_wish_is_heeded_within_reason(wish: float, waited: float) -> None:
    bench = Bench(Server(unreachable(retry_after=wish)))
    await bench.syncer.send("e", LINES[:1], (), bench.acknowledge)
    assert bench.delays == [waited]


async def test_after_the_last_attempt_only_the_rest_is_unsent() -> None:
    server = Server(accept, *(unreachable() for _ in range(4)))
    bench = Bench(server)
    with pytest.raises(BackendUnreachable):
        await bench.syncer.send("e", LINES, (), bench.acknowledge)
    assert bench.acked == [1, 2]


async def test_a_refused_key_is_not_tried_again() -> None:
    server = Server(KeyRefused("403"))
    with pytest.raises(KeyRefused):
        await Bench(server).syncer.send("e", LINES, (), Bench(server).acknowledge)
    assert len(server.posts) == 1


async def test_what_is_too_large_is_halved_until_it_fits() -> None:
    def at_most_one(raw: Sequence[bytes]) -> BatchAnswer:
        if len(raw) > 1:
            raise BackendRejected("413", status=413)
        return accept(raw)

    server = Server(*([at_most_one] * 9))
    bench = Bench(server, batch_records=4)
    result = await bench.syncer.send("e", LINES[:4], [SESSION], bench.acknowledge)
    assert bench.acked == [1, 2, 3, 4]
    assert result.received == 4
    assert [sessions for raw, sessions in server.posts if len(raw) == 1] == [0, 0, 0, 1]


async def test_one_record_that_is_too_large_is_an_error() -> None:
    server = Server(BackendRejected("413", status=413))
    with pytest.raises(BackendRejected):
        await Bench(server).syncer.send("e", LINES[:1], (), Bench(server).acknowledge)
