"""The full log as JSON: one object, its rows named by the columns' keys, times in Unix ms."""

from __future__ import annotations

import json
from typing import IO, Any

from ..core.report_table import Sheet


def write_json(sheet: Sheet[Any], out: IO[bytes], *, event_id: str) -> None:
    """Write `{"eventId": …, "log": […]}`, a row a line, in ASCII: no terminal is steered by it."""
    keys = [column.key for column in sheet.columns]
    out.write(f'{{"eventId":{json.dumps(event_id)},"log":['.encode("ascii"))
    for place, row in enumerate(sheet.rows()):
        line = json.dumps(dict(zip(keys, row, strict=True)), separators=(",", ":"))
        out.write((",\n" if place else "\n").encode("ascii") + line.encode("ascii"))
    out.write(b"\n]}\n")
