"""One person with something in every table, for the tests of exports and erasures."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, create_engine, insert, select
from tests.store.care_event import CLOCK, END, LATER, MINUTE, START, act, badge, fill, seen

from headcount.core.access import (
    Change,
    ExternalPerson,
    NewScanner,
    NewSignIn,
    NewUser,
    Status,
    UserMessage,
)
from headcount.core.audit import Actor, Entry
from headcount.core.backend import Batch, BatchRecord, GapRecord, NewEvent, PersonRow, Role
from headcount.core.backoff import Limit, Subject
from headcount.core.badges import NewBadge
from headcount.core.correction_requests import NewRequest, RequestDecision
from headcount.core.corrections import NewCorrection
from headcount.core.feedback import FeedbackStatus, NewFeedback
from headcount.core.fleet_values import Versions
from headcount.core.insight_book import InsightMessage, InsightStatus
from headcount.core.insights import RowKind, RowRef, Severity
from headcount.core.log_heads import Head
from headcount.core.model import Kind, Refusal, ScanSession
from headcount.core.registrations import Decision, Ruling
from headcount.core.retention import Retention
from headcount.store.server import Store, schema
from headcount.store.server.schema_seals import acceptances, seals

NAME, EMAIL = "Zora Quist", "zora.quist@x.org"
FIRST, SECOND = badge(0xFEED0041), badge(0xFEED0042)
IDENTITY = "https://id.example|zora-77"
ABOUT = f"{NAME} ({EMAIL}) was here with {FIRST}"


def make(store: Store, url: str, folder: Path) -> str:
    """Everything; the person's id."""
    fill(store)
    store.create_admin("Root", "root@x.org", token_hash="t", now_ms=START)
    store.create_event(NewEvent("gone", 0, 60 * MINUTE, id="gone"), now_ms=START)
    for event in ("old", "gone"):
        store.import_people([PersonRow(1, NAME, EMAIL, FIRST)], event_id=event, now_ms=1)
    user = next(row.id for row in store.users(limit=20).items if row.name == NAME)
    _hear(store)
    _replace_phone(store, user)
    _trash(store)
    _account(store, user)
    _correct(store, user)
    _say(store, user)
    _ask(store, user)
    store.note_head("old", Head("log", "Door", 1, "c", 10), now_ms=END)
    engine = create_engine(url)
    _close(engine, user)
    engine.dispose()
    for due in store.purge_plan(Retention(), now_ms=END, event_id="gone"):
        store.purge(due, Retention(), str(folder / "gone"), now_ms=END)
    return user


def _ask(store: Store, user: str) -> None:
    """Decisions about registrations, requests, a secret for rotating ids; also other people's."""
    ben = next(each.id for each in store.users(limit=20).items if each.name == "Ben")
    for who, why in ((user, f"{NAME} is known."), (ben, f"Friend of {NAME}.")):
        ruling = Ruling(who, Decision.APPROVED, why)
        store.decide_registrations("old", [ruling], now_ms=END)
        new = NewRequest(f"{NAME} was there, beside me.")
        request = store.add_request("old", new, by=who, now_ms=END)
        declined = RequestDecision("declined", f"{EMAIL} was not.")
        store.decide_request("old", request.id, declined, by=ben, now_ms=END)
    store.add_rotation(user, bytes(32), now_ms=END)


def _hear(store: Store) -> None:
    gone = [BatchRecord(FIRST, minute * MINUTE, "Door", minute) for minute in range(9)]
    store.merge_batch(Batch("gone", gone), received_ms=END)
    number = 0xFEED0041
    rows = [seen(number, minute, "Door", minute) for minute in range(0, 40, 3)]
    rows += [seen(number + 1, minute, "Door", minute) for minute in range(60, 90, 3)]
    rows += [seen(number, minute, "Lift", minute) for minute in range(41, 45)]
    wrong = BatchRecord(FIRST, 5 * MINUTE, "Gate", 95, "b1", 30 * MINUTE)
    walk_in = act(store, Kind.WALK_IN, NAME, id="w", user="a-ref", name=NAME, email=EMAIL)
    batch = Batch(
        "old",
        [*rows, wrong],
        gaps=[GapRecord("Door", START, START + 5 * MINUTE, "powered-off")],
        sessions=[
            ScanSession("s", "Lift", START + 41 * MINUTE, START + 50 * MINUTE, START + 50 * MINUTE)
        ],
        clock=CLOCK,
        refused=[Refusal(998, "INVALID_RECORD", "no")],
        raw=lambda _: [f'{{"name":"{NAME}","bleUuid":"{FIRST}"}}'.encode()],
        acts=[walk_in],
    )
    store.merge_batch(batch, received_ms=END)


def _replace_phone(store: Store, user: str) -> None:
    store.end_badge(user, FIRST, valid_to=START + 55 * MINUTE)
    store.add_badge(user, NewBadge(SECOND, START + 55 * MINUTE), by=NAME, now_ms=END)


def _trash(store: Store) -> None:
    (session,) = store.scan_sessions("old", limit=9).items
    store.delete_session(session.id, by=NAME, why=ABOUT, now_ms=END)


def _account(store: Store, user: str) -> None:
    store.sign_up(NewUser(NAME, EMAIL, "$argon2$x"), status=Status.ACTIVE, now_ms=START)
    person = ExternalPerson(IDENTITY, NAME, EMAIL)
    store.external_holder(person, now_ms=START)
    message = UserMessage("u", START, Change.UPDATED, person, START)
    store.apply_user_message(message, now_ms=START)
    store.set_role(user, Role.OPERATOR)
    store.sign_in(user, NewSignIn("a-sign-in", LATER * 2), now_ms=START)
    store.add_live_token("a-live", parent_hash="a-sign-in", expires_at=LATER * 2, now_ms=START)
    key = hashlib.sha256(f"account {EMAIL}".encode()).hexdigest()
    store.begin_attempt([Subject(key, Limit(1, 1, 1, 1))], now_ms=START)
    for code in ("c1", "c2"):
        store.add_pairing_code(code, NewScanner(f"Station {code}"), expires_at=LATER, now_ms=START)
    store.redeem_code("c1", name="", key_hash="k", now_ms=START)
    store.note_versions("Station c1", Versions("0.1.0"), now_ms=START)
    store.change_settings("Station c1", {"min_hits": 1}, now_ms=START)
    for entry in (
        Entry(START, "users.set-role", Actor.PERSON, user, subject=f"users/{user}/badges"),
        Entry(START, "users.import", after={"text": ABOUT}, details={"name": NAME}),
    ):
        store.add_audit(entry)


def _correct(store: Store, user: str) -> None:
    wanted = NewCorrection("excused", ABOUT, user_id=user)
    store.correct("old", wanted, by=user, now_ms=END)
    sighting = NewCorrection(
        "void", ABOUT, ble_uuid=FIRST, check_in_time=START + 3 * MINUTE, scanner_id="Door"
    )
    store.correct("old", sighting, by=user, now_ms=END)


def _say(store: Store, user: str) -> None:
    refs = (RowRef(RowKind.PERSON, user), RowRef(RowKind.BADGE, FIRST))
    message = InsightMessage("m", END, "i1", "old", "other", Severity.HINT, ABOUT, {}, refs)
    store.take_insight(message, now_ms=END)
    store.take_insight(replace(message, message_id="n", id="i2", rows=()), now_ms=END)
    store.set_insight_status("i1", InsightStatus.DISMISSED, by=user, why=ABOUT, now_ms=END)
    for by in (user, "somebody"):
        store.comment_insight("i1", by=by, text=ABOUT, now_ms=END)
        given = store.add_feedback(NewFeedback(ABOUT, "old", 4), by=by, now_ms=END)
        store.moderate_feedback(given.id, FeedbackStatus.HIDDEN, by=user, why=ABOUT, now_ms=END)


def _close(engine: Engine, user: str) -> None:
    """What the close-out refuses while the report is provisional; and a token of old."""
    with engine.begin() as connection:
        query = select(schema.events.c.id).where(schema.events.c.public_id == "old")
        event = connection.scalar(query)
        key = connection.scalar(select(schema.users.c.id).where(schema.users.c.public_id == user))
        finding = {"event_id": event, "accepted_by": NAME, "accepted_at": END, "why": ABOUT}
        connection.execute(insert(acceptances).values(finding=f"minimum:{user}", **finding))
        connection.execute(
            insert(seals).values(
                event_id=event, version=1, digest="d", sealed_at=END, sealed_by=NAME
            )
        )
        token = {"token_hash": "a-token", "user_id": key, "created_at": START}
        connection.execute(insert(schema.tokens).values(token))
