"""Adapters for the radio: Bluetooth, a simulated crowd, and recordings."""
