"""What an event's rules lead to, and its radio plan, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.radio_plan import RadioPlan
from ..times import clock_time, zone
from ..words import N_, _, ngettext

MINUTE_MS = 60_000
APPROVALS = {
    "byHand": N_("Whoever registers waits for an admin's approval."),
    "auto": N_("Whoever registers is approved at once."),
}


def _whole(members: Mapping[str, object], name: str, default: int) -> int:
    value = members.get(name, default)
    return value if isinstance(value, int) else default


def _hours(ms: int) -> str:
    """Hours and minutes."""
    minutes = ms // MINUTE_MS
    return f"{minutes // 60}:{minutes % 60:02d}"


def rule_sentence(members: Mapping[str, object]) -> str:
    """The effect of an event's rules on an example, with times of the day."""
    where = zone(str(members.get("tz", "UTC")))
    start, end = _whole(members, "start", 0), _whole(members, "end", 0)
    percent = _whole(members, "minimumPresencePercent", 75)
    opens = start - _whole(members, "checkInOpensMinutes", 15) * MINUTE_MS
    late = start + _whole(members, "lateAfterMinutes", 10) * MINUTE_MS
    words = _(
        "Seen from {opens} on counts; first seen after {late} is late; here for less than {least} "
        "of {whole} h ({percent} %) is partial, or left early; not heard for more than {away} min "
        "is away meanwhile."
    )
    approval = APPROVALS["auto" if members.get("approval") == "auto" else "byHand"]
    return f"{words} {_(approval)}".format(
        opens=clock_time(opens, where, "%H:%M"),
        late=clock_time(late, where, "%H:%M"),
        least=_hours((end - start) * percent // 100),
        whole=_hours(end - start),
        percent=percent,
        away=_whole(members, "awayMinutes", 10),
    )


def plan_lines(plan: RadioPlan) -> Sequence[str]:
    """A radio plan for people."""
    scanners = ngettext("{n} scanner alone", "{n} scanners, far apart", plan.scanners)
    return [
        _("Phones advertise every {ms} ms.").format(ms=f"{plan.interval_ms:,}"),
        _("{scanners}, each for up to {share} people.").format(
            scanners=scanners, share=f"{-(-plan.people // plan.scanners):,}"
        ),
        _("99 % of the phones within range are heard within {n} s.").format(
            n=f"{plan.seconds:.0f}"
        ),
        "",
        _(
            "A model: frames that overlap are lost; walls and bodies cost more. An iPhone's app in "
            "the background is not heard at all."
        ),
    ]
