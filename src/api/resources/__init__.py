"""The resources, one module each, and the route table."""

from __future__ import annotations

from ..auth import ADMINS, EVERYONE, SCANNERS, SIGNED_IN, STAFF
from ..endpoint import Endpoint
from . import attendance, batch_check_in, docs, events, health, live, metrics, scan_sessions, users

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/health", health.show, EVERYONE),
    Endpoint("GET", "/metrics", metrics.show, STAFF),
    Endpoint("GET", "/openapi.json", docs.openapi, EVERYONE),
    Endpoint("GET", "/docs", docs.show, EVERYONE),
    Endpoint("POST", "/batchCheckIn", batch_check_in.receive, SCANNERS),
    Endpoint("GET", "/events", events.index, SIGNED_IN),
    Endpoint("POST", "/events", events.create, ADMINS),
    Endpoint("GET", "/events/{event_id}", events.show, SIGNED_IN),
    Endpoint("GET", "/events/{event_id}/registrations", events.registrations, STAFF),
    Endpoint("GET", "/events/{event_id}/attendance", attendance.index, STAFF),
    Endpoint("GET", "/events/{event_id}/report", attendance.report, STAFF),
    Endpoint("GET", "/live/{query}", live.stream, SIGNED_IN, guards_itself=True),
    Endpoint("POST", "/live/token", live.token, SIGNED_IN),
    Endpoint("GET", "/scanSessions", scan_sessions.index, STAFF),
    Endpoint("GET", "/scanSessions/{session_id}/sightings", scan_sessions.sightings, STAFF),
    Endpoint("GET", "/users", users.index, ADMINS),
    Endpoint("POST", "/users/import", users.import_people, ADMINS),
)
"""Every route of the HTTP interface, and who may use it."""
