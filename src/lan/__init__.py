"""Stations of one event on a LAN tell one another their logs (docs/lan.md)."""
