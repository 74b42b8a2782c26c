"""The page at /docs: the OpenAPI document for people. One file, no script, no request elsewhere."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from typing import Any

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
details{border:1px solid #8886;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}code,pre{font:14px/1.4 ui-monospace,monospace}
pre{background:#8881;padding:.6rem;overflow:auto}b{display:inline-block;min-width:4rem}
td,th{text-align:left;padding:.1rem .8rem .1rem 0;vertical-align:top}
:root{color-scheme:light dark}
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy: only this very style, and nothing from anywhere."""


def page(document: Mapping[str, Any]) -> str:
    """HTML of an OpenAPI document."""
    operations = "".join(
        _operation(method, path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    )
    schemas = "".join(
        f"<details id='{_text(name)}'><summary>{_text(name)}</summary>{_code(schema)}</details>"
        for name, schema in document["components"]["schemas"].items()
    )
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>headcount: HTTP interface</title><style>{STYLE}</style>"
        f"<h1>headcount {_text(document['info']['version'])}: HTTP interface</h1>"
        "<p>The same for programs: <a href='openapi.json'>openapi.json</a>.</p>"
        f"<h2>Addresses</h2>{operations}<h2>Types</h2>{schemas}</html>"
    )


def _operation(method: str, path: str, described: Mapping[str, Any]) -> str:
    parts = [f"<p>{_text(described['description'])}</p>"]
    if parameters := described.get("parameters"):
        rows = "".join(_parameter(each) for each in parameters)
        parts.append(f"<h4>Parameters</h4><table>{rows}</table>")
    if body := described.get("requestBody"):
        parts.append("<h4>Body</h4>" + _contents(body["content"]))
    for status, answer in described["responses"].items():
        head = f"<summary>{status} {_text(answer['description'])}</summary>"
        parts.append(f"<details>{head}{_contents(answer.get('content', {}))}</details>")
    head = f"<b>{method.upper()}</b> <code>{_text(path)}</code> {_text(described['summary'])}"
    return f"<details><summary>{head}</summary>{''.join(parts)}</details>"


def _parameter(parameter: Mapping[str, Any]) -> str:
    need = "required" if parameter["required"] else "optional"
    schema = json.dumps(parameter["schema"], ensure_ascii=False)
    cells = (parameter["name"], f"{parameter['in']}, {need}", parameter.get("description", ""))
    return (
        "<tr>"
        + "".join(f"<td>{_text(cell)}</td>" for cell in cells)
        + f"<td><code>{_text(schema)}</code></td></tr>"
    )


def _contents(content: Mapping[str, Any]) -> str:
    return "".join(
        f"<p><code>{_text(media_type)}</code> {_link(media['schema'])}</p>"
        + (_code(media["example"]) if "example" in media else _code(media["schema"]))
        for media_type, media in content.items()
    )


def _link(schema: Mapping[str, Any]) -> str:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return f"<a href='#{_text(name)}'>{_text(name)}</a>" if name else ""


def _code(value: object) -> str:
    if isinstance(value, str):
        return f"<pre>{_text(value)}</pre>"
    return f"<pre>{_text(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _text(value: object) -> str:
    return html.escape(str(value))
