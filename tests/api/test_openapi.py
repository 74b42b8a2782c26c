"""GET /openapi.json and /docs: complete, true to its examples, and without the network."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from headcount import __version__
from headcount.api.describe import Doc, doc_of
from headcount.api.endpoint import Endpoint
from headcount.api.openapi import document, problems_of
from headcount.api.resources import ENDPOINTS
from headcount.api.wire import from_wire

DOCUMENT = document(ENDPOINTS, __version__)
PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")

Described = tuple[Endpoint, Doc]
DESCRIBED: list[Described] = [(each, doc) for each in ENDPOINTS if (doc := doc_of(each.handler))]


def label(value: Any) -> str:
    return f"{value[0].method} {value[0].path}"


def operation(endpoint: Endpoint) -> dict[str, Any]:
    described: dict[str, Any] = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]
    return described


def is_valid(value: object, schema: dict[str, Any]) -> bool:
    return jsonschema_rs.validator_for({**schema, **parts()}).is_valid(value)


def parts() -> dict[str, Any]:
    return {"components": DOCUMENT["components"]}


def test_every_endpoint_is_described() -> None:
    missing = [f"{each.method} {each.path}" for each in ENDPOINTS if doc_of(each.handler) is None]
    assert missing == [], "put @describe(…) over their handlers (api/describe.py says how)"


@pytest.mark.parametrize("described", DESCRIBED, ids=label)
def test_every_description_is_whole(described: Described) -> None:
    endpoint, doc = described
    assert doc.summary
    assert not doc.summary.endswith(".")
    assert (doc.answer is None) == (doc.example is None) or doc.media_type != "text/html"
    assert (doc.body is None) == (doc.body_example is None)
    assert (endpoint.method == "GET") <= (doc.body is None)


async def test_anyone_may_read_the_document(http: httpx.AsyncClient) -> None:
    answer = await http.get("/openapi.json", headers={"Authorization": ""})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(json.dumps(DOCUMENT))


def test_the_document_names_every_address_and_the_version() -> None:
    listed = {(verb.upper(), path) for path, verbs in DOCUMENT["paths"].items() for verb in verbs}
    assert listed == {(each.method, each.path) for each in ENDPOINTS}
    assert DOCUMENT["info"]["version"] == __version__


def test_operation_ids_are_unique_and_references_lead_somewhere() -> None:
    ids = [operation(each)["operationId"] for each in ENDPOINTS]
    assert len(ids) == len(set(ids))
    text = json.dumps(DOCUMENT)
    targets = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert targets <= set(DOCUMENT["components"]["schemas"])


@pytest.mark.parametrize("described", [each for each in DESCRIBED if each[1].body], ids=label)
def test_a_body_example_is_valid_and_is_what_the_backend_reads(described: Described) -> None:
    endpoint, doc = described
    media = operation(endpoint)["requestBody"]["content"]["application/json"]
    assert is_valid(media["example"], media["schema"])
    assert not is_valid(media["example"] | {"unknownMember": 1}, media["schema"])
    from_wire(doc.body_example, doc.body, strict=True)


@pytest.mark.parametrize("described", [each for each in DESCRIBED if each[1].answer], ids=label)
def test_an_answers_example_is_valid_and_nothing_is_left_out(described: Described) -> None:
    endpoint, doc = described
    content = operation(endpoint)["responses"][str(doc.status)]["content"][doc.media_type]
    assert is_valid(content["example"], content["schema"])
    for member in content["example"]:
        less = {name: value for name, value in content["example"].items() if name != member}
        assert not is_valid(less, content["schema"]), member


@pytest.mark.parametrize("described", DESCRIBED, ids=label)
def test_every_problem_has_its_status_and_an_example(described: Described) -> None:
    responses = operation(described[0])["responses"]
    told = set()
    for answer in responses.values():
        if media := answer.get("content", {}).get("application/problem+json"):
            told |= set(media["schema"]["properties"]["code"]["enum"])
            assert is_valid(media["example"], media["schema"])
    assert told == {code.value for code in problems_of(*described)}


def examples() -> list[tuple[str, str, dict[str, Any]]]:
    """JSON blocks of docs/api.md below a heading that is an address: body first, then answer."""
    found = []
    for method, path, text in re.findall(
        r"^## (\w+) (/\S+)\n(.+?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL
    ):
        operation = DOCUMENT["paths"][path][method.lower()]
        schemas = [operation["requestBody"]] if "requestBody" in operation else []
        schemas += [answer for status, answer in operation["responses"].items() if status < "3"]
        blocks = re.findall(r"```json\n(.+?)```", text, re.DOTALL)
        found += [
            (f"{method} {path}", block, next(iter(schema["content"].values()))["schema"])
            for block, schema in zip(blocks, schemas, strict=False)
        ]
    return found


@pytest.mark.parametrize(("where", "block", "schema"), examples())
def test_the_examples_of_the_docs_are_valid(where: str, block: str, schema: dict[str, Any]) -> None:
    assert is_valid(json.loads(block), schema), where


def test_the_docs_have_examples_of_bodies_and_answers() -> None:
    wheres = [where for where, _, _ in examples()]
    assert set(wheres) >= {"POST /batchCheckIn", "POST /events", "POST /users/import"}
    assert len(wheres) >= 6


class Outside(HTMLParser):
    """Collects what a browser would fetch, and any script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        for name, value in attrs:
            fetches = name in {"src", "href", "action"} or name.startswith("on")
            if fetches and not (value or "").startswith("#") and value != "openapi.json":
                self.found.append(f"{tag} {name}={value}")


async def test_the_page_for_people_needs_no_network_and_runs_no_script(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/docs", headers={"Authorization": ""})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'sha256-"
    )
    reader = Outside()
    reader.feed(answer.text)
    assert reader.found == []
    assert {"script", "img", "link", "iframe"}.isdisjoint(reader.names)
    assert all(each.path in answer.text for each in ENDPOINTS)
    assert "EVENT_NOT_FOUND" in answer.text
