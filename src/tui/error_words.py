"""Errors, radio and health in the operator's language.

The parts below the screens speak English and know no catalogue. Their sentences are listed here as
they say them; what is none of these is shown as it is. A test holds the list equal to what is said.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ..core.errors import HeadcountError
from .doctor_words import DOCTOR
from .ports import Health
from .words import N_, _, translates

SENTENCES: tuple[str, ...] = (
    *DOCTOR,
    # the operators' acts, as core/desk.py says them
    N_("{badge} is no bleUuid."),
    N_("Write its 32 hexadecimal digits."),
    N_("This station does not take walk-ins ({setting} is refuse)."),
    N_("Send the person to whoever registers people."),
    N_("{name} is not on the roster."),
    N_("Look for another spelling first; to add the person, confirm it (--yes)."),
    N_("There is nothing of {name} to undo in the last {n} minutes."),
    N_("Older acts are corrected at the backend, on record."),
    N_("Nobody on the roster matches {text}."),
    N_("Try two letters of the name, or add the person as a walk-in."),
    N_("{text} may mean {names} and others."),
    N_("{text} may mean {names}."),
    N_("Write more of the name, or the id in brackets."),
    N_("An act of kind {kind} needs {missing}."),
    N_("Nothing was written."),
    N_("Nothing was changed."),
    # the other doors, as bootstrap/lan.py and store/peer_copies.py say it
    N_(
        "There is no fleet key: 'headcount sync' fetches the event's, or type one on every station "
        "with 'headcount pair --lan'."
    ),
    N_("This machine has no network."),
    N_("The LAN can't be used at {address}: {why}."),
    N_("There are {n} copies already."),
    N_("It told something that is no intact line of a log."),
    N_("It told a line again, or out of order."),
    N_("Its copy has reached {n} MiB."),
    N_("The disk is nearly full: what is left is for the own records."),
    N_("Its copy can't be written: {why}."),
    # files and folders
    N_("There is no folder {path}."),
    N_("Plug the stick in first."),
    N_("{path} exists already."),
    N_("Choose another name."),
    N_("{path} can't be written: {why}."),
    N_("{path} is a symbolic link, and is not followed."),
    N_("Name the file itself."),
    N_("This machine has no printer command."),
    N_("Save to a file."),
    N_("The printer did not take it."),
    N_("Look at the printer, or save to a file."),
    N_("There is an event {id} already."),
    N_("Choose another id."),
    N_("The reason is empty."),
    N_("Say why in a few words."),
    N_("The log {path} can't be read: {why}."),
    N_("{path} can't be read: {why}."),
    N_("Look at the disk; 'headcount doctor' can help."),
    # the radio, as ble/scan_errors.py says it
    N_("What was heard before is in the log."),
    N_("{what} ({detail})"),
    N_("The system's message bus (D-Bus) does not answer, so Bluetooth cannot be reached."),
    N_(
        "Start it: sudo systemctl start dbus. In a container, pass the host's "
        "/run/dbus/system_bus_socket in."
    ),
    N_("The Bluetooth service (bluetoothd) is not running."),
    N_("Start it: sudo systemctl start bluetooth. If it is not there: sudo apt install bluez."),
    N_("This machine has no Bluetooth adapter."),
    N_("Plug a Bluetooth dongle in, and check with: bluetoothctl list"),
    N_("The Bluetooth adapter {adapter} is not there."),
    N_("Plug it in again, or choose another one with --adapter: bluetoothctl list names them."),
    N_("The Bluetooth adapter{named} is switched off."),
    N_(
        "Turn it on: bluetoothctl power on. If that is refused: sudo rfkill unblock bluetooth. "
        "On macOS and Windows: in the system's settings."
    ),
    N_("The Bluetooth adapter{named} cannot scan for Bluetooth Low Energy."),
    N_("Plug in a dongle with Bluetooth 4.0 or newer, and choose it with --adapter."),
    N_("This user is not allowed to use Bluetooth."),
    N_("Join the group: sudo usermod -aG bluetooth $USER, then sign in again."),
    N_("The system refuses access to Bluetooth."),
    N_(
        "In a container, run as a user that the host's D-Bus knows, or set BLEAK_DBUS_AUTH_UID. "
        "On macOS and Windows: allow Bluetooth for this program in the privacy settings."
    ),
    N_("The Bluetooth adapter{named} is busy with another scan of this program."),
    N_("Stop the other scan, or restart Bluetooth: sudo systemctl restart bluetooth."),
    N_("The Bluetooth service does not answer."),
    N_("Restart it: sudo systemctl restart bluetooth."),
    N_("The Bluetooth scan has ended by itself."),
    N_("If it does not come back: sudo systemctl restart bluetooth."),
    N_("The Bluetooth scan heard nothing, although it looked healthy."),
    N_("If it happens again: sudo systemctl restart bluetooth."),
    N_("Bluetooth scanning does not work on this system."),
    N_("Use Linux with BlueZ 5.66 or newer, macOS or Windows, or another --radio."),
    N_("Bluetooth cannot be used."),
    N_("Look for the cause: headcount doctor, and journalctl -u bluetooth."),
    # as ble/advertise.py says it
    N_("The Bluetooth adapter{named} cannot broadcast."),
    N_(
        "Use an adapter with Bluetooth 4.0 or newer and BlueZ 5.66 or newer: bluetoothctl show "
        "lists ActiveInstances where it can."
    ),
    N_("The Bluetooth adapter {adapter} takes no further broadcast."),
    N_(
        "End another one ('headcount badge' elsewhere, bluetoothctl advertise off), or use a "
        "second adapter."
    ),
    # its supervision, as ble/hearing.py says it
    N_("The radio is deaf: {what} Next attempt in {span}."),
    N_("Still deaf: {what} Next attempt in {span}."),
    N_("The radio is deaf: {what}"),
    N_("Still deaf: {what}"),
    N_("Stopped. The radio was deaf for {span}."),
    N_("The Bluetooth scan has begun."),
    N_("The radio hears."),
    N_("The radio hears again. It was deaf for {span}."),
    N_("The radio hears again, after {span} of silence."),
    N_(
        "Nothing heard for {span}: an empty room, or a deaf radio. BlueZ says that the scan is "
        "running. To make sure, it is restarted in {wait}."
    ),
    N_(
        "Nothing heard for {span}: an empty room, or a deaf radio. To make sure, it is restarted "
        "in {wait}."
    ),
    N_("Nothing heard for {span}: an empty room, or a deaf radio."),
    N_(
        "The scan was restarted, and nothing is heard yet: an empty room, or a deaf radio. Next "
        "restart in {span}."
    ),
    N_("The scan was restarted, and nothing is heard yet: an empty room, or a deaf radio."),
    N_("Hold a phone or a badge close; check people in by name meanwhile."),
    N_("The Bluetooth scan is running again; nothing heard yet."),
    # the disk, as store/log_trouble.py says it
    N_("Can't write the log {path}: {why}."),
    N_("the disk is full"),
    N_("the disk quota is used up"),
    N_("the file may not grow further"),
    N_("the file system is read-only"),
    N_("the disk reports an input/output error"),
    N_("permission denied"),
    N_("it was deleted while a scanner had it open"),
    N_("Free some space, or set --log to another disk."),
    N_("Raise the file size limit (ulimit -f)."),
    N_("Remount it writable (a worn-out card turns read-only), or set --log to another disk."),
    N_("The card or disk may be failing: set --log to another one."),
    N_("Give this user the right to write there, or set --log."),
    N_("Writing goes on in a new file; bring the deleted one back if you can."),
    N_("Set --log to another disk."),
    N_("What was heard since then waits in memory; what was acknowledged is on the disk."),
    N_("The log {path} is in use by process {pid}."),
    N_("The log {path} is in use by another process."),
    N_("Stop the other scanner first, or set --log to another file."),
    # the way to the backend, as api/answers.py says it
    N_("{url} refused the key or token (HTTP {status})."),
    N_("Check SCANNER_API_KEY, the pairing or the sign-in; then sync again."),
    N_("{url} can't answer now (HTTP {status})."),
    N_("{url} did not answer in time."),
    N_("{url} can't be reached: {why}."),
    N_("Nothing is lost: what was not acknowledged stays unsent."),
    N_("Try again when the network and the backend are up."),
    N_("{url} answered, but not as a headcount backend ({seen})."),
    N_("Check the address; a sign-in page of the network may be in between."),
    N_("Nothing was changed, unless the backend was reached and only its answer got lost."),
    N_("The sign-in is forgotten here."),
)
"""The more exact ones before those that would fit as well."""


class Parts(NamedTuple):
    """An error's three parts; each may be empty."""

    what: str
    safe: str
    remedy: str


def said(error: HeadcountError) -> Parts:
    """What happened, what is safe, what to do."""
    return Parts(sentence(error.what), sentence(error.safe), sentence(error.remedy))


def in_one(error: HeadcountError) -> str:
    """All of it in a line."""
    return " ".join(part for part in said(error) if part)


def safe_and_remedy(error: HeadcountError) -> str:
    """What stands under a headline that says what happened."""
    _what, safe, remedy = said(error)
    return f"{safe} {remedy}".strip()


def in_full(fact: Health) -> str:
    """A line of the health page: what is so, and what mends it."""
    words = sentence(fact.words)
    if fact.remedy:
        return f"{words} {sentence(fact.remedy)}"
    return words.rstrip(".") if fact.good else words


def sentence(text: str) -> str:
    """One sentence of the lower parts in the language in use."""
    if not text or not translates():
        return text
    known = _(text)
    if known != text:
        return known
    for template, pattern in _patterns():
        if match := pattern.fullmatch(text):
            return _(template).format(**{k: sentence(v) for k, v in match.groupdict().items()})
    return text


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The sentences that have something put in."""
    return [(each, _pattern(each)) for each in SENTENCES if "{" in each]


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    made = [f"(?P<{part}>.*?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)]
    return re.compile("".join(made), re.DOTALL)
