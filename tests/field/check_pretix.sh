#!/usr/bin/env bash
# Import from a real pretix and push check-ins to it, with pretix' newest release from the package
# index, its SQLite and its development server on loopback. Some minutes, most of them its migrations.
#
# PRETIX_VENV=DIRECTORY  an environment that has pretix already, instead of a new one
set -euo pipefail
cd "$(dirname "$0")/../.."
begun=$SECONDS
headcount=$PWD/.venv/bin/headcount
python=$PWD/.venv/bin/python

say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
same() { [ "$2" = "$3" ] || fail "$1: '$2', expected '$3'"; }
free_port() { "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
answers() { # answers URL: wait until something does
  local left
  for left in $(seq 120); do
    ! curl --silent --output /dev/null --max-time 5 "$1" || return 0
    sleep 0.5
  done
  fail "nothing answers at $1"
}

[ -x "$headcount" ] || fail "there is no .venv: run make check-pretix"
command -v curl > /dev/null || fail "needs the Debian package curl"

work=$(mktemp -d /tmp/hc-pretix.XXXXXX)
shop='' server=''
clean_up() {
  [ -z "$shop$server" ] || kill $shop $server 2> /dev/null || true
  wait $shop $server 2> /dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

say "pretix"
venv=${PRETIX_VENV:-$work/venv}
if [ ! -x "$venv/bin/python" ]; then
  "$python" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check pretix 2> "$work/pip.log" ||
    { cat "$work/pip.log"; exit 1; }
fi
"$venv/bin/python" -c 'import pretix; print(pretix.__version__)'
shop_port=$(free_port)
mkdir "$work/pretix"
cat > "$work/pretix.cfg" << END
[pretix]
instance_name=check
url=http://127.0.0.1:$shop_port
datadir=$work/pretix
[database]
backend=sqlite3
[django]
secret=for-this-check-only
END
pretix() { PRETIX_CONFIG_FILE=$work/pretix.cfg DJANGO_SETTINGS_MODULE=pretix.settings "$venv/bin/python" "$@"; }
pretix -m pretix migrate > "$work/migrate.log" 2>&1 || { tail "$work/migrate.log"; exit 1; }

say "an event there: paid tickets with and without an email of their own, unpaid and test orders"
cat > "$work/seed.py" << 'END'
from decimal import Decimal

import django

django.setup()

from django.utils.timezone import now
from django_scopes import scopes_disabled
from pretix.base.models import CheckinList, Event, Item, Order, OrderPosition, Organizer

with scopes_disabled():
    organizer = Organizer.objects.create(name="Big Events", slug="bigevents")
    event = Event.objects.create(
        organizer=organizer, name="Sample", slug="sampleconf", date_from=now(), currency="EUR", plugins=""
    )
    ticket = Item.objects.create(event=event, name="Ticket", default_price=Decimal(10), admission=True)
    web = organizer.sales_channels.get(identifier="web")
    for code, status, testmode, email, people in (
        ("ABC12", "p", False, "ana@example.org", [("Ana", None)]),
        ("ABC13", "p", False, "office@example.org", [("Cid", "cid@example.org"), ("Dee", "dee@example.org")]),
        ("ABC14", "n", False, "open@example.org", [("Open", None)]),
        ("ABC15", "p", True, "test@example.org", [("Test", None)]),
    ):
        order = Order.objects.create(
            event=event, code=code, status=status, testmode=testmode, email=email, datetime=now(),
            expires=now(), total=Decimal(10), sales_channel=web, locale="en",
        )
        for number, (name, own) in enumerate(people, 1):
            OrderPosition.objects.create(
                order=order, item=ticket, price=Decimal(10), positionid=number, attendee_email=own,
                attendee_name_parts={"_scheme": "full", "full_name": name},
            )
    door = CheckinList.objects.create(event=event, name="Door", all_products=True)
    rights = {"event.orders:read": True, "event.orders:checkin": True}
    team = organizer.teams.create(name="headcount", all_events=True, limit_event_permissions=rights)
    print(door.pk, team.tokens.create(name="headcount").token)
END
read -r list token < <(pretix "$work/seed.py" 2> "$work/seed.log") || { tail "$work/seed.log"; exit 1; }
pretix -m django runserver --noreload --insecure "127.0.0.1:$shop_port" > "$work/shop.log" 2>&1 &
shop=$!
answers "http://127.0.0.1:$shop_port/api/v1/"

say "a backend and a station"
port=$(free_port)
export HEADCOUNT_PRETIX__URL=http://127.0.0.1:$shop_port HEADCOUNT_PRETIX__ORGANIZER=bigevents
export HEADCOUNT_PRETIX__TOKEN=$token HEADCOUNT_DATA_DIR=$work/headcount
export HEADCOUNT_BACKEND__URL=http://127.0.0.1:$port SCANNER_API_KEY=for-this-check-only
cd "$work"
"$headcount" events create --id conf --name Sample --start now --end +2h > /dev/null
"$headcount" serve --port "$port" > "$work/serve.log" 2>&1 &
server=$!
answers "http://127.0.0.1:$port/healthz"

say "import, and again"
told=$("$headcount" pretix import sampleconf --event conf)
same import "$told" "3 created, 0 updated, 0 unchanged, 3 newly registered, 0 tickets left out"
told=$("$headcount" pretix import sampleconf --event conf)
same "import again" "$told" "0 created, 0 updated, 3 unchanged, 0 newly registered, 0 tickets left out"

say "Ana and Cid come, Dee was scanned by pretix"
"$headcount" sync --event conf > /dev/null
for who in ana cid dee; do "$headcount" act check-in --event conf "$who" > /dev/null; done
"$headcount" sync --event conf > /dev/null
orders=http://127.0.0.1:$shop_port/api/v1/organizers/bigevents/events/sampleconf/orders/
positions() { # positions 'expression of p, a position'
  curl --silent --fail --header "Authorization: Token $token" "$orders" | "$python" -c '
import json, sys
for order in json.load(sys.stdin)["results"]:
    for p in order["positions"]:
        print(eval(sys.argv[1]))
' "$1"
}
secret=$(positions 'p["secret"] if p["attendee_name"] == "Dee" else ""' | tr -d '\n')
curl --silent --fail --output /dev/null --header "Authorization: Token $token" \
  --json "{\"secret\": \"$secret\", \"lists\": [$list], \"source_type\": \"barcode\"}" \
  "http://127.0.0.1:$shop_port/api/v1/organizers/bigevents/checkinrpc/redeem/"
told=$("$headcount" pretix push sampleconf --event conf --list "$list")
same push "$told" "2 in pretix, 1 scanned there before, 0 refused, 0 without a ticket"
told=$("$headcount" pretix push sampleconf --event conf --list "$list")
same "push again" "$told" "2 in pretix, 1 scanned there before, 0 refused, 0 without a ticket"
found=$(positions 'p["attendee_name"], len(p["checkins"])' | sort | tr '\n' ' ')
same "pretix' own check-ins" "$found" "('Ana', 1) ('Cid', 1) ('Dee', 1) ('Open', 0) ('Test', 0) "

say "what pretix refuses"
code=0
HEADCOUNT_PRETIX__TOKEN=wrong "$headcount" pretix import sampleconf --event conf 2> "$work/refused" || code=$?
same "exit code of a wrong token" "$code" 4
grep -q "refused the token" "$work/refused" || fail "a wrong token: $(cat "$work/refused")"
code=0
"$headcount" pretix push sampleconf --event conf --list 99 > "$work/refused" 2>&1 || code=$?
[ "$code" != 0 ] || fail "a check-in list that is not there: $(cat "$work/refused")"
cat "$work/refused"

say "green in $((SECONDS - begun)) s"
