"""Phones on a D-Bus of their own, for a station in another root.

Makes the list of people, prints the bus's socket, and ends when stdin does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.ble.fake_bluez import FakeBlueZ, PrivateBus, phone_uuid, phones


def main(people: Path, count: int) -> None:
    """Everybody on the list has a phone, and every phone is near."""
    rows = [f"P{n},p{n}@example.org,{phone_uuid(n)}" for n in range(1, count + 1)]
    people.write_text("\n".join(["name,email,bleUuid", *rows]) + "\n", encoding="utf-8")
    with PrivateBus() as bus, FakeBlueZ(bus.address) as bluez:
        bluez.broadcast(phones(count), interval=1.0)
        print(bus.address.removeprefix("unix:path="), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
