"""A TCP proxy on loopback that breaks one connection after a number of bytes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

How = Literal["RST", "FIN", "stall"]
LINGER_0 = struct.pack("ii", 1, 0)
"""close() then drops what is unsent and answers with RST (socket(7), SO_LINGER)."""
BLOCK = 65_536


@dataclass(slots=True)
class Cut:
    """Break after exactly `after` bytes in one direction, counted over the whole connection."""

    upwards: bool
    after: int
    how: How
    done: bool = False


class Proxy:
    """Passes bytes on; the connection that meets `cut` first is broken in both directions."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self.cut: Cut | None = None
        self.passed = {True: 0, False: 0}
        """Bytes upwards (True) and downwards since it was last set."""
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One more connection. The loop itself holds its tasks weakly, a stalled one not at all."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        ends = writer, up_writer
        pumps = [
            asyncio.create_task(self._pump(reader, up_writer, ends, upwards=True)),
            asyncio.create_task(self._pump(up_reader, writer, ends, upwards=False)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for end in ends:
                end.close()

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
        *,
        upwards: bool,
    ) -> None:
        passed = 0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(BLOCK):
                cut = self.cut
                meets = cut and not cut.done and cut.upwards == upwards
                if cut and meets and passed + len(data) > cut.after:
                    cut.done = True
                    writer.write(data[: max(0, cut.after - passed)])
                    await writer.drain()
                    await _break(cut.how, ends)
                    return
                passed += len(data)
                self.passed[upwards] += len(data)
                writer.write(data)
                await writer.drain()


async def _break(how: How, ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
    if how == "stall":
        await asyncio.Event().wait()  # until the client gives up, and both pumps are cancelled
    for end in ends:
        if how == "RST":
            await asyncio.sleep(0)  # what was passed on before has left
            raw: socket.socket = end.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
            end.transport.abort()
        else:
            end.close()


@contextlib.asynccontextmanager
async def proxy(host: str, port: int) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy to an address; yields it and its URL."""
    it = Proxy(host, port)
    server = await asyncio.start_server(it.accept, "127.0.0.1", 0)
    async with server:
        try:
            yield it, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            await it.close()
