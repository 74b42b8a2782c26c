"""What the fake BlueZ knows: frames in the air, devices and adapters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dbus_fast import Variant


class Advert(NamedTuple):
    """One frame in the air."""

    address: str
    rssi: int = -60
    uuids: Sequence[str] = ()
    manufacturer: Mapping[int, bytes] = {}
    service_data: Mapping[str, bytes] = {}


def phone_address(number: int) -> str:
    """A random static address, different for each number."""
    return ":".join(f"{byte:02X}" for byte in (0xC0_00_00_00_00_00 + number).to_bytes(6, "big"))


def phone_uuid(number: int) -> str:
    """The bleUuid of phone `number`."""
    return str(uuid.UUID(int=0x9F2C_0000_0000_4000_8000_0000_0000_0000 + number))


def phones(count: int, *, first: int = 1, rssi: int = -60) -> list[Advert]:
    """Steady phones that advertise their bleUuid as a 128-bit service UUID."""
    return [
        Advert(phone_address(number), rssi, uuids=[phone_uuid(number)])
        for number in range(first, first + count)
    ]


@dataclass
class Device:
    path: str
    adapter: str
    address: str
    heard: float
    rssi: int | None = None
    uuids: list[str] = field(default_factory=list)
    manufacturer: dict[int, bytes] = field(default_factory=dict)
    service_data: dict[str, bytes] = field(default_factory=dict)

    def properties(self) -> dict[str, Variant]:
        values = {
            "Address": Variant("s", self.address),
            "AddressType": Variant("s", "random"),
            "Alias": Variant("s", self.address.replace(":", "-")),
            "Adapter": Variant("o", self.adapter),
            "Paired": Variant("b", False),
            "Connected": Variant("b", False),
            "Trusted": Variant("b", False),
            "Blocked": Variant("b", False),
            "UUIDs": Variant("as", list(self.uuids)),
        }
        if self.rssi is not None:
            values["RSSI"] = Variant("n", self.rssi)
        if self.manufacturer:
            values["ManufacturerData"] = self._bytes("q", self.manufacturer)
        if self.service_data:
            values["ServiceData"] = self._bytes("s", self.service_data)
        return values

    def merge(self, advert: Advert, *, every_rssi: bool) -> dict[str, Variant]:
        """Take over what a frame brings and return the properties that changed."""
        changed = {}
        if self.rssi is None or every_rssi or abs(self.rssi - advert.rssi) >= 8:
            self.rssi = advert.rssi
            changed["RSSI"] = Variant("n", advert.rssi)
        if new := [item for item in advert.uuids if item not in self.uuids]:
            self.uuids += new
            changed["UUIDs"] = Variant("as", list(self.uuids))
        if self.manufacturer != (merged := {**self.manufacturer, **advert.manufacturer}):
            self.manufacturer = merged
            changed["ManufacturerData"] = self._bytes("q", merged)
        if self.service_data != (data := {**self.service_data, **advert.service_data}):
            self.service_data = data
            changed["ServiceData"] = self._bytes("s", data)
        return changed

    @staticmethod
    def _bytes(key: str, data: Mapping[Any, bytes]) -> Variant:
        return Variant(f"a{{{key}v}}", {name: Variant("ay", value) for name, value in data.items()})


@dataclass
class Adapter:
    path: str
    powered: bool = True
    roles: tuple[str, ...] = ("central", "peripheral")
    discovering: bool = False
    broadcasts: bool = True
    """Whether it has the interface LEAdvertisingManager1."""
    deaf_until: str = ""
    """Empty: it hears. Else what cures it: "restart" of the scan, or "power" cycle."""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Discovery filters of the clients that scan, by unique bus name."""
    filters: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    def properties(self) -> dict[str, Variant]:
        return {
            "Address": Variant("s", "00:1A:7D:DA:71:13"),
            "Name": Variant("s", "fake"),
            "Alias": Variant("s", "fake"),
            "Powered": Variant("b", self.powered),
            "Discovering": Variant("b", self.discovering),
            "Roles": Variant("as", list(self.roles)),
        }

    def interfaces(self) -> dict[str, dict[str, Variant]]:
        known = {"org.bluez.Adapter1": self.properties()}
        return known | ({"org.bluez.LEAdvertisingManager1": {}} if self.broadcasts else {})

    def accepts(self, rssi: int) -> bool:
        """Whether a scan is on that would report a frame of this strength."""
        if not (self.powered and self.discovering) or self.deaf_until:
            return False
        return any(rssi >= chosen.get("RSSI", -127) for chosen in self.sessions.values())

    @property
    def every_rssi(self) -> bool:
        return any("RSSI" in chosen for chosen in self.sessions.values())
