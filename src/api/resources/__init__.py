"""The resources, one module each, and the route table."""

from __future__ import annotations

from ..auth import ADMINS, EVERYONE, OPERATORS, PEOPLE, SCANNERS, SIGNED_IN, STAFF
from ..endpoint import Endpoint
from . import (
    attendance,
    auth,
    batch_check_in,
    docs,
    events,
    health,
    live,
    log_heads,
    log_keys,
    metrics,
    people,
    refusals,
    roles,
    scan_sessions,
    scanners,
    users,
    webhooks,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/health", health.show, EVERYONE),
    Endpoint("GET", "/logKeys", log_keys.show, EVERYONE),
    Endpoint("GET", "/metrics", metrics.show, STAFF),
    Endpoint("GET", "/openapi.json", docs.openapi, EVERYONE),
    Endpoint("GET", "/docs", docs.show, EVERYONE),
    Endpoint("POST", "/batchCheckIn", batch_check_in.receive, SCANNERS),
    Endpoint("POST", "/events/{event_id}/logHeads", log_heads.receive, SCANNERS),
    Endpoint("GET", "/events", events.index, SIGNED_IN),
    Endpoint("POST", "/events", events.create, ADMINS),
    Endpoint("GET", "/events/{event_id}", events.show, SIGNED_IN),
    Endpoint("GET", "/events/{event_id}/registrations", events.registrations, STAFF),
    Endpoint("GET", "/events/{event_id}/attendance", attendance.index, STAFF),
    Endpoint("GET", "/events/{event_id}/report", attendance.report, STAFF),
    Endpoint("GET", "/events/{event_id}/people/{user_id}", people.show, OPERATORS),
    Endpoint("GET", "/events/{event_id}/refusals", refusals.index, OPERATORS),
    Endpoint("GET", "/live/{query}", live.stream, SIGNED_IN, guards_itself=True),
    Endpoint("POST", "/live/token", live.token, SIGNED_IN),
    Endpoint("GET", "/scanSessions", scan_sessions.index, STAFF),
    Endpoint("GET", "/scanSessions/{session_id}/sightings", scan_sessions.sightings, STAFF),
    Endpoint("GET", "/users", users.index, ADMINS),
    Endpoint("POST", "/users/import", users.import_people, ADMINS),
    Endpoint("GET", "/users/me", roles.me, PEOPLE),
    Endpoint("PATCH", "/users/{user_id}", roles.patch, ADMINS),
    Endpoint("POST", "/users/{user_id}/approve", roles.approve, ADMINS),
    Endpoint("POST", "/users/{user_id}/reject", roles.reject, ADMINS),
    Endpoint("POST", "/webhooks/users", webhooks.users, EVERYONE),
    Endpoint("GET", "/scanners", scanners.index, ADMINS),
    Endpoint("POST", "/scanners/pairingCodes", scanners.new_code, ADMINS),
    Endpoint("POST", "/scanners/pair", scanners.pair, EVERYONE),
    Endpoint("POST", "/scanners/{name}/revoke", scanners.revoke, ADMINS),
    Endpoint("POST", "/auth/signUp", auth.sign_up, EVERYONE),
    Endpoint("POST", "/auth/signIn", auth.sign_in, EVERYONE),
    Endpoint("POST", "/auth/signOut", auth.sign_out, PEOPLE),
    Endpoint("GET", "/auth/session", auth.session, PEOPLE),
    Endpoint("POST", "/auth/password", auth.change_password, PEOPLE),
)
"""Every route of the HTTP interface, and who may use it."""
