"""headcount: offline-first Bluetooth attendance."""

__version__ = "0.1.0"
