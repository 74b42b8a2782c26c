"""Finds stations by DNS service discovery over multicast (RFC 6762, 6763). Imports zeroconf.

What is announced: a random name, address and port, and the fleet's mark. No name of a machine,
scanner, event or person.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from typing import Final

from zeroconf import Error as ZeroconfError
from zeroconf import NotRunningException, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from .fleet import Found

TYPE: Final = "_headcount._tcp.local."
LOOK_UP_MS: Final = 3000
"""For the address of an announced name."""
MOST_LOOKED_UP: Final = 16
"""Names at once: anybody on the LAN can announce thousands."""
MOST_KNOWN: Final = 256
"""Names that are remembered, so that it is known what goes."""
_MARK: Final = "mark"
_MARK_LIMIT: Final = 64
_MULTICAST: Final = ("224.0.0.251", 5353)
"""Multicast DNS (RFC 6762, 3)."""

OnFound = Callable[[Found], None]
OnLost = Callable[[str, int], None]


def lan_address() -> str:
    """This machine's address on the interface that multicast leaves by; empty without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_MULTICAST)  # of a datagram socket: chooses the way, sends nothing
        except OSError:
            return ""
        address: str = probe.getsockname()[0]
        return address


def is_near(address: str, own: str) -> bool:
    """Whether an announced address can be on the LAN of `own`.

    No announcement leads out of the house, nor to services of this very machine.
    """
    there, here = ipaddress.ip_address(address), ipaddress.ip_address(own)
    if there.is_loopback or there.is_unspecified or there.is_multicast:
        return there.is_loopback and here.is_loopback
    return there.is_private


class Browser:
    """Looks announced names up, a few at once, and tells what they stand for."""

    def __init__(self, own: str, on_found: OnFound, on_lost: OnLost) -> None:
        self._own, self._on_found, self._on_lost = own, on_found, on_lost
        self._known: dict[str, tuple[str, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        """A name came, changed or went; the library calls it on the loop's thread, by keyword."""
        if state_change is ServiceStateChange.Removed:
            if where := self._known.pop(name, None):
                self._on_lost(*where)
        elif len(self._tasks) < MOST_LOOKED_UP:
            work = self._look_up(zeroconf, service_type, name)
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _look_up(self, zeroconf: Zeroconf, service_type: str, name: str) -> None:
        try:
            info = AsyncServiceInfo(service_type, name)
            if not await info.async_request(zeroconf, LOOK_UP_MS):
                return
        except (ZeroconfError, OSError, ValueError):  # a name that can't be asked for
            return
        found = as_found(info, name.removesuffix(f".{service_type}"), self._own)
        if found and found.port and len(self._known) < MOST_KNOWN:
            self._known[name] = (found.address, found.port)
            self._on_found(found)

    async def stop(self) -> None:
        """Look nothing up any more."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def as_found(info: AsyncServiceInfo, instance: str, own: str) -> Found | None:
    """What an announcement says, as far as it can be ours."""
    mark = info.decoded_properties.get(_MARK) or ""
    near = [address for address in info.parsed_addresses() if ":" not in address]
    if not near or not is_near(near[0], own) or not 0 < len(mark) <= _MARK_LIMIT:
        return None
    return Found(near[0], info.port or 0, mark, instance)


@contextlib.asynccontextmanager
async def announced(
    me: Found, on_found: OnFound, on_lost: OnLost, *, port: int = _MULTICAST[1]
) -> AsyncIterator[None]:
    """Announce this station and look for others while inside. Raises OSError."""
    network = AsyncZeroconf(interfaces=[me.address])
    browser = Browser(me.address, on_found, on_lost)
    try:
        looking = AsyncServiceBrowser(network.zeroconf, TYPE, handlers=[browser.changed], port=port)
        await _register(network, me)
        try:
            yield
        finally:
            await looking.async_cancel()
            await browser.stop()
            with contextlib.suppress(NotRunningException, OSError):
                await network.async_unregister_all_services()
    finally:
        await network.async_close()


async def _register(network: AsyncZeroconf, me: Found) -> None:
    """Raises OSError."""
    try:
        await (await network.async_register_service(_announcement(me)))
    except ZeroconfError as error:
        raise OSError(f"the announcement failed: {error!r}") from error


def _announcement(me: Found) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        TYPE,
        f"{me.instance}.{TYPE}",
        parsed_addresses=[me.address],
        port=me.port,
        properties={_MARK: me.mark},
        server=f"{me.instance}.local.",
    )
