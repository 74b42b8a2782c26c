"""The command line's side of the care of data."""

from __future__ import annotations

from ..core.audit import AuditFilter, AuditRow
from ..core.backend import Page
from . import wire
from .client import BackendClient


class CareClient(BackendClient):
    """Asks one backend, as an admin, who did what."""

    async def audit_log(
        self, wanted: AuditFilter, *, limit: int, cursor: str = ""
    ) -> Page[AuditRow]:
        """A page of the audit log, the newest entries first."""
        given = {name: str(value) for name, value in wanted._asdict().items() if value is not None}
        query = {name: value for name, value in given.items() if value} | {"limit": str(limit)}
        return await self._ask(
            "GET",
            "/auditLog",
            lambda value: wire.page_from_wire(value, AuditRow),
            query=query | ({"cursor": cursor} if cursor else {}),
        )
