"""The care of data, where a backend has it."""

from __future__ import annotations

from ..core.data_care import CareNotHere, DataCare
from .endpoint import Context


def care_of(ctx: Context) -> DataCare:
    """Raises CareNotHere."""
    if ctx.care is None:
        raise CareNotHere(
            "This backend makes no backups and purges nothing over HTTP.",
            safe="Nothing was changed.",
            remedy="Use headcount backup and headcount purge on its machine.",
        )
    return ctx.care
