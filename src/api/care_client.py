"""The command line's side of the care of data."""

from __future__ import annotations

from urllib.parse import quote

from ..core.audit import AuditFilter, AuditRow
from ..core.backend import Page
from ..core.personal import Erasure, PersonalData
from . import wire
from .client import BackendClient, answer_as


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

    async def personal_data(self, user_id: str) -> PersonalData:
        """Everything that is stored about a person."""
        return await self._ask("GET", f"{_of_user(user_id)}/export", answer_as(PersonalData))

    async def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away."""
        return await self._ask("GET", f"{_of_user(user_id)}/erasure", answer_as(Erasure))

    async def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good."""
        return await self._ask("POST", f"{_of_user(user_id)}/erase", answer_as(Erasure), body=b"")


def _of_user(user_id: str) -> str:
    return f"/users/{quote(user_id, safe='')}"
