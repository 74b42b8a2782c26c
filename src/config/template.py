"""Writes a configuration file for people: what was chosen, and every other key with its default."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from .sections import SECRETS, Config

WIDTH = 98
HEAD = """\
# The configuration of headcount on this machine, written by `headcount setup`.
#
# Later wins: defaults < this file < environment < flags. A key behind a # shows its default: take
# the # away to change it. docs/configuration.md says more. No secrets in here: keys
# are in files of mode 0600.
"""


def config_text(chosen: Mapping[str, Any]) -> str:
    """The file's text; `chosen` is nested like the file, and right (`Config` has taken it)."""
    return "".join(f"{line}\n" for line in _lines(chosen))


def _lines(chosen: Mapping[str, Any]) -> Iterator[str]:
    yield from HEAD.splitlines()
    sections: dict[str, type[BaseModel]] = {}
    for name, field in Config.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            sections[name] = kind
        elif name != "keys":
            yield from _key(name, field, chosen)
    for name, section in sections.items():
        yield ""
        yield f"[{name}]"
        for key, field in section.model_fields.items():
            if (name, key) not in SECRETS:
                yield from _key(key, field, chosen.get(name, {}))
    yield ""
    yield "# Keys by act, where they are not the usual ones (docs/screens.md)."
    yield "[keys]"
    yield from (f"{json.dumps(act)} = {_toml(key)}" for act, key in chosen.get("keys", {}).items())


def _key(name: str, field: FieldInfo, chosen: Mapping[str, Any]) -> Iterator[str]:
    about = " ".join((field.description or "").split())
    yield from (f"# {line}" for line in textwrap.wrap(about, WIDTH))
    if name in chosen:
        yield f"{name} = {_toml(chosen[name])}"
    else:
        yield f"# {name} = {_toml(field.default)}"


def _toml(value: Any) -> str:  # noqa: ANN401 - any value of the configuration
    """JSON's strings, numbers, booleans and lists are TOML's, too (toml.io, 1.0)."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)
