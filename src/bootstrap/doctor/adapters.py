"""The Bluetooth adapter as the kernel shows it: whether it is there, or blocked. Linux only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...core.doctor import Area, Finding, Severity, good

SYS = Path("/sys")
"""Where the kernel shows its devices (Documentation/ABI/stable/sysfs-class-bluetooth, -rfkill)."""

_LIST = "bluetoothctl list"


def adapters(wanted: str, sys: Path = SYS) -> Iterator[Finding]:
    """The adapters, and what blocks them. `wanted`: the configured one; empty for any."""
    names = sorted(
        (path.name for path in (sys / "class/bluetooth").glob("hci*") if ":" not in path.name),
        key=lambda name: (len(name), name),
    )
    yield _found(wanted, names)
    yield from _blocked(sys / "class/rfkill")


def _found(wanted: str, names: list[str]) -> Finding:
    if not names:
        return _missing(
            "This machine shows no Bluetooth adapter.",
            "Plug a Bluetooth dongle in; on a Raspberry Pi look for dtoverlay=disable-bt in "
            "/boot/firmware/config.txt; then run: sudo systemctl restart bluetooth",
        )
    if wanted and wanted not in names:
        return _missing(
            f"The adapter {wanted} is not there; there is {', '.join(names)}.",
            f'Set radio.adapter = "{names[0]}" in config.toml, or look with: {_LIST}',
        )
    in_use = wanted or "the first that can scan"
    return good(Area.RADIO, "adapter", f"{', '.join(names)}; in use: {in_use}.")


def _missing(what: str, remedy: str) -> Finding:
    why = "Without an adapter nothing is heard; people can only be checked in by name."
    return Finding(Area.RADIO, "adapter", Severity.ERROR, what, why, remedy)


def _blocked(switches: Path) -> Iterator[Finding]:
    """Every switch of kind bluetooth; a hard block is a key or a slider on the machine."""
    for switch in sorted(switches.glob("rfkill*")):
        if _text(switch / "type") != "bluetooth":
            continue
        name = _text(switch / "name") or switch.name
        if _text(switch / "hard") == "1":
            remedy = "Use the machine's own switch or key for radios, then run: rfkill list"
            yield _block(f"{name} is switched off in hardware.", remedy)
        elif _text(switch / "soft") == "1":
            yield _block(f"{name} is blocked by software.", "sudo rfkill unblock bluetooth")
        else:
            yield good(Area.RADIO, "rfkill", f"{name} is not blocked.")


def _block(what: str, remedy: str) -> Finding:
    why = "A blocked adapter can't be switched on by BlueZ, and hears nothing."
    return Finding(Area.RADIO, "rfkill", Severity.ERROR, what, why, remedy)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
