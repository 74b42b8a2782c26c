#!/usr/bin/env bash
# The whole job on a new Debian 12, made by debootstrap: install from the wheel, setup, doctor, pair
# with a backend on loopback, scan a fake BlueZ, sync, report, upgrade, roll back. Prints its time.
#
# Needs root, debootstrap (installed if apt can), dbus-daemon, a Debian mirror, 2 GB, and the development
# environment (make check-debian makes it). Everything else happens in a temporary directory, in a
# chroot without systemd: what needs one (service install) is only printed there.
#
# DEBIAN_MIRROR=URL    instead of debootstrap's own
# DEBIAN_ROOT=TARBALL  a root file system made earlier, instead of debootstrap
set -euo pipefail
cd "$(dirname "$0")/../.."
begun=$SECONDS
python=$PWD/.venv/bin/python
people=40

say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "a chroot needs root"
[ -x "$python" ] || fail "there is no .venv: run make check-debian"
if [ -z "${DEBIAN_ROOT:-}" ] && ! command -v debootstrap > /dev/null; then
  apt-get install -y -qq --no-install-recommends debootstrap > /dev/null ||
    fail "debootstrap is not installed, and apt can't get it"
fi
command -v dbus-daemon > /dev/null || fail "needs the Debian package dbus"

work=$(mktemp -d /tmp/hc-debian.XXXXXX)
root=$work/root
server='' radio=''
clean_up() {
  { exec 9>&-; } 2> /dev/null || true # the radio ends with its stdin
  [ -z "$server" ] || kill "$server" 2> /dev/null || true
  wait $radio $server 2> /dev/null || true
  ! mountpoint -q "$root/proc" || umount "$root/proc"
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# Run something in the new system, with nothing of this one's environment.
enter=(chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8
  PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin)
inside() { "${enter[@]}" DBUS_SYSTEM_BUS_ADDRESS="${bus:-}" "$@"; }
member() { # member 'expression of d' < JSON of one line
  "$python" -c 'import json, sys; d = json.loads(sys.stdin.readline()); print(eval(sys.argv[1]))' "$1"
}
same() { [ "$2" = "$3" ] || fail "$1: '$2', expected '$3'"; }

say "wheels: this version, a later one, and all they need"
"$python" -m build --wheel --outdir "$work/dist" . > "$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
version=$("$python" -c 'import headcount; print(headcount.__version__)')
later=$version.post1
mkdir "$work/later"
cp -r src config.toml README.md LICENSE pyproject.toml CHANGELOG.md "$work/later"
sed -i "s/^__version__ = .*/__version__ = \"$later\"/" "$work/later/src/__init__.py"
"$python" -m build --wheel --outdir "$work/dist" "$work/later" > "$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m pip download --quiet --disable-pip-version-check --dest "$work/dist" --only-binary :all: \
  --python-version 3.11 --constraint constraints.txt "$work/dist/headcount-$version-py3-none-any.whl" \
  2> "$work/build.log" || { cat "$work/build.log"; exit 1; }

say "a new Debian 12"
mkdir "$root"
if [ -n "${DEBIAN_ROOT:-}" ]; then
  tar -C "$root" -xf "$DEBIAN_ROOT"
else
  debootstrap --variant=minbase --include=python3-venv bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} \
    > "$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log"; fail "debootstrap (see DEBIAN_MIRROR)"; }
fi
mount -t proc proc "$root/proc"
cp -r "$work/dist" "$root/media/stick"
same "Debian" "$(. "$root/etc/os-release"; echo "$ID $VERSION_ID")" "debian 12"

say "install from the wheel, without a network"
pip=(inside /opt/headcount/bin/python -m pip install --quiet --disable-pip-version-check --no-index
  --find-links /media/stick)
inside python3 -m venv /opt/headcount
"${pip[@]}" "headcount==$version"
ln -s /opt/headcount/bin/headcount "$root/usr/local/bin/headcount"
same "installed" "$(inside headcount --version)" "headcount, version $version"

say "a backend on loopback, an event, $people people with phones"
mkfifo "$work/stop"
TMPDIR=$root/tmp "$python" -m tests.field.radio "$root/root/people.csv" "$people" \
  < "$work/stop" > "$work/bus" 2> "$work/radio.log" &
radio=$!
exec 9> "$work/stop"
for _ in $(seq 100); do [ -s "$work/bus" ] && break; sleep 0.1; done
[ -s "$work/bus" ] || { cat "$work/radio.log"; fail "no fake BlueZ"; }
bus=unix:path=$(sed "s|^$root||" "$work/bus")

backend=(inside headcount --data-dir /srv/backend)
"${backend[@]}" events create --id evening --name Evening --start now --end +3h > /dev/null 2>&1
"${backend[@]}" users import /root/people.csv --event evening > /dev/null 2>&1
code=$("${backend[@]}" scanners pair --name North --gate Foyer --event evening --json | member 'd["code"]')
serve() {
  : > "$work/ready"
  # No function: its process would be a shell, and a signal would end that one.
  "${enter[@]}" headcount --data-dir /srv/backend serve --port "${port:-0}" --json \
    > "$work/ready" 2> "$work/backend.log" 9>&- &
  server=$!
  for _ in $(seq 200); do [ -s "$work/ready" ] && break; sleep 0.1; done
  url=$(member 'd["url"]' < "$work/ready") || { cat "$work/backend.log"; fail "no backend"; }
  port=${url##*:}
}
stop() {
  kill "$server"
  wait "$server" || { ended=$?; cat "$work/backend.log"; fail "the backend ended with $ended"; }
  server=''
}
serve

say "setup, doctor, the unit"
inside headcount setup --url "$url" --code "$code" --scanner-id North --event evening > /dev/null 2>&1
# BlueZ is there, on the bus, but no adapter is in /sys: that is the one error it may find.
inside headcount doctor --listen 2 --json > "$work/doctor" 2> /dev/null || same "doctor's exit code" $? 3
same "doctor's errors" "$(grep '"severity":"error"' "$work/doctor" | member 'd["name"]')" "adapter"
grep '"name":"listening"' "$work/doctor" | grep -q "of $people badges" || fail "doctor heard not all"
inside headcount service install --event evening --dry-run > "$work/unit" 2> /dev/null
grep -q '^ExecStart=/opt/headcount' "$work/unit" || fail "the unit"

say "scan, sync, report"
inside headcount scan --event evening --no-ui --duration 8 > /dev/null 2>&1
sent=$(inside headcount sync --event evening --no-ui --json 2> /dev/null | head -1)
same "received" "$(member 'd["received"]' <<< "$sent")" "$people"
count() { inside headcount report --event evening --format json | member 'd["checkedIn"]'; }
same "checked in" "$(count)" "$people"

say "upgrade, and back"
"$python" -c 'import pathlib, sys; from tests.store.earlier import earlier_directory
earlier_directory(pathlib.Path(sys.argv[1]), "0008")' "$root/srv/old"
sums() { (cd "$root" && sha256sum srv/old/config.toml srv/old/events/E/* root/.config/headcount/config.toml \
  root/.local/share/headcount/events/evening/*.jsonl); }
before=$(sums)
stop
"${pip[@]}" "headcount==$later"
same "the later program" "$(inside headcount --version)" "headcount, version $later"
old=(inside headcount --data-dir /srv/old upgrade)
same "a copy" "$("${old[@]}" --check --json 2> /dev/null | member 'd["before"], d["due"]')" "('0008', True)"
same "upgraded" "$("${old[@]}" --json 2> /dev/null | member 'd["before"]')" "0008"
same "nothing to do" "$("${old[@]}" --json 2> /dev/null | member 'd["due"]')" "False"
same "rolled back" "$("${old[@]}" --rollback --json 2> /dev/null | member 'd["after"]')" "0008"
"${backend[@]}" upgrade > /dev/null 2>&1
serve
same "the report after the upgrade" "$(count)" "$people"
stop
"${pip[@]}" "headcount==$version"
same "the earlier program" "$(inside headcount --version)" "headcount, version $version"
serve
same "the report after going back" "$(count)" "$people"
same "configuration and logs" "$(sums)" "$before"
inside headcount log verify --event evening > /dev/null 2>&1

say "green on a new Debian 12, in $((SECONDS - begun)) s"
