"""Large answers, read straight from JSON into core values.

`wire.from_wire` looks at each value on its own, and says which member is wrong; a report of 10,000
people takes it two seconds. Here msgspec reads the whole document into twin classes (the same
fields under their names on the wire), and the core's values are made of those. What it does not
accept is read again by `wire`, which then decides, and says why: both give the same values.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

from . import wire

T = TypeVar("T")

_INTEGER = Annotated[int, msgspec.Meta(ge=-wire.MAX_INTEGER, le=wire.MAX_INTEGER)]


class _Twin(NamedTuple):
    """How values of one kind are read."""

    hint: Any
    """What msgspec reads."""
    make: Callable[[Any], Any] | None
    """Makes the core's value of it; None where they are the same."""


def read(body: bytes, kind: type[T]) -> T:
    """The value of this kind that the JSON tells; unknown members are skipped. Raises WireError."""
    plain: Any = kind
    decoder, make = _reader(plain)
    try:
        found = decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return wire.from_wire(wire.decode(body), kind)
    result: T = make(found)
    return result


@functools.cache
def _reader(kind: Any) -> tuple[msgspec.json.Decoder[Any], Callable[[Any], Any]]:  # noqa: ANN401 - a type
    hint, make = _twin(kind)
    return msgspec.json.Decoder(hint), make or (lambda value: value)


@functools.cache
def _twin(kind: Any) -> _Twin:  # noqa: ANN401 - a type
    """The twin of a field's type; kinds that hold one another are not made for this."""
    if kind is int:
        return _Twin(_INTEGER, None)
    if isinstance(kind, type) and wire.fields_of(kind) is not None:
        return _twin_of_fields(kind)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Sequence, tuple):
        return _many(_twin(args[0]))
    if origin is Mapping:
        return _Twin(dict.__class_getitem__((args[0], _twin(args[1]).hint)), None)
    if origin in (typing.Union, types.UnionType):
        named = [_INTEGER if each is int else each for each in args]
        return _Twin(typing.Union[tuple(named)], None)  # noqa: UP007 - made of what comes
    return _Twin(kind, None)


def _many(item: _Twin) -> _Twin:
    make = item.make
    listed = tuple.__class_getitem__((item.hint, ...))
    return _Twin(listed, None if make is None else lambda values: tuple(map(make, values)))


def _twin_of_fields(kind: type) -> _Twin:
    """A class with the same fields in the same order, under their names on the wire."""
    fields = wire.fields_of(kind) or ()
    twins = [_twin(field.hint) for field in fields]
    defaults = _defaults(kind)
    members: list[Any] = [
        (field.name, twin.hint) if field.required else (field.name, twin.hint, defaults[field.name])
        for field, twin in zip(fields, twins, strict=True)
    ]
    twin_class = msgspec.defstruct(
        kind.__name__, members, rename=wire.camel, kw_only=True, frozen=True, gc=False
    )
    return _Twin(twin_class, _maker(kind, [twin.make for twin in twins]))


def _defaults(kind: type) -> dict[str, Any]:
    """What a member that is missing stands for."""
    if not dataclasses.is_dataclass(kind):
        return dict(getattr(kind, "_field_defaults", {}))
    return {
        field.name: field.default
        if field.default_factory is dataclasses.MISSING
        else msgspec.field(default_factory=field.default_factory)
        for field in dataclasses.fields(kind)
    }


def _maker(kind: type, makers: Sequence[Callable[[Any], Any] | None]) -> Callable[[Any], Any]:
    """Makes a core value of its twin."""
    nested = [(at, make) for at, make in enumerate(makers) if make is not None]
    values_of = msgspec.structs.astuple
    if not nested:
        return lambda twin: kind(*values_of(twin))

    def make_nested(twin: Any) -> Any:  # noqa: ANN401 - any twin
        values = list(values_of(twin))
        for at, make in nested:
            values[at] = make(values[at])
        return kind(*values)

    return make_nested
