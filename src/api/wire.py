"""JSON <-> the core's values. Both ends of the HTTP interface import this.

Members are the fields' names in camelCase, so that a core value needs no twin class here.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from ..core.backend import Page
from ..core.clocks import StationClock
from ..core.identity import clean_text
from ..core.model import BatchAnswer, ScanSession
from ..core.report import PersonRow, Report

T = TypeVar("T")

MAX_INTEGER = 2**63 - 1
"""What SQL and most programs hold; more overflows them, and Python's own arithmetic with floats."""

MAX_TIME_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: what a date can hold, and far within 64 bits."""


class WireError(ValueError):
    """A value has another shape than expected; the text names the member."""


class _Field(NamedTuple):
    name: str
    member: str
    hint: Any
    required: bool


def camel(name: str) -> str:
    """`check_in_time` -> `checkInTime`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


@functools.cache
def fields_of(kind: type) -> tuple[_Field, ...] | None:
    """The fields of a dataclass or NamedTuple; None for anything else."""
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        nothing = dataclasses.MISSING
        return tuple(
            _Field(
                field.name,
                camel(field.name),
                hints[field.name],
                field.default is nothing and field.default_factory is nothing,
            )
            for field in dataclasses.fields(kind)
        )
    names: tuple[str, ...] | None = getattr(kind, "_fields", None)
    if names is None:
        return None
    hints, defaults = typing.get_type_hints(kind), getattr(kind, "_field_defaults", {})
    return tuple(_Field(name, camel(name), hints[name], name not in defaults) for name in names)


def to_wire(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """A core value as what JSON can hold."""
    kind: Any = type(value)
    fields = fields_of(kind)
    if fields is not None:
        return {field.member: to_wire(getattr(value, field.name)) for field in fields}
    if isinstance(value, (list, tuple)):
        return [to_wire(item) for item in value]
    return value


def from_wire(value: object, kind: type[T], *, at: str = "", strict: bool = False) -> T:
    """The reverse of `to_wire`. Raises WireError, naming the member after the path `at`.

    Strict, for requests: unknown members are refused. Otherwise they are skipped, so that a client
    understands a newer backend.
    """
    result: T = _build(value, kind, at, strict)
    return result


def _build(value: object, kind: Any, at: str, strict: bool) -> Any:  # noqa: ANN401, FBT001
    fields = fields_of(kind) if isinstance(kind, type) else None
    if fields is not None:
        return kind(**_arguments(value, fields, at, strict))
    origin = typing.get_origin(kind)
    if origin in (Sequence, tuple):
        return _build_list(value, kind, at, strict)
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise WireError(f"{at or 'the value'}: integer out of range")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise WireError(f"{at or 'the value'}: {_lower(str(error))}") from None


def _build_list(value: object, kind: Any, at: str, strict: bool) -> tuple[Any, ...]:  # noqa: ANN401, FBT001
    if not isinstance(value, list):
        raise WireError(f"{at or 'the value'}: expected an array")
    item_kind = typing.get_args(kind)[0]
    return tuple(_build(item, item_kind, f"{at}[{i}]", strict) for i, item in enumerate(value))


def _arguments(
    value: object,
    fields: tuple[_Field, ...],
    at: str,
    strict: bool,  # noqa: FBT001
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise WireError(f"{at or 'the value'}: expected an object")
    if strict:
        _refuse_unknown(value, {field.member for field in fields}, at)
    prefix = f"{at}." if at else ""
    arguments = {}
    for field in fields:
        if field.member in value:
            path = prefix + field.member
            arguments[field.name] = _build(value[field.member], field.hint, path, strict)
        elif field.required:
            raise WireError(f"{prefix}{field.member}: missing")
    return arguments


def _refuse_unknown(value: Mapping[str, object], known: set[str], at: str) -> None:
    if unknown := sorted(value.keys() - known):
        names = ", ".join(sorted(known))
        name = clean_text(str(unknown[0]))
        raise WireError(f"{at or 'the body'}: unknown member {name!r}; known are {names}")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def decode(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Any JSON value. Raises WireError, whatever the bytes are."""
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise WireError("nested too deeply") from None
    except UnicodeError:
        raise WireError("not UTF-8") from None
    except msgspec.DecodeError as error:
        raise WireError(f"not JSON: {error}") from None


def page_to_wire(page: Page[Any]) -> dict[str, Any]:
    """One page of a list."""
    return {
        "page": to_wire(page.items),
        "continueCursor": page.cursor,
        "isDone": not page.cursor,
    }


def page_from_wire(value: object, kind: type[T]) -> Page[T]:
    """The reverse of `page_to_wire`, for items of this kind."""
    members = _members(value)
    items = from_wire(members.get("page"), tuple[kind, ...], at="page")  # type: ignore[valid-type]
    cursor, is_done = members.get("continueCursor"), members.get("isDone")
    if not isinstance(cursor, str) or not isinstance(is_done, bool):
        raise WireError("continueCursor and isDone: expected a string and a boolean")
    if not is_done and not cursor:
        raise WireError("continueCursor: empty, though the list goes on")
    return Page(items, "" if is_done else cursor)


def batch_to_json(
    event_id: str,
    raw_records: Sequence[bytes],
    sessions: Sequence[ScanSession] = (),
    clock: StationClock | None = None,
) -> bytes:
    """The body of POST /batchCheckIn. Log lines go in as they are: no decoding, no encoding."""
    present = b',"clock":' + msgspec.json.encode(to_wire(clock)) if clock else b""
    return b"".join(
        (
            b'{"eventId":',
            msgspec.json.encode(event_id),
            present,
            b',"sessions":',
            msgspec.json.encode(to_wire(sessions)),
            b',"records":[',
            b",".join(raw_records),
            b"]}",
        )
    )


def answer_to_wire(answer: BatchAnswer) -> dict[str, Any]:
    """The answer to POST /batchCheckIn."""
    return {"status": "success", **to_wire(answer)}


def answer_from_wire(value: object, sent: int) -> BatchAnswer:
    """The reverse, for a batch of `sent` records.

    Raises WireError when the counts or places can't be true: such an answer acknowledges nothing.
    """
    if _members(value).get("status") != "success":
        raise WireError("status: expected 'success'")
    answer = from_wire(value, BatchAnswer)
    places = {refusal.index for refusal in answer.refused}
    counts = (answer.checked_in, answer.duplicates, answer.unknown, len(places))
    if answer.received != sent:
        raise WireError(f"received: {answer.received}, though {sent} records were sent")
    if len(places) != len(answer.refused) or not places <= set(range(sent)):
        raise WireError("refused: an index is doubled or out of range")
    if min(counts) < 0 or sum(counts) > sent:
        raise WireError("the counts do not add up")
    return answer


def report_to_json(report: Report, person: Callable[[PersonRow], Any] | None = None) -> bytes:
    """An event's report, as GET /events/{id}/report and `report --format json` give it.

    `person` writes a row as what JSON can hold, or as `msgspec.Raw`.
    """
    document = to_wire(dataclasses.replace(report, people=()))
    document["people"] = [(person or to_wire)(row) for row in report.people]
    head = {
        "eventId": report.event.id,
        "name": report.event.name,
        "status": "provisional" if report.provisional else "final",
        "checkedIn": report.totals.checked_in,
    }
    return msgspec.json.encode(head | document)


def report_from_json(body: bytes) -> Report:
    """The reverse. Raises WireError."""
    return from_wire(decode(body), Report)


def _members(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise WireError("the value: expected an object")
    return value
