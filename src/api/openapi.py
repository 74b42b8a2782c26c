"""GET /openapi.json: the route table, its descriptions and the wire's types as one document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .auth import EVERYONE, SCANNERS, Principal
from .describe import JSON, Doc, doc_of
from .endpoint import Endpoint
from .problems import CATALOGUE, MEDIA_TYPE, Code
from .schemas import components, model

VERSION = "3.1.1"
"""Of the OpenAPI specification: the first whose schemas are JSON Schema as msgspec writes it."""

_PATH_NAME = re.compile(r"\{(\w+)\}")
_EVENT_ID = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._~:-]{0,63}$"}
_PATH_SCHEMAS: Mapping[str, Mapping[str, Any]] = {"event_id": _EVENT_ID}
"""Other names in an address are any text."""

_BODY_PROBLEMS = (
    Code.BODY_TOO_LARGE,
    Code.BODY_ENCODING_UNKNOWN,
    Code.BODY_ENCODING_BROKEN,
    Code.BODY_NOT_JSON,
    Code.BODY_INVALID,
)
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "Every error (RFC 9457). `code` is stable, `detail` is for people.",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"enum": [code.value for code in Code]},
        "detail": {"type": "string"},
        "limit": {"type": "integer", "description": "BODY_TOO_LARGE: bytes that a body may have"},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The OpenAPI document. Endpoints without a description are left out; a test names them."""
    described = [(each, doc) for each in endpoints if (doc := doc_of(each.handler))]
    models = [model(doc.answer) for _, doc in described if doc.answer is not None]
    models += [model(doc.body, request=True) for _, doc in described if doc.body is not None]
    _, named = components(models)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for endpoint, doc in described:
        paths[endpoint.path][endpoint.method.lower()] = operation(endpoint, doc)
    return {
        "openapi": VERSION,
        "info": {
            "title": "headcount",
            "version": version,
            "summary": "Offline-first Bluetooth attendance: the backend's HTTP interface",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**named, "Problem": _PROBLEM_SCHEMA},
            "securitySchemes": _SECURITY,
        },
    }


_SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A person's token, or the scanner key where a scanner may.",
    },
    "scannerKey": {"type": "http", "scheme": "bearer", "description": "The scanner key."},
}


_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "the ETag of an answer that the client still has",
    "schema": {"type": "string"},
}


def operation(endpoint: Endpoint, doc: Doc) -> dict[str, Any]:
    """One endpoint."""
    described: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "summary": doc.summary,
        "description": _description(endpoint, doc),
        "responses": _responses(endpoint, doc),
    }
    parameters = [*_path_parameters(endpoint.path), *_query_parameters(doc)]
    if doc.tagged:
        parameters.append(_IF_NONE_MATCH)
    if parameters:
        described["parameters"] = parameters
    if (body := _body(doc)) is not None:
        described["requestBody"] = {
            "required": True,
            "content": {JSON: _media(body, doc.body_example)},
        }
    scheme = "scannerKey" if endpoint.allowed == SCANNERS else "token"
    described["security"] = [] if endpoint.allowed == EVERYONE else [{scheme: []}]
    return described


def _body(doc: Doc) -> Mapping[str, Any] | None:
    return doc.body_schema if doc.body is None else _schema(doc.body, request=True)


def _operation_id(endpoint: Endpoint) -> str:
    """`GET /events/{event_id}/report` -> `getEventsEventIdReport`."""
    words = re.findall(r"[A-Za-z]+", endpoint.path.replace(".", "/"))
    return endpoint.method.lower() + "".join(word[:1].upper() + word[1:] for word in words)


def _description(endpoint: Endpoint, doc: Doc) -> str:
    who = "anyone" if endpoint.allowed == EVERYONE else ", ".join(_ordered(endpoint.allowed))
    return f"{doc.text}\n\nWho may: {who}.".strip()


def _ordered(principals: Iterable[Principal]) -> list[str]:
    return [each.value for each in Principal if each in set(principals)]


def _path_parameters(path: str) -> list[dict[str, Any]]:
    text = {"type": "string", "minLength": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": _PATH_SCHEMAS.get(name, text)}
        for name in _PATH_NAME.findall(path)
    ]


def _query_parameters(doc: Doc) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "in": "query",
            "required": each.required,
            "description": each.summary,
            "schema": each.schema,
        }
        for each in doc.query
    ]


def _responses(endpoint: Endpoint, doc: Doc) -> dict[str, Any]:
    schema: Mapping[str, Any] = {"type": "object" if doc.media_type == JSON else "string"}
    if doc.answer is not None:
        schema = _schema(doc.answer)
    responses: dict[str, Any] = {
        str(doc.status): {
            "description": doc.summary,
            "content": {
                doc.media_type: _media(schema, doc.example),
                **{media: {"schema": {"type": "string"}} for media in doc.more_media},
            },
        }
    }
    if doc.tagged:
        responses["304"] = {"description": "Not changed since the answer with this ETag"}
    by_status: dict[int, list[Code]] = defaultdict(list)
    for code in problems_of(endpoint, doc):
        by_status[CATALOGUE[code].status].append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = _problem_response(codes)
    return responses


def problems_of(endpoint: Endpoint, doc: Doc) -> list[Code]:
    """Every problem that this endpoint can answer, in the catalogue's order."""
    found = {*doc.problems, Code.INTERNAL_ERROR, Code.BACKEND_UNAVAILABLE}
    if endpoint.allowed == SCANNERS:
        found.add(Code.SCANNER_KEY_REFUSED)
    elif endpoint.allowed != EVERYONE:
        found |= {Code.AUTH_UNAUTHENTICATED, Code.AUTH_FORBIDDEN}
        found.add(Code.IDENTITY_PROVIDER_UNAVAILABLE)
    if _body(doc) is not None:
        found |= set(_BODY_PROBLEMS)
    if doc.query:
        found.add(Code.QUERY_INVALID)
    if _PATH_NAME.search(endpoint.path):
        found.add(Code.NOT_FOUND)
    if "{event_id}" in endpoint.path:
        found.add(Code.EVENT_NOT_FOUND)
        if Principal.SCANNER in endpoint.allowed:
            found.add(Code.SCANNER_EVENT_REFUSED)
    return [code for code in Code if code in found]


def _problem_response(codes: Sequence[Code]) -> dict[str, Any]:
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"code": {"enum": [code.value for code in codes]}},
    }
    kind, first = CATALOGUE[codes[0]], codes[0]
    example = {
        "type": f"urn:headcount:problem:{first}",
        "title": kind.title,
        "status": kind.status,
        "code": first.value,
        "detail": "What happened, for people.",
    }
    return {
        "description": "; ".join(f"{code}: {CATALOGUE[code].title}" for code in codes),
        "content": {MEDIA_TYPE: _media(schema, example)},
    }


def _schema(kind: Any, *, request: bool = False) -> dict[str, Any]:  # noqa: ANN401 - a type
    (schema,), _ = components([model(kind, request=request)])
    return schema


def _media(schema: Mapping[str, Any], example: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"schema": schema} if example is None else {"schema": schema, "example": example}
