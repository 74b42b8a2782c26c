"""Bad input: a clear message with the remedy, the contract's exit code, and nothing lost."""

from __future__ import annotations

import http.server
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ble.conftest import need_dbus
from tests.ble.fake_bluez import FakeBlueZ, PrivateBus

from headcount.store.station import StationStore

from .conftest import Station

A = "aaaaaaaa-0000-4000-8000-000000000001"
B = "bbbbbbbb-0000-4000-8000-000000000002"


def foreign(*ids: str, start: int = 1_753_000_000_000) -> str:
    """A log as some other script writes it: three members, no more."""
    return "".join(
        json.dumps({"bleUuid": id_, "checkInTime": start + n, "scannerId": "script"}) + "\n"
        for n, id_ in enumerate(ids)
    )


def write(station: Station, text: str, name: str = "other.jsonl") -> Path:
    path = station.folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["scan"], ["--event"]),
        (["scan", "--event", "../etc"], ["event id", "letters"]),
        (["scan", "--event", "e", "--radio", "wifi"], ["bluetooth, simulated or replay:FILE"]),
        (["scan", "--event", "e", "--radio", "replay:none.jsonl"], ["none.jsonl"]),
        (["report"], ["--event"]),
        (["sync", "--log", "none.jsonl", "--event", "e"], ["none.jsonl", "--log"]),
        (["log", "show"], ["no log here yet"]),
        (["log", "show", "--event", "e"], ["There is no log"]),
        (["events", "create", "--name", "N", "--start", "soon", "--end", "+1h"], ["'soon'", "ISO"]),
        (["events", "create", "--name", "N", "--start", "now", "--end", "1"], ["before it starts"]),
        (
            ["events", "create", "--name", "N", "--start", "now", "--end", "+1h", "--tz", "Mars"],
            ["'Mars'", "IANA"],
        ),
        (["users", "import", "none.csv"], ["none.csv"]),
        (["report", "--event", "e", "--format", "xlsx"], ["--output"]),
        (["--config", "none.toml", "log", "path"], ["none.toml"]),
        (["serve", "--workers", "2"], ["--workers"]),
        (["events", "list", "--database-url", "oracle://x"], ["oracle"]),
    ],
)
def test_a_wrong_call_is_named(station: Station, args: list[str], words: list[str]) -> None:
    err = station.run(*args, exit_code=2).stderr
    assert [word for word in words if word not in err] == []


def test_a_report_from_nowhere_is_named(station: Station) -> None:
    del station.environ["SCANNER_API_KEY"]
    err = station.run("report", "--event", "e", exit_code=2).stderr
    assert "SCANNER_API_KEY" in err
    assert not (station.data / "backend.sqlite3").exists()


def test_an_unknown_key_names_file_and_key(station: Station) -> None:
    write(station, "[radio]\nadaptr = 1\n", "config.toml")
    err = station.run("log", "path", "--event", "e", exit_code=2).stderr
    assert "config.toml: unknown key radio.adaptr. Did you mean radio.adapter?" in err


def test_a_missing_event_is_named(station: Station) -> None:
    with station.backend():
        err = station.run("report", "--event", "none", exit_code=1).stderr
        assert "none" in err
        log = write(station, foreign(A))
        err = station.run("sync", "--event", "none", "--log", log, exit_code=1).stderr
        assert "none" in err
    assert log.read_text() == foreign(A)


def test_a_wrong_key_stops_and_keeps(station: Station) -> None:
    station.set_up_event([A])
    log = write(station, foreign(A))
    with station.backend():
        right = station.environ["SCANNER_API_KEY"]
        station.environ["SCANNER_API_KEY"] = "wrong"
        err = station.run("sync", "--event", "evening", "--log", log, exit_code=4).stderr
        assert "key" in err
        assert "unsent" in err
        station.environ["SCANNER_API_KEY"] = right
        assert (
            station.json("sync", "--event", "evening", "--log", log, "--json")[0]["checkedIn"] == 1
        )


def test_a_server_that_is_down_loses_nothing(station: Station) -> None:
    station.set_up_event([A])
    log = write(station, foreign(A))
    station.environ["HEADCOUNT_SYNC__ATTEMPTS"] = "2"
    station.environ["HEADCOUNT_BACKEND__URL"] = "http://127.0.0.1:9"
    err = station.run("sync", "--event", "evening", "--log", log, exit_code=4).stderr
    assert "http://127.0.0.1:9" in err
    assert "Nothing is lost" in err
    with station.backend():
        assert (
            station.json("sync", "--event", "evening", "--log", log, "--json")[0]["checkedIn"] == 1
        )


class AcceptsThenFails(http.server.BaseHTTPRequestHandler):
    """A backend that takes a batch, and then is in trouble."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        count = len(json.loads(body)["records"])  # so short a body is not compressed
        counts = {"checkedIn": count, "duplicates": 0, "unknown": 0, "refused": []}
        self._answer(200, {"status": "success", "received": count, **counts})

    def do_GET(self) -> None:
        self._answer(503, {"status": 503, "code": "BUSY", "title": "Busy"})

    def _answer(self, status: int, document: dict[str, object]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


def test_what_was_acknowledged_is_told_even_if_the_rest_fails(station: Station) -> None:
    log = write(station, foreign(A))
    station.environ["HEADCOUNT_SYNC__ATTEMPTS"] = "1"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), AcceptsThenFails) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        args = ("sync", "--event", "e", "--log", log, "--url", url)
        done = station.run(*args, exit_code=4)
        server.shutdown()
    assert "1 record acknowledged: 1 checked in" in done.stdout
    assert "Receipt: SHA-256" in done.stdout


def test_plain_http_to_another_machine_is_refused(station: Station) -> None:
    log = write(station, foreign(A))
    args = ("sync", "--event", "e", "--log", log, "--url", "http://example.org")
    assert "https" in station.run(*args, exit_code=2).stderr


def test_a_log_of_another_script_syncs_and_broken_lines_are_named(station: Station) -> None:
    station.set_up_event([A, B])
    text = foreign(A) + "{broken\n" + foreign(B)
    log = write(station, text)
    with station.backend():
        args = ("sync", "--event", "evening", "--log", log)
        done = station.run(*args, exit_code=6)
        assert "line 2" in done.stderr
        assert "Every intact record was acknowledged" in done.stderr
        assert station.report()["checkedIn"] == 2
        # once more: nothing changes, the damage is still told
        station.run(*args, exit_code=6)
        assert station.report()["checkedIn"] == 2
    assert log.read_text() == text
    verify = station.run("log", "verify", "--log", log, exit_code=6)
    assert "line 2, bytes 105 to 112" in verify.stderr


def test_a_log_without_a_last_newline_is_whole(station: Station) -> None:
    station.set_up_event([A, B])
    log = write(station, foreign(A, B).rstrip("\n"))
    with station.backend():
        sent = station.json("sync", "--event", "evening", "--log", log, "--json")[0]
        assert sent["checkedIn"] == 2


def test_refused_records_are_kept_with_the_reason(station: Station) -> None:
    station.set_up_event([A])
    log = write(station, foreign("not-an-id", A))
    with station.backend():
        done = station.run("sync", "--event", "evening", "--log", log, exit_code=5)
        assert "line 1" in done.stderr
        assert "kept here" in done.stderr
        assert station.report()["checkedIn"] == 1
        shown = station.json(
            "log", "show", "--refused", "--event", "evening", "--log", log, "--json"
        )
        assert [(item["code"], "not-an-id" in item["line"]) for item in shown] == [
            ("INVALID_BLE_UUID", True)
        ]
        station.run("sync", "--event", "evening", "--log", log, exit_code=5)


def test_a_record_whose_id_is_taken_is_kept_with_the_reason(station: Station) -> None:
    """Another program has used an id twice: neither record is lost, and nothing is merged."""
    station.set_up_event([A, B])
    both = [json.loads(line) | {"id": "x-1"} for line in foreign(A, B).splitlines()]
    log = write(station, "".join(json.dumps(line) + "\n" for line in both))
    with station.backend():
        station.run("sync", "--event", "evening", "--log", log, exit_code=5)
        shown = station.json(
            "log", "show", "--refused", "--event", "evening", "--log", log, "--json"
        )
        assert [(item["code"], B in item["line"]) for item in shown] == [("RECORD_CONFLICT", True)]
        report = station.report()
        assert (report["checkedIn"], report["refused"]) == (1, 1)
        table = station.run("report", "--event", "evening").stdout
    assert "1 record was refused by the server, and kept by the station." in table


def test_a_refused_record_can_be_discarded_and_taken_back(station: Station) -> None:
    station.set_up_event([A])
    log = write(station, foreign("not-an-id", A))
    send = ("sync", "--event", "evening", "--log", log)
    refused = ("log", "refused")
    with station.backend():
        station.run(*send, exit_code=5)
        kept = station.json(*refused, "list", "--event", "evening", "--json")
        assert [(item["state"], item["lineNumber"]) for item in kept] == [("kept", 1)]
        record = kept[0]["id"]
        station.run(*refused, "discard", "--event", "evening", record, "--reason", "a test badge")
        station.run(*send)  # no complaint any more, and no second try
        shown = station.run(*refused, "list", "--event", "evening").stdout
        assert "discarded: a test badge" in shown
        station.run(*refused, "restore", "--event", "evening", record)
        station.run(*send, exit_code=5)
    station.run(*refused, "export", "--event", "evening", "refused.jsonl")
    assert "not-an-id" in (station.folder / "refused.jsonl").read_text()
    assert log.read_text() == foreign("not-an-id", A)
    unknown = (*refused, "discard", "--event", "evening", "00000000", "--reason", "x")
    assert "00000000" in station.run(*unknown, exit_code=2).stderr


def test_refused_records_are_sent_again_on_demand(station: Station) -> None:
    station.set_up_event([A])
    log = write(station, foreign("not-an-id"))
    retry = ("log", "refused", "retry", "--event", "evening")
    with station.backend():
        assert "nothing to send again" in station.run(*retry).stderr
        station.run("sync", "--event", "evening", "--log", log, exit_code=5)
        state = StationStore(station.data / "station")
        bad = state.refused("evening")[0]
        # As if an older backend had refused what this one takes.
        good = replace(bad, start=bad.start + 1, raw=foreign(A).strip())
        state.save_refused([good])
        done = station.run(*retry, exit_code=5)
        assert "1 record accepted, 1 refused again" in done.stderr
        assert "kept here" in done.stderr
        assert [(each.id, each.code) for each in state.refused("evening")] == [(bad.id, bad.code)]
        assert station.report()["checkedIn"] == 1
        station.run("log", "refused", "discard", "--event", "evening", bad.id, "--reason", "x")
        assert "nothing to send again" in station.run(*retry).stderr
        assert "restore" in station.run(*retry, bad.id, exit_code=2).stderr
    assert "00000000" in station.run(*retry, "00000000", exit_code=2).stderr


def test_a_refused_record_can_be_assigned_to_a_person(station: Station) -> None:
    station.set_up_event([A])
    log = write(station, foreign("not-an-id"))
    refused = ("log", "refused")
    with station.backend():
        station.run("sync", "--event", "evening")  # for the roster
        station.run("sync", "--event", "evening", "--log", log, exit_code=5)
        record = station.json(*refused, "list", "--event", "evening", "--json")[0]["id"]
        assign = (*refused, "assign", "--event", "evening", record)
        assert "Nobody on the roster" in station.run(*assign, "Nemo", exit_code=2).stderr
        assert "Person 0" in station.run(*assign, "Person 0", "--by", "Eva").stdout
        shown = station.run(*refused, "list", "--event", "evening").stdout
        assert "assigned: Person 0, as record" in shown
        assert station.report()["checkedIn"] == 0
        station.run("sync", "--event", "evening")
        station.run("sync", "--event", "evening", "--log", log)  # and no complaint any more
        (person,) = station.report()["people"]
        assert (person["method"], person["checkInTime"]) == ("manual", 1_753_000_000_000)
        assert person["corrected"] == 0
        again = (*refused, "retry", "--event", "evening", record)
        assert "is assigned" in station.run(*again, exit_code=2).stderr


@pytest.mark.parametrize("at", ["2025-07-20T08:26:40Z", "1753000000000"])
def test_an_assigned_record_without_a_time_needs_one(station: Station, at: str) -> None:
    station.set_up_event([A])
    line = json.dumps({"bleUuid": A, "checkInTime": "noon", "scannerId": "script"})
    log = write(station, f"{line}\n")
    with station.backend():
        station.run("sync", "--event", "evening")
        station.run("sync", "--event", "evening", "--log", log, exit_code=5)
        refused = station.json("log", "refused", "list", "--event", "evening", "--json")
        assign = ("log", "refused", "assign", "--event", "evening", refused[0]["id"], "Person 0")
        assert "--at" in station.run(*assign, exit_code=2).stderr
        station.run(*assign, "--at", at)
        station.run("sync", "--event", "evening")
        assert station.report()["people"][0]["checkInTime"] == 1_753_000_000_000


def test_csv_row_errors_cost_no_good_row(station: Station) -> None:
    people = write(station, f"name,email,bleUuid\nAda,ada@x.org,{A}\n,b@x.org,\n", "p.csv")
    done = station.run("users", "import", people, exit_code=1)
    assert "line 3: name is empty" in done.stderr
    assert [user["name"] for user in station.json("users", "list", "--json")] == ["Ada"]


def test_a_second_scanner_on_the_same_log_is_told(station: Station) -> None:
    with station.start("scan", "--event", "e", "--radio", "simulated", "--json") as first:
        assert first.stdout is not None
        first.stdout.readline()
        second = station.run("scan", "--event", "e", "--radio", "simulated", exit_code=1)
        assert str(first.pid) in second.stderr
        first.terminate()
        first.communicate(timeout=30)
    assert first.returncode == 0


def test_without_an_adapter_the_remedy_is_named(station: Station) -> None:
    need_dbus()
    with PrivateBus() as bus, FakeBlueZ(bus.address) as bluez:
        station.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        args = ("scan", "--event", "e", "--duration", "5")
        err = station.run(*args, "--adapter", "hci9", exit_code=3).stderr
        assert "hci9" in err
        bluez.power(on=False)
        assert "bluetoothctl power on" in station.run(*args, exit_code=3).stderr
        bluez.remove_adapter()
        assert "adapter" in station.run(*args, exit_code=3).stderr
        bluez.stop()
        assert "systemctl" in station.run(*args, exit_code=3).stderr
    assert "D-Bus" in station.run(*args, exit_code=3).stderr


def test_hostile_names_reach_no_terminal(station: Station) -> None:
    bell = "\x1b]52;c;ZXZpbA==\x07=cmd()\u202e[/nope]"
    people = write(station, f'name,email,bleUuid\n"{bell}",a@x.org,{A}\n', "p.csv")
    station.run("events", "create", "--id", "e", "--name", bell, "--start", "now", "--end", "+1h")
    station.run("users", "import", people, "--event", "e")
    log = write(station, foreign(A).replace("script", "=scr\\u001b[2Jipt"))
    with station.backend():
        station.run("sync", "--event", "e", "--log", log)
        for kind in ("table", "csv", "html"):
            out = station.run("report", "--event", "e", "--format", kind).stdout
            assert "\x1b" not in out
            assert "\u202e" not in out
            assert "[/nope]" in out
        assert "\n=" not in station.run("report", "--event", "e", "--format", "csv").stdout
    shown = station.run("log", "show", "--log", log)
    assert "\x1b" not in shown.stdout + shown.stderr


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_export_on_a_stick_syncs_from_any_computer(station: Station, kind: str) -> None:
    station.set_up_event([A])
    log = write(station, foreign(A))
    stick = station.folder / "stick.out"
    station.run("log", "export", "--log", log, "--output", stick, "--format", kind)
    assert A in stick.read_text()
    station.run("log", "export", "--log", log, "--output", stick, exit_code=2)
    if kind == "jsonl":
        shutil.rmtree(station.data / "station", ignore_errors=True)
        with station.backend():
            sent = station.json("sync", "--event", "evening", "--log", stick, "--json")[0]
            assert sent["checkedIn"] == 1


def test_a_xlsx_report_is_a_workbook(station: Station) -> None:
    from openpyxl import load_workbook

    station.set_up_event([A])
    file = station.folder / "report.xlsx"
    with station.backend():
        station.run("report", "--event", "evening", "--format", "xlsx", "--output", file)
    rows = list(load_workbook(file).worksheets[0].values)
    assert rows[0][0] == "Name"
    assert rows[1][0] == "Person 0"
