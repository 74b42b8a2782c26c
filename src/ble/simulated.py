"""A simulated crowd: phones that arrive, advertise, move, lose frames, and leave.

The frames have the form that BlueZ gives them, and take the same way as the radio's: tap, decoder,
listener. The same crowd gives the same frames. See `playback` for clock and speed.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..core.errors import UsageError
from ..core.identity import from_bytes
from ..core.model import Format, Frame
from ..core.ports import Clock, FrameTap, RadioCounters, RadioListener
from .ad import BASE_UUID_TAIL, EDDYSTONE
from .decode import APPLE, Decoder
from .playback import Pace, Playback

ADVERTISING_DELAY = 0.010
"""Each advert comes up to 10 ms late, at random (Core, volume 6, part B, 4.4.2.2.1)."""
POWER_AT_1_M = -59
"""dBm; what iBeacons commonly state."""
NEAREST_M, FARTHEST_M = 0.5, 6.0
"""A door and the room before it."""
WALK_DB = 2.0
"""The largest change of signal between two adverts: a person who walks slowly."""
EXPOSURE_SERVICE = "0000fd6f" + BASE_UUID_TAIL
"""Where phones with 16-bit service data put their id: FormatRules must name "fd6f"."""

_ALTBEACON_COMPANY = 0x0118
_STRANGERS_FORMATS = (
    Format.IBEACON, Format.SERVICE_UUID, Format.EDDYSTONE_UID, Format.ALTBEACON,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is there and how the air is. Raises UsageError for values that make no sense."""

    phones: Sequence[str] = ()
    """The bleUuids of registered people; all of them arrive."""
    strangers: int = 0
    """Phones and beacons with ids that nobody has registered."""
    background_apps: int = 0
    """iPhones whose app is in the background: heard, but without identity."""
    seed: int = 1
    duration_seconds: float = 60.0
    arrival_seconds: float = 20.0
    """All have arrived after this."""
    arrival_peak: float = 0.5
    """Where in `arrival_seconds` most arrive, 0 to 1; the curve is a triangle."""
    interval_ms: float = 1000.0
    """Between two adverts of one phone."""
    loss: float = 0.1
    """The share of adverts that nobody hears, 0 to 1."""
    rssi_bounds: tuple[int, int] = (-78, -40)
    """dBm. The weakest is above the default threshold of -80: who is in range counts."""
    address_seconds: float = 900.0
    """Phones change their random address so often (Core, volume 3, part C, appendix A)."""
    formats: Sequence[Format] = (Format.SERVICE_UUID,)
    """What the registered phones send, in turns."""
    leave_early: float = 0.0
    """The share of registered phones that leave before the end, 0 to 1."""

    def __post_init__(self) -> None:
        shares = ("arrival_peak", "loss", "leave_early")
        wrong = [name for name in shares if not 0 <= getattr(self, name) <= 1]
        if not 0 < self.duration_seconds < math.inf:
            wrong.append("duration_seconds")
        if not 0 <= self.arrival_seconds <= self.duration_seconds:
            wrong.append("arrival_seconds")
        wrong += [
            name for name in ("interval_ms", "address_seconds") if not getattr(self, name) > 0
        ]
        if self.rssi_bounds[0] > self.rssi_bounds[1]:
            wrong.append("rssi_bounds")
        if not self.formats:
            wrong.append("formats")
        if wrong:
            raise UsageError(
                f"A simulated crowd can't have this: {', '.join(wrong)}.",
                remedy="Shares go from 0 to 1, times are above 0, arrivals end before the run.",
            )


class Visit(NamedTuple):
    """What one phone will do. Times are seconds since the beginning."""

    ble_uuid: str
    """Empty for an iOS app in the background."""
    format: Format | None
    """None for an iOS app in the background."""
    registered: bool
    arrives: float
    leaves: float
    left_early: bool


def plan(crowd: Crowd) -> tuple[Visit, ...]:
    """Everybody's visit: the registered phones in their order, then the others."""
    rng = random.Random(f"{crowd.seed} plan")  # noqa: S311 - a simulation must be repeatable
    early = set(rng.sample(range(len(crowd.phones)), round(crowd.leave_early * len(crowd.phones))))
    registered = [
        _visit(crowd, rng, phone, crowd.formats[number % len(crowd.formats)], number in early)
        for number, phone in enumerate(crowd.phones)
    ]
    strangers = [
        _stranger(crowd, rng, _STRANGERS_FORMATS[number % len(_STRANGERS_FORMATS)])
        for number in range(crowd.strangers)
    ]
    apps = [_stranger(crowd, rng, None) for _ in range(crowd.background_apps)]
    return (*registered, *strangers, *apps)


def _visit(
    crowd: Crowd,
    rng: random.Random,
    ble_uuid: str,
    form: Format,
    left_early: bool,  # noqa: FBT001
) -> Visit:
    arrives = _arrival(crowd, rng)
    leaves = crowd.duration_seconds
    if left_early:
        leaves = arrives + (leaves - arrives) * rng.uniform(0.2, 0.8)
    return Visit(
        ble_uuid, form, registered=True, arrives=arrives, leaves=leaves, left_early=left_early
    )


def _stranger(crowd: Crowd, rng: random.Random, form: Format | None) -> Visit:
    ble_uuid = from_bytes(rng.randbytes(16)) if form else ""
    arrives = _arrival(crowd, rng)
    return Visit(
        ble_uuid,
        form,
        registered=False,
        arrives=arrives,
        leaves=crowd.duration_seconds,
        left_early=False,
    )


def _arrival(crowd: Crowd, rng: random.Random) -> float:
    return rng.triangular(0, crowd.arrival_seconds, crowd.arrival_peak * crowd.arrival_seconds)


class SimulatedRadio:
    """A radio that hears a crowd. `visits` tells beforehand who comes and goes when.

    Raises UsageError when `speed` does not fit the clock (see `playback`).
    """

    def __init__(
        self,
        decoder: Decoder,
        clock: Clock,
        crowd: Crowd,
        *,
        speed: float = 1.0,
        pace: Pace | None = None,
        tap: FrameTap | None = None,
    ) -> None:
        self.visits = plan(crowd)
        self._crowd = crowd
        self._playback = Playback(decoder, clock, speed=speed, pace=pace, tap=tap)

    async def run(self, listener: RadioListener) -> None:
        """Play the crowd once, for its `duration_seconds`."""
        message = f"A simulated crowd: {len(self.visits)} phones, no Bluetooth."
        start = self._playback.begin(listener, message)
        await self._playback.play(frames(self._crowd, start), listener)
        await self._playback.until(start + self._crowd.duration_seconds)

    def trouble(self) -> str:
        """Nothing: a simulation makes no broken frames."""
        return ""

    def counters(self) -> RadioCounters:
        """What was heard so far."""
        return self._playback.decoder


def frames(crowd: Crowd, start: float) -> Iterator[Frame]:
    """All frames that are heard, in time order; `start` is the beginning, monotonic seconds."""
    rng = random.Random(f"{crowd.seed} air")  # noqa: S311 - a simulation must be repeatable
    phones = [_Phone(visit, crowd, rng) for visit in plan(crowd)]
    interval = crowd.interval_ms / 1000
    adverts = [
        (phone.visit.arrives + rng.random() * interval, number)
        for number, phone in enumerate(phones)
    ]
    heapq.heapify(adverts)
    while adverts:
        at, number = adverts[0]
        phone = phones[number]
        if at >= phone.visit.leaves:
            heapq.heappop(adverts)
            continue
        heapq.heapreplace(adverts, (at + interval + rng.random() * ADVERTISING_DELAY, number))
        if rng.random() >= crowd.loss:
            yield phone.advert(at, start)


class _Phone:
    """One sender: its payload stays, its address and signal change."""

    __slots__ = ("_address", "_crowd", "_moves_at", "_payload", "_rng", "_rssi", "visit")

    def __init__(self, visit: Visit, crowd: Crowd, rng: random.Random) -> None:
        self.visit = visit
        self._crowd = crowd
        self._rng = rng
        self._payload = payload(visit, rng)
        self._rssi = POWER_AT_1_M - 20 * math.log10(rng.uniform(NEAREST_M, FARTHEST_M))
        self._address = ""
        self._moves_at = -math.inf

    def advert(self, at: float, start: float) -> Frame:
        if at >= self._moves_at:
            self._address = _random_address(self._rng)
            self._moves_at = at + self._crowd.address_seconds
        low, high = self._crowd.rssi_bounds
        step = self._rng.uniform(-WALK_DB, WALK_DB)
        self._rssi = min(max(self._rssi + step, low), high)
        return Frame(self._address, round(self._rssi), start + at, *self._payload)


Payload = tuple[Sequence[str], Mapping[int, bytes], Mapping[str, bytes]]


def payload(visit: Visit, rng: random.Random) -> Payload:
    """Service UUIDs, manufacturer data and service data, as a Frame has them."""
    if visit.format is None:
        return (), {APPLE: b"\x01" + rng.randbytes(16)}, {}
    raw = bytes.fromhex(visit.ble_uuid.replace("-", ""))
    numbers = b"\x00\x01\x00\x02" + POWER_AT_1_M.to_bytes(1, "big", signed=True)
    payloads: dict[Format, Payload] = {
        Format.SERVICE_UUID: ((visit.ble_uuid,), {}, {}),
        Format.SERVICE_DATA_128: ((), {}, {visit.ble_uuid: b"\x00"}),
        Format.SERVICE_DATA_16: ((EXPOSURE_SERVICE,), {}, {EXPOSURE_SERVICE: raw}),
        Format.IBEACON: ((), {APPLE: b"\x02\x15" + raw + numbers}, {}),
        Format.ALTBEACON: ((), {_ALTBEACON_COMPANY: b"\xbe\xac" + raw + numbers + b"\x00"}, {}),
        Format.EDDYSTONE_UID: ((EDDYSTONE,), {}, {EDDYSTONE: b"\x00\xe7" + raw + bytes(2)}),
    }
    return payloads[visit.format]


def _random_address(rng: random.Random) -> str:
    """A resolvable private address: its two highest bits are 01 (Core, volume 6, part B, 1.3.2)."""
    raw = rng.randbytes(6)
    return ":".join(f"{byte:02X}" for byte in (raw[0] & 0x3F | 0x40, *raw[1:]))
