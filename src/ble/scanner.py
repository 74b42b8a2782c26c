"""The real radio: one continuous scan with bleak, supervised. The only importer of bleak."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple, Protocol

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from ..core.battery import Battery
from ..core.errors import RadioError, RadioReason
from ..core.model import Advertisement, Frame
from ..core.ports import Clock, FrameTap, RadioListener
from ..core.pulse import HeardFormat
from .hearing import Changes, HearingMonitor, ResetAdapter, Restart, Timings, Wait
from .scan_adapter import AdapterState
from .scan_errors import radio_error, reason_of_dbus_error

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from .bluez import BlueZWatch

NO_FILTER = -127
"""dBm. Every frame passes, and BlueZ tells each one: without an RSSI in the filter, BlueZ after
5.87 tells only changes of 8 dB or more."""

_NOTHING_RECEIVED = -127
"""bleak's RSSI where the system gave none: BlueZ takes the RSSI back when a discovery ends, which
looks like one more frame from every device."""

_UNAVAILABLE = {
    BleakBluetoothNotAvailableReason.NO_BLUETOOTH: RadioReason.NO_ADAPTER,
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: RadioReason.NO_LOW_ENERGY,
    BleakBluetoothNotAvailableReason.POWERED_OFF: RadioReason.POWERED_OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: RadioReason.DENIED_BY_SYSTEM,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: RadioReason.DENIED_BY_SYSTEM,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: RadioReason.DENIED_BY_SYSTEM,
}

_log = logging.getLogger(__name__)


class FrameDecoder(Protocol):
    """Makes advertisements of frames; satisfied by `ble.decode.Decoder`."""

    @property
    def identified(self) -> int:
        """Advertisements made."""

    @property
    def background_apps(self) -> int:
        """Frames of iOS apps in the background."""

    @property
    def heard_formats(self) -> Sequence[HeardFormat]:
        """What is on the air, by format."""

    @property
    def batteries(self) -> Mapping[str, Battery]:
        """What badges told of their batteries, by bleUuid."""

    def decode(self, frame: Frame) -> tuple[Advertisement, ...]:
        """The advertisements in a frame."""

    def seed(self, address: str, service_uuids: Sequence[str], keys: Sequence[str] = ()) -> None:
        """Tell what the system knew of an address before the scan began."""


class Totals(NamedTuple):
    """What was heard since the start of the run."""

    frames: int
    identified: int
    background_apps: int
    heard_formats: Sequence[HeardFormat] = ()
    batteries: Mapping[str, Battery] = {}


class BluetoothRadio:
    """One continuous active scan that notices when it is deaf and recovers by itself.

    `adapter` is BlueZ's name (hci0), empty for the first that can scan; other systems have one.
    `rssi_filter` in dBm: weaker frames are not reported. `tap` sees every frame before it is
    decoded. `watch_bluez`: ask BlueZ beside bleak how the adapter is; without it the supervision
    goes by silence alone.
    """

    def __init__(
        self,
        decoder: FrameDecoder,
        clock: Clock,
        *,
        adapter: str = "",
        rssi_filter: int = NO_FILTER,
        timings: Timings | None = None,
        tap: FrameTap | None = None,
        watch_bluez: bool = sys.platform == "linux",
    ) -> None:
        self._decoder = decoder
        self._clock = clock
        self._adapter = adapter
        self._rssi_filter = rssi_filter
        self._timings = timings or Timings()
        self._tap = tap
        self._monitor = HearingMonitor(
            self._timings, adapter=adapter, refresh=sys.platform != "linux"
        )
        self._watch = self._make_watch() if watch_bluez else None
        self._listener: RadioListener | None = None
        self._scanner: BleakScanner | None = None
        self._sleeper: asyncio.Future[None] | None = None
        self._frames = 0
        self.callback_errors = 0
        """Frames whose processing failed; the first failure is logged with its trace."""

    def counters(self) -> Totals:
        """What was heard so far."""
        made = self._decoder
        return Totals(
            self._frames, made.identified, made.background_apps, made.heard_formats, made.batteries
        )

    def trouble(self) -> str:
        """The frames whose processing failed, in a sentence; empty for none."""
        if not self.callback_errors:
            return ""
        return f"{self.callback_errors} adverts could not be processed; headcount.log says why."

    async def run(self, listener: RadioListener) -> None:
        """Listen until cancelled. Once for each object.

        Raises RadioError if listening can't begin. Later trouble is told by `listener.hearing`,
        and a coverage gap that is open at the end, too.
        """
        self._listener = listener
        async with self._watch or nullcontext():
            try:
                await self._start()
                self._tell(self._monitor.started(self._mono()))
                await self._supervise()
            finally:
                await self._end()

    async def _end(self) -> None:
        try:
            await self._stop()
        finally:  # also when nobody waits for the stop any longer
            self._tell(self._monitor.stopped(self._mono()))
            self._listener = None

    # Supervision

    async def _supervise(self) -> None:
        while True:
            now = self._mono()
            self._tell(self._monitor.tick(now))
            step = self._monitor.decide(now)
            if isinstance(step, Wait):
                await self._wait(step.until)
            else:
                await self._recover(step)

    async def _recover(self, step: Restart | ResetAdapter) -> None:
        await self._stop()
        try:
            if isinstance(step, ResetAdapter):
                await self._reset()
            await self._start()
        except RadioError as error:
            self._tell(self._monitor.failed(error, self._mono()))
        else:
            self._tell(self._monitor.started(self._mono()))

    async def _wait(self, until: float) -> None:
        """Sleep until a time, or until something was told (`_tell`)."""
        self._sleeper = asyncio.ensure_future(self._clock.sleep(until - self._mono()))
        try:
            await asyncio.wait({self._sleeper})
        finally:
            self._sleeper.cancel()

    def _tell(self, changes: Changes) -> None:
        for change in changes:
            if self._listener is not None:
                self._listener.hearing(change)
        if changes:
            self._wake()

    def _wake(self) -> None:
        if self._sleeper is not None:
            self._sleeper.cancel()

    def _state_changed(self, state: AdapterState) -> None:
        self._tell(self._monitor.adapter(state, self._mono()))
        self._wake()

    def _mono(self) -> float:
        return self._clock.now().mono

    # The scan

    async def _start(self) -> None:
        """Start a fresh scan. Raises RadioError, whatever went wrong."""
        adapter = self._adapter or (self._watch.choose() if self._watch else "")
        try:
            async with asyncio.timeout(self._timings.start_timeout):
                await self._seed()
                scanner = self._make_scanner(adapter)
                await scanner.start()
        except Exception as error:  # bleak lets everything through, even KeyError
            raise self._explained(error) from error
        self._scanner = scanner

    def _make_scanner(self, adapter: str) -> BleakScanner:
        bluez = BlueZScannerArgs(filters={"RSSI": self._rssi_filter})
        if adapter:
            bluez["adapter"] = adapter
        return BleakScanner(self._detected, scanning_mode="active", bluez=bluez)

    async def _seed(self) -> None:
        """Tell the decoder what BlueZ has in its cache: it shows old UUIDs with each new frame."""
        if self._watch is not None:
            for device in await self._watch.cached_devices():
                self._decoder.seed(device.address, device.service_uuids, device.service_data)

    async def _stop(self) -> None:
        """Stop the scan. What goes wrong is of no use to anybody: the scan is over either way."""
        scanner, self._scanner = self._scanner, None
        if scanner is None:
            return
        try:
            async with asyncio.timeout(self._timings.stop_timeout):
                await scanner.stop()
        except Exception as error:  # noqa: BLE001 - a dead scan fails in many ways, even AttributeError
            _log.debug("the scan did not stop cleanly: %r", error)

    async def _reset(self) -> None:
        if self._watch is None:
            return
        try:
            async with asyncio.timeout(self._timings.start_timeout):
                await self._watch.reset()
        except RadioError:
            raise
        except Exception as error:  # as in _start
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> RadioError:
        reason = _reason(error)
        adapter = self._adapter or (self._watch.following if self._watch else "")
        detail = str(error) if reason is RadioReason.UNKNOWN else ""
        return radio_error(reason, adapter=adapter, detail=detail)

    def _make_watch(self) -> BlueZWatch | None:
        if sys.platform != "linux":
            return None
        from .bluez import BlueZWatch

        return BlueZWatch(
            self._adapter,
            on_state=self._state_changed,
            clock=self._clock,
            timeout=self._timings.call_timeout,
        )

    # Frames

    def _detected(self, device: BLEDevice, data: AdvertisementData) -> None:
        """Take a frame from bleak. An exception here would end in dbus-fast, unseen."""
        if data.rssi == _NOTHING_RECEIVED:
            return
        try:
            self._frame(device.address, data)
        except Exception:  # noqa: BLE001 - one bad frame must not end the scan
            if not self.callback_errors:
                _log.exception("A frame could not be processed; further ones are only counted.")
            self.callback_errors += 1

    def _frame(self, address: str, data: AdvertisementData) -> None:
        mono = self._clock.now().mono
        self._frames += 1
        if changes := self._monitor.heard(mono):
            self._tell(changes)
        frame = Frame(
            address,
            data.rssi,
            mono,
            data.service_uuids,
            data.manufacturer_data,
            data.service_data,
        )
        if self._tap is not None:
            self._tap(frame)
        listener = self._listener
        if listener is not None:
            for advertisement in self._decoder.decode(frame):
                listener.advertisement(advertisement)


def _reason(error: Exception) -> RadioReason:  # noqa: PLR0911 - a table of types
    """Sort what bleak 3.1 was seen to raise; each row has a test over the fake BlueZ."""
    if isinstance(error, BleakBluetoothNotAvailableError):
        return _UNAVAILABLE.get(error.reason, RadioReason.UNKNOWN)
    if isinstance(error, BleakDBusError):
        return reason_of_dbus_error(error.dbus_error)
    if isinstance(error, BleakError):
        text = str(error).lower()
        if "not found" in text:
            return RadioReason.ADAPTER_MISSING
        return RadioReason.UNSUPPORTED if "unsupported" in text else RadioReason.UNKNOWN
    if isinstance(error, TimeoutError):  # before OSError, which it is
        return RadioReason.TIMED_OUT
    if isinstance(error, PermissionError):
        return RadioReason.DENIED_BY_SYSTEM
    if isinstance(error, (OSError, EOFError)):
        return RadioReason.NO_DBUS
    return RadioReason.UNSUPPORTED if isinstance(error, ImportError) else RadioReason.UNKNOWN
