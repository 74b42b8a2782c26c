"""What `headcount doctor` says, for the health screen in the operator's language.

As in error_words.py: the sentences are listed as they are said. A bare command is not among them;
it is the same in every language.
"""

from __future__ import annotations

from .words import N_

NAMES: tuple[str, ...] = (
    N_("Radio"),
    N_("Formats"),
    N_("Heard"),
    N_("Battery low"),
    N_("Answer-back beacon"),
    N_("Data"),
    N_("Sync"),
    N_("Config"),
    N_("Scanner"),
    N_("From the backend"),
    N_("New settings"),
    N_("Refused settings"),
    N_("Adapter"),
    N_("Radio switch"),
    N_("BlueZ"),
    N_("Bluetooth"),
    N_("Group"),
    N_("D-Bus policy"),
    N_("Clock date"),
    N_("Clock's sync"),
    N_("Clock's source"),
    N_("Clock battery"),
    N_("Clock, backend"),
    N_("Disk"),
    N_("Disk's speed"),
    N_("Disk writable"),
    N_("Data directory"),
    N_("Owner"),
    N_("File modes"),
    N_("Key files"),
    N_("Logs"),
    N_("Log damaged"),
    N_("Log torn"),
    N_("Backend"),
    N_("Backend url"),
    N_("Backend key"),
    N_("Certificate"),
    N_("LAN"),
    N_("Fleet key"),
    N_("Terminal"),
    N_("Terminal size"),
    N_("Symbols"),
    N_("Colours"),
    N_("Service"),
    N_("Service settings"),
    N_("Version"),
)
"""The first column: bootstrap/health.py."""

STATION: tuple[str, ...] = (
    N_("{kind}: no Bluetooth is used"),
    N_("{n} frames, {badges} in these formats; {apps} of iPhone apps in the background"),
    N_("on the air, {adapter}"),
    N_("not on the air: the Bluetooth service has ended it"),
    N_("not on the air: {what}"),
    N_("{n} frames, {badges} in these formats"),
    # settings
    N_("The configuration is right ({where})."),
    N_("no file: all settings are defaults, or of this command"),
    N_("This scanner has no name of its own, only its machine's: {name}."),
    N_("This scanner is {name}."),
    N_("headcount setup --force --scanner-id NAME, or station.scanner_id in config.toml"),
    N_("From the backend ({when}): {keys}. This scanner stands at: {gate}."),
    N_("From the backend ({when}): {keys}."),
    N_("This scanner stands at: {gate}."),
    N_("New settings from the backend: {changes}."),
    N_("They take effect at the next scan."),
    N_("Settings of the backend were refused: {why}"),
    N_("headcount scanners set NAME KEY=VALUE (on the backend's side)"),
    # what core/fleet.py says of a value
    N_("{key}: expected a whole number from {least} to {most}, not {value}."),
    N_("{key}: expected a number from {least} to {most}, not {value}."),
    N_("{key}: expected a list of formats, at least one, not {value}."),
    N_("{key}: expected formats of {formats}, not {value}."),
    N_("{key}: expected a list of at most 50 company ids, not {value}."),
    N_("{key}: expected a list of at most 50 services such as fd6f, not {value}."),
    N_("{key}: expected services of four hexadecimal digits, not {value}."),
    N_("{key}: expected hexadecimal digits, not {value}."),
    N_("{key}: expected one of {words}, not {value}."),
    # the clock
    N_("The date is plausible."),
    N_("This machine's date is before this program was made."),
    N_('sudo date -s "2026-05-01 18:00", or connect a network and run: {command}'),
    N_("The clock is kept right over the network."),
    N_("Whether the clock is kept right can't be told here."),
    N_("Nobody keeps this machine's clock right."),
    N_("sudo timedatectl set-ntp true; without a network compare with: date"),
    N_("The kernel counts time by {source}."),
    N_("something that it does not name"),
    N_("There is a battery clock."),
    N_("This machine has no battery clock."),
    N_(
        "Add a clock module (dtoverlay=i2c-rtc,ds3231 in /boot/firmware/config.txt), or sync "
        "before the machine is switched off."
    ),
    # disk and files
    N_("Only {n} MiB are free."),
    N_("{n} MiB are free."),
    N_("sudo apt clean; sudo journalctl --vacuum-size=50M; then look with: df -h"),
    N_("A record is safe after {n} ms."),
    N_("It takes {n} ms until a record is safe."),
    N_(
        "Use another card (one marked A1 or A2) or a USB disk: copy the data directory there and "
        "set data_dir in config.toml"
    ),
    N_("{list}; if its disk is read-only: {remount}, and look for the cause: dmesg"),
    N_("The data directory {path} is not there yet."),
    N_("The first scan or sync makes it."),
    N_("Everything in {path} is this user's."),
    N_("{paths} belong to another user."),
    N_("No other user may read the data directory."),
    N_("No other user may read the keys."),
    N_("{paths} can be read or written by other users."),
    N_("{paths} and {n} more"),
    # the terminal
    N_("There is no terminal: lines are printed."),
    N_("The terminal has {columns} columns and {lines} lines only."),
    N_("{columns} columns, {lines} lines."),
    N_("Use a smaller font, or a larger window"),
    N_("Symbols and all letters can be shown."),
    N_("The terminal's encoding is {encoding}, so that names may show with question marks."),
    N_("NO_COLOR is set: no colours are shown."),
    N_("TERM names no terminal that can show colours."),
    N_("TERM is {term}."),
    # the LAN
    N_("This machine is in no network that reaches other stations."),
    N_("Connect it to the doors' network, or set lan.address; look with: ip -4 address"),
    N_("{address} is no address of this machine."),
    N_("Set lan.address to one of: ip -4 address"),
    N_("Other stations can reach this one at {address}."),
    N_("The fleet key was typed here, or is in a file."),
    N_("The backend gave the fleet key of: {events}."),
    N_("This station has no fleet key."),
    N_("headcount sync; without a backend, on every station: headcount pair --lan"),
    # the service
    N_("The service runs, and starts with the machine."),
    N_("The service runs, but does not start with the machine."),
    N_("The service is installed and does not run: {state}."),
    N_("headcount service logs says why; then: {command}"),
    N_("The service has new settings from the backend that are not in force."),
)

RADIO: tuple[str, ...] = (
    N_("This machine shows no Bluetooth adapter."),
    N_(
        "Plug a Bluetooth dongle in; on a Raspberry Pi look for dtoverlay=disable-bt in "
        "/boot/firmware/config.txt; then run: sudo systemctl restart bluetooth"
    ),
    N_("The adapter {adapter} is not there; there is {names}."),
    N_('Set radio.adapter = "{adapter}" in config.toml, or look with: {command}'),
    N_("{names}; in use: {adapter}."),
    N_("the first that can scan"),
    N_("{adapter} is switched off in hardware."),
    N_("Use the machine's own switch or key for radios, then run: rfkill list"),
    N_("{adapter} is blocked by software."),
    N_("{adapter} is not blocked."),
    N_("BlueZ, the Bluetooth service of Linux, is not installed here."),
    N_("BlueZ {version} is older than {oldest}."),
    N_("BlueZ {version}: it tells the signal of a steady phone only when a program asks."),
    N_("This program asks (radio.rssi_filter); others may show a phone once and never again."),
    N_("D-Bus has BlueZ's policy."),
    N_("None of {one} and {other} speaks of BlueZ."),
    N_("BlueZ answers; {adapter} is on."),
    N_("{user} may use Bluetooth."),
    N_("{user} is not in the group {group}."),
    N_("{command}, then sign in again"),
)

LOG: tuple[str, ...] = (
    N_("There is no log yet."),
    N_("All records are intact, in 1 log."),
    N_("All records are intact, in {n} logs."),
    N_("The log of {event} is not as it was written: {what}."),
    N_("{what} (and {n} more)"),
    N_("A half-written line of {event} lies in {path}."),
    N_("The machine lost power while it was written; it was never told to be safe."),
    # store/log_verify.py
    N_("{file}, line {line}, bytes {start} to {end}: {why}"),
    N_("{file}, line {line}, byte {start}: {why}"),
    N_("record {n} is missing"),
    N_("records {first} to {last} are missing"),
    # store/logline.py and log_reader.py
    N_("the line was cut off"),
    N_("the checksum does not match"),
    N_("longer than {n} bytes"),
    N_("NUL bytes"),
    N_("not UTF-8"),
    N_("not JSON"),
    N_("not a JSON object"),
    N_("without a valid checksum at its end"),
    N_("without {member}"),
    # store/log_chain.py
    N_("does not follow from the line before it: one of the two was changed, or put in"),
    N_("another line has the same number: one of the two was put in"),
    N_("out of order: doubled, or swapped with another"),
    N_("outside the chain: another program, an older version, or a person put it in"),
    N_("record {n} was taken out before it, as whole lines: an accident leaves a trace"),
    N_(
        "records {first} to {last} were taken out before it, as whole lines: an accident leaves a "
        "trace"
    ),
    # bootstrap/log_check.py
    N_(
        "the receipt that the backend countersigned record {n} at {time} was changed: its "
        "signature is wrong"
    ),
    N_("edited after the backend countersigned record {n} at {time}: {why}"),
    N_("bytes were put in or taken out before it"),
    N_("the log ends before it"),
    N_("the log was something else then"),
    N_("an impossible time"),
)

BACKEND: tuple[str, ...] = (
    N_("{remedy} Look with: {command}"),
    N_("{url} answers."),
    N_("The certificate is good for {n} days."),
    N_("The backend's certificate ends in {n} days."),
    N_("Renew it on the backend's machine, such as with: sudo certbot renew"),
    N_("The backend does not tell its time."),
    N_("This clock and the backend's agree."),
    N_("This clock is {n} s ahead of the backend's."),
    N_("This clock is {n} s behind the backend's."),
    N_("sudo timedatectl set-ntp true (on the machine whose clock is wrong)"),
    N_("The backend takes this station's key."),
    N_("This station has no key."),
    N_("headcount pair CODE, with a code from: headcount scanners pair --name NAME"),
    N_("headcount pair CODE, with a new code from: headcount scanners pair --name NAME"),
    N_("Without its key this station can't send."),
    N_("The scanner key contains a line break or another control character."),
    N_("Copy it again, as one line."),
    N_("Records are kept here until it answers; nothing is lost, and nobody sees them yet."),
    # the way there, as api/answers.py and api/client.py say it
    N_("{url} rejected the request (HTTP {status}): {detail}"),
    N_("no reason given"),
    N_("the connection was cut"),
    N_("Check the address; for an authority of your own, set ca_file to its certificate."),
    N_("The backend's URL is not an http or https address."),
    N_("Write it like https://headcount.example.org, or http://127.0.0.1:8765."),
    N_("The backend's URL contains more than host, port and path."),
    N_("Secrets come from the environment or a file, never from the URL."),
    N_("{url} is not encrypted: the key and people's names could be read on the way."),
    N_("Use https://; plain http is for this machine only (127.0.0.1, ::1, localhost)."),
    N_("The certificate file {file} can't be used: {why}."),
    N_("It must be a readable PEM file with the authority's certificate."),
    # the key's file, as config/load.py and bootstrap/credentials.py say it
    N_("{key}: can't read {path}: {why}."),
    N_("{key}: {path} is not UTF-8."),
    N_("{key}: {path} can be read by others (mode {mode})."),
    N_("Run: {command}"),
    N_("The key in {file}, given by systemd, can't be read."),
)

SYSTEM: tuple[str, ...] = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Read-only file system"),
    N_("Input/output error"),
    N_("No space left on device"),
    N_("Connection refused"),
    N_("Network is unreachable"),
    N_("No route to host"),
    N_("Name or service not known"),
    N_("Temporary failure in name resolution"),
)
"""The reasons that are met most, as the C library says them where `{why}` stands."""

DOCTOR = (*NAMES, *STATION, *RADIO, *LOG, *BACKEND, *SYSTEM)
"""The more exact ones before those that would fit as well."""
