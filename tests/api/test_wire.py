"""JSON <-> core values, and answers that must not be believed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headcount.api import quick_read, wire
from headcount.api.quick_batch import pack
from headcount.core.backend import (
    ImportResult,
    NewEvent,
    Page,
    PersonRow,
    Registration,
    Role,
    RowError,
    User,
)
from headcount.core.identity import canonical
from headcount.core.model import NIL_UUID, BatchAnswer, Event, Refusal, ScanSession
from headcount.core.report import (
    EventFacts,
    GapFacts,
    PersonFacts,
    Report,
    ScannerFacts,
    UnknownFacts,
    build_report,
)

EVENT = Event("e1", "Opening", 0, 3_600_000)
FACTS = EventFacts(
    EVENT,
    [
        PersonFacts("u1", "Ana", "a@b", "a1", "approved", 5, "Door-1", [5, 9]),
        PersonFacts("u2", "Ben", "", "", "approved", None, "", []),
    ],
    [UnknownFacts("c3", 1, 2, 3, "Door-1")],
    [ScannerFacts("Door-1", 3_600_000, 0)],
    [GapFacts("Door-1", 3, 4, "silent")],
)

VALUES: list[Any] = [
    EVENT,
    NewEvent("N", 1, 2, rehearsal=True),
    PersonRow(2, "Ana", "a@b", ""),
    User("u1", "Ana", "a@b", Role.OPERATOR, None),
    User("u1", "Ana", "a@b", Role.USER, "a1"),
    Registration("u1", "Ana", "a@b", "approved", ("a1", "b2")),
    ImportResult(1, 2, 3, 4, (RowError(5, "why"),)),
    ScanSession("s1", "Door-1", 1, 2, None),
    BatchAnswer(3, 1, 1, 0, (Refusal(2, "CODE", "why"),)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_as_it_went(value: Any) -> None:
    document = json.loads(json.dumps(wire.to_wire(value)))
    assert wire.from_wire(document, type(value), strict=True) == value


def test_a_report_comes_back_as_it_went_with_a_head_for_scripts() -> None:
    report = build_report(FACTS, 3_600_000)
    body = wire.report_to_json(report)
    assert wire.to_wire(wire.report_from_json(body)) == wire.to_wire(report)
    document = json.loads(body)
    assert document["eventId"] == "e1"
    assert (document["name"], document["status"], document["checkedIn"]) == ("Opening", "final", 1)
    assert document["people"][0]["checkInTime"] == 5
    assert document["unknown"][0]["bleUuid"] == "c3"
    assert document["totals"]["notExpected"] == 0


@pytest.mark.parametrize(
    ("document", "kind", "named"),
    [
        (5, Event, "object"),
        ({}, Event, "id: missing"),
        ({"id": 5}, Event, "id: expected `str`"),
        (
            {"userId": "u", "name": "", "email": "", "status": "", "bleUuids": [1]},
            Registration,
            r"s\[0\]",
        ),
        ({"id": "u", "name": "", "email": "", "role": "king", "bleUuid": None}, User, "role"),
        ({"event": {"id": "e"}}, Report, "event.name: missing"),
    ],
)
def test_another_shape_is_an_error_that_names_the_member(
    document: Any, kind: Any, named: str
) -> None:
    with pytest.raises(wire.WireError, match=named):
        wire.from_wire(document, kind)


def test_a_client_skips_members_of_a_newer_backend_and_a_request_may_have_none() -> None:
    document = wire.to_wire(EVENT) | {"colour": "blue"}
    assert wire.from_wire(document, Event) == EVENT
    with pytest.raises(wire.WireError, match="colour"):
        wire.from_wire(document, Event, strict=True)


def test_a_page_comes_back_as_it_went() -> None:
    page = Page((EVENT,), "next")
    assert wire.page_from_wire(wire.page_to_wire(page), Event) == page


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"page": [], "continueCursor": "", "isDone": False},
        {"page": [], "continueCursor": None, "isDone": True},
        {"page": {}, "continueCursor": "", "isDone": True},
    ],
)
def test_what_is_no_page_is_an_error(document: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.page_from_wire(document, Event)


def answer(**members: Any) -> dict[str, Any]:
    counts = {"received": 2, "checkedIn": 1, "duplicates": 0, "unknown": 0}
    refused = [{"index": 1, "code": "C", "message": "m"}]
    return {"status": "success", **counts, "refused": refused} | members


def test_a_sound_answer_acknowledges() -> None:
    expected = BatchAnswer(2, 1, 0, 0, (Refusal(1, "C", "m"),))
    assert wire.answer_from_wire(answer(), 2) == expected


@pytest.mark.parametrize(
    "document",
    [
        [],
        None,
        {},
        answer(status="error"),
        answer(received=1),
        answer(received=3),
        answer(received="2"),
        answer(received=True),
        answer(refused=None),
        answer(refused=[{"index": 2, "code": "C", "message": "m"}]),
        answer(refused=[{"index": -1, "code": "C", "message": "m"}]),
        answer(refused=[{"index": 1, "code": "C", "message": "m"}] * 2),
        answer(checkedIn=2),
        answer(unknown=-1),
    ],
)
def test_an_answer_that_does_not_account_for_the_batch_acknowledges_nothing(document: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.answer_from_wire(document, 2)


def test_log_lines_go_into_the_body_byte_for_byte() -> None:
    lines = [b'{"bleUuid": "x",  "seq":1}', b'{"a":"\xc3\xa9"}']
    body = wire.batch_to_json('e"1', lines, [ScanSession("s", "D", 1, 2)])
    assert b",".join(lines) in body
    document = json.loads(body)
    assert document["eventId"] == 'e"1'
    assert document["records"] == [{"bleUuid": "x", "seq": 1}, {"a": "é"}]
    assert document["sessions"][0]["coveredUntil"] == 2


MEMBERS = st.sampled_from(["page", "continueCursor", "isDone", "event", "id", "refused", "status"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_no_answer_at_all_is_more_than_an_error(document: Any) -> None:
    readers: list[Callable[[Any], object]] = [
        lambda value: wire.answer_from_wire(value, 1),
        lambda value: wire.page_from_wire(value, User),
        lambda value: wire.from_wire(value, Report),
    ]
    for read in readers:
        try:
            read(document)
        except wire.WireError as error:
            assert str(error)  # noqa: PT017 - any other exception fails the test


HEX = st.text("0123456789abcdef", min_size=32, max_size=32).map(canonical)
ODD = st.text(max_size=40) | st.text("0123456789abcdefABCDEF- \n", min_size=36, max_size=36)


@settings(deadline=None)
@given(st.lists(HEX | ODD, max_size=4))
def test_the_check_of_a_whole_column_agrees_with_the_check_of_each(ids: list[str]) -> None:
    good = all(canonical(each) == each != NIL_UUID for each in ids)
    assert pack(ids) == (b"".join(uuid.UUID(each).bytes for each in ids) if good else None)


@pytest.mark.parametrize("edit", [(8, "0"), (0, "-"), (9, " "), (35, "\n"), (3, "A"), (3, "g")])
def test_one_wrong_character_in_a_column_is_seen(edit: tuple[int, str]) -> None:
    good = canonical("a1" * 16) or ""
    at, character = edit
    assert pack([good, good]) == b"\xa1" * 32
    assert pack([good, good[:at] + character + good[at + 1 :]]) is None


READ_QUICKLY = [*VALUES, build_report(FACTS, 3_600_000)]


@pytest.mark.parametrize("value", READ_QUICKLY, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("spoilt", [None, "x", 2**63, -1, 1.5, True, [], {}, [None]], ids=repr)
def test_what_is_read_quickly_is_what_is_read_slowly(value: Any, spoilt: Any) -> None:
    """The same values, and the same words where a member has another shape."""
    whole = wire.to_wire(value)
    without = [{name: each for name, each in whole.items() if name != gone} for gone in whole]
    others = [whole | {name: spoilt} for name in whole]
    deeper = [whole | {name: [spoilt]} for name, each in whole.items() if isinstance(each, list)]
    for document in [whole, whole | {"later": spoilt}, *without, *others, *deeper]:
        body = json.dumps(document).encode()
        told: list[Any] = []
        for way in (quick_read.read, lambda body, kind: wire.from_wire(wire.decode(body), kind)):
            try:
                told.append(way(body, type(value)))
            except wire.WireError as error:
                told.append(str(error))
        assert told[0] == told[1], document


@pytest.mark.parametrize("body", [b"", b"[" * 9999, b'{"id": "\xff"}', b"null"])
def test_what_can_not_be_read_quickly_is_said_as_ever(body: bytes) -> None:
    with pytest.raises(wire.WireError):
        quick_read.read(body, Report)
