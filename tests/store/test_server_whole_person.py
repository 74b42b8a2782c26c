"""One person with something in every table: all of it is exported, and nothing stays of it."""

from __future__ import annotations

import uuid
from contextlib import closing
from pathlib import Path

from sqlalchemy import MetaData, create_engine, func, select
from tests.store.care_event import LATER, report
from tests.store.test_server_erasure import anonymous, whole_database
from tests.store.whole_person import EMAIL, FIRST, IDENTITY, NAME, SECOND, make

from headcount.core.personal import ERASED
from headcount.store.server import open_store

KINDS = {
    "users": "users",
    "badges": "badges",
    "badge_periods": "badgePeriods",
    "tokens": "signIns",
    "sign_ins": "signIns",
    "accounts": "accounts",
    "identities": "identities",
    "registrations": "registrations",
    "attendance": "attendance",
    "sightings": "sightings",
    "corrected_times": "correctedTimes",
    "presences": "presences",
    "trashed_sightings": "trashedSightings",
    "trashed_sessions": "trashedSessions",
    "acts": "acts",
    "walk_ins": "walkIns",
    "corrections": "corrections",
    "refusals": "refusals",
    "insights": "insights",
    "insight_comments": "insightComments",
    "feedback": "feedback",
    "acceptances": "acceptances",
    "seals": "seals",
    "audit_log": "auditLog",
    "registration_decisions": "registrationDecisions",
    "correction_requests": "correctionRequests",
    "rotation_secrets": "rotations",
}
"""Where the export has what a table says about the person."""
OTHERS_TOO = (
    *("insights", "insightComments", "feedback"),
    *("registrationDecisions", "correctionRequests"),
)
"""The person's own, and one of somebody else who names the person."""
NOBODYS = {
    "act_badges": "only that a badge has a past, which badgePeriods tells",
    "batches": "counts",
    "changes": "versions of tables",
    "coverage_gaps": "of a radio",
    "event_scanners": "of a scanner",
    "events": "of the organiser",
    "live_tokens": "hashes of secrets that last minutes",
    "log_heads": "of a station's log",
    "pairing_codes": "of a scanner",
    "record_ids": "4 bytes of each record's digest",
    "scan_sessions": "of a scanner",
    "scanner_clocks": "of a station",
    "scanner_keys": "of a scanner",
    "scanner_settings": "of a station",
    "scanner_versions": "of a station",
    "scanners": "of a station",
    "throttles": "hashes of names; erased with the person",
    "webhook_messages": "ids of messages, for 30 days",
}


def tables_with_rows(url: str) -> set[str]:
    engine, meta = create_engine(url), MetaData()
    meta.reflect(engine)
    with engine.connect() as connection:
        counts = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in meta.sorted_tables
        }
    engine.dispose()
    return {name for name, count in counts.items() if count} - {"alembic_version"}


def test_all_is_exported_and_then_erased(database_url: str, tmp_path: Path) -> None:
    with closing(open_store(database_url)) as store:
        user = make(store, database_url, tmp_path)
        assert tables_with_rows(database_url) == KINDS.keys() | NOBODYS.keys()
        data = store.personal_data(user, now_ms=LATER)
        empty = [kind for kind in KINDS.values() if not data.tables[kind]]
        assert (empty, data.tables.keys() - KINDS.values()) == ([], set())
        assert {kind: len(data.tables[kind]) for kind in OTHERS_TOO} == dict.fromkeys(OTHERS_TOO, 2)
        before = {event: report(store, event) for event in ("old", "new", "gone")}
        preview = store.erasure(user)
        assert store.erase(user).rows == preview.rows
        left = whole_database(database_url).casefold()
        secrets = (IDENTITY, "a-sign-in", "a-live", "a-token", "$argon2$x")
        badges = [form for each in (FIRST, SECOND) for form in (each, uuid.UUID(each).hex)]
        words = [NAME, "Quist", EMAIL, user, *badges, *secrets]
        assert [word for word in words if word.casefold() in left] == []
        (asked,) = store.requests("old", limit=9).items
        assert (asked.name, asked.text) == ("Ben", f"{ERASED} was there, beside me.")
        assert asked.why == f"{ERASED} was not."
        (decided,) = store.registrations_of(asked.user_id)
        assert decided.why == f"Friend of {ERASED}."
        after = {event: report(store, event) for event in before}
        for event, rows in before.items():
            assert after[event].totals == rows.totals
            assert anonymous(after[event]) == anonymous(rows)
