"""The resources, one module each, and the route table."""

from __future__ import annotations

from ..audit import changes, downloads, intake, nothing
from ..auth import ADMINS, EVERYONE, OPERATORS, PEOPLE, SCANNERS, SIGNED_IN, STAFF
from ..endpoint import Endpoint
from . import (
    attendance,
    audit_log,
    auth,
    backups,
    badges,
    batch_check_in,
    close_out,
    correction_requests,
    corrections,
    docs,
    events,
    exports,
    feedback,
    fleet,
    health,
    insight_messages,
    insights,
    lan_key,
    live,
    log_heads,
    log_keys,
    metrics,
    own,
    people,
    personal,
    purge,
    refusals,
    registrations,
    roles,
    rotation,
    scan_sessions,
    scanners,
    seed,
    users,
    webhooks,
)

_VERSIONS = nothing("what runs on a station, as it says itself at each contact")
_TOKEN = nothing("a token for reading; the reading itself is not a download")

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/health", health.show, EVERYONE),
    Endpoint("GET", "/logKeys", log_keys.show, EVERYONE),
    Endpoint("GET", "/metrics", metrics.show, STAFF),
    Endpoint("GET", "/openapi.json", docs.openapi, EVERYONE),
    Endpoint("GET", "/docs", docs.show, EVERYONE),
    Endpoint("POST", "/batchCheckIn", batch_check_in.receive, SCANNERS, intake("batches.receive")),
    Endpoint(
        "POST",
        "/events/{event_id}/logHeads",
        log_heads.receive,
        SCANNERS,
        intake("logs.countersign"),
    ),
    Endpoint("GET", "/events/{event_id}/lanKey", lan_key.show, SCANNERS, downloads("lanKey.read")),
    Endpoint("GET", "/events", events.index, SIGNED_IN),
    Endpoint("POST", "/events", events.create, ADMINS, changes("events.create")),
    Endpoint("GET", "/events/{event_id}", events.show, SIGNED_IN),
    Endpoint(
        "GET",
        "/events/{event_id}/registrations",
        events.registrations,
        STAFF,
        downloads("registrations.read"),
    ),
    Endpoint(
        "GET",
        "/events/{event_id}/attendance",
        attendance.index,
        STAFF,
        downloads("attendance.read"),
    ),
    Endpoint(
        "GET", "/events/{event_id}/report", attendance.report, STAFF, downloads("report.read")
    ),
    Endpoint(
        "GET", "/events/{event_id}/refusals", refusals.index, OPERATORS, downloads("refusals.read")
    ),
    Endpoint(
        "GET", "/events/{event_id}/report/log", exports.log, STAFF, downloads("report.read-log")
    ),
    Endpoint("GET", "/insights", insights.index, OPERATORS),
    Endpoint(
        "POST", "/insights/generate", insights.generate, OPERATORS, changes("insights.generate")
    ),
    Endpoint(
        "POST",
        "/insights/{insight_id}/dismiss",
        insights.dismiss,
        ADMINS,
        changes("insights.dismiss"),
    ),
    Endpoint(
        "POST", "/insights/{insight_id}/reopen", insights.reopen, ADMINS, changes("insights.reopen")
    ),
    Endpoint(
        "POST",
        "/insights/{insight_id}/comments",
        insights.comment,
        OPERATORS,
        changes("insights.comment"),
    ),
    Endpoint("GET", "/feedback", feedback.index, PEOPLE),
    Endpoint("POST", "/feedback", feedback.create, PEOPLE, changes("feedback.create")),
    Endpoint(
        "PATCH", "/feedback/{feedback_id}", feedback.patch, ADMINS, changes("feedback.moderate")
    ),
    Endpoint("PATCH", "/events/{event_id}", events.patch, ADMINS, changes("events.update")),
    Endpoint(
        "GET",
        "/events/{event_id}/corrections",
        corrections.index,
        OPERATORS,
        downloads("corrections.read"),
    ),
    Endpoint(
        "POST",
        "/events/{event_id}/corrections",
        corrections.create,
        OPERATORS,
        changes("corrections.create"),
    ),
    Endpoint(
        "POST",
        "/events/{event_id}/registrations",
        registrations.create,
        PEOPLE,
        changes("registrations.create"),
    ),
    Endpoint(
        "PATCH",
        "/events/{event_id}/registrations",
        registrations.decide,
        ADMINS,
        changes("registrations.decide"),
    ),
    Endpoint("GET", "/events/{event_id}/registrations/me", registrations.mine, PEOPLE),
    Endpoint(
        "DELETE",
        "/events/{event_id}/registrations/me",
        registrations.cancel,
        PEOPLE,
        changes("registrations.cancel"),
    ),
    Endpoint(
        "GET",
        "/correctionRequests",
        correction_requests.index_all,
        OPERATORS,
        downloads("correctionRequests.read"),
    ),
    Endpoint(
        "GET",
        "/events/{event_id}/correctionRequests",
        correction_requests.index,
        PEOPLE,
        downloads("correctionRequests.read"),
    ),
    Endpoint(
        "POST",
        "/events/{event_id}/correctionRequests",
        correction_requests.create,
        PEOPLE,
        changes("correctionRequests.create"),
    ),
    Endpoint(
        "PATCH",
        "/events/{event_id}/correctionRequests/{request_id}",
        correction_requests.decide,
        ADMINS,
        changes("correctionRequests.decide"),
    ),
    Endpoint("GET", "/events/{event_id}/people/me", own.record, PEOPLE),
    Endpoint(
        "GET",
        "/events/{event_id}/people/{user_id}",
        people.show,
        OPERATORS,
        downloads("people.read"),
    ),
    Endpoint("GET", "/events/{event_id}/closeOut", close_out.show, ADMINS),
    Endpoint(
        "POST",
        "/events/{event_id}/closeOut/accept",
        close_out.accept,
        ADMINS,
        changes("closeOut.accept"),
    ),
    Endpoint(
        "POST",
        "/events/{event_id}/closeOut/takeBack",
        close_out.take_back,
        ADMINS,
        changes("closeOut.takeBack"),
    ),
    Endpoint(
        "POST", "/events/{event_id}/closeOut/seal", close_out.seal, ADMINS, changes("closeOut.seal")
    ),
    Endpoint(
        "GET", "/events/{event_id}/records", scan_sessions.recent, STAFF, downloads("records.read")
    ),
    Endpoint("GET", "/live/{query}", live.stream, SIGNED_IN, guards_itself=True),
    Endpoint("POST", "/live/token", live.token, SIGNED_IN, _TOKEN),
    Endpoint("GET", "/scanSessions", scan_sessions.index, STAFF),
    Endpoint(
        "GET",
        "/scanSessions/{session_id}/sightings",
        scan_sessions.sightings,
        STAFF,
        downloads("sightings.read"),
    ),
    Endpoint("GET", "/users", users.index, ADMINS, downloads("users.read")),
    Endpoint("POST", "/users/import", users.import_people, ADMINS, changes("users.import")),
    Endpoint("POST", "/seed", seed.receive, ADMINS, changes("seed")),
    Endpoint("GET", "/users/me", roles.me, PEOPLE),
    Endpoint("GET", "/users/me/registrations", own.registrations, PEOPLE),
    Endpoint("GET", "/users/me/badges", own.badges, PEOPLE),
    Endpoint("POST", "/users/me/badges", own.new_badge, PEOPLE, changes("badges.ask")),
    Endpoint("GET", "/users/me/erasure", own.erasure, PEOPLE),
    Endpoint("POST", "/users/me/erase", own.erase, PEOPLE, intake("users.erase-own")),
    Endpoint("PATCH", "/users/{user_id}", roles.patch, ADMINS, changes("users.set-role")),
    Endpoint("POST", "/users/{user_id}/approve", roles.approve, ADMINS, changes("users.approve")),
    Endpoint("POST", "/users/{user_id}/reject", roles.reject, ADMINS, changes("users.reject")),
    Endpoint("POST", "/webhooks/users", webhooks.users, EVERYONE, intake("webhooks.users")),
    Endpoint(
        "POST",
        "/webhooks/insights",
        insight_messages.receive,
        EVERYONE,
        intake("webhooks.insights"),
    ),
    Endpoint(
        "DELETE",
        "/scanSessions/{session_id}",
        scan_sessions.delete,
        ADMINS,
        changes("scanSessions.delete"),
    ),
    Endpoint(
        "POST",
        "/scanSessions/{session_id}/restore",
        scan_sessions.restore,
        ADMINS,
        changes("scanSessions.restore"),
    ),
    Endpoint("GET", "/users/{user_id}/badges", badges.index, ADMINS, downloads("badges.read")),
    Endpoint("POST", "/users/{user_id}/badges", badges.create, ADMINS, changes("badges.give")),
    Endpoint(
        "DELETE", "/users/{user_id}/badges/{ble_uuid}", badges.delete, ADMINS, changes("badges.end")
    ),
    Endpoint("GET", "/scanners", scanners.index, ADMINS),
    Endpoint(
        "POST",
        "/scanners/pairingCodes",
        scanners.new_code,
        ADMINS,
        changes("scanners.pairing-code"),
    ),
    Endpoint("PATCH", "/scanners", fleet.change_all, ADMINS, changes("fleet.set")),
    Endpoint("PATCH", "/scanners/{name}", fleet.change_one, ADMINS, changes("scanners.set")),
    Endpoint("GET", "/scannerSettings", fleet.told, SCANNERS | ADMINS),
    Endpoint("PUT", "/scannerVersions", fleet.tell_versions, SCANNERS, _VERSIONS),
    Endpoint("POST", "/scanners/pair", scanners.pair, EVERYONE, intake("scanners.pair")),
    Endpoint(
        "POST", "/scanners/{name}/revoke", scanners.revoke, ADMINS, changes("scanners.revoke")
    ),
    Endpoint("POST", "/auth/signUp", auth.sign_up, EVERYONE, intake("auth.sign-up")),
    Endpoint("POST", "/auth/signIn", auth.sign_in, EVERYONE, intake("auth.sign-in")),
    Endpoint("POST", "/auth/signOut", auth.sign_out, PEOPLE, changes("auth.sign-out")),
    Endpoint("GET", "/auth/session", auth.session, PEOPLE),
    Endpoint("POST", "/auth/password", auth.change_password, PEOPLE, intake("auth.password")),
    Endpoint(
        "POST", "/users/{user_id}/rotation", rotation.create, PEOPLE, changes("rotation.create")
    ),
    Endpoint(
        "GET", "/events/{event_id}/dayKeys", rotation.day_keys, STAFF, downloads("dayKeys.read")
    ),
    Endpoint("GET", "/users/{user_id}/export", personal.export, PEOPLE, downloads("users.export")),
    Endpoint("GET", "/users/{user_id}/erasure", personal.preview, ADMINS),
    Endpoint("POST", "/users/{user_id}/erase", personal.erase, ADMINS, changes("users.erase")),
    Endpoint("GET", "/backups", backups.index, ADMINS),
    Endpoint("POST", "/backups", backups.create, ADMINS, changes("backups.create")),
    Endpoint("POST", "/backups/{name}/verify", backups.verify, ADMINS, changes("backups.verify")),
    Endpoint("GET", "/purge", purge.plan, ADMINS),
    Endpoint("POST", "/purge", purge.purge, ADMINS, changes("data.purge")),
    Endpoint("GET", "/auditLog", audit_log.index, ADMINS, downloads("audit.read")),
)
"""Every route of the HTTP interface, and who may use it."""
