"""What is known of the adapter that is scanned with."""

from __future__ import annotations

from typing import NamedTuple

from ..core.errors import RadioReason


class AdapterState(NamedTuple):
    """What BlueZ says about the adapter that is scanned with."""

    bus: bool = True
    """The system's D-Bus answers."""
    daemon: bool = True
    """`org.bluez` has an owner."""
    present: bool = True
    powered: bool = True
    discovering: bool = True
    name: str = ""
    """Such as hci0; empty where no adapter was chosen yet."""

    @property
    def usable(self) -> bool:
        """Whether a scan could be started."""
        return self.bus and self.daemon and self.present and self.powered

    def obstacle(self, *, named: bool) -> RadioReason:
        """Why it is not usable. `named`: the adapter was asked for by name."""
        if not self.bus:
            return RadioReason.NO_DBUS
        if not self.daemon:
            return RadioReason.NO_DAEMON
        if not self.present:
            return RadioReason.ADAPTER_MISSING if named or self.name else RadioReason.NO_ADAPTER
        return RadioReason.POWERED_OFF
