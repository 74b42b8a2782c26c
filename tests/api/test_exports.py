"""GET /events/{id}/report as files, and the full log: forms, columns, rows, problems."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook
from starlette.types import ASGIApp

from headcount.api.client import BackendClient
from headcount.api.report_client import ReportClient
from headcount.api.resources import exports
from headcount.api.wire import from_wire
from headcount.core.backend import Backend
from headcount.core.report import Report
from headcount.core.report_table import people_sheet
from headcount.exports.forms import Form, Wish

from .conftest import ADMIN, KEY, START, Serve

ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def scanned(post: Post) -> None:
    records: list[dict[str, Any]] = [
        {"bleUuid": ANA, "checkInTime": START + 5_000, "scannerId": "Door-1"},
        {"bleUuid": "9" * 32, "checkInTime": START + 1_000, "scannerId": "Door-2"},
        {
            "bleUuid": ANA,
            "checkInTime": START + 9_000,
            "scannerId": "Door-1",
            "id": "m-1",
            "kind": "void",
            "of": "x-1",
            "ofTime": START + 5_000,
            "by": "Jo",
            "why": "not her",
        },
    ]
    answer = await post({"eventId": "e1", "records": records})
    assert answer.json()["refused"] == []


@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize(
    ("query", "accept", "media"),
    [
        ("", "", "application/json"),
        ("", "*/*", "application/json"),
        ("", "image/png", "application/json"),
        ("", "text/csv", "text/csv; charset=utf-8"),
        ("", "application/json;q=0.5, text/csv;q=0.9", "text/csv; charset=utf-8"),
        ("", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("", XLSX, XLSX),
        ("format=csv", "text/html", "text/csv; charset=utf-8"),
        ("format=json", "text/html", "application/json"),
        ("format=xlsx", "", XLSX),
    ],
)
async def test_format_or_accept_decides(
    http: httpx.AsyncClient, query: str, accept: str, media: str
) -> None:
    answer = await http.get(f"/events/e1/report?{query}", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert "Accept" in answer.headers["vary"]


@pytest.mark.usefixtures("scanned")
async def test_every_form_has_the_rows_of_the_json(http: httpx.AsyncClient) -> None:
    report = from_wire((await http.get("/events/e1/report")).json(), Report)
    names = [row[0] for row in people_sheet(report, ("name",)).rows()]
    written = await http.get("/events/e1/report?format=csv&columns=name,status&bom=true")
    assert written.content.startswith(b"\xef\xbb\xbf")
    assert [line[0] for line in csv.reader(io.StringIO(written.text))][1:] == names
    book = load_workbook(io.BytesIO((await http.get("/events/e1/report?format=xlsx")).content))
    assert [row[0] for row in book["People"].iter_rows(min_row=2, values_only=True)] == names
    assert written.headers["content-disposition"] == 'attachment; filename="report-e1.csv"'


@pytest.mark.parametrize("path", ["report", "report/log"])
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("format=docx", "format"),
        ("format=csv&columns=name,shoeSize", "shoeSize"),
        ("bom=yes", "bom"),
        ("limit=3", "limit"),
    ],
)
async def test_a_wrong_wish_is_400_and_names_it(
    http: httpx.AsyncClient, path: str, query: str, named: str
) -> None:
    answer = await http.get(f"/events/e1/{path}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "QUERY_INVALID")
    assert named in answer.json()["detail"]


async def test_the_log_is_not_for_paper(http: httpx.AsyncClient) -> None:
    answer = await http.get("/events/e1/report/log?format=pdf")
    assert (answer.status_code, answer.json()["code"]) == (400, "QUERY_INVALID")


@pytest.mark.parametrize("path", ["report?format=csv", "report/log"])
async def test_no_event_no_file(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/events/nowhere/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "EVENT_NOT_FOUND")


async def test_one_pdf_at_a_time(http: httpx.AsyncClient) -> None:
    with exports._paper:
        answer = await http.get("/events/e1/report?format=pdf")
    assert (answer.status_code, answer.json()["code"]) == (503, "BACKEND_UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"


@pytest.mark.usefixtures("scanned")
async def test_the_full_log_has_every_record_by_time(http: httpx.AsyncClient) -> None:
    document = (await http.get("/events/e1/report/log")).json()
    rows = [
        (row["time"] - START, row["method"], row["name"], row["door"], row["takenBack"], row["why"])
        for row in document["log"]
    ]
    assert rows == [
        (1_000, "scanned", None, "Door-2", None, None),
        (5_000, "scanned", "Ana", "Door-1", "yes", None),
        (9_000, "void", None, "Door-1", None, "not her"),
    ]


@pytest.mark.usefixtures("scanned")
async def test_a_scanner_can_read_its_log_and_nobody_else_can(http: httpx.AsyncClient) -> None:
    path = "/events/e1/report/log"
    allowed = await http.get(path, headers={"Authorization": f"Bearer {KEY}"})
    assert allowed.status_code == 200
    assert (await http.get(path, headers={"Authorization": ""})).status_code == 401


@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize("form", [Form.CSV, Form.JSON, Form.XLSX])
async def test_the_client_writes_what_the_backend_has(
    app: ASGIApp, serving: Serve, store: Backend, form: Form
) -> None:
    out = io.BytesIO()
    with serving(app) as address:
        async with ReportClient(f"http://{address}", token=ADMIN) as client:
            await client.write_log("e1", Wish(form, ("time", "name", "door")), out)
    if form is Form.CSV:
        times = [line.split(",")[2] for line in out.getvalue().decode().splitlines()[1:]]
    elif form is Form.JSON:
        times = [row["door"] for row in json.loads(out.getvalue())["log"]]
    else:
        sheet = load_workbook(out)["Log"]
        times = [str(row[2]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert times == store.read_log("e1", lambda log: [entry.scanner_id for entry in log])


async def test_the_client_says_why_there_is_no_log(app: ASGIApp, serving: Serve) -> None:
    from headcount.core.errors import BackendRejected

    with serving(app) as address:
        async with ReportClient(f"http://{address}", token=ADMIN) as client:
            assert isinstance(client, BackendClient)
            with pytest.raises(BackendRejected, match="EVENT_NOT_FOUND"):
                await client.write_log("nowhere", Wish(Form.CSV), io.BytesIO())
