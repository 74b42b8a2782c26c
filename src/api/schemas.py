"""JSON Schema of the wire's types, made from the very fields by which the wire reads and writes."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from ..core.backend import Page
from .wire import MAX_INTEGER, fields_of

REFERENCE = "#/components/schemas/{name}"

_Integer = Annotated[int, msgspec.Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]


def model(kind: Any, *, request: bool = False) -> Any:  # noqa: ANN401 - a type of any form
    """The msgspec type that stands for a wire type.

    A request may leave out what has a default, and has no other members; an answer always has all
    its members, and newer backends may add some.
    """
    return _model(kind, request)


@functools.cache  # one type a kind, or the document would have two components of one name
def _model(kind: Any, request: bool) -> Any:  # noqa: ANN401, FBT001
    if kind is int:
        return _Integer if request else int
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Page:
        return _page(_model(arguments[0], False), arguments[0])  # noqa: FBT003
    if origin in {Sequence, tuple, list}:
        return list[_model(arguments[0], request)]  # type: ignore[misc]
    if origin in {typing.Union, types.UnionType}:
        return functools.reduce(
            lambda left, right: left | right,
            [_model(each, request) for each in arguments],
        )
    return _struct(kind, request) if isinstance(kind, type) else kind


def _struct(kind: type, request: bool) -> Any:  # noqa: ANN401, FBT001
    fields = fields_of(kind)
    if fields is None:
        return kind
    members: list[Any] = []
    for field in fields:
        hint = _model(field.hint, request)
        optional = request and not field.required
        # Which default it is does not matter here, only that there is one.
        members.append((field.member, hint, msgspec.UNSET) if optional else (field.member, hint))
    return msgspec.defstruct(
        kind.__name__ + ("Request" if request else ""),
        members,
        namespace={"__doc__": kind.__doc__},
        forbid_unknown_fields=request,
        kw_only=True,
    )


def _page(item: Any, kind: type) -> Any:  # noqa: ANN401
    fields = [("page", list[item]), ("continueCursor", str), ("isDone", bool)]
    doc = "One page; `continueCursor` is the next page's `cursor`, empty when `isDone`."
    return msgspec.defstruct(f"{kind.__name__}Page", fields, namespace={"__doc__": doc})


def components(models: Sequence[Any]) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
    """The schemas of these models, and the components that they refer to by name."""
    schemas, named = msgspec.json.schema_components(models, ref_template=REFERENCE)
    return list(schemas), {name: _clean(schema) for name, schema in sorted(named.items())}


def _clean(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the defaults that only say that there is one."""
    members = schema.get("properties", {})
    for member in members.values():
        member.pop("default", None)
    return schema
